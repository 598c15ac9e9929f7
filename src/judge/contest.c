/* SPDX-License-Identifier: Apache-2.0 */
/* Contests: see contest.h. */
#include "src/judge/contest.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "src/base/mem.h"

static int check_examples(const struct predictions *a, const struct predictions *b,
                          struct err *err) {
    if (a->kind != b->kind)
        return err_set(err, ERR_DATA, "%s of A, but %s of B; give the same kind",
                       predictions_kind_name(a->kind), predictions_kind_name(b->kind));
    if (a->examples != b->examples || a->questions != b->questions)
        return err_set(err, ERR_DATA,
                       "%" PRId64 " examples of A, but %" PRId64 " of B (%" PRId64
                       " and %" PRId64 " questions); both must have answered the same",
                       a->examples, b->examples, a->questions, b->questions);
    for (int64_t i = 0; i < a->questions; i++)
        if (a->gold[i] != b->gold[i])
            return err_set(err, ERR_DATA,
                           "the right answer to question %" PRId64
                           " differs; A and B must have answered the same questions "
                           "in the same order",
                           i + 1);
    return 0;
}

static int check_labels(const struct predictions *a, const struct predictions *b,
                        struct err *err) {
    bool same = a->label_count == b->label_count;
    for (int i = 0; same && i < a->label_count; i++)
        same = slice_equal(str_slice(&a->labels[i]), str_slice(&b->labels[i]));
    if (same)
        return 0;
    return err_set(err, ERR_DATA, "the labels of A and B are not the same");
}

static int open_side(struct contest *c, int i, struct err *err) {
    const struct predictions *set = c->set[i];
    if (sheet_init(&c->sheet[i], set, c->metric, err) < 0)
        return -1;
    double *scores = mem_alloc((size_t)set->runs, sizeof *scores);
    sheet_score(&c->sheet[i], scores);
    int rc = contender_init(&c->contender[i], set, scores, c->of_seeds, err);
    mem_free(scores);
    if (rc < 0)
        return err_prefix(err, "%c", "AB"[i]);
    c->bootstrap.side[i] = (struct bootstrap_side){
        &c->sheet[i], c->contender[i].seed_count, c->contender[i].seed_of};
    return 0;
}

static void list_seeds(const struct contender *contender, struct str *out) {
    for (int i = 0; i < contender->seed_count && i < 12; i++)
        str_printf(out, "%s%" PRId64, i ? "," : "", contender->seeds[i]);
    if (contender->seed_count > 12)
        str_printf(out, ",…");
}

static int pair(struct contest *c, enum contest_pairing pairing, struct err *err) {
    const struct contender *a = &c->contender[0], *b = &c->contender[1];
    bool same =
        a->seed_count == b->seed_count &&
        memcmp(a->seeds, b->seeds, (size_t)a->seed_count * sizeof *a->seeds) == 0;
    c->bootstrap.paired = same && pairing != CONTEST_UNPAIRED;
    if (same || pairing != CONTEST_PAIRED)
        return 0;
    struct str seeds[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++)
        list_seeds(&c->contender[i], &seeds[i]);
    err_set(err, ERR_DATA,
            "seeds %s of A, but %s of B: only the same seeds can be paired; leave the "
            "others out, or compare --unpaired",
            seeds[0].data, seeds[1].data);
    str_fini(&seeds[0]);
    str_fini(&seeds[1]);
    return -1;
}

int contest_init(struct contest *c, const struct predictions *a,
                 const struct predictions *b, const struct metric *metric,
                 const struct contest_options *options, struct err *err) {
    *c = (struct contest){.set = {a, b}, .metric = metric};
    c->of_seeds = contender_is_family(a) || contender_is_family(b)
                      ? CONTENDER_PRETRAINING
                      : CONTENDER_FINETUNING;
    if (check_examples(a, b, err) < 0 || check_labels(a, b, err) < 0 ||
        open_side(c, 0, err) < 0 || open_side(c, 1, err) < 0 ||
        pair(c, options->pairing, err) < 0)
        return -1;
    c->bootstrap.draw_seeds = !options->examples_only;
    c->bootstrap.draw_examples = !options->seeds_only && a->examples > 1;
    c->bootstrap.seed = options->seed;
    bootstrap_observe(&c->bootstrap, c->observed);
    return 0;
}

void contest_fini(struct contest *c) {
    for (int i = 0; i < 2; i++) {
        sheet_fini(&c->sheet[i]);
        contender_fini(&c->contender[i]);
    }
}
