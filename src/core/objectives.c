/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the objectives, their sets and means: see objectives.h. */
#include "src/core/objectives.h"

#include <math.h>

const struct objective_words objective_words[OBJECTIVES] = {
#define OBJECTIVE(ID, NAME, KIND, PACKING, LABEL, MASKS, MODELS, WEIGHT, WHAT, UNIT)   \
    {.name = #NAME,                                                                    \
     .packing = PACKING,                                                               \
     .label = LABEL,                                                                   \
     .masks = MASKS,                                                                   \
     .models = MODELS,                                                                 \
     .kind = OBJECTIVE_##KIND,                                                         \
     .loss = #NAME "_loss",                                                            \
     .accuracy = #NAME "_accuracy",                                                    \
     .right = #NAME "%",                                                               \
     .what = WHAT,                                                                     \
     .unit = UNIT},
#include "src/core/objectives.def"
#undef OBJECTIVE
};

static int find(struct slice name) {
    int i = 0;
    while (i < OBJECTIVES && !slice_equal(name, slice_of(objective_words[i].name)))
        i++;
    return i;
}

static void unknown(struct slice name, struct err *err) {
    struct str all = {0};
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_of_text(i))
            str_printf(&all, "%s%s", i ? "," : "", objective_words[i].name);
    err_set(err, ERR_CONFIG, "'%.*s' is not one of %s", (int)name.size, name.data,
            all.data);
    str_fini(&all);
}

uint32_t objectives_parse(const char *names, struct err *err) {
    struct slice rest = slice_of(names), name;
    uint32_t set = 0;
    while (slice_field(&rest, ',', &name)) {
        int i = find(slice_trim(name));
        if (i == OBJECTIVES) {
            unknown(name, err);
            return 0;
        }
        if (objectives_has(set, i)) {
            err_set(err, ERR_CONFIG, "%s is there twice", objective_words[i].name);
            return 0;
        }
        set |= (uint32_t)1 << i;
    }
    return set;
}

bool objectives_of_text(int id) { return objective_words[id].kind != OBJECTIVE_TASK; }

bool objectives_taught(int id) { return objective_words[id].kind == OBJECTIVE_TAUGHT; }

bool objectives_pair(uint32_t set) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objective_words[i].packing)
            return true;
    return false;
}

int objectives_pair_id(uint32_t set) {
    int first = OBJECTIVES;
    for (int i = OBJECTIVES - 1; i >= 0; i--) {
        if (objective_words[i].packing && objectives_has(set, i))
            return i;
        first = objective_words[i].packing ? i : first;
    }
    return first;
}

bool objectives_told(uint32_t set, int id) {
    enum objective_kind kind = objective_words[id].kind;
    return kind == OBJECTIVE_BERT ||
           (kind != OBJECTIVE_TASK && objectives_has(set, id));
}

bool objectives_judged(uint32_t set, int id) {
    return objectives_told(set, id) && !objectives_taught(id);
}

void objectives_print(uint32_t set, struct str *out) {
    for (int i = 0, n = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i))
            str_printf(out, "%s%s", n++ ? "," : "", objective_words[i].name);
}

struct mean objectives_mean(double loss, double correct, uint64_t count) {
    double n = (double)count; /* 0 / 0 is NaN */
    return (struct mean){.loss = count ? loss / n : NAN,
                         .accuracy = count ? correct / n : NAN,
                         .count = count};
}

double objectives_loss(const struct mean means[OBJECTIVES],
                       const double weights[OBJECTIVES]) {
    double loss = 0;
    uint64_t count = 0;
    for (int i = 0; i < OBJECTIVES; i++) {
        loss += means[i].count > 0 ? weights[i] * means[i].loss : 0;
        count += means[i].count;
    }
    return count > 0 ? loss : NAN;
}
