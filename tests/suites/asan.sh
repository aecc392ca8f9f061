#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# unit, shard, sim, vectors, cve and pitfall once more under AddressSanitizer and UndefinedBehaviorSanitizer
# needs: build test
. "$(dirname "$0")/lib.sh"

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
build asan
run_ctest asan 'unit|shard|daemon|sim|vectors|cve|pitfall'
