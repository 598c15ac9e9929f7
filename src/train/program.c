/* SPDX-License-Identifier: Apache-2.0 */
/* The table of programs, and what they share: see program.h. */
#include "src/train/program.h"

#include <string.h>

#include "src/base/die.h"
#include "src/train/rounded.h"

/* What suits any run comes last. */
static const struct program *const programs[] = {&electra_program, &distill_program,
                                                 &plain_program};

const struct program *program_of(const struct config *config) {
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (programs[i]->suits == NULL || programs[i]->suits(config))
            return programs[i];
    die("no program suits the configuration");
}

/* The words of train.recompute. */
static enum recompute recompute_of(const struct config *config) {
    static const char *const words[] = {[RECOMPUTE_NONE] = "none",
                                        [RECOMPUTE_ATTENTION] = "attention",
                                        [RECOMPUTE_LAYER] = "layer"};
    enum recompute i = RECOMPUTE_NONE;
    while (strcmp(words[i], config->train_recompute) != 0)
        i++;
    return i;
}

struct model_options program_model_options(const struct stepper_options *o) {
    const struct config *c = o->config;
    return (struct model_options){.shape = o->shape,
                                  .objectives = o->objectives ? o->objectives
                                                              : config_objectives(c),
                                  .hidden_dropout = c->model_hidden_dropout,
                                  .attention_dropout = c->model_attention_dropout,
                                  .dropout_seed = config_data_seed(c),
                                  .max_tokens = c->train_chunk_tokens,
                                  .max_sequences = o->max_sequences,
                                  .max_length = o->max_length,
                                  .recompute = recompute_of(c),
                                  .precision = rounded_is(c) ? GEMM_BF16 : GEMM_FP32,
                                  .forward_only = o->forward_only};
}

int64_t program_train(struct model *model, const struct program_step *s,
                      int64_t first) {
    struct model_step step = s->model;
    int64_t count = model_chunk(model, s->batch, first);
    if (first > 0)
        step.need = NULL;
    if (first + count < s->batch->B)
        step.on_ready = NULL;
    model_train(model, s->weights, s->grads, s->batch, first, count, &step, s->sums);
    return count;
}
