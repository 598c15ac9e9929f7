/* SPDX-License-Identifier: Apache-2.0 */
/* From document to verdict: see filter.h.  First what is known without its text (drop
 * list, address, language), then its lines, cleaned and measured one by one into a text
 * of what is kept, then that text as a whole. */
#include "src/filter/filter.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/filter/droplist.h"
#include "src/filter/judge.h"
#include "src/filter/language.h"
#include "src/filter/lines.h"
#include "src/filter/places.h"
#include "src/filter/urls.h"

/* Counted up with any change that gives another verdict from the same limits. */
enum { FILTER_RULES = 1 };

struct filter {
    struct limits limits;
    bool inert, edits, measures;
    bool drops_unknown; /* documents without a language */
    char *languages, *alphabet, *stop_words;
    struct droplist droplist;
    struct urls urls;
    struct judge judge;
    struct measurer measurer;
    struct str text; /* what is kept of the document */
    struct filter_cut *cuts;
    size_t cut_count, cut_room;
};

static int read_lists(struct filter *f, const struct config *config, struct err *err) {
    if (config->filter_drop_list &&
        droplist_read(&f->droplist, config->filter_drop_list, err))
        return -1;
    if (config->filter_url_blocklist &&
        urls_read(&f->urls, config->filter_url_blocklist, err))
        return -1;
    return config->filter_word_blocklist
               ? badwords_read(&f->judge.badwords, config->filter_word_blocklist, err)
               : 0;
}

static char *copy(const char *text) { return text ? mem_string(text) : NULL; }

static int set_up(struct filter *f, const struct config *config, const char *preset,
                  struct err *err) {
    const struct limits *limits = &f->limits;
    const char *chosen = preset ? preset : config->data_filter;
    f->languages = copy(config->filter_languages);
    f->alphabet = copy(config->filter_alphabet);
    f->stop_words = copy(config->filter_stop_words);
    f->drops_unknown = strcmp(config->filter_language_unknown, "drop") == 0;
    if (limits_init(&f->limits, config, chosen, err) || read_lists(f, config, err) ||
        measurer_init(&f->measurer, f->alphabet, f->stop_words, err))
        return -1;
    f->inert = !limits_any(limits, 0, RULE_COUNT - 1);
    f->edits = limits_any(limits, 0, RULE_drop_list - 1);
    f->measures = limits_any(limits, RULE_producer_lines, RULE_drop_list - 1) ||
                  limits_any(limits, RULE_min_chars, RULE_COUNT - 1);
    f->measurer.wants_items = judge_wants_items(limits);
    if (limits_has(limits, RULE_min_stop_words))
        f->measurer.enough_stop_words = (int)ceil(limits->at[RULE_min_stop_words]);
    return 0;
}

struct filter *filter_create(const struct config *config, const char *preset,
                             struct err *err) {
    struct filter *filter = mem_alloc(1, sizeof *filter);
    if (set_up(filter, config, preset, err) == 0)
        return filter;
    filter_destroy(filter);
    return NULL;
}

/* ---- one document ---- */

static void drop(enum rule rule, size_t bytes, struct tally *tally) {
    tally->rules[rule].dropped++;
    tally->rules[rule].bytes += bytes;
}

static void cut(struct filter *f, enum rule rule, struct slice text, size_t bytes,
                struct tally *tally) {
    if (f->cut_count == f->cut_room) {
        f->cut_room = f->cut_room ? 2 * f->cut_room : 64;
        f->cuts = mem_resize(f->cuts, f->cut_room, sizeof *f->cuts);
    }
    f->cuts[f->cut_count++] = (struct filter_cut){rule, text};
    drop(rule, bytes, tally);
}

/* Appends a line without its boilerplate; returns it as it is now. */
static struct slice append_line(struct filter *f, struct slice line,
                                struct tally *tally) {
    struct slice before, place;
    size_t start = f->text.size;
    for (;;) {
        enum rule rule = places_next(&f->limits, &line, &before, &place);
        str_append(&f->text, before.data, before.size);
        if (rule == RULE_NONE)
            break;
        cut(f, rule, place, place.size, tally);
    }
    return (struct slice){f->text.data + start, f->text.size - start};
}

