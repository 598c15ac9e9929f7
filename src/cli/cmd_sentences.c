/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert sentences: text in, a sentence a line out, as training would split it. */
#include <stdio.h>

#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/textfiles.h"
#include "src/text/sentence.h"

static void split_line(struct slice line, void *rules) {
    struct slice sentence;
    while (sentence_next(rules, &line, &sentence)) {
        fwrite(sentence.data, 1, sentence.size, stdout);
        putchar('\n');
    }
}

int cmd_sentences(int argc, char **argv, struct err *err) {
    const char *languages = "en", *punkt = NULL;
    const struct arg table[] = {
        {"--language", ARG_TEXT, &languages,
         "whose abbreviations: en (default), de, cs,en, …"},
        {"--punkt", ARG_TEXT, &punkt, "folder of NLTK's punkt_tab for the language"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "sentences", .table = table, .most = 1 << 20};
    int rc = args_parse(&args, argc, argv, err);
    if (rc == 0 && !args.help) {
        struct sentence_rules *rules = sentence_rules_create(languages, punkt, err);
        rc = rules ? textfiles_lines(&args.words, split_line, rules, err) : -1;
        sentence_rules_destroy(rules);
    }
    args_fini(&args);
    return rc;
}
