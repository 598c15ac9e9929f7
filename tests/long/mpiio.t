#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: parallel HDF5 writes past the table of file operations that test_faults makes fail.  So
# here the system's calls fail under it: each open, read, write, sync and change of size of a
# checkpoint on its way, on each of 3 ranks.  None hangs, the run goes on as if nothing had
# been or ends with 74, and the next start goes on from a good checkpoint to the same bits.
# A rank that cannot read while the file is opened leaves the others waiting (io/ckpt/hdf5.h):
# there, and only there, the watchdog ends the run with 75.  Some 250 runs; minutes.
. "$(dirname "$0")/../cli/lib.sh"
make_corpus
make_config >run.yaml
most=${MOST:-12} # calls of a kind: there are fewer
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o baddisk.so "$root/tests/long/baddisk.c" || exit 1

train() { # train FAIL STEPS
    timeout -k 5 120 ${MPIRUN:-mpirun} -n 3 -x FAIL="$1" -x LD_PRELOAD="$work/baddisk.so" "$mpibert" train \
        run.yaml --set checkpoint.writer=mpiio --set train.steps="$2" --set train.schedule_steps=12 \
        --set evaluation.every_steps=null --set train.watchdog=10s >log 2>err
}
hash_of() { field state_hash <("$mpibert" inspect run --json 2>/dev/null); }

train none 12
want=$(hash_of)
rm -rf run
train none 4
cp -r run before
# Goes on from step 4 while a call fails; 1 when there are not so many.
fail() { # fail RANK OP NTH ERRNO
    local rc what="rank $1, call $3 of $2, errno $4"
    rm -rf run && cp -r before run
    train "$1:$2:$3:$4" 12
    rc=$?
    grep -q baddisk: err || return 1
    [ $rc = 0 ] || [ $rc = 74 ] || { [ $rc = 75 ] && [[ $2 == *read ]]; }
    ok $? "$what: ends with $rc"
    [ $rc = 0 ] || sed 's/^/# /' err
    "$mpibert" inspect run --verify >inspect.log 2>&1
    ok $? "  a good checkpoint is there"
    [ $rc = 0 ] || train none 12
    is "$(hash_of) $(ls -A run | grep -c '^\.tmp')" "$want 0" "  to the same bits, without litter"
}
for op in open pwrite write fsync ftruncate pread read; do
    for rank in 0 1 2; do
        for error in 5 28 4 0; do # EIO ENOSPC EINTR, short
            case $op:$error in open:0 | fsync:0 | ftruncate:0 | *read:28 | *read:4) continue ;; esac
            [[ $op == *read ]] && most=6 # of many, and each may take a minute
            for nth in $(seq "$most"); do fail $rank $op "$nth" $error || break; done
        done
    done
done
finish
