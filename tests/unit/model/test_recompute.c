/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is computed again on the way down must be the same to the bit: loss and
 * gradients with and without, for each kind of layer, for sequences longer than the
 * rows that attention takes at a time and shorter ones, in chunks, packed, with
 * dropout, by any kernels and any threads, rounded and not.  And it must leave room:
 * that of attention's probabilities, or all of a layer but its input. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/kernels/precision.h"
#include "src/model/bert.h"
#include "tests/fill.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { MODES = 3 };

static const char *const modes[MODES] = {"nothing", "attention", "layer"};

static const struct trial {
    const char *name;
    enum kind_id kind;
    uint32_t objectives;
    double dropout;
    int64_t L, max_tokens;
    void (*batch)(struct batch *batch, int64_t B, uint64_t seed);
} trials[] = {
    {"post", KIND_BERT, TOY_PAIRS, 0, 3, 900, toy_long_batch},
    {"post, dropout", KIND_BERT, TOY_PAIRS, 0.2, 3, 900, toy_long_batch},
    {"post, chunks", KIND_BERT, TOY_SINGLE, 0.2, 2, 300, toy_long_batch},
    {"post, one layer", KIND_BERT, TOY_PAIRS, 0.2, 1, 900, toy_long_batch},
    {"post, packed", KIND_BERT, TOY_SINGLE, 0.2, 3, 900, toy_packed_batch},
    {"post, related", KIND_BERT, TOY_RELATED, 0.2, 3, 900, toy_long_batch},
    {"narrow, replaced", KIND_ELECTRA, TOY_REPLACED, 0.2, 3, 900, toy_long_batch},
    {"pre", KIND_MEGATRON_BERT, TOY_PAIRS, 0, 3, 900, toy_long_batch},
    {"pre, dropout", KIND_MEGATRON_BERT, TOY_PAIRS, 0.2, 3, 900, toy_long_batch},
    {"pre, chunks", KIND_MEGATRON_BERT, TOY_SINGLE, 0.2, 2, 300, toy_long_batch},
    {"pre, packed", KIND_MEGATRON_BERT, TOY_SINGLE, 0.2, 3, 900, toy_packed_batch},
};

static struct model_options options_of(const struct trial *trial) {
    struct model_options options = toy_options();
    options.objectives = trial->objectives;
    options.shape.kind = trial->kind;
    options.shape.L = trial->L;
    options.shape.E = trial->kind == KIND_ELECTRA ? 10 : options.shape.H;
    options.shape.P = options.max_length = TOY_LONGEST;
    options.hidden_dropout = options.attention_dropout = trial->dropout;
    options.max_tokens = trial->max_tokens;
    return options;
}

/* The gradient of a batch, with nothing there before; returns the loss. */
static double train(const struct model_options *options, const struct params *weights,
                    const struct batch *batch, const struct targets *taught,
                    struct params *grads) {
    struct model_sums sums = {0};
    double loss = 0;
    struct model *model = model_create(options, weights->table);
    memset(grads->data, 0, grads->table->total * sizeof *grads->data);
    for (int64_t first = 0, n; first < batch->B; first += n) {
        struct model_step step = {0};
        n = model_chunk(model, batch, first);
        const struct targets targets = targets_of(taught, batch, first, n);
        step.targets = &targets;
        for (int i = 0; i < OBJECTIVES; i++)
            step.scale[i] = 0.01 * (i + 1);
        model_train(model, weights, grads, batch, first, n, &step, &sums);
    }
    model_destroy(model);
    for (int i = 0; i < OBJECTIVES; i++)
        loss += sums.of[i].loss;
    return loss;
}

/* With the kernels and threads that there are now. */
static void check_modes(const char *name, struct model_options options,
                        const struct params *weights, const struct batch *batch,
                        const struct targets *taught) {
    struct params grads[MODES];
    double losses[MODES];
    for (int i = 0; i < MODES; i++) {
        options.recompute = (enum recompute)i;
        params_init(&grads[i], weights->table);
        losses[i] = train(&options, weights, batch, taught, &grads[i]);
        ok(losses[i] == losses[0] && losses[i] > 0 &&
               memcmp(grads[i].data, grads[0].data,
                      weights->table->total * sizeof *grads[i].data) == 0,
           "%s, %s computed again: the same bits, loss %.6f", name, modes[i],
           losses[i]);
    }
    for (int i = 0; i < MODES; i++)
        params_fini(&grads[i]);
}

