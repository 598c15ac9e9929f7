/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the answers of several models to the same questions become one set, each run
 * with its model's seed; other questions, labels or right answers, and a run that is
 * there already, are refused and change nothing. */
#include "src/core/predictions.h"

#include "tests/tap.h"

enum { EXAMPLES = 3 };

/* A set of three questions with two labels and a run. */
struct given {
    const char *what, *second_label;
    int examples;
    float gold;
    int64_t seed, again; /* again: of fine-tuning */
    int rc;
};

static void make(struct predictions *set, const struct given *given, int run) {
    *set = (struct predictions){.kind = PREDICTIONS_LABELS};
    str_append(&set->name, "rte", 3);
    predictions_add_label(set, slice_of("no"));
    predictions_add_label(set, slice_of(given->second_label));
    for (int i = 0; i < given->examples; i++)
        *predictions_add_example(set, 1) = i == 1 ? given->gold : 0;
    const struct prediction_run who = {.pretraining_seed = given->seed,
                                       .seed = given->again};
    float *answers = predictions_add_run(set, &who);
    for (int i = 0; i < given->examples; i++)
        answers[i] = (float)run;
}

static void test_join(void) {
    static const struct given first = {"", "yes", EXAMPLES, 1, 0, 0, 0},
                              rows[] = {
                                  {"another model", "yes", EXAMPLES, 1, 3, 0, 0},
                                  {"other labels", "maybe", EXAMPLES, 1, 3, 0, -1},
                                  {"fewer questions", "yes", EXAMPLES - 1, 1, 3, 0, -1},
                                  {"another right answer", "yes", EXAMPLES, 0, 3, 0,
                                   -1},
                                  {"another fine-tuning", "yes", EXAMPLES, 1, 0, 1, 0},
                                  {"the same once more", "yes", EXAMPLES, 1, 0, 0, -1},
                              };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct predictions set, more;
        struct err err = {0};
        make(&set, &first, 0), make(&more, &rows[i], 1);
        is_int(predictions_join(&set, &more, &err), rows[i].rc, "%s: %s", rows[i].what,
               err.text);
        is_int(err.code, rows[i].rc ? ERR_DATA : ERR_NONE, "  its code");
        is_int(set.runs, rows[i].rc ? 1 : 2, "  runs");
        if (rows[i].rc == 0) {
            is_int(set.run[1].pretraining_seed, rows[i].seed, "  of its seed");
            ok(predictions_of_run(&set, 1)[2] == 1, "  with its answers");
            ok(predictions_of_run(&set, 0)[2] == 0, "  after the first's");
        }
        predictions_fini(&set), predictions_fini(&more);
    }
}

int main(void) {
    test_join();
    return tap_done();
}
