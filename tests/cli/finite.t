#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a number that is none, in any tensor of a folder, is refused by every command that
# reads one; a run whose weights overflow saves nothing more, keeps what it had, and the
# way out that its message names works.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
small=(--set model.layers=1 --set model.hidden=16 --set train.lanes=2)
"$mpibert" train run.yaml "${small[@]}" --set train.steps=1 >t.log 2>&1
"$mpibert" export run hf --layout pretraining >/dev/null
ok $? "a model to spoil"

tensors() { # "name begin end" of a safetensors file's tensors, bytes from its beginning
    perl -e 'open F, "<:raw", $ARGV[0]; read F, $n, 8; $n = unpack "Q<", $n; read F, $h, $n;
        printf "%s %d %d\n", $1, 8 + $n + $2, 8 + $n + $3
            while $h =~ /"([^"]+)":\{[^{}]*"data_offsets":\[(\d+),(\d+)\]/g' "$1"
}
plant() { # plant BYTES AT: over the four bytes of a number
    printf "$1" | dd of=bad/model.safetensors bs=1 seek="$2" conv=notrunc 2>/dev/null
}
commands=("import bad bad.h5" "fill bad [MASK]" "eval bad --data held.txt --format blankline"
          "export bad exported" "train run.yaml --set train.init_from=bad --set checkpoint.dir=none")
numbers=('\x00\x00\xc0\x7f' '\x00\x00\x80\x7f' '\x00\x00\x80\xff') # NaN and both infinities
cp -r hf bad
i=0
while read -r name begin end; do
    cp hf/model.safetensors bad/
    plant "${numbers[i % 3]}" $((begin + (end - begin) / 8 * 4))
    for command in 0 $((1 + i % 4)); do
        "$mpibert" ${commands[command]} "${small[@]:0:$((command == 4 ? 6 : 0))}" >out 2>err
        is "$?: $(grep -c "$name: 1 of $(((end - begin) / 4)) elements are NaN or inf" err)" \
            "70: 1" "${commands[command]%% *}: $name"
    done
    i=$((i + 1))
done < <(tensors hf/model.safetensors)
ok $((i < 20)) "$i tensors"

is "$(ls -d bad.h5 exported none/*.h5 2>/dev/null | wc -l)" 0 "nothing was written of them"

# Numbers that are finite but no model's: a logit of 3.4e38 has no loss that can be added.
cp hf/model.safetensors bad/
read -r name begin end < <(tensors hf/model.safetensors | grep '^cls.predictions.bias ')
plant '\xff\xff\x7f\x7f' "$begin"
"$mpibert" eval bad --data held.txt --format blankline --json >out 2>err
is "$?: $(grep -c 'is no loss' err)$(cat out)" "70: 1" "eval: $(sed 's/.*evaluation: //' err)"

# Weights grow ninefold a step, by decay alone, until they overflow.
wild=(--set train.learning_rate=10 --set train.weight_decay=1 --set train.warmup_steps=0
      --set train.schedule=constant --set train.steps=60 --set log.every_steps=60)
ranks 2 train run.yaml "${small[@]}" "${wild[@]}" --set checkpoint.dir=wild \
    --set checkpoint.every_steps=1 --set checkpoint.keep=50 >t.log 2>t.err
is $? 70 "a run that overflows ends"
grep -q 'elements are NaN or infinite\|are not finite' t.err
ok $? "  says what is not finite: $(grep -o 'error: .*infinite\|error:.*not finite' t.err)"
is "$(grep -c '\(infinite\|not finite\).*train.init_from' t.err)" 1 "  names the way out after it, once"
last=$(ls wild/checkpoint-*.h5 | tail -1)
for file in $last $(ls wild/*.h5 | head -1); do
    "$mpibert" inspect $file --verify >i.log
    ok $? "  $file is whole"
done
is "$(ls -A wild | grep -c tmp)" 0 "  nothing half-written"
first=$(ls wild/checkpoint-*.h5 | sed -n 2p)
ranks 2 train run.yaml "${small[@]}" --set train.steps=8 --set checkpoint.dir=tame \
    --set train.init_from=$first >t.log 2>t.err
is $? 0 "another checkpoint.dir, train.init_from and a lower rate: trains"
grep -q 'JOB DONE: 8 steps' t.log
ok $? "  to its end"
finish