static void test_trial(const struct trial *trial) {
    struct model_options options = options_of(trial);
    struct params_table table = {0};
    struct params weights;
    struct batch batch;
    struct toy_targets targets;
    char name[80];
    model_layout(&table, &options.shape, options.objectives);
    params_init(&weights, &table);
    toy_weights(&weights, 5);
    trial->batch(&batch, 4, 4);
    toy_targets_init(&targets, &batch, 7);
    for (int isa = 0; fill_isa(isa); isa++) {
        int threads = 1 + (int)(trial - trials + isa) % 3;
        omp_set_num_threads(threads);
        for (int i = 0; i < 2; i++) {
            options.precision = i ? GEMM_BF16 : GEMM_FP32;
            snprintf(name, sizeof name, "%s%s, kernels %d, %d threads", trial->name,
                     i ? ", rounded" : "", isa, threads);
            check_modes(name, options, &weights, &batch, &targets.of);
        }
    }
    toy_targets_fini(&targets);
    batch_fini(&batch);
    params_fini(&weights);
    params_table_fini(&table);
}

/* ---- room ---- */

/* BERT-base on 2,048 tokens, of L layers. */
static struct model_options base(enum kind_id kind, int64_t L, enum recompute mode,
                                 enum gemm_precision precision) {
    return (struct model_options){.shape = {.kind = kind,
                                            .L = L,
                                            .H = 768,
                                            .E = 768,
                                            .A = 12,
                                            .D = 64,
                                            .F = 3072,
                                            .V = 30522,
                                            .P = 512,
                                            .S = 2},
                                  .objectives = TOY_PAIRS,
                                  .recompute = mode,
                                  .precision = precision,
                                  .max_tokens = 2048,
                                  .max_sequences = 4,
                                  .max_length = 512};
}

/* Of a layer more. */
static int64_t layer_bytes(enum kind_id kind, enum recompute mode,
                           enum gemm_precision precision) {
    const struct model_options all = base(kind, 12, mode, precision);
    const struct model_options few = base(kind, 2, mode, precision);
    return (int64_t)(model_measure(&all) - model_measure(&few)) / 10;
}

/* A rounded layer keeps half of all but what LayerNorms divide by and the bits of
 * dropout; of the stream, which it does not keep, the copies that products read; and
 * gaps between rows: a line of 32 of those of H, W and 2 W, half of one more of F. */
static void test_room(enum kind_id kind) {
    const char *name = model_kinds[kind].name;
    int64_t tokens = 2048, probs = tokens * 512 * 12, H = 768, bits = tokens * H / 8;
    int64_t plain[MODES], rounded[MODES];
    for (int i = 0; i < MODES; i++) {
        plain[i] = layer_bytes(kind, (enum recompute)i, GEMM_FP32);
        rounded[i] = layer_bytes(kind, (enum recompute)i, GEMM_BF16);
        printf("# %s, base, 512 tokens, %s computed again: %.2f MiB a layer, rounded "
               "%.2f\n",
               name, modes[i], (double)plain[i] / 1048576,
               (double)rounded[i] / 1048576);
    }
    is_int(plain[0] - plain[1], 4 * probs + probs / 8,
           "%s: a layer keeps no probabilities", name);
    is_int(plain[2], 4 * tokens * H, "%s: a layer keeps its input alone", name);
    is_int(rounded[0] - rounded[1], 2 * probs + probs / 8, "%s, rounded: likewise",
           name);
    is_int(rounded[2], 4 * tokens * H, "%s, rounded: likewise its input, whole", name);
    int64_t whole = 2 * (4 * tokens + bits) + (plain[0] - plain[1] - 4 * probs);
    int64_t stream = kind == KIND_MEGATRON_BERT ? 2 * 4 * tokens * H : 0;
    int64_t gaps = 2 * tokens * (7 * 32 + 2 * 16);
    is_int(2 * (rounded[0] - whole - gaps), plain[0] - whole - stream,
           "%s, rounded: half of what a layer keeps", name);
}

int main(void) {
    struct err err;
    omp_set_num_threads(1);
    is_int(precision_start(true, &err), 0, "bf16 starts");
    test_room(KIND_BERT);
    test_room(KIND_MEGATRON_BERT);
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        test_trial(&trials[i]);
    return tap_done();
}
