/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of predictions: see predictions.h. */
#include "src/core/predictions.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

static const char *const kind_names[] = {"labels", "numbers", "tags",
                                         "sets",   "worth",   "scores"};

enum { KINDS = sizeof kind_names / sizeof *kind_names };

const char *predictions_kind_name(enum predictions_kind kind) {
    return kind_names[kind];
}

int predictions_kind_of(struct slice name) {
    for (int i = 0; i < KINDS; i++)
        if (slice_equal(name, slice_of(kind_names[i])))
            return i;
    return -1;
}

/* Room for `more` items after `count` of them, in an array that doubles when a power of
 * two is full. */
static void *grow(void *items, int64_t count, int64_t more, size_t size) {
    int64_t room = 16;
    while (room < count)
        room *= 2;
    if (items && count + more <= room)
        return items;
    while (room < count + more)
        room *= 2;
    return mem_resize(items, (size_t)room, size);
}

float *predictions_add_example(struct predictions *set, int64_t questions) {
    CHECK(set->runs == 0);
    set->lengths = grow(set->lengths, set->examples, 1, sizeof *set->lengths);
    set->gold = grow(set->gold, set->questions, questions, sizeof *set->gold);
    float *gold = set->gold + set->questions;
    for (int64_t i = 0; i < questions; i++)
        gold[i] = 0;
    set->lengths[set->examples++] = questions;
    set->questions += questions;
    return gold;
}

void predictions_add_label(struct predictions *set, struct slice name) {
    set->labels = grow(set->labels, set->label_count, 1, sizeof *set->labels);
    struct str *label = &set->labels[set->label_count++];
    *label = (struct str){0};
    str_append(label, name.data, name.size);
}

float *predictions_add_run(struct predictions *set, const struct prediction_run *run) {
    int n = set->runs++;
    set->run = grow(set->run, n, 1, sizeof *set->run);
    set->run[n] = *run;
    set->run[n].release = (struct str){0};
    str_append(&set->run[n].release, run->release.data, run->release.size);
    set->predicted = grow(set->predicted, n, 1, (size_t)set->questions * sizeof(float));
    return set->predicted + (int64_t)n * set->questions;
}

const float *predictions_of_run(const struct predictions *set, int run) {
    return set->predicted + (int64_t)run * set->questions;
}

static bool same_labels(const struct predictions *a, const struct predictions *b) {
    bool same = a->label_count == b->label_count;
    for (int i = 0; same && i < a->label_count; i++)
        same = slice_equal(str_slice(&a->labels[i]), str_slice(&b->labels[i]));
    return same;
}

static bool same_questions(const struct predictions *a, const struct predictions *b) {
    return a->kind == b->kind && a->examples == b->examples &&
           a->questions == b->questions && same_labels(a, b) &&
           memcmp(a->lengths, b->lengths, (size_t)a->examples * sizeof *a->lengths) ==
               0 &&
           (a->kind == PREDICTIONS_SCORES ||
            memcmp(a->gold, b->gold, (size_t)a->questions * sizeof *a->gold) == 0);
}

static bool is_there(const struct predictions *set, const struct prediction_run *run) {
    for (int i = 0; i < set->runs; i++) {
        const struct prediction_run *r = &set->run[i];
        if (r->pretraining_seed == run->pretraining_seed && r->step == run->step &&
            r->rate == run->rate && r->seed == run->seed)
            return true;
    }
    return false;
}

static int check_join(const struct predictions *set, const struct predictions *more,
                      struct err *err) {
    if (!same_questions(set, more))
        return err_set(err, ERR_DATA,
                       "%s: not the questions of the model before it; all must have "
                       "answered the same",
                       set->name.data);
    for (int i = 0; i < more->runs; i++)
        if (is_there(set, &more->run[i]))
            return err_set(err, ERR_DATA,
                           "%s: pretraining seed %" PRId64 ", fine-tuning seed %" PRId64
                           " is there already: two models that do not say which "
                           "seed they are, or cells of a grid; compare each by itself",
                           set->name.data, more->run[i].pretraining_seed,
                           more->run[i].seed);
    return 0;
}

int predictions_join(struct predictions *set, const struct predictions *more,
                     struct err *err) {
    if (check_join(set, more, err) < 0)
        return -1;
    for (int i = 0; i < more->runs; i++)
        memcpy(predictions_add_run(set, &more->run[i]), predictions_of_run(more, i),
               (size_t)set->questions * sizeof(float));
    return 0;
}

void predictions_fini(struct predictions *set) {
    for (int i = 0; i < set->label_count; i++)
        str_fini(&set->labels[i]);
    for (int i = 0; i < set->runs; i++)
        str_fini(&set->run[i].release);
    str_fini(&set->name);
    str_fini(&set->metrics);
    mem_free(set->labels);
    mem_free(set->lengths);
    mem_free(set->gold);
    mem_free(set->run);
    mem_free(set->predicted);
    *set = (struct predictions){0};
}
