/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of tagged words: see sentences.h. */
#include "src/task/sentences.h"

#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"

enum { MOST_COLUMNS = 64, MOST_BYTES = 1 << 30 };

struct sentences {
    const char *path;
    struct sentences_options options;
    int word, tag; /* columns; tag -1: none */
    struct str text;
    struct slice rest;
    int64_t line;
    struct slice *words, *tags; /* (room) owned */
    int64_t *lines;             /* (room) owned */
    int64_t count, room;
};

static int column_of(const struct sentences *s, const char *name, struct err *err) {
    struct slice rest = slice_of(s->options.names), field;
    for (int i = 0; i < MOST_COLUMNS && slice_field(&rest, ' ', &field); i++)
        if (slice_equal(field, slice_of(name)))
            return i;
    return err_set(err, ERR_DATA, "%s: has no column '%s'; its columns are %s", s->path,
                   name, s->options.names);
}

static int open_file(struct sentences *s, struct err *err) {
    s->tag = -1;
    if ((s->word = column_of(s, s->options.word, err)) < 0)
        return -1;
    if (s->options.tag && (s->tag = column_of(s, s->options.tag, err)) < 0)
        return -1;
    if (file_read(s->path, MOST_BYTES, &s->text, err) < 0)
        return -1;
    s->rest = str_slice(&s->text);
    return 0;
}

struct sentences *sentences_open(const char *path,
                                 const struct sentences_options *options,
                                 struct err *err) {
    struct sentences *s = mem_alloc(1, sizeof *s);
    s->path = path;
    s->options = *options;
    if (open_file(s, err) == 0)
        return s;
    sentences_close(s);
    return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The fields of a line that blanks separate. */
static int split_blanks(struct slice line, struct slice fields[MOST_COLUMNS]) {
    int n = 0;
    for (size_t i = 0, end; i < line.size && n < MOST_COLUMNS; i = end) {
        while (i < line.size && is_blank(line.data[i]))
            i++;
        for (end = i; end < line.size && !is_blank(line.data[end]);)
            end++;
        if (end > i)
            fields[n++] = (struct slice){line.data + i, end - i};
    }
    return n;
}

static int split_tabs(struct slice line, struct slice fields[MOST_COLUMNS]) {
    int n = 0;
    while (n < MOST_COLUMNS && slice_field(&line, '\t', &fields[n]))
        n++;
    return n;
}

/* Whether a line of conllu is a comment, or one of no word of the text. */
static bool is_aside(struct slice line) {
    size_t digits = 0;
    while (digits < line.size && line.data[digits] >= '0' && line.data[digits] <= '9')
        digits++;
    return line.data[0] == '#' ||
           (digits > 0 && digits < line.size &&
            (line.data[digits] == '-' || line.data[digits] == '.'));
}

static void add_word(struct sentences *s, struct slice word, struct slice tag) {
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 128;
        s->words = mem_resize(s->words, (size_t)s->room, sizeof *s->words);
        s->tags = mem_resize(s->tags, (size_t)s->room, sizeof *s->tags);
        s->lines = mem_resize(s->lines, (size_t)s->room, sizeof *s->lines);
    }
    s->words[s->count] = word;
    s->tags[s->count] = tag;
    s->lines[s->count++] = s->line;
}

static int take_word(struct sentences *s, struct slice line, struct err *err) {
    struct slice fields[MOST_COLUMNS];
    bool conllu = s->options.format == SENTENCES_CONLLU;
    if (conllu ? is_aside(line) : slice_starts(line, "-DOCSTART-"))
        return 0;
    int n = conllu ? split_tabs(line, fields) : split_blanks(line, fields);
    int last = s->word > s->tag ? s->word : s->tag;
    if (n <= last)
        return err_set(err, ERR_DATA,
                       "%s:%lld: has %d column%s, where column %d is asked for",
                       s->path, (long long)s->line, n, n == 1 ? "" : "s", last + 1);
    if (fields[s->word].size == 0)
        return err_set(err, ERR_DATA, "%s:%lld: its word is empty", s->path,
                       (long long)s->line);
    add_word(s, fields[s->word], s->tag < 0 ? (struct slice){NULL, 0} : fields[s->tag]);
    return 0;
}

/* Whether a line is empty but for blanks and CR. */
static bool is_empty(struct slice line) {
    for (size_t i = 0; i < line.size; i++)
        if (!is_blank(line.data[i]))
            return false;
    return true;
}

int sentences_next(struct sentences *s, struct sentence *sentence, struct err *err) {
    struct slice line;
    s->count = 0;
    while (slice_line(&s->rest, &line)) {
        s->line++;
        if (line.size > 0 && line.data[line.size - 1] == '\r')
            line.size--;
        if (is_empty(line) && s->count > 0)
            break;
        if (!is_empty(line) && take_word(s, line, err) < 0)
            return -1;
    }
    *sentence = (struct sentence){s->words, s->tags, s->lines, s->count};
    return s->count > 0;
}

void sentences_close(struct sentences *s) {
    if (s == NULL)
        return;
    mem_free(s->words);
    mem_free(s->tags);
    mem_free(s->lines);
    str_fini(&s->text);
    mem_free(s);
}
