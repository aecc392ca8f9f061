#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Diffie-Hellman with the vector unit against OpenSSL; by both compilers, with sanitizers, in constant time
# needs: build test
. "$(dirname "$0")/lib.sh"

# Both compilers do the whole run; a sanitizer checks the bounds of limbs besides, in a shorter one.
for preset in release clang asan; do
    build "$preset" modp_random
    run_ctest "$preset" crypto "$preset."
done

# A mark on secrets that a branch or an address depends on ends the program: tests/modp/constant_time.c.
build msan constant_time
run_ctest msan constant-time
