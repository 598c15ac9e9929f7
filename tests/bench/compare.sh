#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compare.sh: a comparison of 25 seeds a side on 10,000 examples by 1,000 replicates takes a second
# at most, on one rank; made-up scores.  Prints the middle of five; wants a quiet machine.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mpibert=$(realpath "${BUILD:-$root/build}/mpibert") || exit 66
. "$root/jobs/local/mpi.sh"
mpi_prepare 1
work=$(mktemp -d "${TMPDIR:-/tmp}/compare-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
table() { # table SEED SHARE: scores 0 and 1, of which about that share is 1
    awk -v x="$1" -v share="$2" 'BEGIN {
        for (seed = 0; seed < 25; seed++) {
            printf "%d", seed
            for (i = 0; i < 10000; i++) { x = (x * 16807) % 2147483647; printf "\t%d", x / 2147483647 < share }
            print ""
        } }'
}
table 12345 .70 >a.tsv
table 54321 .75 >b.tsv
for _ in 1 2 3 4 5; do
    from=$(date +%s.%N)
    "$mpibert" compare a.tsv b.tsv >out
    awk -v from="$from" -v to="$(date +%s.%N)" 'BEGIN { printf "%.2f\n", to - from }'
done | sort -n | awk 'NR == 3 { middle = $1 } END { print middle " s, at most 1"; exit middle > 1 }'
