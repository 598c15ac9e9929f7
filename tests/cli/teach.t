#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what a teacher says of a run's examples is kept in the same files by 1, 2 and 4 ranks, and
# after a start was stopped or killed; it says how large it becomes before it is made; a run out of it
# has the bits of one that asks, on as many ranks; and what is not there, or too large, is one line.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/steps: 12/steps: 4/; s/every_steps: 4/every_steps: 2/' >run.yaml
ranks 1 train run.yaml --set checkpoint.dir=big >big.log 2>&1
ok $? "a teacher"
dictionary=(--set dictionary.atoms=30 --set dictionary.iterations=10 --set dictionary.batch=50)
"$mpibert" dictionary run.yaml --out d.h5 --set teacher.from=big "${dictionary[@]}" >d.log 2>d.err
ok $? "  and a dictionary of its states" || cat d.err

own=(--set train.objectives=mlm,soft,cosine,relation,latent --set teacher.from=big --set teacher.top=7
    --set teacher.dictionary=d.h5 "${dictionary[@]}" --set teacher.cache_part_bytes=64KiB)
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
for n in 1 2 4; do
    ranks $n teach run.yaml "${own[@]}" --set teacher.cache=cache-$n >$n.log 2>$n.err
    ok $? "what it says is kept by $n ranks" || cat $n.err
done
for n in 2 4; do
    diff -r cache-1 cache-$n
    ok $? "  in the same files by $n as by one"
done
grep -q '^cache     cache-1: about [0-9.]* MB (at most .*: 8 examples of each of 6 lanes, [0-9]* in a file$' 1.log
ok $? "  it is said before how large that becomes" || cat 1.log
grep -q '^cache-1: 8 examples of each of 6 lanes, [0-9.]* MB; asked about 48 of them in ' 1.log
ok $? "  and after" || cat 1.log

for n in 1 2; do
    ranks $n train run.yaml "${own[@]}" --set checkpoint.dir=asked-$n >asked.log 2>asked.err
    ranks $n train run.yaml "${own[@]}" --set checkpoint.dir=read-$n --set teacher.cache=cache-4 >read.log 2>read.err
    ok $? "a run on $n ranks reads it" || cat read.err
    is "$(hash_of read-$n)" "$(hash_of asked-$n)" "  with the bits of one that asks"
done
grep -q '^targets   out of cache-4: 8 examples of each lane' read.log
ok $? "  saying so" || cat read.log

# Stopped, killed, and completed by another number of ranks.
long=(--set train.steps=300 --set train.objectives=mlm,soft --set teacher.cache_part_bytes=16KiB)
"$mpibert" teach run.yaml "${own[@]}" "${long[@]}" --set teacher.cache=whole --json >whole.json 2>whole.err
is "$(field examples whole.json) $(field asked whole.json)" "600 3600" "a longer one, in JSON"
for signal in TERM KILL; do
    "$mpibert" teach run.yaml "${own[@]}" "${long[@]}" --set teacher.cache=pieces >pieces.log 2>pieces.err &
    victim=$!
    until [ "$(find pieces -name 'lane-*' 2>/dev/null | wc -l)" -gt "${files:-0}" ] || ! kill -0 $victim 2>/dev/null; do
        sleep 0.02
    done
    kill -$signal $victim 2>/dev/null
    wait $victim 2>/dev/null
    [ $? -ne 0 ]
    ok $? "one that was ended by SIG$signal"
    files=$(find pieces -name 'lane-*' | wc -l)
done
"$mpibert" train run.yaml "${own[@]}" "${long[@]}" --set checkpoint.dir=half --set teacher.cache=pieces >half.log 2>half.err
is $? 78 "a run does not begin with half of it"
grep -q 'teacher.cache: pieces: is half-written; `mpibert teach` goes on with it' half.err
ok $? "  as is said" || cat half.err
ranks 2 teach run.yaml "${own[@]}" "${long[@]}" --set teacher.cache=pieces --json >pieces.json 2>pieces.err
ok $? "it is completed" || cat pieces.err
[ "$(field asked pieces.json)" -lt 3600 ]
ok $? "  without asking for all of it again" || cat pieces.json
diff -rq whole pieces
ok $? "  and is the same"

refused() { # refused CODE WORDS WHAT SETTING…
    local code=$1 words=$2 what=$3 set=()
    shift 3
    for pair in "$@"; do set+=(--set "$pair"); done
    "$mpibert" teach run.yaml "${own[@]}" "${set[@]}" >bad.log 2>bad.err
    is $? "$code" "$what"
    grep -q -- "$words" bad.err
    ok $? "  is said: $words" || cat bad.err
}
refused 78 "teacher.cache: is not set" "no folder"
refused 78 "teacher.cache_bytes: bad would take about" "too large" teacher.cache=bad teacher.cache_bytes=2KiB
[ ! -e bad ]
ok $? "  before anything is written"
refused 78 "fista100 codes of 30 atoms" "codes that are made otherwise" teacher.cache=cache-1 teacher.codes=fista100
refused 65 "it is of other data" "another seed" teacher.cache=cache-1 train.seed=5
finish
