#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what is wrong with the input gets one line that names it, from the job and not from
# every rank, a documented exit code, and leaves nothing half-written.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

# fails CODE 'pattern in the message' COMMAND…
fails() {
    local code=$1 pattern=$2
    shift 2
    "$@" >out 2>err </dev/null
    is $? "$code" "exit $code: ${*:2}"
    grep -q -- "$pattern" err
    local rc=$?
    ok $rc "  says '$pattern'"
    [ $rc -eq 0 ] || sed 's/^/#   /' err
    is "$(grep -c 'mpibert.*error:' err)" 1 "  once"
}
m=$mpibert
fails 64 "did you mean 'train'" "$m" trian
fails 64 "unknown option '--sise'" "$m" vocab --sise 5
fails 64 "value is missing" "$m" vocab --size
fails 64 "not a whole number" "$m" vocab --size many --out v x
fails 64 "vocab FILE is needed" "$m" tokenize
fails 64 "'pek' is not one of peak, gemm" "$m" bench pek
fails 64 "first say which: stats, dedup" "$m" corpus
fails 64 "first say which" "$m" bench --json peak
fails 64 "unknown option '--preset'" "$m" bench peak --preset tiny
fails 64 "unknown option '--cased'" "$m" bench step --cased
fails 64 "windows goes with --train" "$m" bench loader run.yaml --windows 3
fails 64 "did you mean 'train'" "${MPIRUN:-mpirun}" -n 2 "$m" trian
fails 64 "--data PATH… is needed" "${MPIRUN:-mpirun}" -n 2 "$m" eval run
fails 78 "'xx'" "$m" sentences --language xx
fails 66 "no/abbrev_types.txt" "$m" sentences --punkt no
fails 78 "'xx'" "$m" train run.yaml --set data.language=en,xx
fails 66 "no/abbrev_types.txt" "$m" train run.yaml --set data.punkt=no
fails 64 "DIR is missing" "$m" export run
fails 64 "'medium-rare'" "$m" export run out --layout medium-rare
fails 66 "no-such.yaml" "$m" train no-such.yaml
fails 78 "did you mean 'train.steps'" "$m" train run.yaml --set train.stesp=5
long=$(printf 'x%.0s' $(seq 200))
fails 78 "did you mean '[a-z.]*_[a-z_]*'" "$m" train run.yaml --set "train.$long=5"
fails 78 "did you mean MPIBERT_[A-Z_]*?" env "MPIBERT_TRAIN_$long=5" "$m" config print
fails 78 "names no option" env MPIBERT_TRAIN_STESP=5 "$m" config print
fails 78 "whole number" env MPIBERT_TRAIN_STEPS=many "$m" config print
fails 78 "may not be empty; leave it out for its default, 3000" "$m" train run.yaml --set train.steps=
fails 78 "may not be null" "$m" train run.yaml --set train.lanes=null
fails 78 "data.whole_word: may not be empty" env MPIBERT_DATA_WHOLE_WORD= "$m" config print
fails 78 "data.vocab: is empty" "$m" train run.yaml --set data.vocab=
fails 78 "numbered from 0" "$m" train run.yaml --set 'data.sources[-1].path=x'
fails 66 "^mpibert: error: nothing: no such file" "$m" train run.yaml --set data.sources=nothing
fails 66 "missing.txt" "$m" train run.yaml --set data.vocab=missing.txt
fails 66 "nothing/" "$m" train run.yaml --set 'data.sources[0].path=nothing/*.tar'
fails 78 "bitwise is not for train.optimizer lamb_ltg" "$m" train run.yaml --set train.reproducible=bitwise --set train.optimizer=lamb_ltg
fails 78 "bitwise is not for train.wire bf16" "$m" train run.yaml --set train.reproducible=bitwise --set train.wire=bf16
fails 78 "ranks but only 2 lanes" "${MPIRUN:-mpirun}" -n 3 "$m" train run.yaml --set train.lanes=2
fails 66 "no-such" "$m" inspect no-such
fails 66 "no-such" "$m" fill no-such 'a [MASK]'
fails 65 "" "$m" inspect held.txt
fails 66 "no-such" "$m" import no-such out.h5
[ ! -e run ]
ok $? "no run was begun by any of these"

