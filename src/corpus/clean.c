/* SPDX-License-Identifier: Apache-2.0 */
/* Documents as training reads them: see clean.h. */
#include "src/corpus/clean.h"

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/filter/filters.h"

struct clean {
    const struct manifest *manifest; /* borrowed */
    struct filter **filters;         /* (sources) */
    const struct filter *last;       /* whose cuts are asked for; NULL: none ran */
    enum rule rule;
    struct str text; /* of a document that had ill-formed bytes */
};

struct clean *clean_create(const struct config *config, const struct manifest *manifest,
                           struct err *err) {
    struct clean *clean = mem_alloc(1, sizeof *clean);
    clean->manifest = manifest;
    clean->rule = RULE_NONE;
    clean->filters = filters_create(config, manifest->specs, manifest->spec_count, err);
    if (clean->filters)
        return clean;
    clean_destroy(clean);
    return NULL;
}

/* Copies what is well-formed. */
static struct slice drop_ill_formed(struct str *out, struct slice text) {
    const char *p = text.data, *end = p + text.size;
    str_clear(out);
    str_reserve(out, text.size);
    while (p < end) {
        uint32_t scalar;
        int n = utf8_decode(p, end, &scalar);
        if (n > 0)
            str_append(out, p, (size_t)n);
        p += n > 0 ? n : -n;
    }
    return str_slice(out);
}

static bool is_blank(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] > ' ')
            return false;
    return true;
}

/* The same one in a hundred as where tokens are made. */
static bool clean_utf8(struct clean *clean, struct slice *text, struct tally *tally) {
    size_t bad = utf8_ill_formed(text->data, text->size);
    tally->bad_utf8_bytes += bad;
    if (bad * 100 > text->size) {
        tally->documents_not_utf8++;
        return false;
    }
    if (bad > 0)
        *text = drop_ill_formed(&clean->text, *text);
    return true;
}

bool clean_run(struct clean *clean, int row, const struct doc *doc, struct slice *text,
               struct tally *tally) {
    struct filter *filter = clean->filters[clean->manifest->shards[row].source];
    *text = doc->text;
    clean->last = NULL;
    clean->rule = RULE_NONE;
    if (!filter_is_inert(filter)) {
        clean->last = filter;
        clean->rule = filter_run(filter, doc, text, tally);
    }
    if (clean->rule != RULE_NONE || !clean_utf8(clean, text, tally))
        return false;
    bool blank = is_blank(*text);
    *(blank ? &tally->documents_empty : &tally->documents_kept) += 1;
    return !blank;
}

enum rule clean_rule(const struct clean *clean) { return clean->rule; }

const struct filter_cut *clean_cuts(const struct clean *clean, size_t *count) {
    *count = 0;
    return clean->last ? filter_cuts(clean->last, count) : NULL;
}

bool clean_filters(const struct clean *clean) {
    for (int s = 0; s < clean->manifest->spec_count; s++)
        if (!filter_is_inert(clean->filters[s]))
            return true;
    return false;
}

void clean_destroy(struct clean *clean) {
    if (clean == NULL)
        return;
    filters_destroy(clean->filters, clean->manifest->spec_count);
    str_fini(&clean->text);
    mem_free(clean);
}
