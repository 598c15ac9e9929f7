/* SPDX-License-Identifier: Apache-2.0 */
/* Learning over ranks: see learning.h.  The alphabet's counts are summed where they
 * are; the merges, which are one after the other by nature, are rank 0's. */
#include "src/vocab/learning.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/base/timer.h"
#include "src/vocab/wordflow.h"
#include "src/text/wordpiece.h"

static int count_alphabet(struct comm *comm, struct wordstore *words,
                          struct alphabet *alphabet, struct err *err) {
    struct slice word;
    uint64_t count;
    int rc = wordstore_begin(words, err);
    while (rc == 0 && (rc = wordstore_next(words, &word, &count, err)) > 0) {
        alphabet_add(alphabet, word, count);
        rc = 0;
    }
    if (comm_agree(comm, rc, err) < 0)
        return -1;
    comm_sum_u64(comm, alphabet->counts, ALPHABET_COUNTS);
    return 0;
}

struct feed {
    struct learner *learner;
    uint64_t words;
};

static int feed_word(void *context, struct slice word, uint64_t count,
                     struct err *err) {
    struct feed *feed = context;
    (void)err;
    learner_add(feed->learner, word, count);
    feed->words++;
    return 0;
}

int learning_run(struct comm *comm, struct wordstore *words,
                 const struct learn_options *options, uint64_t min_word_count,
                 size_t piece, struct learning *learning, struct err *err) {
    *learning = (struct learning){0};
    struct alphabet alphabet;
    struct feed feed = {0};
    double start = timer_now();
    alphabet_init(&alphabet);
    int rc = count_alphabet(comm, words, &alphabet, err);
    if (rc == 0 && comm_rank(comm) == 0)
        feed.learner = learner_create(options, &alphabet);
    if (rc == 0)
        rc = wordflow_gather(comm, words, min_word_count, piece, feed_word, &feed, err);
    double gathered = timer_now();
    if (rc == 0) {
        if (feed.learner)
            learner_run(feed.learner, &learning->text);
        comm_broadcast_str(comm, &learning->text, 0);
        learning->words = feed.words;
        learning->characters = alphabet_different(&alphabet);
        learning->kept = alphabet.size;
        learning->character_coverage = alphabet_coverage(&alphabet);
        learning->lost_count = alphabet_lost(&alphabet, learning->lost, LEARNING_LOST);
    }
    learning->gathering = gathered - start;
    learning->merging = timer_now() - gathered;
    learner_destroy(feed.learner);
    alphabet_fini(&alphabet);
    return rc;
}

void learning_fini(struct learning *learning) { str_fini(&learning->text); }

/* ---- how well it fits ---- */

static void fit_word(const struct wordpiece *wordpiece, const struct vocab *vocab,
                     struct ids *ids, struct str *word, uint64_t count,
                     struct fit *fit) {
    static const char padding[WORDPIECE_PADDING];
    size_t size = word->size;
    str_append(word, padding, sizeof padding);
    ids->count = 0;
    wordpiece_encode(wordpiece, (struct slice){word->data, size}, ids);
    bool unknown = ids->count == 1 && ids->data[0] == vocab->unk;
    fit->words += count;
    fit->bytes += count * size;
    fit->tokens += count * ids->count;
    fit->unknown_words += unknown ? count : 0;
    fit->whole_words += ids->count == 1 && !unknown ? count : 0;
}

int learning_fit(struct comm *comm, struct wordstore *words, const struct vocab *vocab,
                 struct fit *fit, struct err *err) {
    struct wordpiece *wordpiece = wordpiece_create(vocab);
    struct ids ids = {0};
    struct str padded = {0};
    struct slice word;
    uint64_t count;
    *fit = (struct fit){0};
    int rc = wordstore_begin(words, err);
    while (rc == 0 && (rc = wordstore_next(words, &word, &count, err)) > 0) {
        str_clear(&padded);
        str_append(&padded, word.data, word.size);
        fit_word(wordpiece, vocab, &ids, &padded, count, fit);
        rc = 0;
    }
    str_fini(&padded);
    ids_fini(&ids);
    wordpiece_destroy(wordpiece);
    if (comm_agree(comm, rc, err) < 0)
        return -1;
    comm_sum_u64(comm, (uint64_t *)fit, sizeof *fit / sizeof(uint64_t));
    return 0;
}
