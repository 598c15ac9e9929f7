#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# small.sh RECIPE [--set KEY=VALUE]…: the small sister of a recipe (olm-tiny, boltuix-medium,
# multiberts, electra-small, distil, minilm, mlsm-medium, mlsm-pairs, mlsm-self) from text to its
# table, on two cores in some minutes; every command is shown.  The text and the task are made up,
# which shows that all works and teaches little; or yours:
#   WIKI='wiki/*.tar.gz' BOOKS='books/*.tar.gz' jobs/recipes/small.sh boltuix-medium
#   WIKI=… WEB='cc/*.wet.gz' HELDOUT=valid.txt GLUE=glue jobs/recipes/small.sh olm-tiny
# GLUE is a folder of CoLA, MRPC, RTE, STS-B, WNLI, or some of them.  SEEDS (of fine-tuning, 3),
# EPOCHS (3), RANKS (2) and OUT (build/recipes/RECIPE, made anew) may be set, too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recipe=${1:-}
case $recipe in
    olm-tiny) folders=(web wiki) ;;
    boltuix-medium | multiberts) folders=(wiki books) ;;
    electra-small) folders=(web) ;;
    distil) folders=(wiki books) teacher=(layers=4) ;;
    minilm) folders=(wiki books) teacher=(layers=4 hidden=128 ffn=512) ;;
    mlsm-medium) folders=(wiki) teacher=(layers=4) dictionary=D.h5 ;;
    mlsm-pairs) folders=(wiki books) teacher=(layers=4) dictionary=D.h5 ;;
    mlsm-self) folders=(wiki books) ;;
    *)
        echo "small.sh: name one of olm-tiny, boltuix-medium, multiberts, electra-small, distil, minilm," \
            "mlsm-medium, mlsm-pairs, mlsm-self" >&2
        exit 64
        ;;
esac
ranks=${RANKS:-2} seeds=${SEEDS:-3} epochs=${EPOCHS:-3}
build=${BUILD:-$here/../../build}
program=$(realpath "$build/mpibert") || { echo "small.sh: no $build/mpibert: make" >&2; exit 66; }
read -ra mpirun <<<"${MPIRUN:-mpirun}"
parallel=("${mpirun[@]}" -n "$ranks" "$program")
. "$here/../local/mpi.sh"
mpi_prepare "$ranks"
out=${OUT:-$build/recipes/$recipe}
from=$PWD # patterns of the caller are relative to it

say() { printf '\n# %s\n' "$*"; }
run() { printf '$'; printf ' %s' "${@/#"$program"/mpibert}"; printf '\n'; "$@"; }

# ---- text: links to the caller's files, or made up ----

link_files() { # link_files FOLDER PATTERN
    local path count n=0
    mkdir -p "$1"
    (cd "$from" && { compgen -G "$2" || true; } | xargs -r -d '\n' realpath) | while IFS= read -r path; do
        ln -s "$path" "$1/$((n += 1))-$(basename "$path")" # names may be there twice
    done
    count=$(find "$1" -type l | wc -l)
    [ "$count" -gt 0 ] || { echo "small.sh: ${1^^}: no such file: $2" >&2; exit 66; }
}

