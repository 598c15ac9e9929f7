#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [cli] [mpi] [unit] [lint] [fuzz] [long] [mpi/test_saver …]: the tests through prove, all
# parts but long by default and in this order: those that take longest first, so that no core waits
# for the last one; MPI tests at 4, 3, 2 and 1 RANKS.  JOBS of them run at once (2).
# The list follows from the sources, so that a program that was not built is a failure and
# one left over from a deleted source is not run.  BUILD is where things were built.
set -euo pipefail
cd "$(dirname "$0")/.."
export BUILD=${BUILD:-build} MPIRUN=${MPIRUN:-mpirun}
# Threads that wait sleep: there are more of them than cores, and other tests beside them.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
. jobs/local/mpi.sh
mpi_prepare 4
# Open MPI's mpirun removes its folder of the host when it leaves it empty, be it that another has
# just begun there, which fails then.
keep=${TMPDIR:-/tmp}/ompi.$(uname -n | cut -d. -f1).$(id -u)/keep
mkdir -p "$keep"
trap 'rmdir "$keep" "${keep%/*}" 2>/dev/null || true' EXIT

# The program of a source.
program_of() {
    [ -x "$BUILD/${1%.c}" ] || { echo "run.sh: not built: $1 (make tests)" >&2; return 1; }
    echo "$BUILD/${1%.c}"
}

# A wrapper that starts a program on n ranks.
at_ranks() {
    local program=$1 n=$2
    printf '#!/bin/sh\nexec %s -n %d "%s" "$@"\n' "$MPIRUN" "$n" "$program" >"$program.np$n"
    chmod +x "$program.np$n"
    echo "$program.np$n"
}

# A wrapper that runs a fuzz target over its corpus.
over_corpus() {
    local program=$1 name=${1##*/fuzz_}
    printf '#!/bin/sh\nexec "%s" "tests/fuzz/corpus/%s"\n' "$program" "$name" >"$program.t"
    chmod +x "$program.t"
    echo "$program.t"
}

# The tests of a source are added to the list.
add() {
    local source=$1 program n
    case $source in *.c) program=$(program_of "$source") || exit 70 ;; esac
    case $source in
        tests/mpi/*) for n in ${RANKS:-4 3 2 1}; do list+=("$(at_ranks "$program" "$n")"); done ;;
        tests/fuzz/*) list+=("$(over_corpus "$program")") ;;
        tests/unit/*) list+=("$program") ;;
        *) list+=("$source") ;;
    esac
}

shopt -s nullglob
list=()
for part in ${*:-cli mpi unit lint fuzz}; do
    case $part in
        lint | cli | long) sources=(tests/"$part"/*.t) ;;
        unit) sources=(tests/unit/*/test_*.c) ;;
        mpi) sources=(tests/mpi/test_*.c) ;;
        fuzz) sources=(tests/fuzz/fuzz_*.c) ;;
        */*.t) sources=(tests/"$part") ;;
        */*) sources=(tests/"$part".c) ;;
        *) echo "run.sh: no part '$part' (cli mpi unit lint fuzz long)" >&2; exit 64 ;;
    esac
    for source in "${sources[@]}"; do add "$source"; done
done
[ ${#list[@]} -gt 0 ] || { echo "run.sh: nothing to run" >&2; exit 70; }
[ -n "${MPIBERT_TEST_DATA:-}" ] ||
    echo "# MPIBERT_TEST_DATA is not set: tests on real corpora will be skipped" >&2
prove -j "${JOBS:-2}" --exec '' "${list[@]}" </dev/null
