#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a vocabulary is the same file for any number of ranks; tokenize gives a line of ids a
# line of text; options show where they come from.
. "$(dirname "$0")/lib.sh"
make_corpus
for n in 2 3; do
    ranks $n vocab --size 300 --format blankline --out v$n.txt shards/*.tar.gz >v$n.log
    ok $? "vocab on $n ranks"
    cmp vocab.txt v$n.txt
    ok $? "  the same bytes"
done
is "$(head -5 vocab.txt | tr '\n' ' ')" "[PAD] [UNK] [CLS] [SEP] [MASK] " "special tokens first"
grep -q ' 180  documents read' vocab.log
ok $? "every document was read"
grep -q 'every byte unpacked is accounted for' vocab.log
ok $? "every byte accounted for"

printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\nriver\n.\n[\n]\nsep\nmask\n' >small.txt
tokenize() { "$mpibert" tokenize --vocab small.txt "$@"; }
is "$(printf 'The rivers.\n\nriver\r\n[SEP] [MASK]' | tokenize)" \
    "$(printf '5 7 6 8\n\n7\n9 11 10 9 12 10')" "lines in, lines of ids out; no parsing of [SEP]"
is "$(printf 'The river' | tokenize --cased)" "1 7" "cased"
printf 'river\n' >a && printf 'the' >b
is "$(tokenize a b | tr '\n' ' ')" "7 5 " "files"

is "$(printf 'Am 3. Mai kam er. Dann\n\nging er.' | "$mpibert" sentences --language de)" \
    "$(printf 'Am 3. Mai kam er.\nDann\nging er.')" "text in, sentences out"
is "$(printf 'Am 3. Mai kam er.' | "$mpibert" sentences)" "$(printf 'Am 3.\nMai kam er.')" \
    "by the rules of the language"

printf 'train: {steps: 7}\n' >c.yaml
"$mpibert" config print c.yaml --origin --set log.every_steps=3 >o.log
grep -q '^train.steps  *7  *# c.yaml:1:' o.log
ok $? "origin: a file, line and column"
grep -q '^log.every_steps  *3  *# --set' o.log
ok $? "origin: the command line"
MPIBERT_TRAIN_SEED=9 "$mpibert" config print --origin |
    grep '^train.seed  *9  *# MPIBERT_TRAIN_SEED' >/dev/null # not -q: it would not read on
ok $? "origin: the environment"
"$mpibert" config print --set data.sources=a >o.log
grep -q '^checkpoint.every_steps  *500  *# .* \[1 to 1000000000 or null; a resume may change it\]$' o.log
ok $? "an option says what it takes"
grep -q '^data.on_error  *skip  *# .* \[skip|stop\]$' o.log
ok $? "  its choices"
grep -q '^data.sources\[0\].path  *a ' o.log && grep -q '^train.phases  *0  *# rows; a phase has steps' o.log
ok $? "  and lists are there, with rows or without"
"$mpibert" config print --json | perl -MJSON::PP -0777 -e '$_ = decode_json(<>);
    exit !($_->{options}{"train.steps"}{value} == 3000 && $_->{options}{"data.filter"}{choices}[1] eq "wiki"
           && !defined $_->{options}{"data.vocab"}{value})'
ok $? "  in JSON, too"
"$mpibert" -h | grep -q usage && "$mpibert" help -h | grep -q usage && "$mpibert" corpus stats -h | grep -q usage
ok $? "-h is help"
for command in train eval compare vocab corpus tokenize sentences export import fill inspect bench config help version; do
    "$mpibert" help $command | grep -q 'mpibert'
    ok $? "help $command"
    "$mpibert" $command -h | grep -q 'mpibert'
    ok $? "$command -h"
done
"$mpibert" bench peak --json | grep -q fma_peak_gflops
ok $? "bench peak"
"$mpibert" bench step --preset tiny --sequence-length 16 --batch 2 --json >b.json
ok $? "bench step"
for key in tokens_per_s useful_gflops executed_gflops fma_peak_gflops percent_of_peak; do
    [ -n "$(field $key b.json)" ]
    ok $? "  has $key"
done
ranks 2 bench reduce --preset tiny --json >reduce.json
ok $? "bench reduce"
for key in bytes least_seconds mean_seconds most_seconds gbytes_per_s backward_seconds \
    forward_seconds poll_ns; do
    [ -n "$(field $key reduce.json)" ]
    ok $? "  has $key"
done
"$mpibert" bench reduce 2>/dev/null
is $? 64 "  of no preset"
"$mpibert" bench tokenize --vocab vocab.txt held.txt --json >t.json
ok $? "bench tokenize"
for key in mb_per_s mb_per_s_cold tokens_per_s unknown_share cache_bytes; do
    [ -n "$(field $key t.json)" ]
    ok $? "  has $key"
done
make_config >run.yaml
"$mpibert" bench loader run.yaml --steps 20 --json >l1.json
ok $? "bench loader"
ranks 3 bench loader run.yaml --steps 20 --json >l3.json
is "$(field order_hash l3.json)" "$(field order_hash l1.json)" "  the same order on 3 ranks"
"$mpibert" bench loader run.yaml --steps 7 --cursor c >c1.log
ranks 2 bench loader run.yaml --steps 20 --cursor c --json >c2.json
is "$(field order_hash c2.json)" "$(field order_hash l1.json)" "  and across a stop at step 7"
is "$(field first c2.json)" 7 "  from which it goes on"
"$mpibert" bench loader run.yaml --steps 30 --cursor c --set train.seed=1 2>c.err
is $? 78 "a file of cursors of other data is refused"
echo rubbish >c
"$mpibert" bench loader run.yaml --steps 30 --cursor c 2>c.err
is $? 65 "and one that is none"
# 180 documents; an epoch of 6 lanes at 48 tokens is over by then
"$mpibert" bench loader run.yaml --steps 400 --json >e6.json
"$mpibert" bench loader run.yaml --steps 800 --set train.lanes=1 --json >e1.json
[ "$(field epochs_least e6.json)" -ge 1 ] && [ "$(field epochs_least e1.json)" -ge 1 ]
ok $? "all lanes finish an epoch"
is "$(field first_epoch_documents e6.json)" 180 "  of all documents"
is "$(field first_epoch_sum e6.json)" "$(field first_epoch_sum e1.json)" "  each of them once"
ranks 2 bench loader run.yaml --train --steps 3 --windows 2 --json >t.json
ok $? "bench loader --train"
for key in slower_percent slower_percent_median wait_percent reading_percent; do
    [ -n "$(field $key t.json)" ]
    ok $? "  has $key"
done
finish
