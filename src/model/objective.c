/* SPDX-License-Identifier: Apache-2.0 */
/* The table of objectives, and what a set of them comes to: see objective.h.  Heads
 * lie in the order of the table: the pooler, which several may share, then each
 * objective's own tensors, then those of odd length. */
#include "src/model/objective.h"

#include "src/base/die.h"
#include "src/model/decode.h"
#include "src/model/pooler.h"
#include "src/model/predictor.h"

const struct objective *const objectives[OBJECTIVES] = {
#define OBJECTIVE(ID, name, ...) &name##_objective,
#include "src/core/objectives.def"
#undef OBJECTIVE
};

static bool pooled(uint32_t set) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objectives[i]->pooled)
            return true;
    return false;
}

static bool predicts(uint32_t set) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objectives[i]->predicts)
            return true;
    return false;
}

static bool decodes(uint32_t set) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objectives[i]->decodes)
            return true;
    return false;
}

/* A list of rows, and the objective whose they are; POOLER, PREDICTOR: nobody's
 * alone. */
struct piece {
    const struct row *rows;
    int owner;
};

enum { POOLER = -1, PREDICTOR = -2, PIECES = 2 + 2 * OBJECTIVES };

/* All of a set, in the order of the table; returns how many. */
static int list_pieces(uint32_t set, struct piece pieces[PIECES]) {
    int count = 0;
    if (pooled(set))
        pieces[count++] = (struct piece){pooler_rows, POOLER};
    if (predicts(set))
        pieces[count++] = (struct piece){predictor_rows, PREDICTOR};
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i))
            pieces[count++] = (struct piece){objectives[i]->rows, i};
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i))
            pieces[count++] = (struct piece){objectives[i]->last, i};
    return count;
}

void objective_add_rows(uint32_t set, const char *prefix, const struct shape *shape,
                        struct params_table *table) {
    struct piece pieces[PIECES];
    for (int i = 0, count = list_pieces(set, pieces); i < count; i++)
        rows_add(pieces[i].rows, prefix, shape, table);
}

/* Whether the head of one is that of one in a set. */
static bool shares(uint32_t set, const struct objective *objective) {
    const struct row *rows = objective->rows;
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) &&
            (objectives[i] == objective || (rows && objectives[i]->rows == rows)))
            return true;
    return false;
}

/* Whether a table has heads of none of these. */
static bool has_others(uint32_t set, const char *prefix,
                       const struct params_table *table) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (!shares(set, objectives[i]) &&
            (rows_any(objectives[i]->rows, prefix, table) ||
             rows_any(objectives[i]->last, prefix, table)))
            return true;
    return false;
}

size_t objective_find_rows(struct model *model, const struct params_table *table,
                           size_t at) {
    const struct model_options *options = &model->options;
    struct piece pieces[PIECES];
    for (int i = 0, count = list_pieces(options->objectives, pieces); i < count; i++) {
        int owner = pieces[i].owner;
        void *part = owner == POOLER      ? (void *)&model->pooler
                     : owner == PREDICTOR ? (void *)&model->predictor
                                          : model->parts[owner];
        at = rows_find(pieces[i].rows, options->prefix, &options->shape, table, at,
                       part);
    }
    CHECK(options->forward_only ||
          !has_others(options->objectives, options->prefix, table));
    return at;
}

void objective_place(struct model *model, struct carve *carve) {
    const struct model_options *options = &model->options;
    if (pooled(options->objectives))
        pooler_place(&model->pooler, options, carve);
    if (predicts(options->objectives))
        predictor_place(&model->predictor, options, carve);
    if (decodes(options->objectives))
        decode_place(&model->decode, options, carve);
    for (int i = 0; i < OBJECTIVES; i++)
        if (model->parts[i] && objectives[i]->place)
            objectives[i]->place(model->parts[i], options, carve);
}

void objective_mark_masked(const struct pass *pass, void *own, bool *marked) {
    (void)own;
    for (int64_t i = 0; i < pass->M; i++)
        marked[pass->masked[i] - pass->row] = true;
}

void *objective_part(const struct model *model, const struct row *rows) {
    for (int i = 0; i < OBJECTIVES; i++)
        if (model->parts[i] && objectives[i]->rows == rows)
            return model->parts[i];
    return NULL;
}

static bool in_table(const struct objective *o, const struct params_table *table) {
    return rows_any(o->rows, "", table) || rows_any(o->last, "", table) ||
           (o->pooled && rows_any(pooler_rows, "", table));
}

uint32_t model_objectives(const struct params_table *table, uint32_t wished) {
    uint32_t set = 0;
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(wished, i) && in_table(objectives[i], table))
            set |= 1u << i;
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_of_text(i) && !shares(set, objectives[i]) &&
            in_table(objectives[i], table))
            set |= 1u << i;
    return set;
}

uint32_t model_targets(uint32_t set) {
    uint32_t kinds = 0;
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i))
            kinds |= objectives[i]->targets;
    return kinds;
}
