/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: balanced weights make the labels count alike: of 4, 2 and 0 examples of three
 * labels among 6 they are 6 / (3 · n); given ones are taken as they are, and what is
 * not one number above 0 for each label is refused. */
#include "src/tune/balance.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/tap.h"

enum { LABELS = 3, ASKED = 7 };

static const struct row {
    const char *text;
    double want[LABELS]; /* of label 0 = 0: refused */
} rows[] = {
    {"balanced", {0.5, 1, 1}},
    {"1 2 0.25", {1, 2, 0.25}},
    {" 3  1 1 ", {3, 1, 1}},
    {"1 2", {0}},
    {"1 2 3 4", {0}},
    {"1 2 0", {0}},
    {"1 2 -1", {0}},
    {"1 2 x", {0}},
    {"", {0}},
    {"Balanced", {0}},
    {"1 2 inf", {0}},
};

/* Four of label 0, one of them after the cut, and three of label 1. */
static struct taskset make_taskset(void) {
    static int32_t labels[ASKED] = {0, 1, 0, 0, 1, 0, 0}, places[ASKED] = {0};
    static size_t starts[ASKED + 1];
    struct taskset t = {.task.name = "toy"};
    places[6] = -1;
    for (size_t i = 0; i <= ASKED; i++)
        starts[i] = i;
    t.train = (struct examples){
        .count = ASKED, .asked_starts = starts, .places = places, .labels = labels};
    labels_parse(&t.labels, "a b c");
    return t;
}

static void check(const struct row *row, const struct taskset *t) {
    struct err err = {0};
    float *weights;
    int rc = balance_read(row->text, t, &weights, &err);
    if (row->want[0] == 0) {
        ok(rc < 0 && weights == NULL && err.code == ERR_CONFIG, "'%s' is refused: %s",
           row->text, err.text);
        return;
    }
    bool good = rc == 0;
    for (int l = 0; good && l < LABELS; l++)
        good = fabs((double)weights[l] - row->want[l]) < 1e-6;
    ok(good, "'%s'", row->text);
    mem_free(weights);
}

int main(void) {
    struct taskset t = make_taskset(),
                   numbers = {.task = {.name = "scores", .kind = TASK_REGRESS}};
    struct err err = {0};
    float *weights;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i], &t);
    ok(balance_read(NULL, &t, &weights, &err) == 0 && weights == NULL, "none");
    is_int(balance_read("balanced", &numbers, &weights, &err), -1, "a task of numbers");
    is_int(err.code, ERR_CONFIG, "78: %s", err.text);
    labels_fini(&t.labels);
    return tap_done();
}
