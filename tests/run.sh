#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests through prove: unit tests as they are, MPI tests at 1, 2, 3 and 4 ranks, then
# command and lint tests.  BUILD is where things were built.  Arguments: only these parts
# (unit mpi cli lint).
set -uo pipefail
cd "$(dirname "$0")/.."
export BUILD=${BUILD:-build} MPIRUN=${MPIRUN:-mpirun}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
parts=${*:-lint unit mpi cli}
list=()
for part in $parts; do
  case $part in
    unit) list+=("$BUILD"/tests/unit/*/test_*[!.]) ;;
    mpi)
      for test in "$BUILD"/tests/mpi/test_*; do
        case $test in *.o | *.d | *.np*) continue ;; esac
        for n in 1 2 3 4; do
          printf '#!/bin/sh\nexec %s -n %d %s\n' "$MPIRUN" $n "$test" >"$test.np$n"
          chmod +x "$test.np$n"
          list+=("$test.np$n")
        done
      done ;;
    cli) list+=(tests/cli/*.t) ;;
    lint) list+=(tests/lint/*.t) ;;
  esac
done
existing=()
for test in "${list[@]}"; do
  case $test in *.o | *.d) continue ;; esac
  [ -x "$test" ] && existing+=("$test")
done
exec prove --exec '' "${existing[@]}"
