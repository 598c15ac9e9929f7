#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what a task asks about a word of a text is learnt by that word's state, where its texts
# all have the same words, and the same to the last bit on any number of ranks; a model that knows
# words in quotation marks is asked by predict with marks, or not at all.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=0 --set data.heldout=[] >train.log 2>&1
ok $? "a model to begin with"

# Each text has a river and a market; the label is whether both marked words are the river.
pairs() { # pairs SEED COUNT
    perl -e '
        my ($x, $count) = @ARGV;
        sub draw { $x = ($x * 16807) % 2147483647; return int($x / 7) % shift }
        my @w = qw(old small stone green light people walk build town house);
        sub text {
            my @k = draw(2) ? ("river", "market") : ("market", "river");
            my $text = join " ", map { $w[draw(10)] } 1 .. 2;
            my $word = draw(2) ? "river" : "market";
            $text .= " $_ " . $w[draw(10)] for @k;
            my $at = index $text, $word;
            return ($text, $word, $at, $at + length $word);
        }
        for (1 .. $count) {
            my ($a, $v, @a) = text();
            my ($b, $w, @b) = text();
            printf qq({"a": "%s", "b": "%s", "a1": %d, "a2": %d, "b1": %d, "b2": %d, "both": %s}\n),
                $a, $b, @a, @b, "$v $w" eq "river river" ? "true" : "false";
        }' "$1" "$2"
}
mkdir toy
pairs 5 160 >toy/train.jsonl
pairs 9 40 >toy/dev.jsonl
task=(--set task.format=jsonl --set task.text=a --set task.pair=b --set task.label=both
    --set "task.mark=a1 a2 b1 b2" --set finetune.batch=8 --set train.learning_rate=3e-3)
tune() { # tune RANKS OUT WORD…
    local n=$1 out=$2
    shift 2
    ranks "$n" finetune own --data toy --from run --seeds 1 --out "$out" "${task[@]}" "$@" >"$out.log" 2>"$out.err"
}
answers() { field answers "$1"/jobs/seed-0.json; }
states=(--set task.kind=marked --set finetune.models=false --set finetune.epochs=20)
tune 1 states "${states[@]}"
is "$?/$(field accuracy states/results.json | head -1)" 0/1.0 "words by their states are told"
tune 2 states-2 "${states[@]}"
is "$?/$(answers states-2)" "0/$(answers states)" "  the same to the last bit on two ranks"
tune 1 plain --set finetune.models=false --set finetune.epochs=20 --set task.mark=null
[ "$(field accuracy plain/results.json | head -1)" != 1.0 ]
ok $? "  which nobody can who does not know the words: $(field accuracy plain/results.json | head -1)"
tune 1 kept --set task.kind=marked
is "$?/$(grep -c 'finetune.models: transformers has no class for a head of task.kind marked' kept.err)" 78/1 \
    "  but not as a model of transformers"
sed 's/"b2": [0-9]*/"b2": 99/' toy/train.jsonl >bad.jsonl
variant wrong toy && mv bad.jsonl wrong/train.jsonl
bad 65 "wrong/train.jsonl:1: b1 and b2 are no place in its b" "a word that is nowhere" own --data wrong \
    "${task[@]}" "${states[@]}"

tune 1 quotes --set finetune.epochs=1
is "$?" 0 "words in quotation marks"
grep -q '"task.mark": *"a1 a2 b1 b2"' quotes/seed-0/config.json
ok $? "  as the folder says"
printf 'the river\told market\t4\t9\t4\t10\n' >lines
"$mpibert" predict quotes/seed-0 lines >out 2>err
is "$?/$(wc -l <out)" 0/1 "  are marked by predict"
printf 'the river\told market\n' >lines
"$mpibert" predict quotes/seed-0 lines >out 2>err
is "$?/$(grep -c 'lines:1: has 2 fields, not 6: the model knows words that are marked' err)/$(wc -c <out)" 65/1/0 \
    "  and not without"
finish
