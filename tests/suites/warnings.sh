#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# everything builds with gcc and with clang, warnings as errors
# needs: build test
. "$(dirname "$0")/lib.sh"

check warnings.gcc build release
check warnings.clang build clang
