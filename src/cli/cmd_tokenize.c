/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert tokenize: a line in, a line of ids out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/str.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/train/wordlist.h"

static void print_ids(const struct ids *ids, struct str *line) {
    str_clear(line);
    for (size_t i = 0; i < ids->count; i++)
        str_printf(line, i ? " %d" : "%d", ids->data[i]);
    str_append_char(line, '\n');
    fwrite(line->data, 1, line->size, stdout);
}

/* Lines are ended by LF alone: a CR is text. */
static int tokenize_file(struct tokenizer *tokenizer, FILE *file, const char *name,
                         struct err *err) {
    struct ids ids = {0};
    struct str out = {0};
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    errno = 0;
    while ((n = getdelim(&line, &room, '\n', file)) >= 0) {
        n -= n > 0 && line[n - 1] == '\n';
        ids.count = 0;
        tokenizer_encode(tokenizer, (struct slice){line, (size_t)n}, &ids);
        print_ids(&ids, &out);
    }
    int rc = ferror(file) ? err_errno(err, "read", name) : 0;
    free(line);
    str_fini(&out);
    ids_fini(&ids);
    return rc;
}

static int tokenize_all(struct tokenizer *tokenizer, const struct words *names,
                        struct err *err) {
    if (names->count == 0)
        return tokenize_file(tokenizer, stdin, "standard input", err);
    for (int i = 0; i < names->count; i++) {
        bool standard = strcmp(names->list[i], "-") == 0;
        FILE *file = standard ? stdin : fopen(names->list[i], "rb");
        if (file == NULL)
            return err_errno(err, "open", names->list[i]);
        int rc = tokenize_file(tokenizer, file, names->list[i], err);
        if (!standard)
            fclose(file);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int run(const char *path, bool cased, const struct words *names, struct err *err) {
    struct vocab vocab;
    if (path == NULL)
        return err_set(err, ERR_USAGE, "tokenize: --vocab FILE is needed");
    if (wordlist_load(path, &vocab, err) < 0)
        return -1;
    const struct normalizer_options options = {true, true, !cased, !cased};
    struct tokenizer *tokenizer = tokenizer_create(&vocab, &options);
    int rc = tokenize_all(tokenizer, names, err);
    tokenizer_destroy(tokenizer);
    vocab_fini(&vocab);
    return rc;
}

int cmd_tokenize(int argc, char **argv, struct err *err) {
    const char *path = NULL;
    bool cased = false;
    const struct arg table[] = {
        {"--vocab", ARG_TEXT, &path, "vocabulary file"},
        {"--cased", ARG_FLAG, &cased, "keep case and accents"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "tokenize", .table = table, .most = 1 << 20};
    int rc = args_parse(&args, argc, argv, err);
    if (rc == 0 && !args.help)
        rc = run(path, cased, &args.words, err);
    args_fini(&args);
    return rc;
}
