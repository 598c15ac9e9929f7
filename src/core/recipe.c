/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from several options together: the shape of the model, the seeds, and what
 * does not fit: see config.h. */
#include <math.h>
#include <string.h>

#include "src/core/config.h"

static int64_t or_preset(int64_t value, int64_t preset) {
    return value == CONFIG_UNSET ? preset : value;
}

struct shape config_shape(const struct config *config, int64_t vocab_size) {
    const struct shape_preset *preset = shape_presets;
    while (strcmp(preset->name, config->model_preset) != 0)
        preset++;
    return (struct shape){
        .L = or_preset(config->model_layers, preset->L),
        .H = or_preset(config->model_hidden, preset->H),
        .A = or_preset(config->model_heads, preset->A),
        .F = or_preset(config->model_ffn, preset->F),
        .V = vocab_size,
        .P = config->model_max_positions,
        .S = 2,
        .gelu = strcmp(config->model_activation, "gelu") == 0 ? GELU_ERF : GELU_TANH,
        .norm_eps = config->model_norm_eps,
    };
}

bool config_pairs(const struct config *config) {
    return strcmp(config->data_packing, "pairs") == 0;
}

static uint64_t seed_or(int64_t own, int64_t seed) {
    return (uint64_t)(own == CONFIG_UNSET ? seed : own);
}

uint64_t config_data_seed(const struct config *config) {
    return seed_or(config->train_data_seed, config->train_seed);
}

uint64_t config_init_seed(const struct config *config) {
    return seed_or(config->train_init_seed, config->train_seed);
}

int config_check(const struct config *config, struct err *err) {
    struct shape s = config_shape(config, 1);
    if (s.H % s.A != 0)
        return err_set(err, ERR_CONFIG,
                       "model.hidden: %lld is not divisible by model.heads %lld",
                       (long long)s.H, (long long)s.A);
    if (config->train_sequence_length > s.P)
        return err_set(err, ERR_CONFIG,
                       "train.sequence_length: %lld is over model.max_positions %lld",
                       (long long)config->train_sequence_length, (long long)s.P);
    if (config->train_chunk_tokens < config->train_sequence_length)
        return err_set(err, ERR_CONFIG,
                       "train.chunk_tokens: %lld is under train.sequence_length %lld; a "
                       "chunk holds a sequence at least",
                       (long long)config->train_chunk_tokens,
                       (long long)config->train_sequence_length);
    if (config->data_mask_replace + config->data_mask_random > 1 + 1e-9)
        return err_set(
            err, ERR_CONFIG,
            "data.mask_replace %g and data.mask_random %g: are over 1 together",
            config->data_mask_replace, config->data_mask_random);
    if (config->data_isolate_documents == 1 &&
        strcmp(config->data_packing, "full_sentences") != 0)
        return err_set(err, ERR_CONFIG,
                       "data.isolate_documents: is for data.packing full_sentences; with %s "
                       "no example has several documents to isolate",
                       config->data_packing);
    if (strcmp(config->train_reproducible, "bitwise") == 0)
        return err_set(err, ERR_CONFIG,
                       "train.reproducible: bitwise is not built yet; fast gives the same "
                       "data on any ranks, and the same bits on the same number of ranks");
    for (int i = 0; i < config->source_count + config->heldout_count; i++) {
        bool heldout = i >= config->source_count;
        int row = heldout ? i - config->source_count : i;
        const struct source_spec *spec =
            heldout ? &config->heldout[row] : &config->sources[row];
        if (spec->path == NULL)
            return err_set(err, ERR_CONFIG, "data.%s[%d]: has no path",
                           heldout ? "heldout" : "sources", row);
    }
    return 0;
}
