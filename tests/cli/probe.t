#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: ranks that are lent judge checkpoints as `finetune` does, to the bit, and change nothing
# of the training, which has the bits of a run on the ranks that are left; what goes wrong with
# them is said and ends nothing, and nobody waits for ever, however the training ends.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
cat >>run.yaml <<'EOF'
evaluation: {every_steps: 4, tasks: [own], probe_ranks: 1}
finetune: {data: toy, seeds: 2, steps: 12, batch: 8, freeze_embeddings: true, freeze_layers: all,
           grid: "train.learning_rate=1e-2"}
task: {text: sentence, label: label}
log: {progress: none}
EOF
texts() { # texts SEED COUNT: 1 if it tells of a river
    awk -v seed="$1" -v count="$2" 'BEGIN {
        print "sentence\tlabel"
        n = split("the old town small house stone bridge green light people walk build", w)
        x = seed
        for (i = 0; i < count; i++) {
            x = (x * 16807) % 2147483647
            print w[x % n + 1] " " (x % 2 ? "river" : "market") "\t" x % 2
        }
    }'
}
mkdir toy
texts 5 48 >toy/train.tsv
texts 9 24 >toy/dev.tsv
printf '%s\t0\n' "$(seq -s ' ' 80)" >>toy/train.tsv # too long

hash_of() { "$mpibert" inspect "$1" | awk '$1 == "state_hash" { print $2 }'; }
# train RANKS FOLDER WORDS…: a run that hangs ends with 124
train() {
    local n=$1 dir=$2
    shift 2
    timeout -k 5 60 "${MPIRUN:-mpirun}" -n "$n" "$mpibert" train run.yaml \
        --set checkpoint.dir="$dir" "$@" >"$dir.log" 2>"$dir.err"
}
verdicts() { grep '"probe_seeds"' "$1/evaluations.jsonl"; }
judged() { verdicts "$1" | field step - | tr '\n' ' '; }

train 2 alone --set evaluation.tasks=null
train 3 lent --set log.progress=lines
is $? 0 "a run of which a rank is lent"
is "$(hash_of lent)" "$(hash_of alone)" "  has the bits of one on the ranks that are left"
is "$(grep -v probe_seeds lent/evaluations.jsonl | sed 's/, "time.*//')" \
    "$(sed 's/, "time.*//' alone/evaluations.jsonl)" "  and its evaluations"
grep -q '^lent      1 of 3 ranks, to judge checkpoints by own$' lent.log
ok $? "  as it says"
is "$(grep -c '^mpibert: rank 2: toy/train.tsv: 1 of 49 examples are cut' lent.err)" 1 \
    "  with what is cut of the task's texts, once"
is "$(verdicts lent | tail -1 | sed 's/: ["0-9a-f.-]*\([,}]\)/\1/g')" \
    '{"step", "probe_seeds", "probe_left_out", "probe_key", "own_accuracy", "own_accuracy_std", "time"}' "  the last step is judged"
is "$(judged lent | tr ' ' '\n' | grep . | sort -nu | tr '\n' ' ')" "$(judged lent)" "  each step once, in their order"
grep -q "^tasks at step 12: own accuracy [01].[0-9]*  (means of 2 seeds)$" lent.log
ok $? "  as the log says"
"$mpibert" finetune own --data toy --from lent/checkpoint-000000012.h5 --out by-hand --seeds 2 \
    --set task.text=sentence --set task.label=label --set finetune.steps=12 --set finetune.batch=8 \
    --set finetune.freeze_embeddings=true --set finetune.freeze_layers=all \
    --set finetune.grid=train.learning_rate=1e-2 --set finetune.models=false >by-hand.log 2>&1
is "$(cat lent/probes/step-000000012/cell-0/results.json)" "$(cat by-hand/cell-0/results.json)" \
    "  with the scores of finetune"
answers() { field answers "$1"/cell-0/jobs/seed-*.json; }
is "$(answers lent/probes/step-000000012)" "$(answers by-hand)" "  and its answers to the last bit"

taught=(--set train.objectives=mlm,soft --set teacher.from=alone)
train 2 asked "${taught[@]}" --set evaluation.tasks=null
train 4 taught "${taught[@]}" --set teacher.ranks=1
is "$?/$(hash_of taught)" "0/$(hash_of asked)" "beside one that holds a teacher it changes no bit, either"
is "$(judged taught | tr ' ' '\n' | grep . | tail -1)" 12 "  and judges the last step"

