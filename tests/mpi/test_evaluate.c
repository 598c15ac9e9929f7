/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever the number of ranks and whoever has which document, evaluation gives
 * the very numbers that one rank gives alone, as often as it is asked.  Where all
 * weights are 0 every answer is as likely as any other, so that losses are known: the
 * logarithm of how many there are.  What was not asked has no mean. */
#include "src/train/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "src/train/program.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

static struct comm *comm, *alone;

/* A model and held-out text; the text is `held.txt` of the run. */
struct trial {
    struct smallrun run;
    struct params_table table;
    struct params weights;
    struct vocab vocab;
    struct shape shape;
    struct manifest manifest;
};

static void make_vocabulary(struct trial *t) {
    struct str text = {0};
    str_printf(&text, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\n");
    for (int w = 0; w < 30; w++)
        str_printf(&text, "w%d\n", w);
    vocab_parse(&t->vocab, str_slice(&text), "test", NULL);
    str_fini(&text);
}

static void trial_init(struct trial *t, const char *name, const char *packing,
                       const char *text) {
    struct str path = {0};
    struct err err = {0};
    *t = (struct trial){0};
    smallrun_init(&t->run, comm, name);
    smallrun_write(&t->run, "held.txt", text);
    str_printf(&path, "%s/held.txt", t->run.folder);
    smallrun_set(&t->run, "data.heldout[0].path", path.data);
    smallrun_set(&t->run, "data.heldout[0].format", "blankline");
    smallrun_set(&t->run, "data.packing", packing);
    const struct config *c = &t->run.config;
    make_vocabulary(t);
    t->shape = config_shape(c, t->vocab.size);
    model_layout(&t->table, &t->shape, config_objectives(c));
    params_init(&t->weights, &t->table);
    ok(manifest_init(&t->manifest, c->heldout, c->heldout_count, &err) == 0,
       "%s: held-out text is there %s", name, err.text);
    str_fini(&path);
}

static void trial_fini(struct trial *t) {
    manifest_fini(&t->manifest);
    params_fini(&t->weights);
    params_table_fini(&t->table);
    vocab_fini(&t->vocab);
    smallrun_fini(&t->run);
}

/* By the ranks of a group, `times` passes; 0 or the error's code. */
static int ask(struct trial *t, struct comm *group, int times, struct evaluation *e,
               struct err *err) {
    const struct config *c = &t->run.config;
    struct heldout *heldout = heldout_create(c, &t->manifest, &t->vocab,
                                             comm_rank(group), comm_size(group), err);
    const struct evaluation_input input = {
        c,           {program_of(c), NULL}, heldout, &t->vocab, &t->shape,
        &t->weights, config_objectives(c)};
    int rc = 0;
    while (rc == 0 && times-- > 0)
        rc = evaluate(group, &input, e, err);
    heldout_destroy(heldout);
    return rc < 0 ? err->code : 0;
}

static bool same_mean(struct mean a, struct mean b) {
    return a.count == b.count && memcmp(&a.loss, &b.loss, sizeof a.loss) == 0 &&
           memcmp(&a.accuracy, &b.accuracy, sizeof a.accuracy) == 0;
}

static bool same(const struct evaluation *a, const struct evaluation *b) {
    bool equal = a->documents == b->documents && a->sequences == b->sequences &&
                 a->tokens == b->tokens && a->unigram_entropy == b->unigram_entropy;
    for (int i = 0; i < OBJECTIVES; i++)
        equal = equal && same_mean(a->of[i], b->of[i]);
    return equal;
}

static const char one_document[] = "w1 w2 w3 .\nw4 w5 w6 .\nw7 w8 w9 .\n";

static void test_ranks(void) {
    char *many = smallrun_text(11, 3);
    const struct {
        const char *name, *packing, *text, *most;
        uint64_t documents;
    } rows[] = {
        {"pairs", "pairs", many, NULL, 11},
        {"sentences", "doc_sentences", many, NULL, 11},
        {"first", "pairs", many, "3", 3}, /* fewer than ranks */
        {"one", "pairs", one_document, NULL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial t;
        struct evaluation truth, got, again;
        struct err err = {0};
        trial_init(&t, rows[i].name, rows[i].packing, rows[i].text);
        smallrun_set(&t.run, "evaluation.max_documents", rows[i].most);
        model_init(&t.weights, 5, 0.5);
        is_int(ask(&t, alone, 1, &truth, &err), 0, "  one rank alone %s", err.text);
        is_int(ask(&t, comm, 1, &got, &err), 0, "  all ranks %s", err.text);
        is_int(ask(&t, comm, 3, &again, &err), 0, "  three times %s", err.text);
        is_int((int64_t)truth.documents, (int64_t)rows[i].documents, "  documents");
        ok(same(&got, &truth), "  give the same numbers (mlm %.9g, %.9g)",
           got.of[OBJECTIVE_MLM].loss, truth.of[OBJECTIVE_MLM].loss);
        ok(same(&again, &truth), "  the third time, too");
        trial_fini(&t);
    }
    mem_free(many);
}

/* Weights of 0. */
static void test_known(void) {
    static const struct {
        const char *name, *packing, *text;
        bool pairs;
        double entropy, unknown;
    } rows[] = {
        {"even", "pairs", "w1 w1 w1 .\n. . w1 .\n\nw1 w1 .\n. . w1\n", true, 1, 0},
        {"apart", "doc_sentences", "w1 .\n. w1\n", false, 1, 0},
        {"single", "pairs", "w1 w2\n", false, 1, 0}, /* no second half */
        {"unknown", "doc_sentences", "w1 . w1 .\nw1 . x x\n", false, 0, 0.25},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial t;
        struct evaluation e;
        struct err err = {0};
        trial_init(&t, rows[i].name, rows[i].packing, rows[i].text);
        is_int(ask(&t, comm, 1, &e, &err), 0, "  is evaluated %s", err.text);
        struct mean mlm = e.of[OBJECTIVE_MLM], nsp = e.of[OBJECTIVE_NSP];
        ok(fabs(mlm.loss - log(t.vocab.size)) < 1e-6, "  mlm %.7f is ln %d", mlm.loss,
           (int)t.vocab.size);
        ok(rows[i].pairs ? fabs(nsp.loss - log(2)) < 1e-6
                         : nsp.count == 0 && isnan(nsp.loss) && isnan(nsp.accuracy),
           "  nsp %.7f of %d pairs", nsp.loss, (int)nsp.count);
        ok(rows[i].entropy == 0 || fabs(e.unigram_entropy - log(2)) < 1e-9,
           "  entropy of two words %.9f", e.unigram_entropy);
        ok(fabs(evaluation_unknown(&e) - rows[i].unknown) < 1e-9, "  unknown %.3f",
           evaluation_unknown(&e));
        trial_fini(&t);
    }
}

static void test_failures(void) {
    static const struct {
        const char *name, *text;
        float weight; /* the first */
        int code;
        const char *words;
    } rows[] = {
        {"empty", "", 0, 65, "held.txt"},
        {"blank", "\n\n\n", 0, 65, "held.txt"},
        {"nan", one_document, NAN, 70, "is no loss"},
        {"infinite", one_document, INFINITY, 70, "is no loss"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial t;
        struct evaluation e;
        struct err err = {0};
        trial_init(&t, rows[i].name, "pairs", rows[i].text);
        for (size_t w = 0; w < t.table.total; w++)
            t.weights.data[w] = rows[i].weight;
        is_int(ask(&t, comm, 1, &e, &err), rows[i].code, "  %s", err.text);
        ok(strstr(err.text, rows[i].words) != NULL, "  says '%s'", rows[i].words);
        trial_fini(&t);
    }
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    alone = comm_split(comm, comm_rank(comm));
    tap_quiet(comm_rank(comm) > 0);
    test_ranks();
    test_known();
    test_failures();
    comm_leave(alone);
    comm_destroy(comm);
    return tap_done();
}
