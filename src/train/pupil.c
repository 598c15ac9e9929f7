/* SPDX-License-Identifier: Apache-2.0 */
/* Hearing from tutors: see pupil.h. */
#include "src/train/pupil.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"

enum { AHEAD = 2 }; /* messages of each tutor that are taken before they are needed */

/* Messages of a tutor that came ahead, in their order. */
struct shelf {
    struct str *letters; /* (count) owned */
    int count;
};

struct pupil {
    struct crew *crew;     /* borrowed */
    int64_t lanes;         /* of the run */
    struct share own;      /* this rank's */
    struct shelf *shelves; /* (tutors) */
};

struct pupil *pupil_create(struct crew *crew, const struct config *config) {
    struct pupil *p = mem_alloc(1, sizeof *p);
    *p = (struct pupil){
        .crew = crew,
        .lanes = config->train_lanes,
        .own = partition(config->train_lanes, comm_rank(crew->group), crew->training),
        .shelves = mem_alloc((size_t)crew->tutors, sizeof *p->shelves)};
    return p;
}

/* ---- to tutors ---- */

void pupil_begin(struct pupil *p, const struct dataset *data,
                 const struct teacher *teacher, const uint8_t *cursors) {
    const struct crew *crew = p->crew;
    struct pupil_order order;
    struct str bytes = {0};
    memcpy(order.data_hash, data->hash, sizeof order.data_hash);
    memcpy(order.teacher_hash, teacher->hash, sizeof order.teacher_hash);
    str_append(&bytes, &order, sizeof order);
    if (cursors)
        str_append(&bytes, cursors, dataset_cursors_bytes(data));
    for (int i = 0; i < crew->tutors && comm_rank(crew->all) == 0; i++)
        mail_send(crew->lessons, crew->training + i, bytes.data, bytes.size);
    str_fini(&bytes);
}

void pupil_destroy(struct pupil *p) {
    if (p == NULL)
        return;
    for (int i = 0; i < p->crew->tutors; i++) {
        for (int j = 0; j < p->shelves[i].count; j++)
            str_fini(&p->shelves[i].letters[j]);
        mem_free(p->shelves[i].letters);
    }
    mem_free(p->shelves);
    mem_free(p);
}

/* ---- from tutors ---- */

/* Puts the next message of a tutor on its shelf, if it is there.  Those of other tutors
 * stay on their way, and so hold up one that is faster than the rest. */
static bool take(struct pupil *p, int tutor) {
    struct str letter = {0};
    if (!mail_take_from(p->crew->lessons, p->crew->training + tutor, &letter))
        return false;
    struct shelf *shelf = &p->shelves[tutor];
    shelf->letters =
        mem_resize(shelf->letters, (size_t)shelf->count + 1, sizeof *shelf->letters);
    shelf->letters[shelf->count++] = letter;
    return true;
}

/* The next of a tutor, owned. */
static struct str next(struct pupil *p, int tutor) {
    const struct timespec pause = {.tv_nsec = 20000};
    struct shelf *shelf = &p->shelves[tutor];
    while (shelf->count == 0)
        if (!take(p, tutor))
            nanosleep(&pause, NULL);
    struct str letter = shelf->letters[0];
    shelf->count--;
    memmove(shelf->letters, shelf->letters + 1,
            (size_t)shelf->count * sizeof *shelf->letters);
    return letter;
}

static int hear(struct pupil *p, int tutor, struct lesson *lesson, struct err *err) {
    struct pupil_letter head;
    struct str letter = next(p, tutor);
    int rc = 0;
    memcpy(&head, letter.data, sizeof head);
    const struct slice rest = {letter.data + sizeof head, letter.size - sizeof head};
    if (head.fault != ERR_NONE)
        rc = err_set(err, head.fault, "rank %d, which holds the teacher: %.*s",
                     p->crew->training + tutor, (int)rest.size, rest.data);
    else if (!lesson_unpack(lesson, rest))
        rc = err_set(err, ERR_INTERNAL,
                     "rank %d, which holds the teacher, said what "
                     "nobody understands",
                     p->crew->training + tutor);
    str_fini(&letter);
    return rc;
}

static bool is_told(const struct pupil *p, int tutor) {
    struct share theirs = partition(p->lanes, tutor, p->crew->tutors);
    return theirs.first < p->own.first + p->own.count &&
           p->own.first < theirs.first + theirs.count;
}

static int check(const struct batch *text, struct lesson *lesson, struct err *err) {
    bool right = lesson_index(lesson) && lesson->sequences == text->B;
    for (int64_t b = 0; right && b < text->B; b++)
        right = lesson_is_of(lesson, b, text, b);
    if (right)
        return 0;
    return err_set(
        err, ERR_INTERNAL,
        "teacher.ranks: what tutors say is of other text than is trained on: "
        "hosts read other files, or files changed meanwhile");
}

int pupil_fetch(struct pupil *p, const struct batch *text, struct lesson *lesson,
                struct err *err) {
    for (int i = 0; i < p->crew->tutors; i++)
        if (is_told(p, i) && hear(p, i, lesson, err) < 0)
            return -1;
    for (int i = 0; i < p->crew->tutors; i++)
        while (p->shelves[i].count < AHEAD && take(p, i))
            continue;
    return check(text, lesson, err);
}

size_t pupil_measure(size_t lesson_bytes) { return (1 + AHEAD) * lesson_bytes; }

void pupil_print(const struct pupil *p) {
    printf("tutors    %d of %d ranks hold the teacher, and read ahead\n",
           p->crew->tutors, comm_size(p->crew->all));
}
