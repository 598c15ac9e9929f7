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

struct request {
    const char *vocab;
    bool cased;
};

static const struct arg options[] = {
    ARG_TEXT("--vocab", "FILE", vocab, ARG_NEEDED, "vocabulary file"),
    ARG_FLAG("--cased", cased, "keep case and accents (else as the vocabulary says)"),
    ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct vocab vocab;
    struct normalizer_options normalizer;
    struct line_tokenizer t = {0};
    if (wordlist_open(r->vocab, r->cased, &vocab, &normalizer, err) < 0)
        return -1;
    t.tokenizer = tokenizer_create(&vocab, &normalizer);
    int rc = textfiles_lines(&args->words, tokenize_line, &t, err);
    tokenizer_destroy(t.tokenizer);
    ids_fini(&t.ids);
    str_fini(&t.out);
    vocab_fini(&vocab);
    return rc;
}

const struct command cmd_tokenize = {
    .name = "tokenize",
    .words = "[FILE…]",
    .summary = "Text lines to lines of ids",
    .example = "  echo 'The river.' | mpibert tokenize --vocab vocab.txt\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .run = run};
