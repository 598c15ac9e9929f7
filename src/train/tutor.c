/* SPDX-License-Identifier: Apache-2.0 */
/* Holding the teacher: see tutor.h.  A tutor never waits for another one, nor in a
 * collective: it works until enough of what it sent was not taken yet, and looks
 * between batches whether it is over. */
#include "src/train/tutor.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/kernels/selftest.h"
#include "src/train/live.h"
#include "src/train/memory.h"
#include "src/train/pupil.h"
#include "src/train/threads.h"

enum { AHEAD = 2 }; /* batches that are on their way at most */

struct tutor {
    struct crew *crew; /* borrowed, as config */
    const struct config *config;
    struct dataset dataset;
    struct teacher teacher;
    struct live *live;
    struct lesson lesson; /* of one trainer's part of a batch */
    int32_t *ids;         /* (T) of a batch before it was masked */
    struct share pupils;  /* trainers that have lanes of this tutor */
    bool over;
};

/* ---- the doors ---- */

/* Trainers are asked in their order, and their lanes follow each other. */
static struct share find_pupils(const struct tutor *t) {
    struct share pupils = {0, 0}, own = t->dataset.lanes;
    for (int r = 0; r < t->crew->training; r++) {
        struct share theirs = partition(t->config->train_lanes, r, t->crew->training);
        if (theirs.first + theirs.count <= own.first)
            pupils.first++;
        else if (theirs.first < own.first + own.count)
            pupils.count++;
    }
    return pupils;
}

/* What there is at most to tell one trainer of a step. */
static struct lesson_counts largest_letter(const struct tutor *t) {
    const struct config *c = t->config;
    int64_t theirs = partition(c->train_lanes, 0, t->crew->training).count;
    int64_t lanes = theirs < t->dataset.lanes.count ? theirs : t->dataset.lanes.count;
    struct phases_bounds most = phases_bounds(c);
    struct lesson_counts counts = teacher_expect(&t->teacher, c, 1);
    counts.sequences = (double)(lanes * most.lane_batch);
    counts.tokens = (double)(lanes * most.lane_tokens);
    counts.rows = 0;
    for (int i = 0; i < phases_count(c); i++)
        counts.rows = fmax(counts.rows, phases_get(c, i).mask_prob * counts.tokens);
    return counts;
}

/* The line is of the first tutor, which has most lanes. */
static void tell_memory(const struct tutor *t, const struct stepper_options *options) {
    const struct lesson_shape shape = teacher_shape(&t->teacher);
    const struct lesson_counts counts = largest_letter(t);
    double letters = (double)((1 + AHEAD) * t->pupils.count);
    struct memory memory;
    if (comm_rank(t->crew->group) != 0)
        return;
    memory_plan_tutor(&memory, options, &t->dataset,
                      (size_t)(letters * lesson_foretell(&shape, &counts)));
    memory_print(&memory, "a rank that holds the teacher");
    fflush(stdout);
    memory_warn(&memory, comm_node_size(t->crew->group));
}

static void take_room(struct tutor *t) {
    const struct stepper_options options = {
        .config = t->config,
        .max_sequences = t->dataset.batch.max_B,
        .max_length = phases_bounds(t->config).sequence_length,
        .teacher = &t->teacher};
    t->pupils = find_pupils(t);
    tell_memory(t, &options);
    t->live = live_create(&options);
    t->lesson.shape = teacher_shape(&t->teacher);
    t->ids = mem_alloc((size_t)t->dataset.batch.max_T, sizeof *t->ids);
}

/* MPI counts bytes in int. */
static int check_letter(const struct tutor *t, struct err *err) {
    const struct lesson_shape shape = teacher_shape(&t->teacher);
    const struct lesson_counts counts = largest_letter(t);
    double bytes = lesson_foretell(&shape, &counts);
    if (bytes < INT_MAX)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "teacher.ranks: what the teacher says of %.0f examples takes about "
                   "%.1f GB, and a message has 2.1 at most; lower teacher.top or "
                   "train.lane_batch, or start more ranks",
                   counts.sequences, 1e-9 * bytes);
}

static int open_all(struct tutor *t, struct err *err) {
    struct comm *group = t->crew->group;
    if (t->crew->tutors > t->config->train_lanes)
        return err_set(err, ERR_CONFIG,
                       "teacher.ranks: %d ranks, but only %lld lanes (train.lanes); "
                       "lower it",
                       t->crew->tutors, (long long)t->config->train_lanes);
    if (dataset_open(&t->dataset, group, t->config, err) < 0)
        return -1;
    threads_bind(t->crew->binding);
    if (comm_agree(group, selftest_run(err), err) < 0)
        return -1;
    if (teacher_join(&t->teacher, group, t->config, &t->dataset.vocab, err) < 0)
        return -1;
    return comm_agree(group, check_letter(t, err), err);
}

int tutor_open(struct tutor **tutor, struct crew *crew, const struct config *config,
               struct err *err) {
    struct tutor *t = mem_alloc(1, sizeof *t);
    t->crew = crew;
    t->config = config;
    *tutor = t;
    if (open_all(t, err) < 0)
        return -1;
    take_room(t);
    return 0;
}

