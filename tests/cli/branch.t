#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a branch with the parent's options ends with the parent's bits, also after a kill; one
# that cools down early ends with the bits of a run that was that short from its beginning; an
# option changes only when it is named, and the ledger says so; what cannot be gone on from is
# refused and leaves no checkpoint.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
printf 'evaluation: {every_steps: null}\nlog: {progress: none}\n' >>run.yaml

hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
train() { "$mpibert" train run.yaml "$@" >out 2>err; }

ranks 2 train run.yaml --set checkpoint.keep=all >parent.log 2>&1
ok $? "a run of 12 steps"
ranks 2 train run.yaml --branch 4 branch >out 2>err
is "$?/$(hash_of branch)" "0/$(hash_of run)" "a branch from step 4 with the same options ends with its bits"
grep -q "^branched  off from run/checkpoint-000000004.h5 at step 4, into branch" out
ok $? "  says where it comes from"
is "$(field step branch/metrics.jsonl | tr '\n' ' ')" "5 6 7 8 9 10 11 12 " "  and does the steps after that"
grep -q "^step 4: branched off from run/checkpoint-000000004.h5 on 2 ranks" <("$mpibert" inspect branch)
ok $? "  the ledger says it"
rm branch/checkpoint-000000012.h5
ranks 2 train run.yaml --branch 4 branch >out 2>err
grep -q "^from *branch/checkpoint-000000008.h5, step 8" out
ok $? "the same command goes on with the branch"
is "$(hash_of branch)" "$(hash_of run)" "  to the same bits"

ranks 2 train run.yaml --branch 12 whole >out 2>err
is "$?/$(hash_of whole)" "0/$(hash_of run)" "a branch from the last step has a checkpoint of its own"

# A constant rate, cooled down early: as if it had been meant so from the beginning.
wsd=(--set train.schedule=wsd --set train.decay_steps=4)
train "${wsd[@]}" --set checkpoint.dir=long --set train.steps=20 --set checkpoint.keep=all
train "${wsd[@]}" --set checkpoint.dir=short --set train.steps=12
train "${wsd[@]}" --set checkpoint.dir=long --set train.steps=12 --branch 8 cooled
is "$?/$(hash_of cooled)" "0/$(hash_of short)" "a decay that branches off is that of a run so short"
grep -q "^shortened from 20 steps to 12" out
ok $? "  $(grep ^short out)"

# Options that change.
other=(--set train.schedule=cosine --set train.learning_rate=5e-4)
train --branch run/checkpoint-000000004.h5 other "${other[@]}"
is $? 78 "another schedule, without leave"
grep -q "train.schedule: is cosine now (--set) but linear in the checkpoint.* or name it in train.allow_change" err
ok $? "  $(grep error: err)"
train --branch run/checkpoint-000000004.h5 other "${other[@]}" --allow-change train.schedule
is $? 78 "and another rate"
train --branch run/checkpoint-000000004.h5 other "${other[@]}" --allow-change train.schedule,train.learning_rate
is $? 0 "both, with leave"
grep -q "^changed   train.schedule: cosine, before linear (train.allow_change)" out
ok $? "  are said: $(grep -c ^changed out)"
is "$("$mpibert" inspect other | grep -c '^step 4: changed train\.\(schedule\|learning_rate\): ')" 2 "  in the ledger, too"
[ "$(hash_of other)" != "$(hash_of run)" ]
ok $? "  and make another model"
train --set checkpoint.dir=other "${other[@]}" --set train.steps=13
is $? 0 "which goes on by itself then"
cp -r run changed && rm changed/checkpoint-000000012.h5
train --set checkpoint.dir=changed --set train.clip_norm=0.5 --allow-change train.clip_norm
is $? 0 "a run that goes on may change, too"
grep -q "^step 8: changed train.clip_norm: 0.5, before 1" <("$mpibert" inspect changed)
ok $? "  by its ledger"
phases=(--set 'train.phases[0].steps=4' --set 'train.phases[1].steps=8')
train "${phases[@]}" --set checkpoint.dir=phased --set checkpoint.keep=all
train "${phases[@]}" --set checkpoint.dir=phased --set 'train.phases[1].lane_batch=3' --branch 4 wide \
    --allow-change 'train.phases[1].lane_batch'
is $? 0 "a field of a phase"

# What cannot be.
refused() { # refused CODE 'what it says' WORD…
    local code=$1 what=$2
    shift 2
    train "$@"
    is $? "$code" "refused with $code: $what"
    grep -q -- "$what" err
    ok $? "  $(grep error: err)"
}
refused 66 "checkpoint-000000005.h5" --branch 5 nowhere
refused 66 "no-such" --branch no-such nowhere
refused 78 "is of this run itself" --branch 4 run
refused 64 "takes a step or checkpoint, and a folder" --branch 4
refused 78 "unknown key 'train.lerning_rate'; did you mean 'train.learning_rate'" --branch 4 nowhere \
    --allow-change train.lerning_rate
refused 78 "the data is not what this run was started on" --branch 4 nowhere --set data.mask_prob=0.3 \
    --allow-change data.mask_prob
refused 65 "x 32 there, but .* x 64 here" --branch 4 nowhere --set model.hidden=64 --allow-change model.hidden
"$mpibert" export run hf >/dev/null && "$mpibert" import hf weights.h5 >/dev/null
refused 78 "in the checkpoint" --branch weights.h5 nowhere
is "$(ls nowhere/*.h5 2>/dev/null | wc -l)" 0 "and nothing was saved"
finish
