#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# faults that other IKE daemons had, one test a CVE
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release cve
