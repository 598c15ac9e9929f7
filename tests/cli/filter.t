#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: of a corpus with junk among its documents a filter drops just the junk, says how much
# for which rule, and leaves the same examples on any number of ranks; a run that began with one
# filter does not go on with another.
. "$(dirname "$0")/lib.sh"
make_corpus
# After every fifth document one of two words, and one that says little in many words.
mkdir -p mixed
for i in 0 1 2; do
    awk -v RS= -v ORS='\n\n' '{ print } NR % 5 == 0 { print "Too short."; junk = "";
        for (k = 0; k < 30; k++) junk = junk "buy the bread and "; print junk "that." }' \
        "part-$i.txt" >"mixed/$i.txt"
done
make_config >run.yaml
settings=(--set 'data.sources[0].path=mixed/*.txt' --set filter.min_words=40
    --set filter.max_top_2_gram=0.4 --set train.lane_batch=8 --set train.steps=12)

"$mpibert" train run.yaml "${settings[@]}" --set checkpoint.dir=a >a.log 2>a.err
ok $? "a run with a filter ends well"
counter() { sed -n "s/^ *\([0-9]*\)  $1\$/\1/p" a.log; }
is "$(counter 'documents read')" 252 "every document is read"
is "$(counter 'documents dropped by filter.min_words')" 36 "the short ones are dropped"
is "$(counter 'documents dropped by filter.max_top_2_gram')" 36 "so are those that repeat"
is "$(counter 'documents kept')" 180 "the rest is kept"
bytes=$(sed -n 's/^ *\([0-9]*\)  bytes of text dropped by .*/\1/p' a.log | awk '{ n += $1 } END { print n }')
is "$((bytes + $(counter 'bytes of text that the filters kept')))" \
    "$(counter 'bytes of text that the filters judged')" "every byte is accounted for"
for n in 2 3; do
    ranks $n train run.yaml "${settings[@]}" --set checkpoint.dir=r$n >r$n.log 2>&1
    is "$(field batch_hash r$n/metrics.jsonl | tr '\n' ' ')" \
        "$(field batch_hash a/metrics.jsonl | tr '\n' ' ')" "$n ranks see the same batches"
    is "$(grep 'filter' r$n.log)" "$(grep 'filter' a.log)" "  and drop the same"
done

refused() { # refused SETTING WORD "what"
    "$mpibert" train run.yaml "${settings[@]}" --set checkpoint.dir=a --set train.steps=14 \
        --set "$1" >again.log 2>&1
    local rc=$?
    [ $rc -eq 78 ] && grep -q "$2" again.log
    ok $? "$3 is refused with 78"
}
refused filter.min_words=41 filter.min_words "another limit"
refused data.filter=wiki data.filter "another preset"
refused 'data.sources[0].filter=wiki' 'data hash' "another filter of a source"
printf '0.txt\t3\n' >drop.txt
refused filter.drop_list=drop.txt 'data hash' "a drop list"
"$mpibert" train run.yaml "${settings[@]}" --set checkpoint.dir=a --set train.steps=14 >b.log 2>&1
ok $? "the same filter goes on"

"$mpibert" train run.yaml --set checkpoint.dir=c --set filter.drop_list=none.txt >c.log 2>&1
is $? 66 "a list that is not there: 66"
printf '0.txt 3\n' >bad.txt
"$mpibert" train run.yaml --set checkpoint.dir=c --set filter.drop_list=bad.txt >c.log 2>&1
is $? 65 "a list of another form: 65"
"$mpibert" train run.yaml --set checkpoint.dir=c --set data.filter=spam >c.log 2>&1
is $? 78 "an unknown preset: 78"
"$mpibert" train run.yaml --set checkpoint.dir=c --set filter.min_wrods=3 >c.log 2>&1
is $? 78 "an unknown rule: 78"
is "$(MPIBERT_FILTER_MAX_WORDS=off "$mpibert" config print --set filter.min_words=9 |
    awk '$1 ~ /^filter.(max|min)_words$/ { print $1 "=" $2 }' | sort | tr '\n' ' ')" \
    "filter.max_words=off filter.min_words=9 " "limits come from the environment and --set"
finish
