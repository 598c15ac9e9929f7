#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# peers.sh [OPTIONS] [PRESET…]: pretraining steps of mpibert and of PyTorch in turns, same cores and
# batches: tokens/s, useful GFLOP/s, and the ratio of neighbours with its spread.  --help has more.
#   tests/bench/peers.sh --modes torch,tpp tiny base
#   tests/bench/peers.sh --sequence-length 512 --lengths lengths.txt medium
#   tests/bench/peers.sh --precision bf16 --modes torch medium base
# Peers (peer.py): hf, torch and tpp.  The first two run in the environment of the interoperability
# tests ($BUILD/venv), Intel's in one of its own ($BUILD/venv-tpp, 7 GB); one's own can be used with
# PEER_PYTHON=… and TPP_PYTHON=….  Without a network a peer is skipped, and said to be.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BUILD=${BUILD:-build}
export PYTHON_hf=${PEER_PYTHON:-} PYTHON_torch=${PEER_PYTHON:-} PYTHON_tpp=${TPP_PYTHON:-}

# What is worth 7 to 15 % to torch and tpp: memory is kept, in large pages, not faulted in again.
export TUNED="GLIBC_TUNABLES=glibc.malloc.hugetlb=1 MALLOC_TOP_PAD_=268435456
MALLOC_MMAP_THRESHOLD_=17179869184 MALLOC_TRIM_THRESHOLD_=17179869184"
export PRELOAD=

skip() {
    echo "==============================================================================" >&2
    echo "SKIPPED: peers $1: $2" >&2
    echo "==============================================================================" >&2
}

# venv MODES NAME REQUIREMENTS: for the peers that use it.
venv() {
    local rc=0 mode
    venv_make "$2" "$3" || rc=$?
    case $rc in
        0) for mode in $1; do export "PYTHON_$mode=$BUILD/$2/bin/python"; done ;;
        75) skip "$1" "$venv_why" ;;
        *) exit 1 ;;
    esac
}

# MKL takes AVX2 kernels on processors that are not Intel's, though its AVX-512 ones run there, and
# half as fast again: what it asks is answered with yes, in front of its own answer.
free_mkl() {
    ! grep -q GenuineIntel /proc/cpuinfo || return 0
    echo 'int mkl_serv_intel_cpu_true(void); int mkl_serv_intel_cpu_true(void) { return 1; }' |
        ${CC:-cc} -shared -fPIC -x c -o "$BUILD/free-mkl.so" - && PRELOAD=$PWD/$BUILD/free-mkl.so
}

[ -x "$BUILD/mpibert" ] || { echo "peers.sh: $BUILD/mpibert is not built; try make" >&2; exit 66; }
. tests/venv.sh
. jobs/local/mpi.sh
mpi_prepare 1
modes=hf,torch,tpp
[[ ! " $* " =~ \ --modes[\ =]([a-z,]+) ]] || modes=${BASH_REMATCH[1]}
[[ " $* " != *" --help "* ]] || modes=
[ -n "$PYTHON_torch" ] || [[ ! $modes =~ hf|torch ]] ||
    venv "hf torch" venv tests/interop/requirements.txt
[ -n "$PYTHON_tpp" ] || [[ $modes != *tpp* ]] || venv tpp venv-tpp tests/bench/tpp-requirements.txt
free_mkl
exec python3 tests/bench/peers.py "$@"
