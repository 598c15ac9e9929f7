/* SPDX-License-Identifier: Apache-2.0 */
/* All data of a task: see taskset.h. */
#include "src/task/taskset.h"

#include <string.h>

#include "src/base/file.h"
#include "src/base/log.h"
#include "src/task/questions.h"

static int find_files(struct taskset *t, const char *dir, struct err *err) {
    if (task_find_file(&t->task, dir, t->task.train, &t->paths[0], err) < 0)
        return -1;
    for (; t->dev_count < TASK_DEVS && t->task.dev[t->dev_count]; t->dev_count++)
        if (task_find_file(&t->task, dir, t->task.dev[t->dev_count],
                           &t->paths[1 + t->dev_count], err) < 0)
            return -1;
    return 0;
}

static int hash_files(struct taskset *t, struct err *err) {
    struct str all = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i <= t->dev_count; i++) {
        char hex[HASH_HEX_SIZE];
        rc = file_hash(t->paths[i].data, hex, err);
        str_printf(&all, "%s ", rc == 0 ? hex : "");
    }
    hash_hex(hash128(all.data, all.size), t->hash);
    str_fini(&all);
    return rc;
}

/* Whether two examples have the same set of labels. */
static bool same_sets(const struct examples *d, int64_t i, int64_t j) {
    const int32_t *a = d->labels + d->asked_starts[i];
    const int32_t *b = d->labels + d->asked_starts[j];
    size_t n = d->asked_starts[i + 1] - d->asked_starts[i];
    return n == d->asked_starts[j + 1] - d->asked_starts[j] &&
           (n == 0 || memcmp(a, b, n * sizeof *a) == 0);
}

static int check_sets(const struct taskset *t, struct err *err) {
    for (int64_t i = 1; i < t->train.count; i++)
        if (!same_sets(&t->train, 0, i))
            return 0;
    return err_set(err, ERR_DATA,
                   "%s: all examples have the same labels: there is nothing to learn",
                   t->paths[0].data);
}

/* A model learns nothing from one label. */
static int check_labels(const struct taskset *t, struct err *err) {
    const struct examples *d = &t->train;
    if (t->task.kind == TASK_MULTILABEL)
        return check_sets(t, err);
    if (t->labels.count == 0 || t->task.kind == TASK_CHOOSE ||
        t->task.kind == TASK_ANSWER)
        return 0;
    for (int64_t i = 1; i < examples_asked(d); i++)
        if (d->labels[i] != d->labels[0])
            return 0;
    return err_set(err, ERR_DATA, "%s: all labels are '%s': there is nothing to learn",
                   t->paths[0].data, t->labels.names[d->labels[0]].data);
}

static int read_files(struct taskset *t, struct encoder *encoder, struct err *err) {
    const char *given = t->task.labels;
    if (given)
        labels_parse(&t->labels, given);
    if (readers_file(&t->train, &t->task, t->paths[0].data, &t->labels,
                     given ? READERS_GIVEN : READERS_LEARNT, encoder, err) < 0 ||
        check_labels(t, err) < 0)
        return -1;
    for (int i = 0; i < t->dev_count; i++)
        if (readers_file(&t->dev[i], &t->task, t->paths[1 + i].data, &t->labels,
                         READERS_GIVEN, encoder, err) < 0)
            return -1;
    return 0;
}

static int read_test(struct taskset *t, int i, const char *dir, struct encoder *encoder,
                     struct err *err) {
    struct str path = {0};
    int rc = task_find_file(&t->task, dir, t->task.test[i].file, &path, err);
    if (rc == 0)
        rc = readers_test(&t->test[i], &t->task, path.data, encoder, err);
    if (rc == 0)
        rc = file_hash(path.data, t->test_hash[i], err);
    str_fini(&path);
    return rc;
}

static int read_tests(struct taskset *t, const char *dir, struct encoder *encoder,
                      struct err *err) {
    if (t->task.test[0].file == NULL)
        return err_set(err, ERR_CONFIG,
                       "task %s: has no test files to answer for gluebenchmark.com: "
                       "finetune.submit is for GLUE's tasks",
                       t->task.name);
    for (; t->test_count < TASK_TESTS && t->task.test[t->test_count].file;
         t->test_count++)
        if (read_test(t, t->test_count, dir, encoder, err) < 0)
            return -1;
    return 0;
}

