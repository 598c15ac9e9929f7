/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of words with a label each: a sentence is an example, a word a question at
 * its first piece, or nowhere where that was cut off. */
#include <string.h>

#include "src/base/mem.h"
#include "src/task/reading.h"
#include "src/task/sentences.h"

/* Questions first … of the example are about these words. */
static void add_words(struct examples *d, const struct slice *words, int64_t count,
                      size_t first, struct encoder *encoder) {
    examples_end(d, encoder_words(encoder, words, count, d->places + first, &d->ids));
    for (size_t q = first; q < first + (size_t)count; q++)
        d->lost_words += d->places[q] < 0;
}

static int read_sentence(const struct reading *r, const struct sentence *sentence,
                         struct err *err) {
    struct examples *d = r->examples;
    size_t n = (size_t)sentence->count;
    examples_begin(d);
    size_t first = examples_ask(d, n, 0);
    for (size_t i = 0; i < n; i++) {
        d->lines[first + i] = sentence->lines[i];
        if (reading_label(r, sentence->tags[i], sentence->lines[i],
                          &d->labels[first + i], err) < 0)
            return -1;
    }
    add_words(d, sentence->words, sentence->count, first, r->encoder);
    return 0;
}

int words_read(const struct reading *r, struct err *err) {
    const struct task *task = r->task;
    const struct sentences_options options = {
        .format = task->format == TASK_CONLLU ? SENTENCES_CONLLU : SENTENCES_CONLL,
        .names = task->names,
        .word = task->text,
        .tag = task->label};
    struct sentence sentence;
    struct sentences *sentences = sentences_open(r->path, &options, err);
    int rc = sentences ? 0 : -1;
    while (rc == 0 && (rc = sentences_next(sentences, &sentence, err)) > 0)
        rc = read_sentence(r, &sentence, err);
    sentences_close(sentences);
    return rc;
}

/* The words of a line, of which there are at most line.size; returns how many. */
static int64_t split_words(struct slice line, struct slice *words) {
    int64_t n = 0;
    while (slice_field(&line, ' ', &words[n]))
        n += words[n].size > 0;
    return n;
}

int words_read_line(const struct reading *r, struct slice line, struct err *err) {
    struct examples *d = r->examples;
    struct slice *words = mem_alloc(line.size + 1, sizeof *words);
    int64_t n = split_words(line, words);
    (void)err;
    examples_begin(d);
    add_words(d, words, n, examples_ask(d, (size_t)n, 0), r->encoder);
    mem_free(words);
    return 0;
}
