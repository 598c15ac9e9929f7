/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert tokenize: a line in, a line of ids out. */
#include <stdio.h>

#include "src/base/str.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/textfiles.h"
#include "src/data/wordlist.h"
#include "src/text/tokenizer.h"

static void print_ids(const struct ids *ids, struct str *line) {
    str_clear(line);
    for (size_t i = 0; i < ids->count; i++)
        str_printf(line, i ? " %d" : "%d", ids->data[i]);
    str_append_char(line, '\n');
    fwrite(line->data, 1, line->size, stdout);
}

struct line_tokenizer {
    struct tokenizer *tokenizer;
    struct ids ids;
    struct str out;
};

static void tokenize_line(struct slice line, void *data) {
    struct line_tokenizer *t = data;
    t->ids.count = 0;
    tokenizer_encode(t->tokenizer, line, &t->ids);
    print_ids(&t->ids, &t->out);
}

static int run(const char *path, bool cased, const struct words *names,
               struct err *err) {
    struct vocab vocab;
    struct normalizer_options options;
    struct line_tokenizer t = {0};
    if (path == NULL)
        return err_set(err, ERR_USAGE, "tokenize: --vocab FILE is needed");
    if (wordlist_open(path, cased, &vocab, &options, err) < 0)
        return -1;
    t.tokenizer = tokenizer_create(&vocab, &options);
    int rc = textfiles_lines(names, tokenize_line, &t, err);
    tokenizer_destroy(t.tokenizer);
    ids_fini(&t.ids);
    str_fini(&t.out);
    vocab_fini(&vocab);
    return rc;
}

int cmd_tokenize(int argc, char **argv, struct err *err) {
    const char *path = NULL;
    bool cased = false;
    const struct arg table[] = {{"--vocab", ARG_TEXT, &path, "vocabulary file"},
                                {"--cased", ARG_FLAG, &cased,
                                 "keep case and accents (else as the vocabulary says)"},
                                {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "tokenize", .table = table, .most = 1 << 20};
    int rc = args_parse(&args, argc, argv, err);
    if (rc == 0 && !args.help)
        rc = run(path, cased, &args.words, err);
    args_fini(&args);
    return rc;
}
