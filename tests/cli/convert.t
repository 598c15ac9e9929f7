#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a checkpoint goes out in three layouts and comes back the same model; the folder that
# comes in goes out again byte for byte.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
"$mpibert" train run.yaml --set train.steps=4 >t.log 2>&1
ok $? "a model to convert"
for layout in pretraining mlm encoder; do
    "$mpibert" export run hf-$layout --layout $layout >e.log
    ok $? "export, layout $layout: $(cat e.log)"
    for file in model.safetensors config.json vocab.txt tokenizer.json tokenizer_config.json \
        special_tokens_map.json README.md; do
        [ -s hf-$layout/$file ]
        ok $? "  $file"
    done
done
"$mpibert" export run hf >e.log
ok $? "export as it comes: $(cat e.log)"
cmp hf/model.safetensors hf-pretraining/model.safetensors
ok $? "  with all heads that were trained"
grep -q 'without the trained pooler and next sentence head' <("$mpibert" export run hf --layout mlm)
ok $? "  another layout says what it drops, over an older export"
cmp vocab.txt hf-mlm/vocab.txt
ok $? "vocab.txt is the run's"
"$mpibert" import hf-pretraining in.h5 >i.log
ok $? "import"
"$mpibert" inspect in.h5 --verify >i.log
ok $? "  gives a whole checkpoint"
"$mpibert" export in.h5 again --layout pretraining >/dev/null
for file in model.safetensors vocab.txt tokenizer.json config.json; do
    cmp hf-pretraining/$file again/$file
    ok $? "  that goes out again with the same $file"
done
for layout in pretraining mlm; do
    "$mpibert" train run.yaml --set checkpoint.dir=from-$layout --set train.init_from=hf-$layout \
        --set train.steps=1 >from.log 2>from.err
    ok $? "training goes on from the folder of layout $layout"
done
grep -q 'cls.seq_relationship.weight' from.err
ok $? "  and says which tensors the layout lacks"
is "$("$mpibert" fill run 'The old [MASK] near the [MASK].' --top 3)" \
    "$("$mpibert" fill hf-mlm 'The old [MASK] near the [MASK].' --top 3)" \
    "fill answers alike from checkpoint and folder"
is "$("$mpibert" fill run 'The old [MASK].' --top 3 --json | grep -c probability)" 3 "--top 3"
finish
