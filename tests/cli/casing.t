#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: no pair of vocabulary and options trains or reads another text than the vocabulary is
# made of without a word: what is left open follows the vocabulary and is said, what contradicts
# it is refused with 78, checkpoints remember, and much [UNK] is a warning.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
words() { # words KIND: a vocabulary of 192 words, cased, accented or neither
    perl -CO -e 'my @s = qw(ba ke li mo nu ra se ti);
        print "$_\n" for "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",";
        for my $x (@s) { for my $y (@s) { for my $z ("n", "x", $ARGV[0] eq "accented" ? chr 0xe9 : "z") {
            print "$x$y$z\n"; print ucfirst("$x$y$z\n") if $ARGV[0] eq "cased" } } }' "$1"
}
for kind in uncased cased accented; do words $kind >$kind.txt; done
tokenize() { # tokenize VOCABULARY OPTIONS…: of three words
    printf 'Baban babax keké\n' | sed 's/keké/kek\xc3\xa9/' | "$mpibert" tokenize --vocab "$@" 2>err.log
}
id() { grep -nx "$2" "$1" | awk -F: '{ print $1 - 1 }'; }
is "$(tokenize uncased.txt)" "$(id uncased.txt baban) $(id uncased.txt babax) 1" "tokenize, uncased: lower-cased"
grep -q 'uncased.txt: text is lower-cased, accents are dropped: 192 tokens have small letters' err.log
ok $? "  and says so, and why: $(cat err.log)"
is "$(tokenize cased.txt)" "$(id cased.txt Baban) $(id cased.txt babax) 1" "cased: as it is"
grep -q 'text keeps its capitals, accents stay: 192 tokens have capitals' err.log
ok $? "  $(cat err.log)"
tokenize cased.txt --cased >/dev/null
is "$? $(wc -c <err.log)" "0 0" "an option that agrees says nothing"
tokenize uncased.txt --cased >out.log
is "$? $(wc -c <out.log)" "78 0" "an option that contradicts: $(cat err.log)"

# ours: the note beside the vocabulary
printf 'Žluťoučký kůň úpěl. Žluťoučký kůň úpěl.\n' >cs.txt
learn() { "$mpibert" vocab --size 80 --out ours.txt --format lines "$@" cs.txt; }
learn >vocab.log
grep -q '"lowercase": true' ours.txt.json && grep -q '"strip_accents": true' ours.txt.json
ok $? "vocab writes how text is made"
cp ours.txt first.txt && cp ours.txt.json first.json
ranks 2 vocab --size 80 --out ours.txt --format lines cs.txt >/dev/null
cmp ours.txt.json first.json
ok $? "  the same bytes on 2 ranks"
printf 'Kůň.\n' | "$mpibert" tokenize --vocab ours.txt --cased >/dev/null 2>err.log
is $? 78 "its note refuses --cased: $(cat err.log)"
learn --cased >/dev/null
printf 'Kůň kůň kun\n' | "$mpibert" tokenize --vocab ours.txt >ids.log 2>err.log
grep -q 'so says ours.txt.json' err.log
ok $? "a cased one is read cased: $(cat err.log)"
learn --keep-accents >/dev/null
printf 'KŮŇ kun\n' | "$mpibert" tokenize --vocab ours.txt >ids.log 2>err.log
is "$(cut -d' ' -f1 ids.log)" "$(id ours.txt kůň)" "accents kept: known with them"
cp first.txt ours.txt
printf 'x\n' | "$mpibert" tokenize --vocab ours.txt >/dev/null 2>err.log
grep -q 'ours.txt.json: was written for a vocabulary of other tokens' err.log
ok $? "a note of another vocabulary is left out, and said"
printf 'SIRA ISI \304\260P s\304\261ra \304\261s\304\261 ip\n%.0s' 1 2 3 >tr.txt
"$mpibert" vocab --size 60 --out tr.out --format lines --dotted-i tr.txt >/dev/null
is "$("$mpibert" tokenize --vocab tr.out tr.txt 2>/dev/null | head -1 | awk '{ print ($1 == $4 && $2 == $5 && $3 == $6) }')" 1 \
    "--dotted-i: Turkish capitals are their small letters"
"$mpibert" vocab --size 60 --out no.out --dotted-i --cased tr.txt >/dev/null 2>&1
is $? 64 "  and nothing for cased text"

# train, eval
small() { "$mpibert" train run.yaml --set train.steps=0 --set checkpoint.dir="$1" "${@:2}" >"$1.log" 2>&1; }
small a --set data.vocab=cased.txt
is "$? $("$mpibert" inspect a | grep -c 'data.lowercase: *false')" "0 1" "train: the checkpoint remembers cased"
grep -q 'cased.txt: text keeps its capitals' a.log
ok $? "  and the run says it"
small b --set data.vocab=cased.txt --set data.lowercase=true
is $? 78 "train: lower-casing for a cased vocabulary: $(tail -1 b.log)"
small c --set data.vocab=uncased.txt --set data.lowercase=false
is $? 78 "train: capitals for an uncased one: $(tail -1 c.log)"
small d --set data.vocab=accented.txt --set data.strip_accents=true
is $? 78 "train: accents dropped that the vocabulary has"
small e --set data.vocab=accented.txt
is "$? $("$mpibert" inspect e | grep -c 'data.strip_accents: *false')" "0 1" "train: they are kept otherwise"
small f && ! grep -q warning f.log
ok $? "a vocabulary of ours: no warning"
small a --set data.vocab=cased.txt
is $? 0 "and the run goes on"
"$mpibert" eval a --data held.txt --format blankline --set data.lowercase=true >eval.log 2>&1
is $? 78 "eval: as the model was trained, not otherwise: $(tail -1 eval.log)"
small g --set data.vocab=uncased.txt --set train.steps=1
grep -q 'warning: [0-9.]* % of the first [0-9]* tokens are \[UNK\]' g.log
ok $? "train: words that the vocabulary has not are a warning: $(grep UNK g.log)"
awk -v s="$(field unk_share g/metrics.jsonl | head -1)" 'BEGIN { exit !(s > 0.01 && s <= 1) }'
ok $? "  their share is a metric of every step"
[ "$(field unk_share g/evaluations.jsonl)" != "" ]
ok $? "  and their share is among the held-out numbers"
"$mpibert" eval g --data held.txt --format blankline --json 2>eval.log | grep -q '"unk_share"' &&
    grep -q 'tokens are \[UNK\]' eval.log
ok $? "eval: the same"
learn >vocab.log
grep -q 'note: accents were dropped, so that é, ě, ö, ş are e, e, o, s; --keep-accents' vocab.log
ok $? "vocab says what it folds, and what keeps it"
learn --cased >vocab.log; ! grep -q 'accents were dropped' vocab.log
ok $? "  and only then"
finish
