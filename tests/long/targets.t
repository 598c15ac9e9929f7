#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: the long form of cli/teach.t and cli/tutor.t: what a teacher says of the first 200 batches is
# the same bits on 1, 2 and 4 ranks (the files of a cache), and a run has the same bits after each
# of 200 steps whether its ranks ask by themselves, hear from others, or read the cache.
. "$(dirname "$0")/../cli/lib.sh"
make_corpus
make_config | sed 's/steps: 12/steps: 200/; s/every_steps: 4/every_steps: 200/' >run.yaml
ranks 1 train run.yaml --set checkpoint.dir=big --set train.steps=20 --set model.layers=3 >big.log 2>&1
own=(--set teacher.from=big --set teacher.dictionary=d.h5 --set dictionary.atoms=60
    --set dictionary.iterations=20 --set dictionary.batch=100 --set teacher.top=16 --set log.progress=none)
"$mpibert" dictionary run.yaml --out d.h5 "${own[@]}" >d.log 2>&1
ok $? "a teacher, and a dictionary of its states"
own+=(--set train.objectives=mlm,soft,cosine,relation,latent)
for n in 1 2 4; do
    ranks $n teach run.yaml "${own[@]}" --set teacher.cache=cache-$n >$n.log 2>$n.err
    ok $? "what it says of 200 batches, by $n ranks" || cat $n.err
    diff -rq cache-1 cache-$n
    ok $? "  is the same files"
done
train() { # train RANKS DIR KEY=VALUE…
    local n=$1 dir=$2 set=()
    shift 2
    for pair in "$@"; do set+=(--set "$pair"); done
    ranks "$n" train run.yaml "${own[@]}" --set checkpoint.dir="$dir" "${set[@]}" >"$dir.log" 2>"$dir.err"
    ok $? "$dir" || cat "$dir.err"
}
losses() { sed 's/, "tokens_per_s.*//' "$1/metrics.jsonl"; }
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
for n in 1 2 4; do
    train $n asked-$n
    train $n read-$n teacher.cache=cache-1
    train $((n + 1)) heard-$n teacher.ranks=1
    for how in read heard; do
        is "$(losses $how-$n | md5sum)" "$(losses asked-$n | md5sum)" "  each step's losses are those of asked-$n"
        is "$(hash_of $how-$n)" "$(hash_of asked-$n)" "  and the state in the end"
    done
done
finish
