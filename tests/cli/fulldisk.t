#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a disk with too little room is told of before the first step; a checkpoint that finds
# none is a warning, and training goes on; the third in a row ends the run with 74.  What was
# saved stays good, nothing of the others is left, and with room again the run goes on to the
# bits of one that never lacked it.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
mkdir disk
trap 'umount disk 2>/dev/null; rm -rf "$work"' EXIT
train() { "$mpibert" train run.yaml --set evaluation.every_steps=null --set checkpoint.every_steps=1 "$@" >log 2>err; }
hash_of() { field state_hash <("$mpibert" inspect "$1" --json); }

train --set checkpoint.dir=roomy
ok $? "a run with room for all"
grep -q 'has room for' err
is $? 1 "  is told nothing"
one=$(stat -c %s roomy/checkpoint-000000000.h5)
if ! mount -t tmpfs -o size=$((one * 5 / 2)) none disk 2>/dev/null; then
    ok 0 "a full disk # SKIP may not mount one"
    finish
fi
train --set checkpoint.dir=disk/run
is $? 74 "a disk with room for two and a half ends it"
grep -q 'has room for 1 more such (.* MB each), and this run wants 3' err
ok $? "  is told of at the beginning"
is "$(grep -c 'is NOT SAVED: .*No space left on device' err)" 2 "  goes on without two"
grep -q 'the last 3 checkpoints could not be written' err
ok $? "  and says why it ends"
is "$(ls -A disk/run | tr '\n' ' ')" "checkpoint-000000000.h5 checkpoint-000000001.h5 evaluations.jsonl metrics.jsonl " \
    "  nothing else is left"
"$mpibert" inspect disk/run --verify >inspect.log
ok $? "  and what is there is good"
mount -o remount,size=$((one * 8)) disk
train --set checkpoint.dir=disk/run
ok $? "with room it goes on"
is "$(hash_of disk/run)" "$(hash_of roomy)" "  to the same bits"
finish