void tutor_close(struct tutor *t) {
    if (t == NULL)
        return;
    live_destroy(t->live);
    teacher_close(&t->teacher);
    dataset_close(&t->dataset);
    lesson_fini(&t->lesson);
    mem_free(t->ids);
    mem_free(t);
}

/* ---- what training says ---- */

/* Whether there is an order in *bytes; an empty one says that it is over. */
static bool listen(struct tutor *t, struct str *bytes) {
    if (t->over || !mail_take(t->crew->lessons, bytes))
        return false;
    t->over = bytes->size == 0;
    return true;
}

static void look(struct tutor *t) {
    struct str bytes = {0};
    listen(t, &bytes);
    str_fini(&bytes);
}

static const struct timespec pause_time = {.tv_nsec = 200000};

static void await_order(struct tutor *t, struct str *order) {
    while (!listen(t, order))
        nanosleep(&pause_time, NULL);
}

static int begin(struct tutor *t, const struct str *bytes, struct err *err) {
    struct pupil_order order;
    const struct dataset *d = &t->dataset;
    memcpy(&order, bytes->data, sizeof order);
    const uint8_t *cursors = (const uint8_t *)bytes->data + sizeof order;
    if (strcmp(order.data_hash, d->hash) != 0)
        return err_set(err, ERR_CONFIG,
                       "data hash: is %s here, but %s where it is trained; all hosts "
                       "must have the same shards, vocabulary and files beside them",
                       d->hash, order.data_hash);
    if (strcmp(order.teacher_hash, t->teacher.hash) != 0)
        return err_set(
            err, ERR_CONFIG,
            "teacher.from: has hash %s here, but %s where it is trained; all "
            "hosts must have the same",
            t->teacher.hash, order.teacher_hash);
    if (bytes->size == sizeof order)
        return 0;
    CHECK(bytes->size == sizeof order + dataset_cursors_bytes(d));
    return loader_restore(d->loader, cursors + dataset_cursors_place(d), err);
}

/* ---- what it says ---- */

static void send_letter(struct tutor *t, int to, struct pupil_letter head,
                        const struct str *content) {
    struct str letter = {0};
    str_append(&letter, &head, sizeof head);
    str_append(&letter, content->data, content->size);
    mail_send(t->crew->lessons, to, letter.data, letter.size);
    str_fini(&letter);
}

static void send_fault(struct tutor *t, const struct err *err) {
    struct str words = {0};
    str_printf(&words, "%s", err->text);
    for (int64_t i = 0; i < t->pupils.count; i++)
        send_letter(t, (int)(t->pupils.first + i),
                    (struct pupil_letter){.fault = err->code}, &words);
    str_fini(&words);
}

/* Between layers, so that what was sent goes on. */
static void move_on(void *context) { mail_waiting(context); }

/* Sequences first … first+count-1, chunk by chunk. */
static void ask(struct tutor *t, const struct batch *text, int64_t first,
                int64_t count) {
    const struct model_step step = {.poll = move_on, .context = t->crew->lessons};
    for (int64_t b = first, n; b < first + count; b += n) {
        int64_t left = first + count - b;
        n = live_chunk(t->live, text, b);
        n = n < left ? n : left;
        const struct targets said = live_ask(t->live, text, b, n, &step);
        lesson_add(&t->lesson, text, b, n, &said);
    }
}

/* How many sequences from b on are of lanes before `end`. */
static int64_t count_until(const struct batch *text, int64_t b, int64_t end) {
    int64_t n = 0;
    while (b + n < text->B && (int64_t)text->origins[b + n].lane < end)
        n++;
    return n;
}

static void teach(struct tutor *t, const struct batch *batch) {
    const struct batch text = batch_unmask(batch, t->ids);
    struct str content = {0};
    int64_t b = 0;
    for (int64_t i = 0; i < t->pupils.count; i++) {
        int to = (int)(t->pupils.first + i);
        struct share theirs = partition(t->config->train_lanes, to, t->crew->training);
        int64_t n = count_until(&text, b, theirs.first + theirs.count);
        lesson_clear(&t->lesson);
        ask(t, &text, b, n);
        str_clear(&content);
        lesson_pack(&t->lesson, &content);
        send_letter(t, to, (struct pupil_letter){0}, &content);
        b += n;
    }
    CHECK(b == text.B);
    str_fini(&content);
}

/* Until there is room for another batch, or it is over. */
static void await_room(struct tutor *t) {
    while (look(t),
           !t->over && mail_waiting(t->crew->lessons) > (AHEAD - 1) * t->pupils.count)
        nanosleep(&pause_time, NULL);
}

static int teach_on(struct tutor *t, struct err *err) {
    while (await_room(t), !t->over) {
        struct step_input in;
        dataset_next(&t->dataset, &in, err);
        if (in.data_rc < 0)
            return -1;
        teach(t, in.batch);
    }
    return 0;
}

void tutor_serve(struct tutor *t) {
    struct str order = {0};
    struct err err = {0};
    await_order(t, &order);
    int rc = t->over ? 0 : begin(t, &order, &err);
    if (rc == 0 && !t->over)
        rc = teach_on(t, &err);
    if (rc < 0)
        send_fault(t, &err);
    while (look(t), !t->over)
        nanosleep(&pause_time, NULL);
    str_fini(&order);
}
