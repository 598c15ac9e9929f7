#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# precision.sh [PRESET…]: whether a model that is trained in bf16 becomes what it becomes in fp32.
# Logic: of each PRESET (tiny) SEEDS (3) are trained in both precisions, on the same batches of
# LANES (16) × BATCH (16) sequences of LENGTH (128) tokens, STEPS (1000) of them.  The mean held-out losses of
# masked tokens are within half a percent of each other all along; and, fine-tuned by TUNINGS (5)
# seeds each for TUNE_STEPS (200) steps, the models have scores between which compare's multibootstrap
# shows no difference (its interval has 0 in it).
# Needs MPIBERT_TEST_DATA (train, heldout, vocab, glue, pos).  RANKS (2); OUT=DIR keeps runs and tables, and goes
# on with what is there.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
data=${MPIBERT_TEST_DATA:?folder with train, heldout, vocab, glue and pos}
out=${OUT:+$(mkdir -p "$OUT" && realpath "$OUT")}
seeds=${SEEDS:-3} steps=${STEPS:-1000} lanes=${LANES:-16} batch=${BATCH:-16} length=${LENGTH:-128}
tunings=${TUNINGS:-5} tune_steps=${TUNE_STEPS:-200} tasks="sst2 rte pos"
[ $# -gt 0 ] || set -- tiny
. "$root/tests/cli/lib.sh"
[ -z "$out" ] || cd "$out" || exit 1

cat >run.yaml <<YAML
data:
  sources: [{path: "$data/train/wiki-*.tar.*"}]
  heldout: [{path: "$data/heldout/wiki.tar.gz"}]
  vocab: $data/vocab/bert-base-uncased.txt
train: {sequence_length: $length, lanes: $lanes, lane_batch: $batch, steps: $steps, warmup_steps: $((steps / 10)), learning_rate: 1.0e-3}
checkpoint: {every_steps: null, keep: 1}
evaluation: {every_steps: $((steps / 4)), max_documents: 200}
family: {seeds: "0..$((seeds - 1))"}
log: {progress: none, every_steps: 10}
YAML

pretrain() { # pretrain PRESET PRECISION: into PRESET-PRECISION/seed_<S>
    ranks "${RANKS:-2}" family run.yaml --set model.preset="$1" --set train.precision="$2" \
        --set checkpoint.dir="$1-$2" >>"$1-$2.log" 2>&1
    ok $? "$1 in $2: $seeds seeds, $steps steps of $((lanes * batch)) × $length tokens"
}
losses() { # losses PRESET-PRECISION: step and mean held-out loss over seeds
    sed 's/.*"step": \([0-9]*\),.*"mlm_loss": \([0-9.]*\),.*/\1 \2/' "$1"/seed_*/evaluations.jsonl |
        awk '{ sum[$1] += $2; count[$1]++ } END { for (s in sum) printf "%d %.4f\n", s, sum[s] / count[s] }' | sort -n
}
tune() { # tune PRESET-PRECISION: each seed's model, into tuned-PRESET-PRECISION/seed_<S>
    local model
    for model in "$1"/seed_*; do
        ranks "${RANKS:-2}" finetune "$root/jobs/recipes/glue.yaml" --set finetune.data="$data/glue,$data/pos" \
            --set finetune.tasks="${tasks// /,}" --set finetune.from="$model" --set finetune.seeds="$tunings" \
            --set finetune.steps="$tune_steps" --set finetune.out="tuned-$model" >>"$1.log" 2>&1 || return
    done
}

for preset; do
    for precision in fp32 bf16; do pretrain "$preset" $precision; done
    paste -d ' ' <(losses "$preset-fp32") <(losses "$preset-bf16") >"$preset.losses"
    [ -s "$preset.losses" ]
    ok $? "$preset: losses"
    while read -r step fp32 _ bf16; do
        awk -v a="$fp32" -v b="$bf16" 'BEGIN { d = (b - a) / a; exit !(a > 0 && d < .005 && d > -.005) }'
        ok $? "$preset, step $step: held-out loss $fp32 in fp32, $bf16 in bf16"
    done <"$preset.losses"
    for precision in fp32 bf16; do tune "$preset-$precision"; ok $? "$preset in $precision: fine-tuned"; done
    for task in $tasks; do
        "$mpibert" compare "tuned-$preset-fp32" "tuned-$preset-bf16" --task "$task" --json >"$preset-$task.json" 2>compare.err
        ok $? "$preset, $task: compared"
        awk -v a="$(field low "$preset-$task.json" | head -1)" -v b="$(field high "$preset-$task.json" | head -1)" \
            'BEGIN { exit !(a != "" && a <= 0 && b >= 0) }'
        ok $? "  no difference is shown: $(field delta "$preset-$task.json" | head -1), of $(field low "$preset-$task.json" | head -1) to $(field high "$preset-$task.json" | head -1)"
    done
done
finish
