#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a run of which ranks hold the teacher has the bits of one on the ranks that are left, each of
# which asks by itself, whoever shares which lanes with whom, and after it was stopped; and however it
# ends, by a wish, a fault of either side or numbers that are none, nobody waits for ever.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config | sed 's/every_steps: 4/every_steps: 6/' >run.yaml
ranks 1 train run.yaml --set checkpoint.dir=big --set train.steps=4 >big.log 2>&1
ok $? "a teacher"
dictionary=(--set dictionary.atoms=30 --set dictionary.iterations=10 --set dictionary.batch=50)
"$mpibert" dictionary run.yaml --out d.h5 --set teacher.from=big "${dictionary[@]}" >d.log 2>d.err
ok $? "  and a dictionary of its states" || cat d.err
cat >>run.yaml <<'EOF'
teacher: {from: big, top: 7, dictionary: d.h5}
dictionary: {atoms: 30}
log: {progress: none}
EOF
hash_of() { "$mpibert" inspect "$1" --json | field state_hash; }
# train RANKS FOLDER KEY=VALUE…: a run that hangs ends with 124
train() {
    local n=$1 dir=$2 pair set=(--set train.objectives=mlm,soft,cosine,relation,latent)
    shift 2
    for pair in "$@"; do set+=(--set "$pair"); done
    timeout -k 5 60 "${MPIRUN:-mpirun}" -n "$n" "$mpibert" train run.yaml --set checkpoint.dir="$dir" \
        "${set[@]}" >"$dir.log" 2>"$dir.err"
}
for n in 1 2; do train $n alone-$n; done
for pair in 3-1 3-2 4-2; do # ranks, and how many of them hold the teacher
    n=${pair%-*} tutors=${pair#*-} left=$((${pair%-*} - ${pair#*-}))
    train "$n" "with-$pair" teacher.ranks="$tutors"
    is $? 0 "$n ranks, of which $tutors hold the teacher" || cat "with-$pair.err"
    is "$(hash_of "with-$pair")" "$(hash_of alone-$left)" "  have the bits of $left"
    is "$(field batch_hash "with-$pair/metrics.jsonl")" "$(field batch_hash "alone-$left/metrics.jsonl")" \
        "  on the same batches"
done
grep -q '^tutors    2 of 4 ranks hold the teacher, and read ahead$' with-4-2.log
ok $? "as is said" || cat with-4-2.log
for part in program activations "loader about" teacher; do
    grep -q "^memory .* MiB a rank that holds the teacher: .*$part [0-9]" with-4-2.log
    ok $? "  with the memory that it takes: $part" || cat with-4-2.log
done
train 3 pieces teacher.ranks=1 train.steps=5 train.schedule_steps=12
train 4 pieces teacher.ranks=2 train.schedule_steps=12
train 2 whole train.schedule_steps=12
is "$(hash_of pieces)" "$(hash_of whole)" "stopped and gone on with, by other tutors: the same"

# However it ends, all ranks end.
begin() { # begin FOLDER KEY=VALUE…: in the background; pid is the launcher's
    local dir=$1 pair set=(--set train.objectives=mlm,soft)
    shift
    for pair in "$@"; do set+=(--set "$pair"); done
    timeout -k 5 60 "${MPIRUN:-mpirun}" -n 3 "$mpibert" train run.yaml --set checkpoint.dir="$dir" \
        --set train.steps=100000 --set teacher.ranks=1 "${set[@]}" >"$dir.log" 2>"$dir.err" &
    pid=$!
    until [ "$(cat "$dir/metrics.jsonl" 2>/dev/null | wc -l)" -gt 3 ] || ! kill -0 "$pid" 2>/dev/null; do
        sleep 0.02
    done
}
begin stop
touch stop/STOP
wait $pid
is "$?/$(grep -c 'stopped at step' stop.err)" 75/1 "a file STOP"
begin usr
kill -USR2 "$(pgrep -P $pid)"
wait $pid
is "$?/$(grep -c 'stopped at step' usr.err)" 75/1 "a signal"

refused() { # refused CODE WORDS RANKS KEY=VALUE…
    local code=$1 words=$2 n=$3
    shift 3
    train "$n" bad "$@"
    is "$?/$(grep -c -- "$words" bad.err)" "$code/1" "refused: $*: $words" || cat bad.err
    rm -rf bad
}
refused 66 nowhere 3 teacher.ranks=1 train.init_from=nowhere
refused 66 nowhere 3 teacher.ranks=1 teacher.from=nowhere
refused 70 "not finite" 3 teacher.ranks=1 train.learning_rate=10 train.weight_decay=1 train.warmup_steps=0 \
    train.schedule=constant train.steps=60
refused 78 "teacher.ranks: 1 of 1 rank would be lent to the teacher, and none train" 1 teacher.ranks=1
refused 78 "teacher.ranks: nothing that is trained learns from a teacher" 2 teacher.ranks=1 \
    train.objectives=mlm teacher.from=null
refused 78 "teacher.ranks: and teacher.cache: " 2 teacher.ranks=1 teacher.cache=targets
refused 78 "teacher.ranks: 3 ranks, but only 2 lanes" 4 teacher.ranks=3 train.lanes=2
refused 78 "teacher.ranks: what the teacher says of 135000 examples takes about [0-9.]* GB" 3 teacher.ranks=1 \
    train.objectives=mlm,relation train.lane_batch=45000
"$mpibert" family run.yaml --set teacher.ranks=1 --set train.objectives=mlm,soft >family.log 2>family.err
is "$?/$(grep -c 'lends no ranks' family.err)" 78/1 "refused: a family"
finish
