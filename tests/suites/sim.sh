#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# both roles in a simulated network with seeded loss, duplication and reordering
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release sim
