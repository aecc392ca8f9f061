#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# what IKE implementations fell into when they met each other, by name
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release pitfall
check table tests/pitfall/table.py
