#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a model can learn by heart which of several candidates goes with a text, where
# examples have two, three or four; its answers are the same to the last bit on any number of
# ranks, out of columns or a list, and out of `predict`; what is wrong with a file is told
# with its line before anything is written.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1
ok $? "a model to begin with"

# One of the candidates tells of the river; nothing else says which it is.
examples() { # examples SEED COUNT FORMAT
    awk -v seed="$1" -v count="$2" -v format="$3" 'BEGIN {
        n = split("the old small stone green light people walk build town house", w)
        if (format == "csv") print "text,c0,c1,c2,c3,label"
        x = seed
        for (i = 0; i < count; i++) {
            x = (x * 16807) % 2147483647; k = 2 + int(x / 7) % 3
            x = (x * 16807) % 2147483647; right = int(x / 7) % k
            text = "the " w[x % n + 1]; row = list = ""
            for (c = 0; c < 4; c++) {
                x = (x * 16807) % 2147483647
                one = c < k ? w[int(x / 7) % n + 1] (c == right ? " river" : " market") : ""
                row = row "," one
                if (c < k) list = list (c ? ", " : "") "\"" one "\""
            }
            if (format == "csv") print text row "," right
            else if (format == "lines") { gsub(/,+$/, "", row); gsub(",", "\t", row); print text row }
            else print "{\"text\": \"" text "\", \"ends\": [" list "], \"label\": " right "}"
        }
    }'
}
mkdir -p csv jsonl
examples 5 32 csv | tee csv/train.csv >csv/dev.csv
examples 5 32 json | tee jsonl/train.jsonl >jsonl/dev.jsonl
own=(--set task.kind=choose --set task.text=text --set task.label=label
    --set finetune.batch=8 --set finetune.epochs=40 --set train.learning_rate=3e-3
    --set model.hidden_dropout=0 --set model.attention_dropout=0)
finetune() { # finetune N DATA OUT WORD…
    local n=$1 data=$2 out=$3 choices="c0 c1 c2 c3"
    shift 3
    [ "$data" = csv ] || choices=ends
    ranks "$n" finetune own --data "$data" --from run --out "$out" --seeds 2 \
        --set "task.format=$data" "${own[@]}" --set "task.choices=$choices" "$@"
}
answers() { field answers "$1"/jobs/seed-*.json | tr '\n' ' '; }

finetune 1 csv a >a.log 2>a.err
ok $? "two fine-tunings on choices"
is "$(field accuracy a/results.json | head -2 | tr '\n' ' ')" "1.0 1.0 " "  learn all of them"
short=(--set finetune.epochs=3 --set model.hidden_dropout=0.1)
finetune 1 csv b "${short[@]}" >b.log 2>b.err
for n in 2 4; do
    finetune $n csv b$n "${short[@]}" >b.log 2>b.err
    is "$(answers b$n)" "$(answers b)" "$n ranks answer the same to the last bit"
done
finetune 1 jsonl j "${short[@]}" >j.log 2>j.err
is "$(answers j)" "$(answers b)" "so does a list in JSON"
grep -q 'BertForMultipleChoice' a/seed-0/config.json
ok $? "the folder says what it is"

examples 5 32 lines >lines.txt
is "$("$mpibert" predict a/seed-0 lines.txt | cut -f 1 | cksum)" \
    "$(sed '1d; s/.*,//' csv/dev.csv | cksum)" "predict has the number of a choice a line"
is "$("$mpibert" predict a/seed-0 lines.txt --json | grep -o "\"choice\": [0-9]*" | sed "s/.*: //" | cksum)" \
    "$(sed '1d; s/.*,//' csv/dev.csv | cksum)" "  in JSON, too"
printf 'the old\ta river\nthe old\n' >few.txt
"$mpibert" predict a/seed-0 few.txt >p.log 2>p.err
is $? 65 "a line without choices"
grep -q 'few.txt:2: has no choices' p.err
ok $? "  is named"

given=(--set task.format=csv "${own[@]}" --set 'task.choices=c0 c1 c2 c3')
variant new csv && echo 'the river,a,b,,,2' >>new/dev.csv
bad 65 "new/dev.csv:34: label '2' is none of its 2 choices" "a choice that is not there" own --data new "${given[@]}"
variant none csv && echo 'the river,,,,,0' >>none/train.csv
bad 65 "none/train.csv:34: has no choices" "an example without choices" own --data none "${given[@]}"
variant empty csv && head -1 csv/dev.csv >empty/dev.csv
bad 65 "empty/dev.csv: has no example" "an empty dev file" own --data empty "${given[@]}"
bad 65 "no column 'c4'" "no such column" own --data csv "${given[@]}" --set 'task.choices=c0 c4'
bad 78 "finetune.class_weights" "weights of labels" own --data csv "${given[@]}" --set finetune.class_weights=balanced
"$mpibert" finetune own --data csv --from run --out bad "${own[@]}" >bad.log 2>bad.err
is $? 78 "columns that are not named"
finish
