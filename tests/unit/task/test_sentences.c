/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: words and tags come out sentence by sentence, without what is no word of the
 * text; a line that lacks the column is refused with its number. */
#include "src/task/sentences.h"

#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct row {
    const char *what;
    struct sentences_options options;
    const char *text, *want;
} rows[] = {
    {"conll",
     {SENTENCES_CONLL, "word pos tag", "word", "tag"},
     "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects  VBZ O\r\n\r\n\nPeter NNP B-PER",
     "EU/B-ORG@3 rejects/O@4; Peter/B-PER@7;"},
    {"conllu",
     {SENTENCES_CONLLU, "id form upos", "form", "upos"},
     "# text = x\n1-2\tdon't\t_\n1\tdo\tAUX\n2\tn't\tPART\n2.1\tgo\tVERB\n\n1\ta "
     "b\tX\n\n",
     "do/AUX@3 n't/PART@4; a b/X@7;"},
    {"a number as a word",
     {SENTENCES_CONLLU, "id form upos", "form", "upos"},
     "1\t1.5\tNUM\n\n",
     "1.5/NUM@1;"},
    {"no tags asked for",
     {SENTENCES_CONLL, "word pos tag", "word", NULL},
     "EU\n",
     "EU/@1;"},
    {"a column too few",
     {SENTENCES_CONLL, "word tag", "word", "tag"},
     "EU O\n\nx\n",
     "EU/O@1;65 :3: has 1 column, where column 2 is asked for"},
    {"an empty word",
     {SENTENCES_CONLLU, "id form upos", "form", "upos"},
     "1\t\tX\n",
     "65 :1: its word is empty"},
    {"no such column",
     {SENTENCES_CONLL, "word tag", "word", "ner"},
     "EU O\n",
     "65 : has no column 'ner'; its columns are word tag"},
    {"nothing", {SENTENCES_CONLL, "word tag", "word", "tag"}, "\n-DOCSTART-\n\n", ""},
};

static void read_all(const struct row *row, struct str *out) {
    struct str path = {0};
    struct err err = {0};
    struct sentence s;
    int rc = 1;
    str_printf(&path, "%s/file", tap_folder());
    file_write_atomic(path.data, row->text, strlen(row->text), NULL);
    str_append(out, "", 0);
    struct sentences *file = sentences_open(path.data, &row->options, &err);
    while (file && (rc = sentences_next(file, &s, &err)) > 0) {
        for (int64_t i = 0; i < s.count; i++)
            str_printf(out, "%s%.*s/%.*s@%d",
                       i || out->size == 0 ? (i ? " " : "") : " ", (int)s.words[i].size,
                       s.words[i].data, (int)s.tags[i].size,
                       s.tags[i].data ? s.tags[i].data : "", (int)s.lines[i]);
        str_append_char(out, ';');
    }
    if (file == NULL || rc < 0)
        str_printf(out, "%d %s", err.code, err.text + path.size);
    sentences_close(file);
    str_fini(&path);
}

int main(void) {
    struct err err;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = {0};
        read_all(&rows[i], &got);
        is_str(got.data, rows[i].want, "%s", rows[i].what);
        str_fini(&got);
    }
    ok(sentences_open("/nonexistent/file", &rows[0].options, &err) == NULL &&
           err.code == ERR_MISSING,
       "no file: 66");
    return tap_done();
}
