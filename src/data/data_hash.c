/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane is a function of, written out line by line and hashed: loader_data_hash
 * of loader.h.  Folders are left out, so that a corpus may be moved; so is everything
 * that changes who computes (ranks, threads) or how much (steps, lane_batch, but for
 * where a phase ends), not
 * what. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/str.h"
#include "src/core/phases.h"
#include "src/filter/filters.h"
#include "src/data/loader.h"
#include "src/data/passage.h"
#include "src/text/punkt.h"
#include "src/text/tokenizer.h"

/* The version of the rules of this room (dealing, order, blocks, pairs, masks): count
 * it up with any change that gives other examples from the same options. */
enum { DATA_RULES = 5 };

static void describe_manifest(struct str *out, const struct manifest *manifest) {
    for (int s = 0; s < manifest->spec_count; s++) {
        const struct source_spec *spec = &manifest->specs[s];
        str_printf(out, "source %d: format %s text_key %s weight %.17g\n", s,
                   spec->format ? spec->format : "auto",
                   spec->text_key ? spec->text_key : "auto", spec->weight);
    }
    for (int row = 0; row < manifest->shard_count; row++) {
        const struct manifest_shard *shard = &manifest->shards[row];
        str_printf(out, "shard of %d: %" PRId64 " bytes: %s\n", shard->source,
                   shard->bytes, file_base_name(shard->path));
    }
}

static void describe_text(struct str *out, const struct config *config,
                          const struct vocab *vocab) {
    struct normalizer_options normalizer = passage_normalizer(config);
    char hex[HASH_HEX_SIZE];
    hash_hex(hash128(vocab->text, vocab->text_size), hex);
    str_printf(out, "vocabulary: %s\n", hex);
    str_printf(out, "tables: %s compat %s\n", tokenizer_tables_version,
               config->data_compat);
    str_printf(out, "clean_text %d chinese_chars %d strip_accents %d lowercase %d\n",
               normalizer.clean_text, normalizer.chinese_chars,
               normalizer.strip_accents, normalizer.lowercase);
    if (normalizer.dotted_i)
        str_printf(out, "dotted_i\n");
}

/* The languages, or the content of the tables that stand for them. */
static int describe_sentences(struct str *out, const struct config *config,
                              struct err *err) {
    struct str tables = {0};
    struct punkt punkt = {0};
    char hex[HASH_HEX_SIZE];
    if (config->data_punkt == NULL) {
        str_printf(out, "language: %s\n", config->data_language);
        return 0;
    }
    int rc = punkt_load(&punkt, config->data_punkt, &tables, err);
    hash_hex(hash128(tables.data, tables.size), hex);
    str_printf(out, "punkt: %s\n", hex);
    punkt_fini(&punkt);
    str_fini(&tables);
    return rc;
}

/* Whether words are masked, or else tokens: the kinds there were when a run had one of
 * them in all its phases, and a line of options said which. */
static bool begins_with_words(const struct config *config) {
    return strcmp(phases_get(config, 0).mask_kind, "words") == 0;
}

static void describe_options(struct str *out, const struct config *config) {
    str_printf(out, "rules: %d\n", DATA_RULES);
    str_printf(out, "seed: %" PRIu64 "\n", config_data_seed(config));
    str_printf(out, "lanes: %" PRId64 "\n", config->train_lanes);
    str_printf(out, "whole_word: %d\n", begins_with_words(config));
    str_printf(out, "short_seq_prob: %.17g\n", config->data_short_seq_prob);
    str_printf(out, "packing: %s isolate_documents %d\n", config->data_packing,
               config->data_isolate_documents);
    str_printf(out, "block_bytes: %" PRId64 "\n", config->data_block_bytes);
    if (!isnan(config->data_temperature))
        str_printf(out, "temperature: %.17g\n", config->data_temperature);
    str_printf(out, "max_document_bytes: %" PRId64 "\n",
               config->data_max_document_bytes);
}

/* A phase ends after so many examples of a lane; the last one ends when the run
 * does. */
static void describe_phases(struct str *out, const struct config *config) {
    const char *first = begins_with_words(config) ? "words" : "tokens";
    int64_t end = 0;
    for (int i = 0; i < phases_count(config); i++) {
        struct phase phase = phases_get(config, i);
        str_printf(out, "from example %" PRId64 ": sequence_length %" PRId64, end,
                   phase.sequence_length);
        str_printf(out, " mask_prob %.17g replace %.17g random %.17g", phase.mask_prob,
                   phase.mask_replace, phase.mask_random);
        if (strcmp(phase.mask_kind, first) != 0)
            str_printf(out, " kind %s", phase.mask_kind);
        str_printf(out, "\n");
        end += phase.steps * phase.lane_batch;
    }
}

int loader_data_hash(const struct config *config, const struct manifest *manifest,
                     const struct vocab *vocab, char hex[HASH_HEX_SIZE],
                     struct err *err) {
    struct str text = {0};
    describe_options(&text, config);
    describe_phases(&text, config);
    describe_text(&text, config, vocab);
    describe_manifest(&text, manifest);
    int rc = describe_sentences(&text, config, err);
    if (rc == 0)
        rc =
            filters_describe(config, manifest->specs, manifest->spec_count, &text, err);
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
    return rc;
}
