#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# one test program per module
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release unit
