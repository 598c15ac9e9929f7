#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: two ranks, the second started by other words, with other variables, another program
# or (in a folder of its own, as on a host with a disk of its own) on other files: one line
# and 78 that names rank, host and what differs, or the result of rank 0's alone; never a
# hang, a signal or another model.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
m=$mpibert

# The second host's disk.
mkdir -p there/shards && cp run.yaml vocab.txt held.txt there/ && cp shards/* there/shards/
there=(env "--chdir=there")

# pair FIRST… : SECOND…: two ranks, each by its own words; 20 s are a hang
pair() {
    local first=() second=()
    while [ "$1" != : ]; do first+=("$1"); shift; done
    shift
    second=("$@")
    timeout -k 1 20 "${MPIRUN:-mpirun}" -n 1 "${first[@]}" : -n 1 "${second[@]}" >out 2>err
}
refused() { # refused 'what differs' FIRST… : SECOND…
    local what=$1
    shift
    pair "$@"
    is $? 78 "refused: $what"
    is "$(grep -c 'mpibert: error:' err)" 1 "  in one line"
    grep -q "error: rank 1 on $(uname -n): .*$what" err
    local rc=$?
    ok $rc "  with rank, host and '$what'"
    [ $rc -eq 0 ] || sed 's/^/#   /' err
}

# Words of the command line.
t=("$m" train run.yaml)
refused 'train.seed: is .5., but .4.' "${t[@]}" --set train.seed=4 : "${t[@]}" --set train.seed=5
refused 'train.seed: is .5., but missing' "${t[@]}" : "${t[@]}" --set train.seed=5
refused 'train.steps: is ..,' "${t[@]}" --set train.steps=4 : "${t[@]}" --set train.steps=
refused 'other.yaml' "${t[@]}" : "$m" train other.yaml
refused 'train.lanes=2' "${t[@]}" --train.lanes=6 : "${t[@]}" --train.lanes=2
refused '.eval.' "${t[@]}" : "$m" eval run --data held.txt
refused '.dedup.' "$m" corpus stats held.txt : "$m" corpus dedup held.txt
refused '.run.yaml., but .--help' "$m" train --help : "$m" train run.yaml
refused 'word 1 of the command line: is .train., but .tokenize' "$m" tokenize --vocab vocab.txt held.txt : "${t[@]}"
[ ! -e run ]
ok $? "no run was begun by any of these"

# Variables: rank 0's count for all, another rank's are refused.
refused 'MPIBERT_TRAIN_SEED: is .5.' "${t[@]}" : env MPIBERT_TRAIN_SEED=5 "${t[@]}"
refused 'MPIBERT_TRAIN_SEED: is ..,' "${t[@]}" : env MPIBERT_TRAIN_SEED= "${t[@]}"
pair env MPIBERT_TRAIN_SEED=5 MPIBERT_CHECKPOINT_EVERY_STEPS=3 "${t[@]}" --set checkpoint.dir=a : \
    "${t[@]}" --set checkpoint.dir=a
is $? 0 "rank 0's variables alone"
MPIBERT_TRAIN_SEED=5 ranks 2 train run.yaml --set checkpoint.dir=b >out 2>err
is "$("$m" inspect a --json | field state_hash)" "$("$m" inspect b --json | field state_hash)" \
    "  are those of all"

# A host with neither configuration nor variables, but the files.
rm there/run.yaml
t=("$m" train run.yaml --set "checkpoint.dir=$PWD/c" --set train.seed=5)
pair "${t[@]}" : "${there[@]}" "${t[@]}"
is $? 0 "a host without the configuration"
is "$("$m" inspect c --json | field state_hash)" "$("$m" inspect b --json | field state_hash)" \
    "  trains the same"
rm -r c

# Another program and other files.
cp "$m" other-build && echo more >>other-build
refused 'the program: is' "${t[@]}" : ./other-build "${t[@]:1}"
rm there/shards/1.tar.gz
refused 'shard shards/1.tar.gz: is missing there' "${t[@]}" : "${there[@]}" "${t[@]}"
cp shards/1.tar.gz there/shards/ && cp shards/1.tar.gz there/shards/9.tar.gz
refused 'shard shards/9.tar.gz' "$m" corpus stats 'shards/*' : "${there[@]}" "$m" corpus stats 'shards/*'
refused 'shard shards/9.tar.gz' "$m" vocab --size 99 --out v 'shards/*' : "${there[@]}" \
    "$m" vocab --size 99 --out v 'shards/*'
mkdir made && rm there/shards/9.tar.gz
v=("$m" vocab --size 99 --format blankline --out made/v.txt 'shards/*')
pair "${v[@]}" : "${there[@]}" "${v[@]}"
is $? 0 "a vocabulary, in a folder that the second host has not"
cp shards/1.tar.gz there/shards/9.tar.gz
refused 'shard shards/9.tar.gz' "$m" bench loader run.yaml : "${there[@]}" "$m" bench loader run.yaml
rm there/shards/9.tar.gz there/held.txt
refused 'held.txt: no such file' "${t[@]}" : "${there[@]}" "${t[@]}"
cp held.txt there/
sed 's/^##s$/##z/' vocab.txt >there/vocab.txt
refused 'data.vocab vocab.txt: is' "${t[@]}" : "${there[@]}" "${t[@]}"
cp vocab.txt there/
echo x >words.txt && echo y >there/words.txt
t+=(--set filter.word_blocklist=words.txt)
refused 'filter.word_blocklist words.txt' "${t[@]}" : "${there[@]}" "${t[@]}"

# Other weights: to start from, to go on from, to judge.
cp a/checkpoint-*12.h5 first.h5 && cp a/checkpoint-*00.h5 there/first.h5
t=("$m" train run.yaml --set "checkpoint.dir=$PWD/c" --set train.init_from=first.h5)
refused 'weights there: is' "${t[@]}" : "${there[@]}" "${t[@]}"
refused 'step: is .0., but .12.' "$m" eval first.h5 --data held.txt : "${there[@]}" \
    "$m" eval first.h5 --data held.txt
mkdir -p d there/d && cp a/checkpoint-*12.h5 d/
ranks 2 train run.yaml --set checkpoint.dir=e --set train.seed=5 --set train.init_from=first.h5 >out 2>&1
cp e/checkpoint-*12.h5 there/d/
t=("$m" train run.yaml --set checkpoint.dir=d --set train.seed=5)
pair "${t[@]}" : "${there[@]}" "${t[@]}"
is $? 78 "another checkpoint of the same name"
finish
