#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a model that can learn a task does, over every seed, and the same to the last bit on
# any number of ranks and after a kill; what cannot be done is refused with its file and line
# before anything is written.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1
ok $? "a model to begin with"

# A text is 1 if it tells of a river, whatever else is in it.
texts() { # texts SEED COUNT
    awk -v seed="$1" -v count="$2" 'BEGIN {
        print "idx\tsentence\tlabel"
        n = split("the old town small house stone bridge green light people walk build", w)
        x = seed
        for (i = 0; i < count; i++) {
            line = ""
            for (k = 0; k < 5; k++) { x = (x * 16807) % 2147483647; line = line w[x % n + 1] " " }
            x = (x * 16807) % 2147483647
            print i "\t" line (x % 2 ? "river" : "market") "\t" x % 2
        }
    }'
}
mkdir -p toy tags
texts 5 96 >toy/train.tsv
texts 9 40 >toy/dev.tsv
own=(--set task.text=sentence --set task.label=label --set finetune.batch=8
    --set finetune.epochs=8 --set train.learning_rate=3e-3)
finetune() { # finetune N OUT WORD…
    local n=$1 out=$2
    shift 2
    ranks "$n" finetune own --data toy --from run --out "$out" --seeds 3 "${own[@]}" "$@"
}

finetune 1 a >a.log 2>a.err
ok $? "three fine-tunings on a rank"
is "$(grep -c . a/results.json | awk '{print ($1 > 0)}')" 1 "  have results"
is "$(field accuracy a/results.json | head -1)" "1.0" "  and learn what there is to learn"
answers() { field answers "$1"/jobs/seed-*.json | tr '\n' ' '; }
for n in 2 4; do
    finetune $n b$n >b.log 2>b.err
    ok $? "the same on $n ranks"
    is "$(answers b$n)" "$(answers a)" "  answer the same to the last bit"
    cmp -s a/results.json b$n/results.json
    ok $? "  and have the same results"
    cmp -s a/predictions.h5 b$n/predictions.h5
    ok $? "  and the same file of answers"
done
# Two ranks a job: one example is left for the last batch, of which the first of them has none.
two=(--set finetune.ranks=2 --set finetune.batch=95 --set "finetune.class_weights=1 2")
finetune 1 r1 "${two[@]}" --set finetune.ranks=1 >r.log 2>r.err
finetune 2 r2 "${two[@]}" >r.log 2>r.err
ok $? "two ranks a job"
finetune 4 r4 "${two[@]}" >r.log 2>r.err
ok $? "  and two such groups"
is "$(answers r4)" "$(answers r2)" "  answer the same to the last bit"
losses() { tr -d ' \n' <"$1/jobs/seed-1.json" | sed 's/.*"losses":\[\([^]]*\)\].*/\1/' | tr ',' '\n'; }
is "$(losses r1 | grep -c .)" 16 "  after as many steps as one rank takes"
is "$(paste <(losses r1) <(losses r2) | awk '($1 - $2) ^ 2 > 1e-10 * $1 * $1' | wc -l)" 0 \
    "  with its losses"
finetune 3 r3 "${two[@]}" >r.log 2>r.err
is $? 78 "three ranks are no groups of two"
rm -r b2/results.json b2/jobs/seed-1.*
finetune 2 b2 >c.log 2>c.err
ok $? "a farm that was stopped goes on"
is "$(grep -c 'seed 1' c.log)" 1 "  with what was left"
is "$(grep -c 'seed [02] ' c.log)" 0 "  and nothing else"
cmp -s a/results.json b2/results.json
ok $? "  to the same results"

