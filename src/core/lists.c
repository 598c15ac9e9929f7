/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as data: see lists.h.  One walk over the tables serves setting, dumping and
 * freeing.  Nothing changes when a key or a value is refused. */
#include "src/core/lists.h"

#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"

/* ---- the tables ---- */

#define OWN(type, fallback, low, high, help)                                           \
    NULL, {                                                                            \
        NULL, OPTION_##type, fallback, low, high, OPTION_FIXED, help, 0, false, false  \
    }
#define OWN_NEEDED(type, help)                                                         \
    NULL, { NULL, OPTION_##type, NULL, NULL, NULL, OPTION_FIXED, help, 0, false, true }
#define AS(key)                                                                        \
    key, { 0 }

/* clang-format off */
#define SOURCE_PATH                                                                    \
    {"path", OWN_NEEDED(TEXT, "file or pattern"), offsetof(struct source_spec, path)}
#define SOURCE_FORMAT                                                                  \
    {"format", OWN(TEXT, "auto", NULL, NULL, "a reader's name, or auto"),              \
     offsetof(struct source_spec, format)}
#define SOURCE_KEY                                                                     \
    {"text_key", OWN(TEXT, "auto", NULL, NULL, "where JSON has the text"),             \
     offsetof(struct source_spec, text_key)}
#define SOURCE_WEIGHT                                                                  \
    {"weight", OWN(REAL, "1", "1e-30", "1e30", "share of tokens"),                     \
     offsetof(struct source_spec, weight)}

static const struct list_field source_fields[] = {
    SOURCE_PATH, SOURCE_FORMAT, SOURCE_KEY,
    {"filter",
     OWN(CHOICE, NULL, "none|wiki|web|books", NULL, "in place of data.filter"),
     offsetof(struct source_spec, filter)},
    SOURCE_WEIGHT};

static const struct list_field heldout_fields[] = {
    SOURCE_PATH, SOURCE_FORMAT, SOURCE_KEY, SOURCE_WEIGHT};

static const struct list_field phase_fields[] = {
    {"steps", AS("train.steps"), offsetof(struct phase, steps)},
    {"sequence_length", AS("train.sequence_length"),
     offsetof(struct phase, sequence_length)},
    {"lane_batch", AS("train.lane_batch"), offsetof(struct phase, lane_batch)},
    {"mask_prob", AS("data.mask_prob"), offsetof(struct phase, mask_prob)},
    {"mask_replace", AS("data.mask_replace"), offsetof(struct phase, mask_replace)},
    {"mask_random", AS("data.mask_random"), offsetof(struct phase, mask_random)},
    {"mask_kind", AS("data.mask_kind"), offsetof(struct phase, mask_kind)}};

#define SHAPE_FIELD(name)                                                              \
    {#name, AS("model." #name), offsetof(struct family_shape, name)}

static const struct list_field shape_fields[] = {
    SHAPE_FIELD(preset),  SHAPE_FIELD(layers), SHAPE_FIELD(hidden),
    SHAPE_FIELD(embedding_size), SHAPE_FIELD(heads), SHAPE_FIELD(head_size),
    SHAPE_FIELD(ffn)};

#define FIELDS(table) table, sizeof table / sizeof *table
#define ROWS(name) sizeof *((struct config *)0)->name, offsetof(struct config, name)

const struct list lists_table[] = {
    {"data.sources", "a source", "path", "", FIELDS(source_fields), 100000,
     ROWS(sources), offsetof(struct config, source_count)},
    {"data.heldout", "a held-out source", "path", "; held-out text is not filtered",
     FIELDS(heldout_fields), 100000, ROWS(heldout),
     offsetof(struct config, heldout_count)},
    {"train.phases", "a phase", NULL, "", FIELDS(phase_fields), 1000,
     ROWS(phases), offsetof(struct config, phase_count)},
    {"family.shapes", "a shape", "preset", "", FIELDS(shape_fields), 1000,
     ROWS(shapes), offsetof(struct config, shape_count)}};
const int lists_table_count = sizeof lists_table / sizeof *lists_table;
/* clang-format on */

/* ---- rows and their fields ---- */

const struct list *lists_find(const char *key) {
    for (int i = 0; i < lists_table_count; i++)
        if (strcmp(lists_table[i].key, key) == 0)
            return &lists_table[i];
    return NULL;
}

struct option lists_option(const struct list_field *field) {
    struct option option = field->as ? *options_find(field->as) : field->own;
    option.key = field->name;
    if (field->as) {
        option.fallback = NULL;
        option.resume = OPTION_FIXED;
    }
    return option;
}

/* Where the configuration has the rows and their count. */
static char **rows_of(const struct list *list, const struct config *config) {
    return (char **)((uintptr_t)config + list->rows);
}

static int *count_of(const struct list *list, const struct config *config) {
    return (int *)((uintptr_t)config + list->count);
}

int lists_count(const struct list *list, const struct config *config) {
    return *count_of(list, config);
}

void *lists_value(const struct list *list, const struct config *config, int row,
                  const struct list_field *field) {
    return *rows_of(list, config) + (size_t)row * list->row_bytes + field->place;
}

static void add_row(const struct list *list, struct config *config) {
    char **rows = rows_of(list, config);
    int row = (*count_of(list, config))++;
    *rows = mem_resize(*rows, (size_t)row + 1, list->row_bytes);
    memset(*rows + (size_t)row * list->row_bytes, 0, list->row_bytes);
    for (int f = 0; f < list->field_count; f++) {
        struct option option = lists_option(&list->fields[f]);
        option_init(&option, lists_value(list, config, row, &list->fields[f]));
    }
}

/* Takes rows off the end until `count` are left. */
static void cut_rows(const struct list *list, struct config *config, int count) {
    int *left = count_of(list, config);
    for (; *left > count; (*left)--)
        for (int f = 0; f < list->field_count; f++) {
            struct option option = lists_option(&list->fields[f]);
            option_fini(&option,
                        lists_value(list, config, *left - 1, &list->fields[f]));
        }
    if (count > 0)
        return;
    mem_free(*rows_of(list, config));
    *rows_of(list, config) = NULL;
}

/* ---- setting ---- */

static int unknown_field(const struct list *list, const char *key, const char *origin,
                         struct err *err) {
    struct str names = {0};
    for (int f = 0; f < list->field_count; f++)
        str_printf(&names, "%s%s", f ? ", " : "", list->fields[f].name);
    err_set(err, ERR_CONFIG, "%s: unknown key '%s'; %s has %s%s", origin, key,
            list->row, names.data, list->note);
    str_fini(&names);
    return -1;
}

static const struct list_field *field_find(const struct list *list, const char *name) {
    for (int f = 0; f < list->field_count; f++)
        if (strcmp(list->fields[f].name, name) == 0)
            return &list->fields[f];
    return NULL;
}

/* "[12]": its number, and *rest what follows; -1: it is no row's number. */
static int row_parse(const char **rest) {
    const char *p = *rest + 1;
    int row = 0, digits = 0;
    for (; *p >= '0' && *p <= '9' && digits < 8; p++, digits++)
        row = 10 * row + (*p - '0');
    if (digits == 0 || *p != ']')
        return -1;
    *rest = p + 1;
    return row;
}

static int check_row(const struct list *list, const struct config *config, int row,
                     const char *key, const char *origin, struct err *err) {
    int count = lists_count(list, config);
    if (row >= 0 && row >= list->most)
        return err_set(err, ERR_CONFIG, "%s: %s: %s has at most %d rows", origin, key,
                       list->key, list->most);
    if (row < 0 || row > count)
        return err_set(err, ERR_CONFIG,
                       "%s: %s: rows are numbered from 0 without gaps; the next one is "
                       "%s[%d]",
                       origin, key, list->key, count);
    return 0;
}

static int set_field(const struct list *list, struct config *config, int row,
                     const struct list_field *field, const char *text, const char *key,
                     const char *origin, struct err *err) {
    bool is_new = row == lists_count(list, config);
    struct option option = lists_option(field);
    option.key = key; /* for the message */
    if (is_new)
        add_row(list, config);
    if (option_set(&option, lists_value(list, config, row, field), text, origin, err) ==
        0)
        return 1;
    if (is_new)
        cut_rows(list, config, row);
    return -1;
}

/* The list by its own key: no rows, or one. */
static int set_list(const struct list *list, struct config *config, const char *text,
                    const char *origin, struct err *err) {
    if (text != NULL && *text == '\0')
        return err_set(err, ERR_CONFIG,
                       "%s: %s: is empty; null or [] takes all rows away", origin,
                       list->key);
    bool none = text == NULL || strcmp(text, "[]") == 0;
    if (!none && (list->bare == NULL || strcmp(text, "{}") == 0))
        return err_set(err, ERR_CONFIG,
                       "%s: %s: '%s' is no list of rows, each with a key as %s[0].%s",
                       origin, list->key, text, list->key, list->fields[0].name);
    cut_rows(list, config, 0);
    return none ? 1
                : set_field(list, config, 0, field_find(list, list->bare), text,
                            list->key, origin, err);
}

/* rest: "[0].path", or "[0]" for a row that is one word. */
static int set_in_row(const struct list *list, struct config *config, const char *rest,
                      const char *text, const char *key, const char *origin,
                      struct err *err) {
    int row = row_parse(&rest);
    if (check_row(list, config, row, key, origin, err) < 0)
        return -1;
    const char *name = *rest == '.' ? rest + 1 : *rest == '\0' ? list->bare : NULL;
    const struct list_field *field = name ? field_find(list, name) : NULL;
    if (field == NULL)
        return unknown_field(list, key, origin, err);
    return set_field(list, config, row, field, text, key, origin, err);
}

int lists_set(struct config *config, const char *key, const char *text,
              const char *origin, struct err *err) {
    for (const struct list *list = lists_table; list < lists_table + lists_table_count;
         list++) {
        size_t n = strlen(list->key);
        if (strncmp(key, list->key, n) != 0)
            continue;
        if (key[n] == '\0')
            return set_list(list, config, text, origin, err);
        if (key[n] == '[')
            return set_in_row(list, config, key + n, text, key, origin, err);
        if (key[n] == '.')
            return err_set(err, ERR_CONFIG,
                           "%s: %s: %s is a list; its rows are %s[0] …", origin, key,
                           list->key, list->key);
    }
    return 0;
}

/* ---- writing them, and the end ---- */

/* What is not set and has no default is left out. */
static void dump_row(const struct list *list, const struct config *config, int row,
                     struct str *out) {
    for (int f = 0; f < list->field_count; f++) {
        const struct list_field *field = &list->fields[f];
        struct option option = lists_option(field);
        const void *value = lists_value(list, config, row, field);
        if (!option_is_set(&option, value))
            continue;
        str_printf(out, "%s[%d].%s: ", list->key, row, field->name);
        option_print(&option, value, out);
        str_printf(out, "\n");
    }
}

void lists_dump(const struct config *config, struct str *out) {
    for (int i = 0; i < lists_table_count; i++)
        for (int row = 0; row < lists_count(&lists_table[i], config); row++)
            dump_row(&lists_table[i], config, row, out);
}

void lists_fini(struct config *config) {
    for (int i = 0; i < lists_table_count; i++)
        cut_rows(&lists_table[i], config, 0);
}
