#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# farm.sh [RANKS]: how busy a farm of 60 fine-tunings keeps its ranks: BERT-tiny with Google's
# vocabulary size, 2,490 pairs of some 60 words as RTE has, a grid of six cells, ten seeds.
# Passes at 95 % or more.  Takes 2 to 4 minutes on two cores; EPOCHS=0.2 makes it shorter.
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$here/../cli/lib.sh"
ranks=${1:-2}
epochs=${EPOCHS:-1}

# pairs SEED COUNT: entailed if the second text begins with the first one's word
pairs() {
    awk -v seed="$1" -v count="$2" 'BEGIN {
        print "index\tsentence1\tsentence2\tlabel"
        x = seed
        for (i = 0; i < count; i++) {
            line = i
            for (s = 0; s < 2; s++) {
                line = line "\t"
                words = s ? 10 : 50
                for (k = 0; k < words; k++) { x = (x * 16807) % 2147483647; line = line "w" x % 30000 " " }
            }
            print line "\t" (x % 2 ? "entailment" : "not_entailment")
        }
    }'
}
mkdir -p rte
pairs 5 2490 >rte/train.tsv
pairs 9 277 >rte/dev.tsv
{
    printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]'
    awk 'BEGIN { for (i = 0; i < 30000; i++) print "w" i }'
} >vocab.txt
mkdir text && echo "w1 w2 w3. w4 w5." >text/1.txt && tar -cf corpus.tar text
"$mpibert" train <(printf '%s\n' \
    'data: {sources: [{path: corpus.tar}], vocab: vocab.txt, packing: full_sentences}' \
    'model: {preset: tiny}' 'train: {steps: 0, lanes: 1}' 'checkpoint: {dir: run}') \
    >train.log 2>&1 || { cat train.log; exit 1; }
ranks "$ranks" finetune rte --data rte --from run --out out --seeds 10 \
    --set finetune.grid='train.learning_rate=2e-5,5e-5,1e-4 finetune.batch=16,32' \
    --set finetune.epochs="$epochs" --set finetune.models=false >farm.log 2>farm.err
ok $? "60 jobs on $ranks ranks"
line=$(grep ' jobs in ' farm.log)
echo "# $line"
is "${line%% *}" 60 "  are all there"
awk -v line="$line" 'BEGIN { match(line, /for [0-9.]+/); exit !(substr(line, RSTART + 4, RLENGTH) + 0 >= 95) }'
ok $? "  and keep them busy"
finish