# interrupt SIGNAL JOB: a farm that gets it when a job is done; its exit code
interrupt() {
    "$mpibert" finetune own --data toy --from run --out killed --seeds 3 "${own[@]}" \
        --set finetune.epochs=300 >e.log 2>e.err &
    local victim=$!
    until [ -e killed/jobs/seed-$2.json ] || ! kill -0 $victim 2>/dev/null; do sleep 0.05; done
    kill -$1 $victim 2>/dev/null
    wait $victim 2>/dev/null
}
interrupt TERM 0
is $? 75 "a farm that is asked to stop"
grep -q '^mpibert: stopped at step [0-9]*; start it again to go on' e.err
ok $? "  says so"
[ -e killed/jobs/seed-0.json ] && [ ! -e killed/jobs/seed-1.json ]
ok $? "  and has the jobs that were done, alone"
interrupt KILL 1
finetune 2 killed --set finetune.epochs=300 >f.log 2>f.err
ok $? "a farm that was killed goes on"
finetune 1 whole --set finetune.epochs=300 >g.log 2>g.err
is "$(answers killed)" "$(answers whole)" "  to the same answers"

# Two groups, of which one is asked.
"${MPIRUN:-mpirun}" -n 2 "$mpibert" finetune own --data toy --from run --out parted --seeds 8 \
    "${own[@]}" --set finetune.epochs=300 >h.log 2>h.err &
victim=$!
until compgen -G "parted/jobs/*.json" >/dev/null || ! kill -0 $victim 2>/dev/null; do sleep 0.05; done
read -r rank _ <"/proc/$victim/task/$victim/children"
before=(parted/jobs/*.json)
kill -USR2 "$rank"
wait $victim
is $? 75 "a farm of two ranks, of which one is asked to stop"
after=(parted/jobs/*.json)
[ ${#after[@]} -le $((${#before[@]} + 2)) ]
ok $? "  the other begins no further job: ${#before[@]}, then ${#after[@]} of 8 are done"

finetune 1 a --set finetune.epochs=9 >d.log 2>d.err
is $? 78 "other options do not mix with what is there"

finetune 1 k --set train.learning_rate=0 --json >k.log 2>k.err
ok $? "a model that does not learn"
is "$(field constant k/results.json)" true "  is a constant predictor, and flagged"
is "$(head -c 1 k.log)" "{" "  and --json prints nothing else"
finetune 1 n --set train.learning_rate=10 --set train.clip_norm=0 --set train.beta2=0 \
    --set train.epsilon=1e-18 --set finetune.epochs=20 >n.log 2>n.err
ok $? "seeds that diverge are no end"
is "$(grep -c '"fault"' n/results.json)" 3 "  but say so"
grep -q 'seed 2: step .* not finite' n.log
ok $? "  on the screen, too"

# Without a rate no epoch is better than the first.
finetune 2 p --set train.learning_rate=0 --set finetune.patience=2 >p.log 2>p.err
ok $? "with patience"
is "$(grep -c 'seed . *: 36 steps .*; stopped after epoch 3; best on dev after epoch 1: ' p.log)" 3 \
    "  what does not get better is stopped, and said to be"
grep -q '3 of 3 seeds stopped early' p/results.md
ok $? "  in the table, too"
is "$(field best_epoch p/jobs/seed-0.json) $(field stopped p/jobs/seed-0.json)" "1 36" "  and kept"
# At too high a rate the scores of epochs go up and down.
finetune 1 q --set finetune.best=true --set train.learning_rate=3e-2 >q.log 2>q.err
ok $? "the best epoch"
scores() { # scores SEED: of its epochs
    tr -d ' \n' <q/jobs/seed-$1.json | sed 's/.*"scores":\[\([^]]*\)\].*/\1/' | tr ',' '\n'
}
best() { scores "$1" | sort -n | tail -1; }
[ "$(best 0)" != "$(scores 0 | tail -1)" ] || [ "$(best 2)" != "$(scores 2 | tail -1)" ]
ok $? "  is not the last"
is "$(field accuracy q/results.json | head -3 | tr '\n' ' ')" "$(best 0) $(best 1) $(best 2) " \
    "  is what is judged"
grep -q 'best epoch by dev' q/results.md
ok $? "  and the table says by what it was chosen"

printf 'EU\tB\nis\tO\n\nhere\tO\n\n' >tags/train.txt
cp tags/train.txt tags/dev.txt
tag=(--set task.kind=tag --set task.format=conll --set task.text=word --set task.label=tag)
"$mpibert" finetune own --data tags --from run --out t --seeds 1 "${tag[@]}" >t.log 2>t.err
ok $? "words with labels"

