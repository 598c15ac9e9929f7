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

struct request {
    const char *languages, *punkt;
};

static const struct arg options[] = {
    ARG_TEXT("--language", "L", languages, "en",
             "whose abbreviations: en, de, …, or several: cs,en"),
    ARG_TEXT("--punkt", "DIR", punkt, NULL,
             "folder of NLTK's punkt_tab for the language"),
    ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct sentence_rules *rules = sentence_rules_create(r->languages, r->punkt, err);
    int rc = rules ? textfiles_lines(&args->words, split_line, rules, err) : -1;
    sentence_rules_destroy(rules);
    return rc;
}

const struct command cmd_sentences = {
    .name = "sentences",
    .words = "[FILE…]",
    .summary = "Text to a sentence a line",
    .example = "  mpibert sentences --language de brief.txt\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .run = run};
