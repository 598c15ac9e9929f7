/* SPDX-License-Identifier: Apache-2.0 */
/* What templates show in the language of a wiki: see wikitext_parts.h.  The rows lie in
 * wikitext_templates.def; for a wiki those of all wikis go into a map, then those of
 * its language, which hide them.  A language without a row of its own is taken for
 * English, from where small wikis fetch their templates. */
#include "io/readers/wikitext_parts.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 64, DIGITS_MAX = 4 };

enum row_kind { ROW_TEMPLATE, ROW_UNIT, ROW_MONTHS, ROW_SAME };

static const struct row {
    enum row_kind kind;
    const char *languages, *names, *text;
} rows[] = {
#define TEMPLATE(languages, names, shows) {ROW_TEMPLATE, languages, names, shows},
#define UNIT(languages, names, word) {ROW_UNIT, languages, names, word},
#define MONTHS(languages, names) {ROW_MONTHS, languages, "", names},
#define SAME(languages, language) {ROW_SAME, languages, "", language},
#include "io/readers/wikitext_templates.def"
#undef TEMPLATE
#undef UNIT
#undef MONTHS
#undef SAME
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static bool is_of(const struct row *row, struct slice language) {
    struct slice rest = slice_of(row->languages), code;
    while (slice_field(&rest, ' ', &code))
        if (slice_equal(code, language))
            return true;
    return false;
}

/* The first row of a language, or NULL. */
static const struct row *first_row(struct slice language) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (is_of(&rows[i], language))
            return &rows[i];
    return NULL;
}

/* The language whose rows serve a wiki of this one: its own, that without a script or
 * country, one that is said to be the same, or English. */
static struct slice language_of_rows(struct slice code) {
    while (code.size > 0) {
        const struct row *row = first_row(code);
        if (row)
            return row->kind == ROW_SAME ? slice_of(row->text) : code;
        const char *at = memrchr(code.data, '-', code.size);
        code.size = at ? (size_t)(at - code.data) : 0;
    }
    return slice_of("en");
}

static void put_row(struct wikitext *w, int i) {
    char folded[NAME_BYTES_MAX];
    struct slice rest = slice_of(rows[i].names), name;
    if (rows[i].kind == ROW_MONTHS)
        w->months = rows[i].text;
    while (slice_field(&rest, '|', &name)) {
        size_t n = namespaces_fold(name, folded, sizeof folded);
        if (rows[i].kind == ROW_UNIT)
            map_put(&w->units, name, NULL)->value = (uint64_t)i;
        else
            map_put(&w->templates, (struct slice){folded, n}, NULL)->value =
                (uint64_t)i;
    }
}

void wikitext_set_language(struct wikitext *w, struct slice code) {
    struct slice language = language_of_rows(code), all = slice_of("*");
    if (slice_equal(language, slice_of(w->language)))
        return;
    map_fini(&w->templates);
    map_fini(&w->units);
    w->templates = w->units = (struct map){0};
    w->months = "";
    snprintf(w->language, sizeof w->language, "%.*s", (int)language.size,
             language.data);
    for (int i = 0; i < ROW_COUNT; i++)
        if (is_of(&rows[i], all))
            put_row(w, i);
    for (int i = 0; i < ROW_COUNT; i++)
        if (is_of(&rows[i], language))
            put_row(w, i);
}

/* The pattern of exactly this name. */
static const char *find(const struct wikitext *w, struct slice name) {
    const struct map_entry *entry = map_find(&w->templates, name);
    return entry ? rows[entry->value].text : NULL;
}

/* The one of the names that begin so: lang-fr is one of lang-*. */
static const char *find_beginning(const struct wikitext *w, struct slice name) {
    char key[NAME_BYTES_MAX];
    size_t n = 0;
    while (n < name.size && !strchr("-/:", name.data[n]))
        n++;
    if (n >= name.size || n + 2 > sizeof key)
        return NULL;
    memcpy(key, name.data, n + 1);
    key[n + 1] = '*';
    return find(w, (struct slice){key, n + 2});
}

/* The one of the names that are a number and an ending: 3e is one of #e. */
static const char *find_number(const struct wikitext *w, struct slice name) {
    char key[NAME_BYTES_MAX] = {'#'};
    size_t n = 0;
    while (n < name.size && name.data[n] >= '0' && name.data[n] <= '9')
        n++;
    if (n == 0 || n > DIGITS_MAX || name.size - n + 1 > sizeof key)
        return NULL;
    memcpy(key + 1, name.data + n, name.size - n);
    return find(w, (struct slice){key, name.size - n + 1});
}

const char *wikitext_pattern(const struct wikitext *w, struct slice name) {
    char folded[NAME_BYTES_MAX];
    if (name.size == 0 || name.size >= sizeof folded || *name.data == '#')
        return NULL;
    struct slice key = {folded, namespaces_fold(name, folded, sizeof folded)};
    const char *pattern = find(w, key);
    pattern = pattern ? pattern : find_beginning(w, key);
    return pattern ? pattern : find_number(w, key);
}

struct slice wikitext_month(const struct wikitext *w, int number) {
    struct slice rest = slice_of(w->months), name = {0};
    for (int i = 0; i < number; i++)
        if (!slice_field(&rest, '|', &name))
            return (struct slice){0};
    return name;
}

const char *wikitext_unit(const struct wikitext *w, struct slice unit) {
    const struct map_entry *entry = map_find(&w->units, unit);
    return entry ? rows[entry->value].text : NULL;
}
