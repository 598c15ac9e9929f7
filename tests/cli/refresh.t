#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run that is its own teacher learns masked tokens alone first, and codes of its own
# states from then on, of its own checkpoints and dictionaries, each of which begins with the
# one before; by the rates of an ordinary run.  It is stopped anywhere, in a dictionary too,
# and goes on to the same bits; its dictionaries are the same on any number of ranks.  It can
# be made longer, and a step of it be made once more.  What does not go with it is refused.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
own=(--set train.steps=10 --set train.warmup_steps=2 --set train.objectives=mlm,latent --set checkpoint.keep=1
    --set checkpoint.every_steps=null --set evaluation.every_steps=null
    --set teacher.from=self --set teacher.refresh_every=4 --set dictionary.atoms=30 --set dictionary.iterations=10
    --set dictionary.batch=40)
train() { # train N DIR WORD…
    local n=$1 dir=$2
    shift 2
    ranks "$n" train run.yaml "${own[@]}" --set checkpoint.dir="$dir" "$@" >>"$dir.log" 2>>"$dir.err"
}
column() { field "$2" "$1/metrics.jsonl" | tr '\n' ' '; } # column DIR KEY
hash_of() { field state_hash <("$mpibert" inspect "$1" --json); }
dictionaries() { cat "$1"/dictionary-00000000[48].h5 | md5sum; }

train 1 a
ok $? "a run that is its own teacher"
is "$(column a latent_loss | awk '{ for (i = 1; i <= NF; i++) printf "%d", ($i != "null" && $i > 0) }')" 0000111111 \
    "  from the fourth step on"
is "$(column a latent_loss | cut -d ' ' -f 1-4)" "null null null null" "  and none before"
is "$(column a mlm_loss | awk '{ print ($NF < $1 && $NF > 0) }')" 1 "  while it learns masked tokens"
is "$(cd a && echo *.h5)" "checkpoint-000000000.h5 checkpoint-000000004.h5 checkpoint-000000008.h5 checkpoint-000000010.h5 dictionary-000000004.h5 dictionary-000000008.h5" \
    "  whose teachers are kept"
grep -q "^teacher   a/checkpoint-000000008.h5: .*after layer 2" a.log
ok $? "  and named"
train 1 b --set train.objectives=mlm --set teacher.from=null
is "$(column a learning_rate)" "$(column b learning_rate)" "  with the rates of a run without one"
is "$(column a mlm_loss | cut -d ' ' -f 1-4)" "$(column b mlm_loss | cut -d ' ' -f 1-4)" "  and its losses, before it has one"

learn() { # learn N WORD…
    ranks "$1" dictionary run.yaml "${own[@]}" --set teacher.from=a/checkpoint-000000008.h5 "${@:2}" >d.log 2>&1
}
for n in 1 2; do
    learn $n --set dictionary.from=a/dictionary-000000004.h5 --out d$n.h5
    cmp -s d$n.h5 a/dictionary-000000008.h5
    ok $? "a dictionary is what the command makes on $n ranks, from the one before"
done
objective() { learn 1 --json --out o.h5 "$@" && tr -d ' \n' <d.log | sed 's/.*"objective_by_iteration":\[\([^,]*\),.*/\1/'; }
is "$(echo "$(objective --set dictionary.from=a/dictionary-000000004.h5) $(objective)" | awk '{ print ($1 > 0 && $1 < $2) }')" 1 \
    "  which is better at first than states at random"

train 1 f --set train.steps=4
is "$? $(grep -c 'would become its own teacher after 4: ' f.err)" "0 1" "one that is too short is told so"
for stop in 3 4 6 8 9; do
    train 1 c --set train.steps=$stop --set train.schedule_steps=10 && train 1 c --set train.schedule_steps=10
    is "$(hash_of c) $(dictionaries c)" "$(hash_of a) $(dictionaries a)" "stopped after step $stop: to the same bits"
    rm -r c
done

# A dictionary that takes seconds.
slow=(--set dictionary.iterations=8000 --set train.steps=6)
train 1 d "${slow[@]}"
stopped() { # stopped WHAT COMMAND…: once the command is true
    local what=$1
    shift
    "$mpibert" train run.yaml "${own[@]}" "${slow[@]}" --set checkpoint.dir=e >e.log 2>e.err &
    until "$@" || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
    kill -TERM $!
    wait $!
    is "$? $(ls e | grep -c 'dictionary.*h5$')" "75 0" "stopped while $what"
}
stopped "states are collected" test -e e/checkpoint-000000004.h5
stopped "atoms are learnt" grep -q "the text has fewer than" e.err # as all are there
[ -e e/dictionary-000000004.h5.state ]
ok $? "  what was learnt is kept"
train 1 e "${slow[@]}"
is "$(hash_of e) $(cmp d/dictionary-000000004.h5 e/dictionary-000000004.h5 && ls e | grep -c state)" "$(hash_of d) 0" \
    "  and gone on from, to the same bits"

train 2 g
train 3 h --set teacher.ranks=1
is "$(paste <(field latent_loss g/metrics.jsonl) <(field latent_loss h/metrics.jsonl) |
    awk '$1 == $2 || ($1 - $2) ^ 2 < 1e-6' | wc -l)" 10 "a rank of its own holds the teacher of each stage"
grep -q "^tutors    1 of 3 ranks" h.log
ok $? "  once there is one"
train 3 i --set teacher.ranks=1 --set train.schedule_steps=10 --set train.steps=6
MPIRUN="timeout 60 ${MPIRUN:-mpirun}" train 3 i --set teacher.ranks=1 --set train.schedule_steps=10 --set train.deadline=1
is $? 75 "  and hears where it stops"
train 1 a --set train.steps=14
is "$? $(ls a | grep -c 'checkpoint-.*\(4\|8\|12\|14\).h5')" "0 4" "made longer"
grep -q "^step 10: changed train.schedule_steps" <("$mpibert" inspect a)
ok $? "  as its ledger says"
"$mpibert" train run.yaml "${own[@]}" --set checkpoint.dir=a --set train.steps=14 --replay 6 >replay.log 2>replay.err
ok $? "a step is made once more" || cat replay.err
rm a/checkpoint-000000012.h5 a/dictionary-000000012.h5
train 1 a --set train.steps=16
is "$? $(grep -c 'error: teacher.from: a/checkpoint-000000012.h5' a.err)" "66 1" "a teacher that is gone is missed"

refused() { # refused CODE WORDS COMMAND…
    local code=$1 words=$2
    shift 2
    "$mpibert" "$@" >bad.log 2>bad.err
    is $? "$code" "refused: $words"
    grep -q -- "$words" bad.err
    ok $? "  in words"
}
row() { refused 78 "$1" train run.yaml "${own[@]}" --set checkpoint.dir=bad "${@:2}"; }
row "put mlm into train.objectives" --set train.objectives=latent
row "teacher.dictionary: does not go with" --set teacher.dictionary=d.h5
row "teacher.cache: does not go with" --set teacher.cache=cache
refused 78 "teacher.from: self is for" dictionary run.yaml "${own[@]}" --out bad.h5
refused 78 "teacher.from: self is for" family run.yaml "${own[@]}" --set family.seeds=0..1
refused 78 "dictionary.from: a/dictionary-000000004.h5 has 30 atoms of width" dictionary run.yaml "${own[@]}" --set teacher.from=b \
    --set dictionary.from=a/dictionary-000000004.h5 --set dictionary.atoms=20 --out bad.h5
[ ! -e bad ] && [ ! -e bad.h5 ]
ok $? "  with nothing written"
finish