train 3 lent
is "$?/$(verdicts lent | grep -c '"step": 12,')" 0/1 "a run that is complete is judged once"
sed -i '/"step": 12, "probe_seeds"/d' lent/evaluations.jsonl
train 3 lent
is "$?/$(verdicts lent | grep -c '"step": 12,')" 0/1 "  but judged if it was not"
train 3 lent --set finetune.seeds=1
is "$?/$(verdicts lent | grep '"step": 12,' | field probe_seeds - | tr '\n' ' ')" "0/2 1 " "  and if it was by other seeds"
texts 7 24 >toy/dev.tsv
train 3 lent
is "$?/$(verdicts lent | grep -c '"step": 12,')" 0/3 "  or by other files"
texts 9 24 >toy/dev.tsv
train 3 lent
is "$?/$(verdicts lent | grep -c '"step": 12,')" 0/3 "  but not by those of before"
mkdir -p two/probes/step-000000077/jobs two/probes/mine
train 4 two --set evaluation.probe_ranks=2 --set checkpoint.every_steps=1
is "$?/$(hash_of two)" "0/$(hash_of alone)" "two ranks lent"
is "$(cat two/probes/step-000000012/cell-0/results.json)" "$(cat by-hand/cell-0/results.json)" "  find the same"
is "$(verdicts two | awk '{ n += 1 + $6 } END { print n }')" 13 "  each checkpoint is judged, or counted as left out"
for dir in two/probes/step-*; do
    [ -e "two/checkpoint-${dir#*step-}.h5" ] || echo "$dir"
done >orphans
is "$(cat orphans) $(ls -d two/probes/mine)" " two/probes/mine" "  and the answers of those that are gone, are, too"

# A run that goes back: what was judged of steps that it made again does not count.
${MPICC:-mpicc} -D_GNU_SOURCE -shared -fPIC -o astray.so "$root/tests/cli/astray.c" -lm || exit 1
back() { # back FOLDER WORDS…: the gradient of step 10 is not finite; the words are for mpirun
    local dir=$1 run=("$mpibert" train run.yaml --set checkpoint.dir="$1" --set train.nonfinite=rollback)
    run+=(--set train.rollback_steps=4 --set checkpoint.every_steps=2 --set checkpoint.keep=all)
    shift
    timeout -k 5 60 ${MPIRUN:-mpirun} -n 2 -x SPOIL=10 -x LD_PRELOAD="$work/astray.so" "$@" "${run[@]}" \
        : -n 1 "${run[@]}" >"$dir.log" 2>"$dir.err"
}
back again
is "$?/$(ls again/*.bad)" 0/again/checkpoint-000000008.h5.bad "a run that goes back"
is "$(judged again | tr ' ' '\n' | grep . | sort -nu | tr '\n' ' ')" "$(judged again)" "  judges each step once"
is "$(judged again | grep -o '[0-9]* $')" "12 " "  and its last one"
is "$(verdicts again | grep '"step": 12,' | field own_accuracy -)" \
    "$(sed -n "/\"mean\"/,/}/p" again/probes/step-000000012/cell-0/results.json | field accuracy - | head -1)" "  by its weights"
back log -x SPOIL_LOG="$work/log/evaluations.jsonl"
is "$?/$(grep -c 'error: .*evaluations.jsonl' log.err)" 74/1 "a log that cannot be opened again ends it, and those lent"

# However it ends, all ranks end.
begin() { # begin FOLDER WORDS…: in the background; pid is the launcher's
    local dir=$1
    shift
    timeout -k 5 60 "${MPIRUN:-mpirun}" -n 3 "$mpibert" train run.yaml --set checkpoint.dir="$dir" \
        --set train.steps=100000 --set evaluation.every_steps=null "$@" >"$dir.log" 2>"$dir.err" &
    pid=$!
}
running() { kill -0 "$pid" 2>/dev/null; }
begin stop --set finetune.steps=1000000
until [ -e stop/probes/step-000000000/cell-0/jobs ] || ! running; do sleep 0.02; done
sleep 0.3
touch stop/STOP
wait $pid
is $? 75 "STOP while a checkpoint is judged"
is "$(grep -c 'stopped at step' stop.err)/$(grep -c 'is not judged' stop.err)" 1/0 "  is a stop like any"
begin usr --set checkpoint.every_steps=20
until [ -e usr/probes/step-000000000/cell-0/results.json ] || ! running; do sleep 0.02; done
mv toy gone # a fault of those lent
until grep -q 'is not judged' usr.err || ! running; do sleep 0.02; done
mv gone toy
kill -USR2 "$(pgrep -P $pid)"
wait $pid
is $? 75 "a checkpoint that cannot be judged, and a signal"
grep -q "warning: evaluation.tasks: step [0-9]* is not judged: .*toy.*; training goes on" usr.err
ok $? "  each of which is said"
train 3 error --set train.init_from=nowhere
is "$?/$(grep -c 'error: .*nowhere' error.err)" 66/1 "training that cannot begin"

refused() { # refused CODE WORDS RANKS KEY=VALUE…
    local code=$1 words=$2 n=$3 set=()
    shift 3
    for word in "$@"; do set+=(--set "$word"); done
    train "$n" bad "${set[@]}"
    is "$?/$(grep -c -- "$words" bad.err)/$(ls bad 2>/dev/null)" "$code/1/" "refused: $*: $words"
}
refused 78 "1 of 1 rank would be lent" 1
refused 64 "task 'none'" 2 evaluation.tasks=none
refused 66 "nowhere" 2 finetune.data=nowhere
refused 78 "finetune.data is not set" 2 finetune.data=null
refused 78 "2 cells" 2 finetune.grid="finetune.batch=4,8"
refused 78 "no groups of 2" 2 finetune.ranks=2
"$mpibert" family run.yaml >family.log 2>family.err
is "$?/$(grep -c 'lends no ranks' family.err)" 78/1 "refused: a family"
finish
