/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names in and out: see names.h. */
#include "io/convert/names.h"

#include <string.h>

#define DECODER_WEIGHT "cls.predictions.decoder.weight"
#define DECODER_BIAS "cls.predictions.decoder.bias"

static bool starts(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcmp(name + n - m, suffix) == 0;
}

void names_canonical(const char *theirs, struct str *ours) {
    const char *rest = starts(theirs, "bert.") ? theirs + strlen("bert.") : theirs;
    const char *act = strstr(rest, ".dense_act.");
    const char *after = act ? act + strlen(".dense_act") : rest;
    str_clear(ours);
    str_printf(ours, "%s", starts(rest, "cls.") ? "" : "bert.");
    if (act)
        str_printf(ours, "%.*s.dense", (int)(act - rest), rest);
    if (ends(after, ".gamma"))
        str_printf(ours, "%.*s.weight", (int)(strlen(after) - strlen(".gamma")), after);
    else if (ends(after, ".beta"))
        str_printf(ours, "%.*s.bias", (int)(strlen(after) - strlen(".beta")), after);
    else
        str_printf(ours, "%s", after);
}

bool names_is_buffer(const char *ours) {
    return strcmp(ours, "bert.embeddings.position_ids") == 0 ||
           strcmp(ours, "bert.embeddings.token_type_ids") == 0;
}

const char *names_tied_to(const char *ours) {
    if (strcmp(ours, DECODER_WEIGHT) == 0)
        return NAMES_WORDS;
    return strcmp(ours, DECODER_BIAS) == 0 ? NAMES_MLM_BIAS : NULL;
}

bool names_has_vocab_rows(const char *ours) {
    return strcmp(ours, NAMES_WORDS) == 0 || strcmp(ours, NAMES_MLM_BIAS) == 0 ||
           names_tied_to(ours) != NULL;
}

bool names_is_required(const char *ours) {
    return starts(ours, "bert.embeddings.") || starts(ours, "bert.encoder.");
}

const char *names_in_layout(const char *ours, enum export_layout layout) {
    bool inside = starts(ours, "bert."); /* else a head over the encoder */
    bool of_pairs =
        starts(ours, "bert.pooler.") || starts(ours, "cls.seq_relationship.");
    switch (layout) {
    case EXPORT_PRETRAINING: return ours;
    case EXPORT_MLM: return of_pairs ? NULL : ours;
    case EXPORT_ENCODER: return inside ? ours + strlen("bert.") : NULL;
    }
    return NULL;
}