/* Appends a line, cleaned, if no rule drops it. */
static void take_line(struct filter *f, struct slice line, bool ended,
                      struct tally *tally) {
    size_t start = f->text.size;
    struct measure before = f->measurer.sum;
    struct slice clean = append_line(f, line, tally);
    if (f->measures)
        measurer_line(&f->measurer, clean);
    if (ended)
        str_append_char(&f->text, '\n');
    if (!f->measures || f->measurer.line.items == 0)
        return;
    enum rule rule = lines_judge(&f->limits, clean, &f->measurer.line);
    if (rule == RULE_NONE)
        return;
    cut(f, rule, line, f->text.size - start, tally);
    f->measurer.sum = before;
    f->text.size = start;
}

/* All lines of a text; returns what is left of it. */
static struct slice take_text(struct filter *f, struct slice text,
                              struct tally *tally) {
    struct slice rest = text, line;
    measurer_clear(&f->measurer);
    str_clear(&f->text);
    if (f->edits)
        str_reserve(&f->text, text.size); /* so that words can point into it */
    while (slice_line(&rest, &line)) {
        bool ended = line.data + line.size < text.data + text.size;
        if (f->edits)
            take_line(f, line, ended, tally);
        else
            measurer_line(&f->measurer, line);
    }
    return f->edits ? str_slice(&f->text) : text;
}

/* What needs no look at the text. */
static enum rule judge_origin(const struct filter *f, const struct doc *doc) {
    const struct limits *limits = &f->limits;
    if (limits_has(limits, RULE_drop_list) && droplist_has(&f->droplist, doc))
        return RULE_drop_list;
    if (limits_has(limits, RULE_url_blocklist) && urls_have(&f->urls, doc->url))
        return RULE_url_blocklist;
    if (!limits_has(limits, RULE_languages))
        return RULE_NONE;
    bool wanted = doc->language.size == 0
                      ? !f->drops_unknown
                      : language_is_one_of(doc->language, f->languages);
    return wanted ? RULE_NONE : RULE_languages;
}

enum rule filter_run(struct filter *f, const struct doc *doc, struct slice *kept,
                     struct tally *tally) {
    *kept = doc->text;
    f->cut_count = 0;
    if (f->inert)
        return RULE_NONE;
    tally->filter_bytes += doc->text.size;
    enum rule rule = judge_origin(f, doc);
    if (rule == RULE_NONE && (f->edits || f->measures)) {
        *kept = take_text(f, doc->text, tally);
        rule = judge_run(&f->judge, &f->limits, &f->measurer, *kept);
    }
    if (rule == RULE_NONE)
        tally->filter_kept_bytes += kept->size;
    else
        drop(rule, kept->size, tally);
    return rule;
}

const struct filter_cut *filter_cuts(const struct filter *filter, size_t *count) {
    *count = filter->cut_count;
    return filter->cuts;
}

bool filter_is_inert(const struct filter *filter) { return filter->inert; }

/* ---- what a verdict depends on ---- */

static void describe_list(const struct limits *limits, enum rule rule,
                          struct hash128 hash, struct str *out) {
    char hex[HASH_HEX_SIZE];
    if (!limits_has(limits, rule))
        return;
    hash_hex(hash, hex);
    str_printf(out, "%s holds %s\n", rule_table[rule].name, hex);
}

static void describe_text(const char *name, const char *text, struct str *out) {
    str_printf(out, "%s: %s\n", name, text ? text : "null");
}

void filter_describe(const struct filter *f, struct str *out) {
    const struct limits *limits = &f->limits;
    if (f->inert)
        return;
    str_printf(out, "filter rules %d\n", FILTER_RULES);
    limits_describe(limits, out);
    describe_list(limits, RULE_drop_list, f->droplist.hash, out);
    describe_list(limits, RULE_url_blocklist, f->urls.hash, out);
    describe_list(limits, RULE_word_blocklist, f->judge.badwords.hash, out);
    if (limits_has(limits, RULE_languages)) {
        describe_text("languages", f->languages, out);
        str_printf(out, "unknown language %s\n", f->drops_unknown ? "drop" : "keep");
    }
    if (limits_has(limits, RULE_max_foreign))
        describe_text("alphabet", f->alphabet, out);
    if (limits_has(limits, RULE_min_stop_words))
        describe_text("stop words", f->stop_words, out);
}

void filter_destroy(struct filter *filter) {
    if (filter == NULL)
        return;
    droplist_fini(&filter->droplist);
    urls_fini(&filter->urls);
    judge_fini(&filter->judge);
    measurer_fini(&filter->measurer);
    str_fini(&filter->text);
    mem_free(filter->cuts);
    mem_free(filter->languages);
    mem_free(filter->alphabet);
    mem_free(filter->stop_words);
    mem_free(filter);
}
