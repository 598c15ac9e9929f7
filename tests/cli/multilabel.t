#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a model can learn by heart which of several labels a text has, all of them or none; its answers
# are the same to the last bit on any number of ranks and out of `predict`; and what is wrong
# with a file is told with its line before anything is written.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1
ok $? "a model to begin with"

# A text has the labels of the things that it tells of: of three, as the seed has them.
texts() { # texts SEED COUNT FORMAT
    awk -v seed="$1" -v count="$2" -v format="$3" 'BEGIN {
        split("water road house", label); split("river street town", thing)
        n = split("the old small stone green light people walk build", w)
        if (format == "csv") print "text,labels"
        x = seed
        for (i = 0; i < count; i++) {
            line = list = ""
            for (k = 1; k <= 3; k++) {
                x = (x * 16807) % 2147483647; line = line w[x % n + 1] " "
                x = (x * 16807) % 2147483647
                if (x % 2 == 0) continue
                line = line thing[k] " "
                list = list (list == "" ? "" : ",") (format == "csv" ? label[k] : "\"" label[k] "\"")
            }
            if (format == "csv") print line ",\"" list "\""
            else print "{\"text\": \"" line "\", \"labels\": [" list "]}"
        }
    }'
}
mkdir -p csv jsonl
texts 5 40 csv | tee csv/train.csv >csv/dev.csv
texts 5 40 json | tee jsonl/train.jsonl >jsonl/dev.jsonl
own=(--set task.kind=multilabel --set task.text=text --set task.label=labels
    --set finetune.batch=8 --set finetune.epochs=150 --set train.learning_rate=3e-3
    --set model.hidden_dropout=0 --set model.attention_dropout=0)
finetune() { # finetune N DATA OUT WORD…
    local n=$1 data=$2 out=$3
    shift 3
    ranks "$n" finetune own --data "$data" --from run --out "$out" --seeds 2 \
        --set "task.format=$data" "${own[@]}" "$@"
}
answers() { field answers "$1"/jobs/seed-*.json | tr '\n' ' '; }

finetune 1 csv a >a.log 2>a.err
ok $? "two fine-tunings on sets of labels"
is "$(field exact a/results.json | head -2 | tr '\n' ' ')" "1.0 1.0 " "  learn all of them"
is "$(field f1_micro a/results.json | head -1) $(field f1_macro a/results.json | head -1)" "1.0 1.0" \
    "  by each metric"
short=(--set finetune.epochs=3 --set model.hidden_dropout=0.1)
finetune 1 csv b "${short[@]}" >b.log 2>b.err
for n in 2 4; do
    finetune $n csv b$n "${short[@]}" >b.log 2>b.err
    is "$(answers b$n)" "$(answers b)" "$n ranks answer the same to the last bit"
done
finetune 1 jsonl j "${short[@]}" >j.log 2>j.err
is "$(answers j)" "$(answers b)" "so do lists in JSON"
grep -q '"problem_type": "multi_label_classification"' a/seed-0/config.json
ok $? "the folder says what it is"

sed '1d; s/,.*//' csv/dev.csv >lines.txt
"$mpibert" predict a/seed-0 lines.txt | sed 's/\t[01]\.[0-9]*//g' >lines.out
is "$(tr '\t' ',' <lines.out | cksum)" \
    "$(sed '1d; s/^[^"]*"//; s/"//' csv/dev.csv | awk -F, '{
        n = split("house road water", w, " "); line = ""
        for (k = 1; k <= n; k++) if (index($0, w[k])) line = line (line == "" ? "" : ",") w[k]
        print line }' | cksum)" "predict has any number of labels a line, or none"
is "$("$mpibert" predict a/seed-0 lines.txt --json | grep -c '"label"')" \
    "$(tr '\t' '\n' <lines.out | grep -c .)" "  in JSON, too"

given=(--set task.format=csv "${own[@]}")
variant new csv && echo 'the river,"water,fire"' >>new/dev.csv
bad 65 "new/dev.csv:42: label 'fire'" "a label that training has not" own --data new "${given[@]}"
variant same csv && printf 'text,labels\na,"x,y"\nb,"y,x"\n' >same/train.csv
bad 65 "same/train.csv: all examples have the same labels" "one set for all" own --data same "${given[@]}"
variant none csv && printf 'text,labels\na,\nb,\n' | tee none/train.csv >none/dev.csv
bad 65 "none/train.csv: all examples have the same labels" "no label at all" own --data none "${given[@]}"
variant empty csv && head -1 csv/dev.csv >empty/dev.csv
bad 65 "empty/dev.csv: has no example" "an empty dev file" own --data empty "${given[@]}"
bad 65 "no column 'topics'" "no such column" own --data csv "${given[@]}" --set task.label=topics
bad 78 "task.separator '||'" "a separator of two characters" own --data csv "${given[@]}" --set 'task.separator=||'
bad 65 "matthews does not judge sets" "a metric of another kind" own --data csv "${given[@]}" --set task.metrics=matthews
finish
