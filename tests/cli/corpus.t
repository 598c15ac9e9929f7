#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what `corpus` says of shards made here must be what was put into them, down to the
# place of every damage; what it writes must be read as the same documents and tokens; the
# number of ranks must not show; and whatever goes wrong leaves its exit code and no files.
. "$(dirname "$0")/lib.sh"
make_corpus
total() { sed -n '/"total"/,$p' "$1" | field "$2" | head -1; } # total FILE KEY

# ---- stats ----
printf 'WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 4\r\n\r\ninfo\r\n\r\n' >one.wet
printf 'WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 9\r\n\r\nsome text\r\n\r\n' >>one.wet
printf '{"text": "good"}\n{"text": \n{"text": "also good"}\n' >two.jsonl
printf 'a\0b' >three.bin
tar -cf odd.tar one.wet two.jsonl three.bin
"$mpibert" corpus stats odd.tar 'shards/*' --json >odd.json 2>odd.log
ok $? "stats of an odd tar, as JSON"
is "$(cat odd.log)" "" "  nothing beside it"
is "$(total odd.json documents)" 6 "  documents (a file of text is one)"
is "$(total odd.json damaged_places)" 1 "  damaged places"
is "$(total odd.json every_byte_accounted_for)" true "  every byte"
is "$(field 'WARC conversion' odd.json | head -1)" 1 "  records by type"
is "$(field 'members passed over' odd.json | head -1)" 1 "  members of no use"
sed -n '/"damage"/,/\]/p' odd.json >damage
is "$(field member damage) $(field offset damage)" "two.jsonl 17" "  where the damage is"
is "$(sed -n '/"passed_over"/,/\]/p' odd.json | field member)" three.bin "  what is passed over"
"$mpibert" corpus stats 'shards/*' --format blankline >text.log
grep -q '^2.tar.gz  *60  *60  *3,240 ' text.log
ok $? "stats as text: 60 documents of 54 words"
grep -q 'every byte unpacked is accounted for' text.log
ok $? "  every byte"
is "$(awk 'length($0) > 100' text.log | wc -l)" 0 "  no line over 100 columns"
"$mpibert" corpus stats 'shards/*' --format blankline --vocab vocab.txt --json >tokens.json
is "$(total tokens.json unknown_tokens)" 0 "tokens: none unknown to this vocabulary"
for n in 1 3; do
    ranks $n corpus stats odd.tar 'shards/*' --filter web --json >s$n.json
done
cmp s1.json s3.json
ok $? "the same bytes on 1 and 3 ranks"
is "$(total s1.json min_words)" 3 "  with what a rule dropped"
sed -n '/"rules"/,/"not_utf8"/p' s1.json | grep -q '"text": "also good"'
ok $? "  and a sample of it"

# ---- dedup ----
mkdir more
{ sentences 0 3; echo 'THE OLD river: 17 boats'; echo; echo 'the old river 23 boats.'; } >more/copies.txt
for n in 1 4; do
    ranks $n corpus dedup --format blankline 'shards/*' 'more/*' --out d$n.txt >d$n.log
    ok $? "dedup on $n ranks"
done
cmp d1.txt d4.txt
ok $? "  the same list"
is "$(tr '\t\n' ' |' <d1.txt)" "copies.txt 0|copies.txt 1|copies.txt 2|" "  copies but the first"
"$mpibert" corpus dedup --format blankline --fold 'more/*' --out fold.txt >fold.log
is "$(cat fold.txt)" "$(printf 'copies.txt\t4')" "--fold sees letters alone"
"$mpibert" corpus stats --format blankline 'shards/*' 'more/*' --json \
    --set filter.drop_list=d1.txt >dropped.json
is "$(total dropped.json documents_kept)" 182 "the list drops them"

# ---- extract and reshard ----
for n in 1 3; do
    ranks $n corpus extract --format blankline 'shards/*' --out clean$n --shard-text 8KiB >x$n.log
    ok $? "extract on $n ranks"
done
diff -r clean1 clean3
ok $? "  the same files"
is "$(find clean1 -name '0-0000?.jsonl.zst' | wc -l)" 3 "  of 8 KiB of text at most"
"$mpibert" corpus stats 'clean1/*' --vocab vocab.txt --json >clean.json
for key in documents tokens words; do
    is "$(total clean.json $key)" "$(total tokens.json $key)" "  $key are the same as before"
done
"$mpibert" corpus extract --format blankline 'shards/*' --out tars --as tar --level 1 >/dev/null
"$mpibert" corpus stats 'tars/*' --vocab vocab.txt --json >tars.json
is "$(total tars.json tokens)" "$(total tokens.json tokens)" "  in tars too"
for n in 1 2; do
    ranks $n corpus reshard --format blankline 'shards/*' --out new$n --shards 4 --memory 1KiB >r$n.log
    ok $? "reshard on $n ranks"
done
diff -r new1 new2
ok $? "  the same files"
grep -q '^180 documents kept, 180 written' r1.log
ok $? "  documents in are documents out"
"$mpibert" corpus stats 'new1/*' --vocab vocab.txt --json >new.json
is "$(total new.json tokens)" "$(total tokens.json tokens)" "  tokens too"
make_config | sed 's/shards.*tar.gz/new1\/*/; /sources/s/blankline/jsonl/' >new.yaml
"$mpibert" corpus stats new.yaml --json >yaml.json
is "$(total yaml.json documents)" 180 "a configuration says which corpus"
"$mpibert" train new.yaml --set train.steps=2 >train.log 2>&1
ok $? "and it can be trained on"

# ---- what goes wrong ----
refused() { # refused CODE WORD ARGUMENT…
    local code=$1 word=$2
    shift 2
    "$mpibert" corpus "$@" >/dev/null 2>fault.log
    is $? "$code" "$code: corpus $*"
    grep -q -- "$word" fault.log
    ok $? "  says '$word'"
}
refused 64 'stats, dedup'
refused 64 'reshrad' reshrad x
refused 64 'CONFIG.yaml|PATH is missing' stats
refused 64 '--samples' stats odd.tar --samples 99
refused 64 '--out' dedup odd.tar
refused 64 '--out' extract odd.tar
refused 64 'not one of jsonl|tar' extract odd.tar --out never --as zip
refused 64 '--shards' reshard odd.tar --out never
refused 64 'size' extract odd.tar --out never --shard-text much
refused 64 'says them itself' stats new.yaml --format lines
refused 66 'no/such' stats 'no/such*'
refused 66 'vocab' stats odd.tar --vocab no-vocab.txt
refused 66 'drop_list' stats odd.tar --set filter.drop_list=none.txt
refused 78 'pdf' stats odd.tar --format pdf
refused 78 'same name' dedup odd.tar more/../new1/../one.wet ./more/copies.txt clean1/0-00000.jsonl.zst tars/../clean3/0-00000.jsonl.zst --out never
refused 78 'cannot make' reshard odd.tar --out never --shards 50
refused 74 'not empty' extract odd.tar --out more
refused 74 'create\|make\|write' extract odd.tar --out odd.tar/never
refused 65 'two.jsonl' extract odd.tar --out never --set data.on_error=stop
is "$(find . -name 'never*' | wc -l)" 0 "and nothing is left of any"
mkdir half.partial
refused 74 'did not end' extract odd.tar --out half
"$mpibert" corpus extract odd.tar --out empty/new >/dev/null 2>&1
ok $? "folders above are made"
finish
