#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a dictionary of a small model's states is the same file on 1, 2 and 4 ranks, and
# after it was stopped on the way on another number of them; its report adds up; and what
# cannot be is one line that says what to do, before anything is written: no atoms, more
# atoms than states, a penalty under which nothing is left, a layer that is not there, a
# teacher of other words or other case, a saved state of another dictionary.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=2 --set data.heldout=[] >train.log 2>&1
ok $? "a teacher"
own=(--set teacher.from=run --set dictionary.atoms=40 --set dictionary.iterations=12
    --set dictionary.batch=50 --set dictionary.lambda=0.1 --set log.every_steps=4)
dictionary() { # dictionary N OUT WORD…
    local n=$1 out=$2
    shift 2
    ranks "$n" dictionary run.yaml --out "$out" "${own[@]}" "$@"
}

dictionary 1 a.h5 >a.log 2>a.err
ok $? "a dictionary on a rank"
is "$(grep -c '^iteration ' a.log)" 3 "  says how far it is"
is "$(grep -vc "so says" a.err)" 0 "  and has nothing to complain of"
for n in 2 4; do
    dictionary $n b$n.h5 >b.log 2>b.err
    ok $? "the same on $n ranks"
    cmp -s a.h5 b$n.h5
    ok $? "  is the same file"
done
[ ! -e a.h5.state ]
ok $? "what it goes on from is gone at the end"

"$mpibert" dictionary run.yaml --out j.h5 "${own[@]}" --json --compare >j.json 2>/dev/null
ok $? "a report in JSON"
is "$(field atoms j.json | head -1) $(field width j.json) $(field states j.json)" \
    "40 32 600" "  says how many of what"
is "$(tr -d ' \n' <j.json | sed 's/.*"objective_by_iteration":\[\([^]]*\).*/\1/' | tr -dc , | wc -c)" 11 \
    "  has an objective for every iteration"
[ "$(field distance j.json | awk '{print ($1 < 1)}')" = 1 ]
ok $? "  and how far FISTA's codes are"
parity=$(dictionary 1 p.h5 --spams-parity 2>&1)
ok $? "with SPAMS's first iteration"
cmp -s a.h5 p.h5
is $? 1 "  it is another"

# Stopped, and gone on with by two ranks.
long=(--set dictionary.iterations=600 --save-every 0.01s)
dictionary 1 whole.h5 "${long[@]}" >w.log 2>&1
"$mpibert" dictionary run.yaml --out k.h5 "${own[@]}" "${long[@]}" >k.log 2>k.err &
victim=$!
until [ -e k.h5.state ] || ! kill -0 $victim 2>/dev/null; do sleep 0.02; done
kill -TERM $victim 2>/dev/null
wait $victim
is $? 75 "one that was stopped"
[ ! -e k.h5 ] && [ -e k.h5.state ]
ok $? "  has saved what it had"
dictionary 2 k.h5 --set dictionary.lambda=0.2 "${long[@]}" >k.log 2>k.err
is $? 78 "  is not gone on with by other settings"
grep -q "k.h5.state: was saved while another" k.err
ok $? "  as is said"
dictionary 2 k.h5 "${long[@]}" >k.log 2>k.err
ok $? "  goes on"
grep -q "goes on from iteration" k.err
ok $? "  from there"
cmp -s whole.h5 k.h5
ok $? "  to the same file"

refused() { # refused CODE WORDS WHAT WORD…
    local code=$1 words=$2 what=$3
    shift 3
    "$mpibert" dictionary run.yaml --out bad.h5 "${own[@]}" "$@" >bad.log 2>bad.err
    is $? "$code" "$what"
    grep -q -- "$words" bad.err && [ ! -e bad.h5 ]
    ok $? "  is said: $words"
}
refused 78 "dictionary.atoms: '0'" "no atoms" --set dictionary.atoms=0
refused 78 "600 states alone" "more atoms than states" --set dictionary.atoms=601
refused 78 "all codes of the first 50 states are zero" "a penalty too large" \
    --set dictionary.lambda=0.99 --set dictionary.atoms=1
refused 78 "has 2 layers" "a layer that is not there" --set teacher.layer=3
refused 78 "teacher.from: is not set" "no teacher" --set teacher.from=null
refused 66 "nowhere" "a teacher that is not there" --set teacher.from=nowhere
cp vocab.txt cased.txt # without the file that says how text is made
refused 78 "would read another text" "a teacher of other case" --set data.vocab=cased.txt \
    --set data.lowercase=true --set data.strip_accents=false
sed '$d' vocab.txt >other.txt
refused 78 "has another vocabulary" "a teacher of other words" --set data.vocab=other.txt
"$mpibert" dictionary run.yaml --out no/bad.h5 "${own[@]}" >bad.log 2>bad.err
is $? 66 "a folder that is not there"
"$mpibert" dictionary run.yaml --out bad.h5 --state no/state "${own[@]}" >bad.log 2>bad.err
is $? 66 "nor one to save in"
refused 64 "is --out, too" "one file for both" --state bad.h5
refused 78 "is a dictionary that is complete" "a complete one to go on from" --state whole.h5 "${long[@]}"
finish
