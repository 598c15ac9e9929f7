#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: snapshots are saved at their steps and stay, beside the newest that a run keeps;
# without moments they are smaller, are exported, and a run goes on from an older one that has
# them, to the same bits.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

steps() { (cd "$1" && ls checkpoint-*.h5) | tr -dc '0-9\n' | sed 's/5$//; s/^0*//; s/^$/0/' | tr '\n' ' '; }
train() { # train FOLDER KEY=VALUE…
    local dir=$1 set=()
    shift
    for pair; do set+=(--set "$pair"); done
    "$mpibert" train run.yaml --set checkpoint.dir="$dir" --set evaluation.every_steps=null \
        --set train.steps=12 --set checkpoint.every_steps=4 "${set[@]}" >"$dir.log" 2>"$dir.err"
}
hash_of() { "$mpibert" inspect "$1" | awk '$1 == "state_hash" { print $2 }'; }

train plain checkpoint.keep=1
is "$(steps plain)" "0 12 " "without snapshots"
train some checkpoint.keep=1 checkpoint.snapshots=0,3..9/3
is "$(steps some)" "0 3 6 9 12 " "snapshots stay"
is "$(hash_of some)" "$(hash_of plain)" "  and change no bit"
train all checkpoint.keep=all
is "$(steps all)" "0 4 8 12 " "keep: all"

train slim checkpoint.keep=1 checkpoint.snapshots=50%,10 checkpoint.snapshot_moments=false
is "$(steps slim)" "0 6 10 12 " "of percentages"
size() { stat -c %s "$1/checkpoint-0000000$2.h5"; }
[ "$(size slim 06)" -lt $(($(size some 06) / 2)) ]
ok $? "without moments: less than half"
"$mpibert" export slim/checkpoint-000000006.h5 folder >/dev/null 2>&1
ok $? "  it is exported"
"$mpibert" inspect slim/checkpoint-000000006.h5 --verify >/dev/null
ok $? "  and whole"
mkdir cut && cp slim/checkpoint-00000000{0,6}.h5 cut/ && cp all/checkpoint-000000004.h5 cut/
train cut checkpoint.keep=1 checkpoint.snapshots=6,10 checkpoint.snapshot_moments=false
ok $? "a run goes on from an older one"
grep -q "step 4: resumed" <("$mpibert" inspect cut)
ok $? "  that has moments"
is "$(hash_of cut)" "$(hash_of plain)" "  to the same bits"
is "$(steps cut)" "0 6 10 12 " "  and the snapshots are there"

train bad checkpoint.snapshots=5..
is "$?" 78 "what is no list is refused"
grep -q "checkpoint.snapshots.*'5..'" bad.err
ok $? "  with the item"
finish
