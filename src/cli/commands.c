/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: see command.h. */
#include "src/cli/command.h"

#include <stddef.h>

const struct command commands[] = {
    {"train", "CONFIG.yaml [--set KEY=VALUE]…", "pretrain a model, or go on with a run", cmd_train},
    {"eval", "CHECKPOINT|DIR --data PATH… [--set KEY=VALUE]… [--json]", "loss and accuracy on held-out text", cmd_eval},
    {"vocab", "--size N [--cased] --out FILE PATH…", "learn a WordPiece vocabulary", cmd_vocab},
    {"corpus", "stats|dedup|extract|reshard PATH…|CONFIG.yaml …",
     "statistics, duplicates, clean or new shards of a corpus", cmd_corpus},
    {"tokenize", "--vocab FILE [--cased] [FILE…]", "text lines to lines of ids", cmd_tokenize},
    {"sentences", "[--language L] [--punkt DIR] [FILE…]", "text to a sentence a line",
     cmd_sentences},
    {"export", "CHECKPOINT DIR [--layout pretraining|mlm|encoder] [--license ID] [--force]",
     "write a Hugging Face folder", cmd_export},
    {"import", "DIR CHECKPOINT [--force]", "make a checkpoint of a Hugging Face folder", cmd_import},
    {"fill", "CHECKPOINT|DIR TEXT [--top K] [--json]", "fill the [MASK]s of a text", cmd_fill},
    {"inspect", "CHECKPOINT [--verify] [--json]", "what a checkpoint holds", cmd_inspect},
    {"bench", "peak|gemm|step|tokenize|loader …", "measure this machine and this program",
     cmd_bench},
    {"config", "print [CONFIG.yaml] [--set KEY=VALUE]… [--origin] [--json]",
     "the options, their values and where those came from", cmd_config},
    {"help", "[COMMAND]", "this text, or a command's", cmd_help},
    {"version", "[--json]", "versions of the program and its libraries", cmd_version},
    {NULL, NULL, NULL, NULL},
};
