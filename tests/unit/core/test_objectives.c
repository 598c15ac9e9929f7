/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: keys are made from names, and no two objectives share one; a mean of
 * nothing is NaN and adds nothing to the loss, a loss of nothing at all is NaN.  A
 * list of names is a set, in any order; a name that there is not, or twice, is none. */
#include <math.h>
#include <string.h>

#include "src/core/objectives.h"
#include "tests/tap.h"

static void test_words(void) {
    for (int i = 0; i < OBJECTIVES; i++) {
        const struct objective_words *w = &objective_words[i];
        size_t n = strlen(w->name);
        ok(n > 0 && strncmp(w->loss, w->name, n) == 0 &&
               strcmp(w->loss + n, "_loss") == 0,
           "%s: key of its loss", w->name);
        ok(strncmp(w->accuracy, w->name, n) == 0 &&
               strcmp(w->accuracy + n, "_accuracy") == 0,
           "%s: key of its accuracy", w->name);
        ok(!w->label == !w->packing, "%s: pairs have a label", w->name);
        for (int j = 0; j < i; j++)
            ok(strcmp(w->name, objective_words[j].name) != 0 &&
                   strcmp(w->unit, objective_words[j].unit) != 0,
               "%s and %s differ", w->name, objective_words[j].name);
    }
    ok(strcmp(objective_words[OBJECTIVE_MLM].loss, "mlm_loss") == 0 &&
           strcmp(objective_words[OBJECTIVE_NSP].accuracy, "nsp_accuracy") == 0,
       "keys that scripts read");
}

static void test_means(void) {
    struct mean means[OBJECTIVES] = {{0}};
    double weights[OBJECTIVES];
    for (int i = 0; i < OBJECTIVES; i++)
        weights[i] = 1;
    ok(isnan(objectives_loss(means, weights)), "nothing was counted: no loss");
    for (int i = 0; i < OBJECTIVES; i++)
        means[i] = objectives_mean(6, 1, 4);
    ok(means[0].loss == 1.5 && means[0].accuracy == 0.25 && means[0].count == 4,
       "a mean");
    ok(objectives_loss(means, weights) == 1.5 * OBJECTIVES, "the loss is their sum");
    means[1] = objectives_mean(0, 0, 0);
    ok(isnan(means[1].loss) && isnan(means[1].accuracy), "a mean of nothing");
    ok(objectives_loss(means, weights) == 1.5 * (OBJECTIVES - 1), "  adds nothing");
    weights[2] = 50;
    weights[3] = 0;
    ok(objectives_loss(means, weights) == 1.5 * (OBJECTIVES - 3) + 75,
       "each counts by its weight");
    means[0] = objectives_mean(NAN, 0, 4);
    ok(isnan(objectives_loss(means, weights)), "what is not finite shows");
}

static void test_sets(void) {
    static const struct {
        const char *names;
        uint32_t set;
        const char *canonical, *why; /* of a set; of none */
    } rows[] = {
        {"mlm", OBJECTIVE_SET(MLM), "mlm", NULL},
        {"mlm,nsp", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP), "mlm,nsp", NULL},
        {"nsp, mlm ", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP), "mlm,nsp", NULL},
        {"nsp", OBJECTIVE_SET(NSP), "nsp", NULL},
        {"sbo,mlm", OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO), "mlm,sbo", NULL},
        {"mlm,nps", 0, NULL, "'nps' is not one of mlm,nsp,sop,sbo"},
        {"mlm,,nsp", 0, NULL, "'' is not one of"},
        {"mlmnsp", 0, NULL, "is not one of"},
        {"mlm,nsp,mlm", 0, NULL, "mlm is there twice"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        struct str text = {0};
        uint32_t set = objectives_parse(rows[i].names, &err);
        is_int(set, rows[i].set, "'%s'", rows[i].names);
        objectives_print(set, &text);
        if (set)
            is_str(text.data, rows[i].canonical, "  is printed");
        else
            ok(err.code == ERR_CONFIG && strstr(err.text, rows[i].why), "  %s",
               err.text);
        str_fini(&text);
    }
    ok(objectives_pair(OBJECTIVE_SET(NSP)) && objectives_pair(OBJECTIVE_SET(SOP)) &&
           !objectives_pair(OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO)),
       "which is about pairs");
    is_int(objectives_pair_id(OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP)), OBJECTIVE_SOP,
           "  of a set");
    is_int(objectives_pair_id(OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO)), OBJECTIVE_NSP,
           "  of a set without: BERT's");
}

int main(void) {
    test_words();
    test_sets();
    test_means();
    return tap_done();
}
