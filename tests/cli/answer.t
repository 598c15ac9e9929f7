#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a model can learn by heart where answers are, in texts of several windows, with
# accents and without an answer; they are the text's own characters; they are the same to the
# last bit on any number of ranks and out of `predict`; and what is wrong with a file is told
# with its line before anything is written.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1
ok $? "a model to begin with"

# A question asks for the word after one that the text has once; about texts of some 60 words.
# "É" is one character, "e´" two.
file() { # file NONE: whether every third question has no answer
    perl -CS -e '
        use utf8; use strict; use warnings;
        my ($none, $x) = (shift, 11);
        sub draw { $x = ($x * 16807) % 2147483647; return int($x / 7) % shift }
        my @w = qw(the old small stone green light people walk build town house);
        my @keys = qw(river boats bells grain market winter);
        my @names = ("Élan", "the Cafe\x{301}", "GREEN", "Ünder, near", "o\x{301}ld");
        my (@paragraphs, $id);
        for my $p (0 .. 5) {
            my @words = map { $w[draw(scalar @w)] } 1 .. 50;
            my ($key, $name) = ($keys[$p], $names[$p % 5]);
            splice(@words, 5 + draw(40), 0, $key, $name);
            my $text = "« " . join(" ", @words) . ".";
            my $start = index($text, "$key $name") + length("$key ");
            my $q = "q" . $id++;
            my $lost = $none && $p % 3 == 2;
            $q = "\"id\": \"$q\", \"question\": \"what is at the " . ($lost ? "play" : $key) . "?\"";
            my $a = $lost ? "\"is_impossible\": true, \"answers\": []"
                : "\"answers\": [{\"text\": \"$name\", \"answer_start\": $start}]";
            push @paragraphs, "{\"context\": \"$text\", \"qas\": [\n{$q, $a}]}";
        }
        print "{\"version\": \"v\", \"data\": [{\"title\": \"t\", \"paragraphs\": [\n",
            join(",\n", @paragraphs), "]}]}\n"' "$1"
}
mkdir -p one two
file "" | tee one/train.json >one/dev.json
file 1 | tee two/train.json >two/dev.json
own=(--set task.kind=answer --set task.format=squad --set task.stride=8 --set finetune.batch=4
    --set finetune.epochs=100 --set train.learning_rate=3e-3 --set train.sequence_length=40
    --set model.hidden_dropout=0 --set model.attention_dropout=0)
finetune() { # finetune N DATA OUT WORD…
    local n=$1 data=$2 out=$3
    shift 3
    ranks "$n" finetune own --data "$data" --from run --out "$out" --seeds 1 "${own[@]}" "$@"
}
answers() { field answers "$1"/jobs/seed-0.json; }

for kind in one two; do
    finetune 1 $kind $kind.out >a.log 2>a.err
    ok $? "$kind: a fine-tuning on questions"
    is "$(field exact $kind.out/results.json | head -1) $(field f1 $kind.out/results.json | head -1)" \
        "1.0 1.0" "  learns all answers"
    is "$(grep -c '"' $kind.out/jobs/seed-0.own.json)" 6 "  which are there in words"
    "$mpibert" predict $kind.out/seed-0 $kind/dev.json >$kind.said 2>p.err
    cmp -s $kind.said $kind.out/jobs/seed-0.own.json
    ok $? "  as predict tells, of the same windows"
done
is "$(grep -o '"q1": .*' one.said | tr -d ,)" "$(printf '"q1": "the Cafe\xcc\x81"')" \
    "an answer has its accents, and its article"
is "$(grep -c '""' two.said) $(grep -c '""' one.said)" "2 0" "questions without an answer have none"
"$mpibert" predict two.out/seed-0 one/dev.json >n.said 2>p.err
ok $? "other questions are answered, too"
sed 's/, "answers": \[[^]]*\]//' one/dev.json >bare.json
"$mpibert" predict one.out/seed-0 bare.json 2>p.err | cmp -s - one.said
ok $? "  also where no answer is told"
# A folder of another program does not say whether there may be none.
cp -r two.out/seed-0 foreign && perl -0pi -e 's/,\s*"task.no_answer":\s*true//' foreign/config.json
"$mpibert" predict foreign two/dev.json 2>p.err | cmp -s - two.said
is "$?/$(grep -c 'foreign does not say whether .*two/dev.json has such' p.err)" 0/1 "another folder answers as the file has it"
sed 's/"is_impossible": true, //' two/dev.json >bare.json
is "$("$mpibert" predict foreign bare.json 2>p.err | grep -c '""')" 0 "  each question where it has no such"
is "$(grep -c 'bare.json has none of that kind.*--set task.no_answer=true' p.err)" 1 "  with the way out"
"$mpibert" predict foreign bare.json --set task.no_answer=true 2>p.err | cmp -s - two.said
is "$?/$(wc -c <p.err)" 0/0 "  or as it is told"
"$mpibert" predict foreign bare.json --set task.kind=tag >p.out 2>p.err
is $? 78 "  and no other way"
grep -q BertForQuestionAnswering one.out/seed-0/config.json
ok $? "the folder says what it is"
short=(--set finetune.epochs=3 --set model.hidden_dropout=0.1)
finetune 1 two b "${short[@]}" >b.log 2>b.err
for n in 2 4; do
    finetune $n two b$n "${short[@]}" >b.log 2>b.err
    is "$(answers b$n)" "$(answers b)" "$n ranks answer the same to the last bit"
done

variant moved one && sed -i 's/"GREEN", "answer_start": /&1/' moved/dev.json
bad 65 "moved/dev.json:7: question 'q2': its answer is not at answer_start" "an answer elsewhere" own --data moved "${own[@]}"
variant less one && sed -i 's/"answers": \[{"text": "GREEN"[^]]*\]/"answers": []/' less/dev.json
bad 65 "less/dev.json:7: question 'q2': has no answers" "no answer, and not said" own --data less "${own[@]}"
variant nameless one && sed -i 's/"question"/"query"/' nameless/dev.json
bad 65 "nameless/dev.json:3: question 'q0': has no \"question\"" "no question" own --data nameless "${own[@]}"
variant other one && sed -i 's/"paragraphs"/"texts"/' other/dev.json
bad 65 'other/dev.json: has no list "paragraphs"' "another form" own --data other "${own[@]}"
variant empty one && sed -i 's/.*//; 1s/.*/{"data": []}/' empty/dev.json
bad 65 "empty/dev.json: has no example" "an empty dev file" own --data empty "${own[@]}"
variant broken one && sed -i '$d' broken/dev.json
bad 65 "broken/dev.json" "no JSON" own --data broken "${own[@]}"
bad 78 "task.format squad" "another format" own --data one "${own[@]}" --set task.format=jsonl
finish
