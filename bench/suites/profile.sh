# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Which functions take a responder's instructions in a handshake
# minutes: 3
# needs: bench perf

# A responder's handshake in memory (bench/micro) under valgrind, which counts instructions: exact, the same on a busy
# machine, and no seconds. Valgrind's processor has no ADX and no AVX-512, so OpenSSL takes more of them than on a real one
# that has. What a daemon does besides - datagrams, policy, log lines - is not in it.

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

times=10
program=$programs/micro/count

# share METHOD: a table; sets `percent` to libike's part.
share() {
    local kind name count
    valgrind --tool=callgrind --toggle-collect=counted --callgrind-out-file="$work/out" \
        "$program" "$times" "handshake/$1/responder/1" >"$work/log" 2>&1 || {
        tail -n 5 "$work/log" >&2
        return 1
    }
    python3 "$root/bench/report/profile.py" "$program" "$times" "$work/out" >"$work/profile"
    while read -r kind name count; do
        result profile instructions "case=$1 part=$kind function=$name" "$count" ""
    done <"$work/profile"
    awk -v case="$1" '$1 == "part" { part[$2] = $3; all += $3 }
        END { printf "%-14s %9d instructions: %4.1f %% libike, %4.1f %% OpenSSL, %4.1f %% C library\n", case, all,
            100 * part["own"] / all, 100 * part["openssl"] / all, 100 * part["libc"] / all }' "$work/profile"
    percent=$(awk '$1 == "part" { all += $3; if ($2 == "own") own = $3 } END { printf "%.1f", 100 * own / all }' "$work/profile")
}

for method in psk_modp2048 rsa_ecp256 rsa_modp2048 psk_ecp256; do
    share "$method"
done
echo "functions of libike in the last one, by their own instructions:"
awk '$1 == "own" { printf "    %8d %s\n", $3, $2 }' "$work/profile"

bound_at_most libike-percent-psk-ecp256 "$percent" 10 percent
