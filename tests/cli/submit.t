#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: the upload files of GLUE's tasks have the names, columns and labels that
# gluebenchmark.com takes, an answer to each text of the test file in its order, and are those of
# the seed that is best on dev; a farm that was asked for less before does what is missing, and
# nothing else; without a test file nothing begins.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1

# words SEED COUNT HEAD PROGRAM: lines of a text t, its twin u, a number y of 0 to 2
words() {
    awk -v seed="$1" -v count="$2" -v head="$3" 'BEGIN {
        if (head) { gsub(/ /, "\t", head); print head }
        n = split("old town house stone bridge green light people", w)
        m = split("river market summer", k)
        split("entailment neutral contradiction", l)
        OFS = "\t"
        for (i = 0; i < count; i++) {
            seed = (seed * 16807) % 2147483647
            y = seed % m; t = w[seed % n + 1] " " k[y + 1]; u = w[(seed + 3) % n + 1]
            '"$4"'
        }
    }'
}
mkdir -p glue/CoLA glue/MNLI glue/STS-B glue/diagnostic
for part in "train 5 48" "dev 9 16"; do
    set -- $part
    words $2 $3 "" 'print "x", y % 2, "*", t' >glue/CoLA/$1.tsv
    words $2 $3 "index sentence1 sentence2 score" 'print i, t, u, y * 2.5' >glue/STS-B/$1.tsv
done
pair='print i, t, u, l[y + 1]'
words 5 48 "index sentence1 sentence2 gold_label" "$pair" >glue/MNLI/train.tsv
words 9 16 "index sentence1 sentence2 gold_label" "$pair" >glue/MNLI/dev_matched.tsv
words 11 16 "index sentence1 sentence2 gold_label" "$pair" >glue/MNLI/dev_mismatched.tsv
words 13 7 "index sentence" 'print i, t' >glue/CoLA/test.tsv
words 14 6 "index sentence1 sentence2" 'print i, t, u' >glue/STS-B/test.tsv
words 15 5 "index sentence1 sentence2" 'print i, t, u' >glue/MNLI/test_matched.tsv
words 16 4 "index sentence1 sentence2" 'print i, t, u' >glue/MNLI/test_mismatched.tsv
words 17 3 "index sentence1 sentence2" 'print i, t, u' >glue/diagnostic/diagnostic.tsv

finetune() { # finetune RANKS OUT WORD…
    local n=$1 out=$2
    shift 2
    ranks "$n" finetune cola,stsb,mnli --data glue --from run --out "$out" --seeds 2 \
        --set finetune.batch=8 --set train.learning_rate=3e-3 --set finetune.epochs=6 "$@"
}
finetune 2 out --submit up >a.log 2>a.err
is "$?/$(ls up | tr '\n' ' ')" "0/AX.tsv CoLA.tsv MNLI-m.tsv MNLI-mm.tsv STS-B.tsv " "a folder of upload files"
is "$(head -qn 1 up/*.tsv | sort -u)" "$(printf 'index\tprediction')" "  each with two columns"
is "$(for f in AX CoLA MNLI-m MNLI-mm STS-B; do sed 1d up/$f.tsv | cut -f 1 | tr '\n' ' '; done)" \
    "0 1 2 0 1 2 3 4 5 6 0 1 2 3 4 0 1 2 3 0 1 2 3 4 5 " "  a line for each text of the test files"
is "$(sed 1d up/CoLA.tsv | cut -f 2 | grep -vc '^[01]$')" 0 "  CoLA's labels are numbers"
is "$(sed 1d up/MNLI-m.tsv | cut -f 2 | grep -Evc '^(entailment|neutral|contradiction)$')" 0 "  MNLI's are words"
is "$(sed 1d up/STS-B.tsv | cut -f 2 | grep -Evc '^([0-4]\.[0-9]{3}|5\.000)$')" 0 "  STS-B's scores are 0 to 5"
seed=$(sed -n 's/.*cola: the upload is of seed \([01]\), matthews.*/\1/p' a.err)
best=$(field matthews out/cola/results.json | head -2 | awk 'NR == 1 || $1 > best { best = $1; at = NR - 1 } END { print at }')
is "$seed" "$best" "the seed that is best on dev"
sed 1d glue/CoLA/test.tsv | cut -f 2 >texts
is "$("$mpibert" predict "out/cola/seed-$seed" texts | cut -f 1 | sed 's/unacceptable/0/; s/acceptable/1/')" \
    "$(sed 1d up/CoLA.tsv | cut -f 2)" "  is the one that answers"

# Asked for less before.
finetune 1 less --set finetune.models=false >b.log 2>b.err
rm -rf again && finetune 1 less --submit again >c.log 2>c.err
is "$?/$(cat again/*.tsv | cksum)" "0/$(cat up/*.tsv | cksum)" "a farm without models and uploads gets both"
is "$(ls -d less/*/seed-* | wc -l)" 6 "  all models"
rm -r less/cola/seed-1 less/mnli/jobs/seed-0.AX.*.tsv
finetune 1 less --submit again >d.log 2>d.err
is "$?/$(grep -c 'steps in' d.log)" "0/2" "  and what is gone, alone"
for task in cola stsb mnli; do
    cmp -s out/$task/results.json less/$task/results.json
    ok $? "  with the same results of $task"
done

head -4 glue/CoLA/test.tsv >shorter && mv shorter glue/CoLA/test.tsv
finetune 1 less --submit again >e.log 2>e.err
is "$?/$(grep -c 'steps in' e.log)/$(wc -l <again/CoLA.tsv)" "0/2/4" "another test file is answered anew"

rm glue/CoLA/test.tsv
bad 66 "has no test.tsv" "a test file that is not there" cola --data glue --submit up
mv glue/diagnostic gone
bad 66 "has no diagnostic.tsv" "nor that of diagnostics" mnli --data glue --submit up
bad 78 "finetune.submit is for GLUE's tasks" "a task that has none" own --data glue/STS-B --submit up \
    --set task.text=sentence1 --set task.label=score --set task.kind=regress
finish