/* Whether questions may have no answer: as is said, or where any file has such. */
static void allow_none(struct taskset *t, const struct config *config) {
    struct examples *all[1 + TASK_DEVS] = {&t->train, &t->dev[0], &t->dev[1]};
    bool none = config->task_no_answer == 1;
    for (int i = 0; config->task_no_answer < 0 && i <= t->dev_count; i++)
        none = none || all[i]->questions->none;
    for (int i = 0; i <= t->dev_count; i++)
        all[i]->questions->none = none;
}

int taskset_open(struct taskset *t, const struct taskset_options *o, struct err *err) {
    struct encoder encoder = {.vocab = o->vocab,
                              .normalizer = o->normalizer,
                              .length = o->config->train_sequence_length};
    *t = (struct taskset){0};
    encoder.tokenizer = tokenizer_create(o->vocab, o->normalizer);
    int rc = task_init(&t->task, o->name, o->config, err);
    if (rc == 0)
        rc = find_files(t, o->dir, err);
    if (rc == 0)
        rc = read_files(t, &encoder, err);
    if (rc == 0 && o->tests)
        rc = read_tests(t, o->dir, &encoder, err);
    if (rc == 0 && t->task.kind == TASK_ANSWER)
        allow_none(t, o->config);
    if (rc == 0)
        rc = hash_files(t, err);
    tokenizer_destroy(encoder.tokenizer);
    encoder_fini(&encoder);
    if (rc < 0)
        taskset_close(t);
    return rc;
}

int64_t taskset_width(const struct taskset *t) {
    int columns = kinds[t->task.kind].columns;
    return columns > 0 ? columns : t->labels.count;
}

/* The right answers of an example: those asked, or whether it has each label. */
static void add_gold(const struct taskset *t, const struct examples *d, int64_t i,
                     struct predictions *set) {
    size_t first = d->asked_starts[i], n = d->asked_starts[i + 1] - first;
    bool sets = set->kind == PREDICTIONS_SETS;
    float *gold = predictions_add_example(set, sets ? t->labels.count : (int64_t)n);
    for (size_t q = first; q < first + n; q++)
        if (sets)
            gold[d->labels[q]] = 1;
        else
            gold[q - first] =
                t->task.kind == TASK_REGRESS ? d->scores[q] : (float)d->labels[q];
}

void taskset_questions(const struct taskset *t, int i, struct predictions *set) {
    const struct examples *d = &t->dev[i];
    const char *part = t->task.dev_name[i];
    set->kind = kinds[t->task.kind].answers;
    str_printf(&set->name, "%s%s%s", t->task.name, part ? "-" : "", part ? part : "");
    str_printf(&set->metrics, "%s", t->task.metrics);
    for (int l = 0; l < t->labels.count; l++)
        predictions_add_label(set, str_slice(&t->labels.words[l]));
    for (int64_t e = 0; d->questions && e < d->questions->count; e++) {
        float *best = predictions_add_example(set, 2);
        best[0] = best[1] = 1;
    }
    for (int64_t e = 0; !d->questions && e < d->count; e++)
        add_gold(t, d, e, set);
}

void taskset_answers_name(const struct taskset *t, int i, struct str *name) {
    str_printf(name, "%s.%.16s.tsv", t->task.test[i].upload, t->test_hash[i]);
}

static void tell(const struct examples *d, const char *path) {
    if (d->lost_words > 0)
        log_info(
            "%s: %lld of %lld words have no token within the length: they count as "
            "wrong; train.sequence_length gives longer sentences room",
            path, (long long)d->lost_words, (long long)examples_asked(d));
    else if (d->cut_examples > 0)
        log_info("%s: %lld of %lld %s are cut to train.sequence_length", path,
                 (long long)d->cut_examples,
                 (long long)(d->questions ? d->questions->count : d->count),
                 d->questions ? "questions" : "examples");
}

void taskset_tell(const struct taskset *t) {
    tell(&t->train, t->paths[0].data);
    for (int i = 0; i < t->dev_count; i++)
        tell(&t->dev[i], t->paths[1 + i].data);
}

void taskset_close(struct taskset *t) {
    labels_fini(&t->labels);
    examples_fini(&t->train);
    for (int i = 0; i < TASK_DEVS; i++)
        examples_fini(&t->dev[i]);
    for (int i = 0; i < TASK_TESTS; i++)
        examples_fini(&t->test[i]);
    for (int i = 0; i <= TASK_DEVS; i++)
        str_fini(&t->paths[i]);
    *t = (struct taskset){0};
}