printf 'train: {steps: 5\n' >broken.yaml
fails 78 "broken.yaml:" "$m" train broken.yaml
printf 'train:\n  stesp: 5\n' >unknown.yaml
fails 78 "unknown.yaml:2:" "$m" train unknown.yaml
for value in '' ' ~' ' ""' " 'null'" ' [1]' ' {a: 1}' ' []'; do
    printf 'train:\n  steps:%s\n' "$value" >nothing.yaml
    fails 78 "nothing.yaml:2:.*train.steps" "$m" config print nothing.yaml
done
printf 'train: {steps: 5}\ndata: {}\ntrain.steps: 6\n' >again.yaml
fails 78 "again.yaml:3:1: train.steps is given twice" "$m" config print again.yaml
grep -v UNK vocab.txt >no-unk.txt
fails 65 "\[UNK\]" "$m" tokenize --vocab no-unk.txt held.txt
fails 65 "\[UNK\]" "${MPIRUN:-mpirun}" -n 2 "$m" train run.yaml --set data.vocab=no-unk.txt
(cat vocab.txt; printf 'x\000y\n') >nul.txt
fails 65 "nul.txt:[0-9]*: has a NUL byte" "$m" tokenize --vocab nul.txt held.txt

# A truncated tarball: skipped and reported, or an end, as the user says.
head -c 900 shards/1.tar.gz >cut && mv cut shards/1.tar.gz
ranks 2 train run.yaml --set train.steps=2 >t.log 2>t.err
ok $? "a truncated tarball does not end a run"
grep -q 'shards/1.tar.gz' t.err
ok $? "  but is reported by name"
rm -rf run
fails 65 "1.tar.gz" "$m" train run.yaml --set data.on_error=stop --set train.steps=40

# Text that is no UTF-8.
rm -rf run; mkdir latin && printf 'caf\xe9 au lait, d\xe9j\xe0 vu. \xe9\xe9\xe9\xe9\n' >latin/a.txt
fails 65 "" "$m" train run.yaml --set 'data.sources[0].path=latin/a.txt'

# Checkpoints and exports of another shape, and headers that lie.
rm -rf run && make_corpus && "$m" train run.yaml --set train.steps=3 >t.log 2>&1
state() { (cd run && find . -type f ! -name '*lock*' | sort | xargs cksum); }
state >before
fails 78 "model.hidden" "$m" train run.yaml --set model.hidden=64 --set train.steps=3
fails 78 "train.optimizer" "$m" train run.yaml --set train.optimizer=muon --set train.steps=3
fails 78 "the data is not what\|data.sources" "$m" train run.yaml --set data.sources=held.txt --set train.steps=3
state | cmp -s - before
ok $? "a resume that is refused leaves the run's files as they were"
"$m" export run hf >/dev/null && fails 78 "is .* there but" "$m" train run.yaml \
    --set checkpoint.dir=other --set train.init_from=hf --set model.hidden=64
rm -rf other
cp -r hf lies
printf '\xff\xff\xff\xff\xff\xff\xff\x7f' | dd of=lies/model.safetensors conv=notrunc 2>/dev/null
fails 65 "model.safetensors" "$m" import lies out.h5
head -c 5000 hf/model.safetensors >lies/model.safetensors
fails 65 "model.safetensors" "$m" fill lies 'a [MASK]'
[ ! -e out.h5 ]
ok $? "nothing half-written"
fails 65 "no \[MASK\]" "$m" fill hf 'nothing to fill'
mkdir locked && chmod 500 locked
if [ "$(id -u)" != 0 ]; then
    fails 74 "locked" "$m" export run locked/hf
fi
finish
