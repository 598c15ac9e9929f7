#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hunt.sh [TARGET…]: every fuzz target of tests/fuzz (or those named) through libFuzzer for SECONDS
# (600) each, one a processor at a time, begun from tests/fuzz/corpus/TARGET.  What it learns stays in
# $BUILD/corpus/TARGET and is begun from as well; findings lie in $BUILD/findings.  To keep an
# input in the tree, copy it to tests/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build-fuzz} SECONDS_EACH=${SECONDS_EACH:-600}
shopt -s nullglob
[ $# -gt 0 ] || for source in tests/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    set -- "$@" "${name%.c}"
done

hunt() {
    local name=$1 log=$BUILD/$1.log rc=0
    mkdir -p "$BUILD/corpus/$name" "$BUILD/findings"
    "$BUILD/tests/fuzz/fuzz_$name" -max_total_time="$SECONDS_EACH" -max_len=16384 -timeout=20 \
        -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$BUILD/findings/$name-" \
        "$BUILD/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 || rc=$?
    echo "$name: $([ $rc = 0 ] && echo nothing found || echo "FOUND, see $log")," \
        "$(sed -n 's/.*number_of_executed_units: *//p' "$log") inputs in $SECONDS_EACH s"
    return $rc
}
export -f hunt
export BUILD SECONDS_EACH
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'hunt {}'