# Sentences of made-up words about one of two subjects, which share half of their words; a line
# each.  What a sentence is about is what the made-up task asks for.
make_sentences() { # make_sentences SEED COUNT
    awk -v seed="$1" -v count="$2" '
        function random(n) { x = (x * 16807) % 2147483647; return x % n }
        function often(n) { return int(n * (random(10000) / 10000) ^ 3) } # the first ones more
        function word(i,    w) {
            for (w = ""; length(w) < 4 + i % 5; i = int(i / 2) + 7)
                w = w substr("bdfgklmnprst", i % 12 + 1, 1) substr("aeiou", (i * 7) % 5 + 1, 1)
            return w
        }
        function noun(about) { return word(random(2) ? 2 * often(300) + 1 : 1000 + 600 * about + often(300)) }
        BEGIN {
            x = seed + 1
            split("and with from near under over that have", joins)
            for (i = 0; i < count; i++) {
                about = random(2)
                line = "The " noun(about) " of the " noun(about) " " joins[random(8) + 1] " " noun(about) \
                    " is " noun(about) " " joins[random(8) + 1] " the " noun(about) " to " noun(about) "."
                printf "%s\t%d\n", line, about
            }
        }'
}
make_documents() { # make_documents KIND SEED COUNT: of twelve sentences, in a format of its kind
    make_sentences "$2" $((12 * $3)) | cut -f 1 | awk -v kind="$1" '
        { text = text (NR % 12 == 1 ? "" : kind == "web" ? "\\n" : "\n") $0 }
        NR % 12 == 0 {
            if (kind == "web") printf "{\"text\": \"%s\"}\n", text
            else printf "<doc id=\"%d\" url=\"\" title=\"Page %d\">\nPage %d\n\n%s\n</doc>\n", NR, NR, NR, text
            text = ""
        }'
}
make_books() {
    local i
    mkdir -p pages books
    for i in $(seq 40); do make_sentences $((900 + i)) 300 | cut -f 1 >"pages/book-$i.txt"; done
    tar -C pages -czf books/books.tar.gz . && rm -r pages
}
make_text() {
    local folder
    say "text: made up"
    for folder in "${folders[@]}"; do
        mkdir -p "$folder"
        if [ "$folder" = books ]; then make_books; else
            make_documents "$folder" ${#folder} 1500 | gzip >"$folder/$folder.gz"
        fi
    done
    mkdir -p heldout && make_documents wiki 777 60 >heldout/wiki.txt
}
take_text() {
    local folder name
    for folder in "${folders[@]}"; do
        name=${folder^^}
        [ -n "${!name:-}" ] || { echo "small.sh: $recipe needs $name, too" >&2; exit 64; }
        link_files "$folder" "${!name}"
    done
    if [ -n "${HELDOUT:-}" ]; then link_files heldout "$HELDOUT"; else options+=(--set data.heldout=null); fi
}

# ---- tasks ----

take_tasks() { # words of `finetune`
    local row
    if [ -z "${GLUE:-}" ]; then
        mkdir -p task
        for row in train:5:2000 dev:6:300; do
            IFS=: read -r part seed count <<<"$row"
            { printf 'text\tlabel\n'; make_sentences "$seed" "$count"; } >"task/$part.tsv"
        done
        tasks=(own --data task --set task.text=text --set task.label=label)
        return
    fi
    local names=
    for row in cola:CoLA mrpc:MRPC rte:RTE stsb:STS-B wnli:WNLI; do
        [ ! -d "$from/$GLUE/${row#*:}" ] && [ ! -d "$GLUE/${row#*:}" ] || names+=${names:+,}${row%:*}
    done
    [ -n "$names" ] || { echo "small.sh: GLUE: none of the tasks in $GLUE" >&2; exit 66; }
    tasks=("$names" --data "$(cd "$from" && realpath "$GLUE")")
}
finetune() { # finetune FROM OUT
    run "${parallel[@]}" finetune "${tasks[@]}" --from "$1" --out "$2" --seeds "$seeds" \
        --set finetune.models=false --set finetune.epochs="$epochs" \
        --set train.learning_rate=3e-4 --set finetune.warmup=0.1
}

# ---- the table ----

table() {
    run "$program" export run model
    say "the table: $seeds fine-tunings of each task"
    finetune run table
}

# A model that learns masked tokens alone, of the recipe's text in as many steps: train_plain DIR SETTING…
train_plain() {
    local dir=$1
    shift
    run "${parallel[@]}" train "$here/$recipe-small.yaml" "${options[@]}" "${@/#/--set=}" --set=checkpoint.dir="$dir" \
        --set=train.objectives=mlm --set=weight.mlm=1 --set=teacher.from=null --set=teacher.init_layers=null
}

make_dictionary() {
    say "the dictionary of its states"
    run "${parallel[@]}" dictionary "$here/$recipe-small.yaml" "${options[@]}" --out "$dictionary"
}

# Both models are exported; the discriminator is held against a model of its shape that saw the
# same text in as many steps, and learnt masked tokens alone.
table_against_plain() {
    run "$program" export run discriminator
    run "$program" export run generator --layout mlm
    say "the same shape, data and steps, masked tokens alone"
    train_plain plain
    say "fine-tunings of both"
    finetune plain table-plain
    finetune run table
    say "the table: replaced tokens (B) against masked tokens alone (A)"
    run "${parallel[@]}" compare table-plain table --table
}

# The student is held against a model of its shape that had no teacher.
table_of_student() {
    local path
    say "the same shape, text and steps, without a teacher"
    train_plain plain
    say "fine-tunings of both${teacher:+, and of the teacher}"
    for path in ${teacher:+teacher} plain run; do finetune "$path" "table-$path"; done
    say "the table: with a teacher (B) against without (A)"
    run "${parallel[@]}" compare table-plain table-run --table
}

# Two snapshots of all seeds: a tenth of the way, and the end.
table_of_family() {
    local seed last early path
    run "$program" export run models >export.log
    echo "$(find models -name config.json | wc -l) folders for transformers are in models"
    last=$(find run/seed_0 -name 'checkpoint-*.h5' | sort | tail -n 1)
    early=$(printf 'checkpoint-%09d.h5' $((10#$(basename "$last" .h5 | cut -d- -f2) / 10)))
    say "fine-tunings of all seeds, from $early and from $(basename "$last")"
    for path in run/seed_*; do
        seed=$(basename "$path")
        finetune "$path/$early" "early/$seed" >>finetune.log
        finetune "$path/$(basename "$last")" "last/$seed" >>finetune.log
    done
    say "the table: the end (B) against a tenth of the way (A)"
    run "${parallel[@]}" compare early last --table
}

began=$SECONDS options=("${@:2}")
rm -rf "$out" && mkdir -p "$out" && cd "$out"
if [ -n "${WIKI:-}${WEB:-}${BOOKS:-}" ]; then take_text; else make_text; fi
take_tasks
say "vocabulary"
run "${parallel[@]}" vocab --size 8192 --out vocab.txt "${folders[@]/%/\/*}"
say "pretraining: $here/$recipe-small.yaml"
if [ "$recipe" = multiberts ]; then
    run "${parallel[@]}" family "$here/$recipe-small.yaml" "${options[@]}"
    table_of_family
else
    if [ -n "${teacher:-}" ]; then
        say "the teacher"
        train_plain teacher "${teacher[@]/#/model.}"
        [ -z "${dictionary:-}" ] || make_dictionary
        say "its student"
    fi
    run "${parallel[@]}" train "$here/$recipe-small.yaml" "${options[@]}"
    case $recipe in
        electra-small) table_against_plain ;;
        distil | minilm | mlsm-*) table_of_student ;;
        *) table ;;
    esac
fi
say "done in $((SECONDS - began)) s; all is in $out"
