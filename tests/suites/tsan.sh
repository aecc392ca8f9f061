#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# unit once more under ThreadSanitizer
# needs: build test
. "$(dirname "$0")/lib.sh"

build tsan
run_ctest tsan unit
