# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the benchmarks share. Sourced first by every suite; bench/run has built the release preset.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/lib/build.sh
. "$root/deploy/lib/build.sh"
# shellcheck source=deploy/lib/daemon.sh
. "$root/deploy/lib/daemon.sh"

# bound_at_most NAME VALUE LIMIT [UNIT]: one line for a bound; numbers may have fractions.
bound_at_most() {
    awk -v name="$1" -v value="$2" -v limit="$3" -v unit="${4:+ $4}" 'BEGIN {
        printf "bound %s: %s%s (limit %s%s) %s\n", name, value, unit, limit, unit,
            value + 0 <= limit + 0 ? "holds" : "missed"
    }'
}
