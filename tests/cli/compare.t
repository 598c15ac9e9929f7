#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a clear difference is told as one and none as none, in words and as JSON, the same
# bytes on any number of ranks; what cannot be compared is one line and its code.
. "$(dirname "$0")/lib.sh"

# table SEEDS EXAMPLES SHARE: scores 0 and 1, of which about that share is 1
table() {
    awk -v seeds="$1" -v examples="$2" -v share="$3" 'BEGIN {
        x = 12345
        for (s = 0; s < seeds; s++) {
            printf "%d", s
            for (e = 0; e < examples; e++) {
                x = (x * 16807) % 2147483647
                printf "\t%d", x / 2147483647 < share
            }
            print ""
        }
    }'
}
table 5 300 .7 >low.tsv
table 5 300 .9 >high.tsv
table 4 300 .9 >four.tsv
{ printf 'seed\tscore\n'; table 8 1 .5; } >plain.tsv
field() { sed -n "s/^  \"$1\": \(.*\),\$/\1/p" out; }

"$mpibert" compare low.tsv high.tsv >out 2>err
is $? 0 "two tables"
grep -q "B is higher than A by .* points; 95 % interval .* p ≤ 0.001; over 5 seeds, paired, and 300 examples" out
ok $? "a clear difference is told: $(grep 'B is' out)"
"$mpibert" compare high.tsv low.tsv >out 2>err
grep -q "B is lower than A by .*; p = 1;" out
ok $? "and the other way round: $(grep 'B is' out)"
"$mpibert" compare low.tsv low.tsv >out
grep -q "A and B are equal in all draws; .* p = 1;" out
ok $? "a table and itself: $(grep 'A and B' out)"
"$mpibert" compare low.tsv four.tsv >out
grep -q "over 5 and 4 seeds, not paired" out
ok $? "other seeds are not paired"
"$mpibert" compare plain.tsv plain.tsv --unpaired >out
grep -q "no difference is shown: .*over 8 seeds, not paired, and 1 example" out &&
    grep -q "draw seeds alone" out
ok $? "plain scores of seeds: seeds alone are drawn"
"$mpibert" compare low.tsv high.tsv four.tsv >out
is "$(grep -c '95 % interval.*; over' out)" 2 "the first with each of the others"
others=()
for _ in {1..30}; do others+=(high.tsv four.tsv); done
"$mpibert" compare low.tsv "${others[@]}" --replicates 40 --tsv >out
is "$? $(tail -n +2 out | grep -c .) $(tail -n +2 out | sort -u | grep -c .)" "0 60 2" "sixty others: each as if it were alone"

for n in 1 2 3; do ranks $n compare low.tsv four.tsv high.tsv --replicates 101 --json >json-$n; done
cmp -s json-1 json-2 && cmp -s json-1 json-3
ok $? "the same bytes on 1, 2 and 3 ranks"
"$mpibert" compare low.tsv four.tsv high.tsv --replicates 101 --seed 1 --json >out
! cmp -s json-1 out
ok $? "but of another seed others"

# What the interval is of: seeds, examples, both.
width() {
    "$mpibert" compare low.tsv high.tsv --json "$@" >out
    awk -v low="$(field low)" -v high="$(field high)" 'BEGIN { print high - low }'
}
awk -v both="$(width)" -v seeds="$(width --seeds-only)" -v examples="$(width --examples-only)" \
    'BEGIN { exit !(both > seeds && both > examples && seeds > 0 && examples > 0) }'
ok $? "both accidents are wider than each"

# Results of finetune.
results() { # results SCORE…
    local seed=0 list=
    for score in "$@"; do
        list="$list${list:+, }{\"seed\": $seed, \"metrics\": {\"accuracy\": $score, \"f1\": 0.5}}"
        seed=$((seed + 1))
    done
    printf '{"task": "rte", "recipe": "hf", "seeds": [%s]}\n' "$list"
}
mkdir -p a b empty
results 0.50 0.52 0.51 >a/results.json
results 0.60 0.61 0.62 >b/results.json
"$mpibert" compare a b --json >out
is "$?/$(field delta | cut -c1-6)" "0/0.1000" "results of finetune, by folder"
is "$(grep -c '"task"' out)" 2 "each metric of the task"
"$mpibert" compare a/results.json b --task rte/accuracy >out
grep -q "B is higher than A by 10.00 points" out
ok $? "and one that is asked for: $(grep 'B is' out)"

mkdir -p many/rte many/sst2 few/sst2
cp a/results.json many/rte/ && sed 's/rte/sst2/' b/results.json | tee many/sst2/results.json >few/sst2/results.json
"$mpibert" compare few many --json >out 2>err
is "$?/$(grep -c '"task": "sst2/' out)" 0/2 "a folder with a folder a task"
"$mpibert" compare many few >out 2>err
grep -q "many has what few has not: rte/accuracy rte/f1" err
ok $? "what one side lacks is said: $(cat err)"
table 1 300 .9 >one.tsv
"$mpibert" compare low.tsv one.tsv >out
grep -q "(one seed of B: what other seeds would give is not in the interval)" out
ok $? "a lone seed is no proof for others, and that is said"