is "$(printf 'the old river\nthe old market\n' >two.txt; "$mpibert" predict a/seed-0 two.txt |
    cut -f 1 | tr '\n' ' ')" "1 0 " "the model that was kept labels texts"
"$mpibert" predict a/seed-0 two.txt --json | head -c 1 | grep -q '{'
ok $? "  in JSON, too"
is "$("$mpibert" predict t/seed-0 two.txt | head -1 | wc -w)" 3 "another labels words"
"$mpibert" predict run two.txt >p.log 2>p.err
is $? 66 "what was not fine-tuned labels nothing"
"$mpibert" export run plain >plain.log 2>&1
"$mpibert" predict plain two.txt >p.log 2>p.err
is $? 65 "nor does a folder without a head"
"$mpibert" predict a/seed-0 none.txt >p.log 2>p.err
is $? 66 "a file that is not there"
"$mpibert" finetune own --data toy --from a/seed-0 --out again --seeds 1 "${own[@]}" \
    >again.log 2>again.err
ok $? "and is itself a model to begin with"

finetune 1 g --seeds 1 --set finetune.grid='train.learning_rate=0,3e-3' >g.log 2>g.err
ok $? "a grid of two rates"
is "$(field constant g/cell-*/results.json | tr '\n' ' ')" "true false " "  is two results"
grep -q 'learning_rate 3e-3' g/results.md
ok $? "  told by the rate"

variant empty toy && head -1 toy/dev.tsv >empty/dev.tsv
bad 65 'empty/dev.tsv: has no example' "an empty dev file" own --data empty "${own[@]}"
variant odd toy && printf '40\tthe river\n' >>odd/dev.tsv
bad 65 'odd/dev.tsv:42: has 2 columns' "a column too few" own --data odd "${own[@]}"
variant new toy && printf '40\tthe river\tmaybe\n' >>new/dev.tsv
bad 65 "new/dev.tsv:42: label 'maybe'" "a label that training has not" own --data new "${own[@]}"
variant one toy && grep -v $'\t0$' toy/train.tsv >one/train.tsv
bad 65 "one/train.tsv: all labels are '1'" "one label alone" own --data one "${own[@]}"
bad 65 "no column 'text'" "no such column" own --data toy --set task.text=text --set task.label=label
bad 65 "is no number" "a number that is none" own --data toy "${own[@]}" \
    --set task.kind=regress --set task.label=sentence --set task.text=label
bad 66 'toy/none has no train.tsv' "no such file" rte --data toy/none
bad 64 "task 'none'" "no such task" none --data toy
bad 64 "metric" "no such metric" own --data toy "${own[@]}" --set task.metrics=none
bad 78 "finetune.grid: 'x'" "no grid" own --data toy "${own[@]}" --set finetune.grid=x
bad 78 'finetune.recipe' "no such recipe" own --data toy "${own[@]}" --recipe none
bad 78 'the model has 2 layers' "layers that are not there" own --data toy "${own[@]}" \
    --set finetune.freeze_layers=3
bad 78 "'1 2 3' is neither balanced nor 2 numbers" "weights of labels that are not there" own \
    --data toy "${own[@]}" --set "finetune.class_weights=1 2 3"
bad 78 'model.layers' "what the model has fixed" own --data toy "${own[@]}" --set model.layers=3
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] \
    --set model.head_size=24 --set checkpoint.dir=narrow >train.log 2>&1
one() { # one WORD…: a job from it
    "$mpibert" finetune own --data toy --from narrow --out classless --seeds 1 "${own[@]}" \
        --set finetune.epochs=1 "$@" >n.log 2>n.err
}
one
is $? 78 "what transformers has no class for is refused before it is trained"
grep -q "finetune.models.*heads of 24" n.err
ok $? "  with the cure"
one --set finetune.models=false
is $? 0 "  and fine-tuned without a model to keep"
finish
