/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: see command.h. */
#include "src/cli/command.h"

#include <stddef.h>

static const char run_yaml[] =
    "  mpirun -n 8 mpibert train run.yaml          # again: goes on where it was\n"
    "  mpibert train run.yaml --set train.steps=5000 --train.learning_rate 5e-5\n\n"
    "run.yaml, with what there is no default for or what is mostly set:\n\n"
    "  data:       {sources: [{path: \"shards/*.tar.gz\"}], heldout: [{path: "
    "heldout.txt}],\n"
    "               vocab: vocab.txt}\n"
    "  model:      {preset: tiny}                  # tiny mini small medium base "
    "large\n"
    "  train:      {sequence_length: 128, lanes: 16, lane_batch: 16, steps: 3000}\n"
    "  checkpoint: {dir: run, every_steps: 500, keep: 3}\n";

const struct command commands[] = {
    {"train", "CONFIG.yaml [--set KEY=VALUE]…", "pretrain a model, or go on with a run",
     run_yaml, cmd_train},
    {"family", "CONFIG.yaml [--set KEY=VALUE]…", "pretrain many seeds in one job",
     "  mpirun -n 16 mpibert family run.yaml --set family.seeds=0..24\n"
     "  mpirun -n 16 mpibert family run.yaml --set train.data_seed=0    # read once "
     "for "
     "all\n",
     cmd_family},
    {"eval", "CHECKPOINT|DIR --data PATH… [--set KEY=VALUE]… [--json]",
     "loss and accuracy on held-out text",
     "  mpirun -n 8 mpibert eval run --data heldout.tar.gz\n"
     "  mpibert eval my-bert --data a.txt b.txt --set data.language=de\n",
     cmd_eval},
    {"vocab", "--size N [--cased] --out FILE PATH…", "learn a WordPiece vocabulary",
     "  mpirun -n 8 mpibert vocab --size 30522 --out vocab.txt 'shards/*.tar.gz'\n",
     cmd_vocab},
    {"corpus", "stats|dedup|extract|reshard PATH…|CONFIG.yaml …",
     "statistics, duplicates, clean or new shards of a corpus", NULL, cmd_corpus},
    {"tokenize", "--vocab FILE [--cased] [FILE…]", "text lines to lines of ids",
     "  echo 'The river.' | mpibert tokenize --vocab vocab.txt\n", cmd_tokenize},
    {"sentences", "[--language L] [--punkt DIR] [FILE…]", "text to a sentence a line",
     "  mpibert sentences --language de brief.txt\n", cmd_sentences},
    {"export",
     "CHECKPOINT|FAMILY DIR [--format NAME] [--layout pretraining|mlm|encoder] "
     "[--license ID] [--force]",
     "write a Hugging Face folder",
     "  mpibert export run my-bert --license apache-2.0    # all heads that were "
     "trained\n"
     "  mpibert export run/checkpoint-000000500.h5 my-bert-500 --layout encoder\n"
     "  mpibert export family models    # all: models/family-seed_3-step_40k, …\n",
     cmd_export},
    {"import", "DIR CHECKPOINT [--force]", "make a checkpoint of a Hugging Face folder",
     "  mpibert import bert-base-uncased base.h5    # for train.init_from, eval, "
     "fill\n",
     cmd_import},
    {"fill", "CHECKPOINT|DIR TEXT [--top K] [--json]", "fill the [MASK]s of a text",
     "  mpibert fill run 'Paris is the [MASK] of France.' --top 3\n", cmd_fill},
    {"finetune",
     "TASK|CONFIG.yaml --data DIR --from CHECKPOINT|DIR --out DIR [--recipe R] "
     "[--seeds N] [--set KEY=VALUE]… [--json]",
     "judge a model by tasks, over many seeds",
     "  mpirun -n 8 mpibert finetune rte --data glue/RTE --from run --out rte --seeds "
     "10\n"
     "  mpibert finetune own --data mine --from my-bert --out mine/out \\\n"
     "      --set task.format=csv --set task.text=review --set task.label=stars\n",
     cmd_finetune},
    {"predict", "DIR FILE [--json]", "what a fine-tuned model says of texts",
     "  mpibert predict sst2/seed-0 lines.txt    # a text a line, or two with a tab\n",
     cmd_predict},
    {"inspect", "CHECKPOINT [--verify] [--json]", "what a checkpoint holds",
     "  mpibert inspect run --verify\n", cmd_inspect},
    {"compare",
     "A B… [--paired|--unpaired] [--seeds-only|--examples-only] "
     "[--table|--tsv|--json]",
     "whether B is really better than A, over seeds and examples",
     "  mpibert compare tiny/results mini/results\n"
     "  mpibert compare a.h5 b.h5 --task rte --metric accuracy --unpaired\n"
     "  mpibert compare scores-a.tsv scores-b.tsv    # a row a seed: seed, scores\n",
     cmd_compare},
    {"bench", "peak|gemm|kernels|step|reduce|tokenize|loader|checkpoint …",
     "measure this machine and this program",
     "  mpirun -n 2 mpibert bench step --preset base --sequence-length 128 --batch 16\n"
     "  mpibert bench tokenize --vocab vocab.txt text.txt\n",
     cmd_bench},
    {"config", "print [CONFIG.yaml] [--set KEY=VALUE]… [--origin] [--json]",
     "the options, their values and where those came from",
     "  mpibert config print run.yaml --origin\n", cmd_config},
    {"help", "[COMMAND]", "this text, or a command's", NULL, cmd_help},
    {"version", "[--json]", "versions of the program and its libraries", NULL,
     cmd_version},
    {NULL, NULL, NULL, NULL, NULL},
};