# Fine-tunings that have no score.
mkdir -p lost faults
results 0.50 null 0.51 >lost/results.json
sed 's/}]/}], "faults": [{"seed": 3, "fault": "loss is nan"}]/' b/results.json >faults/results.json
"$mpibert" compare b lost --task rte/accuracy >out 2>err
is $? 0 "a null among the scores"
grep -q "(1 run of B left out, without a score: seed 1; what is left may be too good)" out &&
    grep -q "over 3 and 2 seeds, not paired" out
ok $? "  is left out, and that is said: $(grep 'left out' out)"
"$mpibert" compare a faults --json >out 2>err
is "$?/$(sed -n 's/^ *"left_out": \([0-9]*\),*$/\1/p' out | tr '\n' ' ')" "0/0 1 0 1 " "  as is a seed that diverged"

# For programs, and run by run.
"$mpibert" compare a lost --tsv >out 2>err
is "$?/$(awk -F '\t' '{ print NF }' out | sort -u)/$(wc -l <out)" "0/17/3" "a table of tabs"
is "$(awk -F '\t' 'NR == 2 { print $1, $2, $3, $4, $5, $8, $9, $15 }' out)" \
    "rte/accuracy mean a 3 0 2 1 unpaired" "  with its columns: $(sed -n 2p out | tr '\t' ' ')"
"$mpibert" compare a lost --task rte/accuracy --table >out
is "$(awk '$1 ~ /^[AB]$/ && NF == 5 { print $1 $2, $3, $5 }' out | tr '\n' ' ')" \
    "A0 50.00 50.00 A1 52.00 52.00 A2 51.00 51.00 B0 50.00 50.00 B2 51.00 51.00 " "each run's score, a row a seed"

# Ranks that read other files, as on two hosts.
mkdir -p there && cp low.tsv there/ && cp four.tsv there/high.tsv
"${MPIRUN:-mpirun}" -n 1 "$mpibert" compare low.tsv high.tsv : \
    -n 1 env --chdir=there "$mpibert" compare low.tsv high.tsv >out 2>err
is $? 78 "other files on another host"
grep -q "rank 1 on .*: high.tsv, scores: is .of hash" err
ok $? "  $(grep error: err)"

# What cannot be.
refused() { # refused CODE 'what it says' ARGUMENT…
    local code=$1 what=$2
    shift 2
    "$mpibert" compare "$@" >out 2>err
    is $? "$code" "refused with $code: $what"
    is "$(grep -c . err)/$(wc -c <out)" "1/0" "  in one line"
    grep -q -- "$what" err
    ok $? "  $(cat err)"
}
table 5 299 .9 >fewer.tsv
sed '3s/\t[01]$//' low.tsv >torn.tsv
sed '2s/1/nan/' low.tsv >nan.tsv
sed '1s/^0/zero/' low.tsv >named.tsv
: >nothing.tsv
printf 'seed\tscore\n' >header.tsv
printf '{"task": "rte"}\n' >half.json
printf '{"task": \n' >torn.json
printf 'seven\n' >word.tsv
results 0.5 '"high"' >word.json
results null null >null.json
refused 65 "seeds 0,1,2,3,4 of A, but 0,1,2,3 of B" low.tsv four.tsv --paired
refused 65 "300 examples of A, but 299 of B" low.tsv fewer.tsv
refused 65 "torn.tsv:3: 299 scores, but 300" low.tsv torn.tsv
refused 65 "nan.tsv:2: column .* is 'nan', not a number" nan.tsv low.tsv
refused 65 "named.tsv:1: column 1 is 'zero'" low.tsv named.tsv
refused 65 "nothing.tsv: is empty" nothing.tsv low.tsv
refused 65 "header.tsv: is empty" low.tsv header.tsv
refused 65 "half.json: no results of" half.json low.tsv
refused 65 "torn.json" torn.json low.tsv
refused 65 "word.tsv:1: column 1" word.tsv low.tsv
refused 65 "rte/accuracy: no run has a score" null.json a
refused 65 "place 1 of seeds has no seed or no accuracy" word.json a
refused 65 "no task is in both" low.tsv a
refused 65 "no task named mrpc is in both" a b --task mrpc
refused 65 "f1 does not judge scores" low.tsv high.tsv --metric f1
refused 64 "there is no metric 'acuracy'" low.tsv high.tsv --metric acuracy
refused 66 "no.tsv" low.tsv no.tsv
refused 66 "empty: neither predictions.h5 nor results.json" low.tsv empty
refused 64 "--paired or --unpaired" low.tsv high.tsv --paired --unpaired
refused 64 "--seeds-only or --examples-only" low.tsv high.tsv --seeds-only --examples-only
refused 64 "--table, --json or --tsv" low.tsv high.tsv --json --tsv
refused 64 "replicates: .0. is not a whole number from 1 to 10000000" low.tsv high.tsv --replicates 0
refused 64 "compare" low.tsv
finish
