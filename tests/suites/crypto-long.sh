#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# a million random exponentiations in each group against OpenSSL
# needs: build test
. "$(dirname "$0")/lib.sh"

# CRYPTO_COUNT     exponentiations in each group (default: 1000000); some 70 minutes of a core
count=${CRYPTO_COUNT:-1000000}
build release modp_random

# one GROUP: a line with the seed, which makes the same numbers once more.
one() {
    local output status=0
    output=$("$build_root/release/tests/modp/modp_random" "$1" "$count" 2>&1) || status=$?
    echo "$output"
    case $status in
        0) record passed "crypto.long.$1" ;;
        77) record skipped "crypto.long.$1" "$output" ;;
        *) record failed "crypto.long.$1" ;;
    esac
}

for group in modp4096 modp3072 modp2048 modp1536 modp1024; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n || true
    done
    one "$group" &
done
wait
