#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# published test vectors and captures
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release vectors
