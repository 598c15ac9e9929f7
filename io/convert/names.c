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

/* `rest` as today's versions name it. */
static void put_current(const char *rest, struct str *out) {
    const char *act = strstr(rest, ".dense_act.");
    const char *after = act ? act + strlen(".dense_act") : rest;
    if (act)
        str_printf(out, "%.*s.dense", (int)(act - rest), rest);
    if (ends(after, ".gamma"))
        str_printf(out, "%.*s.weight", (int)(strlen(after) - strlen(".gamma")), after);
    else if (ends(after, ".beta"))
        str_printf(out, "%.*s.bias", (int)(strlen(after) - strlen(".beta")), after);
    else
        str_printf(out, "%s", after);
}

/* Base or not, heads are told by their names. */
void names_canonical(const struct class *class, const char *theirs, struct str *ours) {
    size_t base = starts(theirs, class->base) ? strlen(class->base) : 0;
    const struct class_part *part = class->parts;
    while (part->ours && !(part->theirs && !starts(part->theirs, class->base) &&
                           starts(theirs + base, part->theirs)))
        part++;
    str_clear(ours);
    str_printf(ours, "%s", part->ours ? part->ours : "bert.");
    put_current(theirs + base + (part->ours ? strlen(part->theirs) : 0), ours);
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
    return starts(ours, "bert.") && !starts(ours, "bert.pooler.");
}

static const struct class_part *find_part(const struct class *class, const char *ours) {
    const struct class_part *part = class->parts;
    while (part->ours && !starts(ours, part->ours))
        part++;
    return part;
}

bool names_is_known(const struct class *class, const char *ours) {
    return find_part(class, ours)->ours != NULL;
}

bool names_in_layout(const struct class *class, const char *ours,
                     enum export_layout layout, struct str *theirs) {
    const struct class_part *part = find_part(class, ours);
    while (part->ours && !(part->layouts & 1u << layout) && part[1].ours &&
           strcmp(part[1].ours, part->ours) == 0)
        part++;
    if (part->theirs == NULL || !(part->layouts & 1u << layout))
        return false;
    if (theirs == NULL)
        return true;
    str_clear(theirs);
    str_printf(theirs, "%s%s", part->theirs, ours + strlen(part->ours));
    size_t base = strlen(class->base);
    if (layout == EXPORT_ENCODER && starts(theirs->data, class->base))
        memmove(theirs->data, theirs->data + base, (theirs->size -= base) + 1);
    return true;
}
