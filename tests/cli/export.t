#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: an exported folder reads text as its checkpoint does; an export or import that would
# damage a run, or a file of somebody else's, is refused and changes nothing.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=4 >t.log 2>&1
ok $? "a model to export"
"$mpibert" export run hf >e.log && "$mpibert" export run hf-mlm --layout mlm >e.log &&
    "$mpibert" import hf in.h5 >e.log
ok $? "in two layouts, and a checkpoint of it"

# Held-out text is to the folder what it is to the checkpoint, whatever was not by default.
punkt=$work/tables && mkdir "$punkt" && printf 'ca\n' >"$punkt/abbrev_types.txt" &&
    touch "$punkt"/{collocations.tab,sent_starters.txt,ortho_context.tab}
sentences 5 20 | sed 's/ river / ca. /g; s/ stone / prof. /g; s/ light / z.B. /g' >odd.txt
row=0
while read -r settings; do
    row=$((row + 1))
    # shellcheck disable=SC2086  # words
    "$mpibert" train run.yaml --set checkpoint.dir=s$row --set train.steps=2 $settings >t.log 2>&1
    "$mpibert" export s$row s$row.hf >/dev/null
    "$mpibert" export s$row s$row.mlm --layout mlm >/dev/null
    "$mpibert" eval s$row --data odd.txt --json >a.json
    "$mpibert" eval s$row.hf --data odd.txt --json >b.json
    cmp a.json b.json
    ok $? "eval of a folder is that of its checkpoint ($settings)"
    is "$("$mpibert" eval s$row.mlm --data odd.txt --json | field mlm_loss)" \
        "$(field mlm_loss a.json)" "  also without the second head"
done <<EOF
--set data.language=de
--set data.punkt=$punkt
--set train.sequence_length=32
--set data.packing=full_sentences
--set data.max_document_bytes=1KiB --set data.short_seq_prob=0.5
EOF
grep -q '"data.language": "de"' s1.hf/config.json
ok $? "data.language is in config.json"
rm -r "$punkt" # the folder has its own
"$mpibert" eval s2.hf --data odd.txt --json >b.json
ok $? "punkt's tables are in the folder"
is "$("$mpibert" eval s1 --data odd.txt --json | field tokens)" \
    "$("$mpibert" eval s3 --data odd.txt --json --set data.language=de \
        --set train.sequence_length=48 | field tokens)" "eval takes --set"
is "$("$mpibert" eval run --data odd.txt --format blankline --json \
    --set evaluation.max_documents=3 | field documents)" 3 \
    "  also what --data would reset"
for setting in train.steps=5 model.hidden=64 data.vocab=odd.txt checkpoint.dir=x; do
    "$mpibert" eval run --data odd.txt --set $setting >out 2>err
    is $? 78 "  but not $setting"
done

# The model card tells what the run was told.
"$mpibert" export s1 card --license cc0-1.0 >/dev/null
for line in '- "de"' 'license: cc0-1.0' 'model-index:' '      name: "held.txt"' \
    '    - type: accuracy' 'Hardware: MPI ranks: 1; ' 'Time in training steps: ' \
    '| `shards/\*.tar.gz` | blankline | 1 | [1-9]'; do
    grep -q -- "^$line" card/README.md
    ok $? "the card has $line"
done
index_of() { sed -n '/^model-index:/,/^---$/p' "$1/README.md" | grep -o 'name: \(masked\|next\).*' | tr '\n' ';'; }
"$mpibert" export s1 card.mlm --layout mlm >/dev/null && "$mpibert" export s1 card.encoder --layout encoder >/dev/null
is "$(index_of card)/$(index_of card.mlm)/$(index_of card.encoder)" \
    "name: masked tokens;name: next sentence prediction;/name: masked tokens;/" \
    "  and results of the heads that go along, alone"
"$mpibert" export in.h5 bare >/dev/null
! grep -q 'model-index\|Hardware\|^language' bare/README.md
ok $? "  and of an import nothing that nobody told"
"$mpibert" export run other --license 'My own' >out 2>err
is $? 64 "a licence that is no identifier is refused"

# Where an export does not belong.
# refused CODE 'pattern' COMMAND…: refused, and nothing changed
refused() {
    local code=$1 pattern=$2
    shift 2
    find . -type f ! -name out ! -name err | sort | xargs md5sum >"$work.before"
    "$mpibert" "$@" >out 2>err
    is $? "$code" "refused with $code: $*"
    grep -q -- "$pattern" err
    ok $? "  says $pattern"
    find . -type f ! -name out ! -name err | sort | xargs md5sum | diff - "$work.before"
    ok $? "  and nothing was changed"
}
touch hf-mlm/notes
mkdir inside && touch inside/mine
refused 78 'the folder of a run' export run run
refused 78 'the folder of a run' export run run --force
refused 78 'lies in' export run run/deep/hf
refused 78 'holds notes' export run hf-mlm
refused 78 'holds mine' export run inside
refused 74 'not a folder\|Not a directory' export run odd.txt
refused 65 'layout pretraining needs' export s4 none --layout pretraining
refused 78 'is there already' import hf in.h5
refused 78 'the folder of a run' import hf run/checkpoint-000000004.h5 --force
refused 78 'the folder of a run' import hf run/checkpoint-000000099.h5
refused 78 'no checkpoint' import hf odd.txt --force
refused 78 'is a folder' import hf inside --force
refused 65 'no Hugging Face folder' import run new.h5
refused 65 'is a Hugging Face folder' inspect hf
refused 64 'is a file' import in.h5 hf
[ ! -e none ]
ok $? "no folder was left"
"$mpibert" export run hf-mlm --force >/dev/null && [ -e hf-mlm/notes ]
ok $? "with --force a stranger's file stays"
"$mpibert" import hf-mlm in.h5 --force >/dev/null
ok $? "with --force a checkpoint that is no run's is replaced"
(trap '' XFSZ && ulimit -f 40 && "$mpibert" export run small >out 2>err)
is $? 74 "a disk that is full"
[ ! -e small ]
ok $? "  leaves no folder"
cp hf/config.json run/
is "$("$mpibert" eval run --data odd.txt --json 2>err | field mlm_loss)" \
    "$("$mpibert" eval in.h5 --data odd.txt --json | field mlm_loss)" "a run's folder is a run's"
grep -q 'read as a run' err
ok $? "  and it is said, where a config.json lies in it"
ranks 2 eval run --data odd.txt --json >out 2>err
is "$(grep -c 'read as a run' err)" 1 "  once, on two ranks"
"$mpibert" eval inside --data odd.txt >out 2>err
is $? 66 "a folder of neither kind"
grep -q 'neither' err
ok $? "  is named so"
rm -f "$work.before"

is "$("$mpibert" inspect run --json | tr -d ' \n' | grep -o '"train.steps":4,\|"data.lowercase":true\|"data.block_bytes":[0-9]*,\|"data.strip_accents":true' | wc -l)" 4 \
    "inspect --json has options with their types"
finish
