/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options, out of options.def, and the struct that holds their values:
 * one field an option.  Lists of rows (lists.h) and what sets values (config.h) are
 * built on it. */
#ifndef MPIBERT_CORE_OPTIONS_H
#define MPIBERT_CORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/option.h"

/* One row of data.sources or data.heldout. */
struct source_spec {
    char *path;     /* file or glob pattern */
    char *format;   /* a reader's name, or "auto" */
    char *text_key; /* of JSON lines, default "auto" */
    char *filter;   /* a preset instead of data.filter, or NULL */
    double weight;  /* share of tokens, relative to the other sources */
};

/* One row of train.phases: as it was given, values not set where it has none; or, from
 * phases_get, as it holds, with the options of the whole run in their place. */
struct phase {
    int64_t steps, sequence_length, lane_batch;
    double mask_prob, mask_replace, mask_random;
    char *mask_kind; /* (phases_get: borrowed) */
};

/* One row of family.shapes: values not set are the whole family's. */
struct family_shape {
    char *preset;
    int64_t layers, hidden, embedding_size, heads, head_size, ffn;
};

struct config {
#define OPTION(section, name, type, def, low, high, resume, help)                      \
    config_##type section##_##name;
#include "src/core/options.def"
#undef OPTION
    struct source_spec *sources; /* data.sources[i]; lists.h has the tables of rows */
    int source_count;
    struct source_spec *heldout; /* data.heldout[i] */
    int heldout_count;
    bool paths_together; /* the rows are paths of one command line, and so one source to
                            the rule that each source gives a document */
    struct phase *phases; /* train.phases[i], as given: see phases.h */
    int phase_count;
    struct family_shape *shapes; /* family.shapes[i]: see family_shapes.h */
    int shape_count;
    char **origins; /* (options_count): "default", "run.yaml:14:7", "environment",
                       "--set" */
};

extern const struct option options_table[];
extern const int options_count;

/* The row of a key, or NULL. */
const struct option *options_find(const char *key);
/* Whether options are called "WORD.…". */
bool options_is_section(const char *word);
/* Where its value lies, and where that came from. */
void *options_value(const struct config *config, const struct option *option);
const char *options_origin(const struct config *config, const struct option *option);

#endif
