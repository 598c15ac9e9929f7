#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What of the reduction a step has to wait for: two ranks on one host, and on two hosts joined by
# a slow cable, which are network namespaces of this machine (link.c is the cable).  Blocking,
# overlap and bf16 in turns, and the middle of each.  Minutes long; needs root:
#   PRESET=small LENGTH=128 BATCH=16 MBIT=1000 DELAY_US=50 ROUNDS=3 tests/bench/network.sh [build]
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${1:-${BUILD:-build}}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
preset=${PRESET:-small} length=${LENGTH:-128} batch=${BATCH:-16} rounds=${ROUNDS:-3}
mbit=${MBIT:-1000} delay=${DELAY_US:-50}
. "$here/two_hosts.sh"

two_hosts_skip
. "$here/../../jobs/local/mpi.sh"
mpi_prepare 2
export OMP_NUM_THREADS=1

work=$(mktemp -d /tmp/mpibert-network-XXXXXX)
leave() {
    two_hosts_leave
    rm -rf "$work"
}
trap leave EXIT
one_host() { ${MPIRUN:-mpirun} -n 2 "$@"; }

# measure WHERE HOW SETTINGS…: appends the milliseconds of a step, of them exposed, and the share
measure() {
    local where=$1 how=$2
    shift 2
    "$where" "$BUILD/mpibert" bench step --preset "$preset" --sequence-length "$length" \
        --batch "$batch" --json "$@" >"$work/json" || exit 1
    # what waits for other ranks: the phase reduce, and the weights' way back
    perl -ne '$step = $1 if /"step_seconds": *([-\d.e+]+)/; $phase = $1 if /"phase": "(.*)"/;
              $stage = $1 if /"stage": "(.*)"/;
              $waits += $1 if /"seconds_mean": *([-\d.e+]+)/ &&
                              ($phase eq "reduce" || $stage eq "weights of all ranks");
              END { printf "%.3f %.3f %.3f\n", 1e3 * $step, 1e3 * $waits, 100 * $waits / $step }' \
        "$work/json" >>"$work/$where-$how"
}
middle() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
report() { # report WHERE HOW
    printf '%-10s %-9s %10.1f %10.1f %8.2f\n' "$1" "$2" "$(cut -d' ' -f1 "$work/$1-$2" | middle)" \
        "$(cut -d' ' -f2 "$work/$1-$2" | middle)" "$(cut -d' ' -f3 "$work/$1-$2" | middle)"
}

two_hosts_join "$delay" "$mbit"
for _ in $(seq "$rounds"); do
    for where in one_host two_hosts; do
        measure $where blocking --set train.reduction=blocking
        measure $where overlap
    done
    measure two_hosts bf16 --set train.wire=bf16
done
echo "$preset, $batch sequences of $length a rank, 2 ranks; the cable: $mbit Mbit/s, $delay us"
printf '%-10s %-9s %10s %10s %8s\n' where how 'ms a step' exposed '%'
for where in one_host two_hosts; do
    report $where blocking
    report $where overlap
done
report two_hosts bf16
