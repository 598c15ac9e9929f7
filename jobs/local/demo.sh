#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make demo`: pretrains BERT-tiny on this machine in a few minutes and shows every command
# it runs.  The text is Perl's manual (English, 9 MB, from Debian's package perl-doc), or
#   make demo CORPUS='shards/*.tar.gz more.txt' [HELDOUT='valid.txt']
# Everything lands in build/demo; what was trained there before is replaced.
set -euo pipefail
cd "$(dirname "$0")/../.."
export BUILD=${BUILD:-build}
read -ra mpirun <<<"${MPIRUN:-mpirun}"
ranks=2
steps=${STEPS:-1600}
folder=$BUILD/demo

say() { printf '\n# %s\n' "$*"; }

# Prints a command as one would type it, then runs it.
run() {
    local word line=
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./,:=+-]+$ ]] || word="'$word'"
        line+=" $word"
    done
    printf '$%s\n' "$line"
    "$@"
}

# Perl's manual in English as text, a page a file, each tenth held out: 8 tarballs and one.
make_corpus() {
    local page part=0 number=0
    [ ! -f "$folder/heldout.tar.gz" ] || return 0
    say "corpus: Perl's manual, a page a document, from the package perl-doc"
    rm -rf "$folder/text"
    mkdir -p "$folder"/text/{0,1,2,3,4,5,6,7,heldout}
    # Several at once and one interpreter each: pod2text would start 200.
    dpkg -L perl-doc | grep '/pod/[^/]*\.pod$' | grep -Ev '/perl(cn|jp|ko|tw)\.' | sort | while read -r page; do
        if [ $((number % 10)) = 9 ]; then part=heldout; else part=$((number % 8)); fi
        number=$((number + 1))
        printf '%s\0%s\0' "$page" "$folder/text/$part/$(basename "$page" .pod).txt"
    done | xargs -0 -n 52 -P "$(nproc)" perl -MPod::Text -e '
        while (my ($page, $text) = splice @ARGV, 0, 2) {
            Pod::Text->new(utf8 => 1, width => 4096, indent => 0)->parse_from_file($page, $text);
        }'
    for part in 0 1 2 3 4 5 6 7; do
        tar -C "$folder/text/$part" -czf "$folder/train-$part.tar.gz" .
    done
    tar -C "$folder/text" -czf "$folder/heldout.tar.gz" heldout
    rm -r "$folder/text"
    ls -l "$folder"/*.tar.gz | awk '{ printf "%9d bytes  %s\n", $5, $9 }'
}

# The user's files; without HELDOUT the last of several is kept out of training.
take_corpus() {
    # shellcheck disable=SC2206  # patterns are meant to be expanded
    train=($CORPUS) heldout=(${HELDOUT:-})
    [ -e "${train[0]}" ] || { echo "demo: CORPUS: no such file: ${train[0]}" >&2; exit 66; }
    if [ ${#heldout[@]} -gt 0 ]; then
        return
    elif [ ${#train[@]} -gt 1 ]; then
        heldout=("${train[-1]}")
        unset 'train[-1]'
        say "held out: ${heldout[0]} (HELDOUT=… to choose)"
    else
        heldout=("${train[0]}")
        say "one file only: evaluated on what was trained on (HELDOUT=… for honest numbers)"
    fi
}

# key: [{path: "a"}, {path: "b"}]
list() {
    local path rows=
    for path in "${@:2}"; do rows+="${rows:+, }{path: \"$path\"}"; done
    printf '%s: [%s]' "$1" "$rows"
}

write_config() {
    cat >"$folder/demo.yaml" <<YAML
# Written by jobs/local/demo.sh
data:
  $(list sources "${train[@]}")
  $(list heldout "${heldout[@]}")
  vocab: $folder/vocab.txt
model: {preset: tiny}
train: {sequence_length: 128, lanes: 8, lane_batch: 2, steps: $steps, warmup_steps: $((steps / 10)), learning_rate: 1.0e-3}
checkpoint: {dir: $folder/run, every_steps: 400}
evaluation: {every_steps: 400}
log: {every_steps: 50}
YAML
}

began=$SECONDS
mkdir -p "$folder"
if [ -n "${CORPUS:-}" ]; then
    take_corpus
    jobs/local/deps.sh build
else
    jobs/local/deps.sh build demo
    make_corpus
    train=("$folder/train-*.tar.gz") heldout=("$folder/heldout.tar.gz")
fi
say "build"
make --no-print-directory -j"$(nproc)" >"$folder/make.log" 2>&1 ||
    { cat "$folder/make.log"; echo "demo: make failed" >&2; exit 70; }
echo "$BUILD/mpibert is there ($((SECONDS - began)) s)"
. jobs/local/mpi.sh
mpi_prepare $ranks

program=$BUILD/mpibert
parallel=("${mpirun[@]}" -n "$ranks" "$program")

say "vocabulary: 8192 WordPiece tokens learned from the corpus"
# shellcheck disable=SC2068  # a pattern of ours becomes its files
run "${parallel[@]}" vocab --size 8192 --out "$folder/vocab.txt" ${train[@]}

say "training: BERT-tiny (2 layers, 128 wide), $steps steps of 16 sequences; $folder/demo.yaml:"
write_config
sed 's/^/    /' "$folder/demo.yaml"
rm -rf "$folder/run" "$folder/model"
run "${parallel[@]}" train "$folder/demo.yaml"

say "evaluation on what was held out"
run "${parallel[@]}" eval "$folder/run" --data "${heldout[@]}"

say "what the checkpoint is"
run "$program" inspect "$folder/run"

say "export for Hugging Face transformers"
run "$program" export "$folder/run" "$folder/model"

say "fill in the blanks"
run "$program" fill "$folder/model" "This function returns the [MASK] of the array." --top 3
run "$program" fill "$folder/model" "You can open a [MASK] for reading and writing." --top 3
run "$program" fill "$folder/model" "See the [MASK] for more information." --top 3

say "done in $((SECONDS - began)) s; the model is $folder/model, the metrics $folder/run/metrics.jsonl"
