/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a student learns what a teacher says of the text that it sees masked.  What is
 * said of a sequence must be the same bits whoever asks, with whatever other sequences;
 * a run in pieces must end with the bits of a run in one; a teacher that does not fit,
 * or is not the one who taught so far, is refused by all ranks alike. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/train/live.h"
#include "src/train/trainer.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

static struct comm *comm;

/* A run that has taught itself, of two layers, in "teacher"; and one that may learn
 * from it. */
static void init(struct smallrun *run) {
    char hash[1100];
    smallrun_init(run, comm, "distill");
    smallrun_set(run, "model.layers", "3");
    smallrun_enter(run, "teacher");
    smallrun_train(run, hash);
    is_int((int64_t)strlen(hash), 32, "a teacher is trained: %s", hash);
    smallrun_set(run, "train.seed", "1");
    smallrun_enter(run, "other");
    smallrun_train(run, hash);
    is_int((int64_t)strlen(hash), 32, "and another: %s", hash);
    smallrun_set(run, "model.layers", "1");
    smallrun_set(run, "train.objectives", "mlm,nsp,soft,relation,cosine");
    smallrun_set(run, "train.schedule_steps", "6");
    smallrun_set(run, "teacher.temperature", "2");
    smallrun_set(run, "teacher.top", "5");
}

/* teacher.from a folder of the run's. */
static void learn_from(struct smallrun *run, const char *name) {
    struct str path = {0};
    str_printf(&path, "%s/%s", run->folder, name);
    smallrun_set(run, "teacher.from", path.data);
    str_fini(&path);
}

/* ---- what it says ---- */

enum { B = 23, LENGTH = 24, MASK = 4 };

static void make_batch(struct share own, struct batch *batch) {
    batch_init(batch, B, LENGTH);
    for (int64_t b = own.first; b < own.first + own.count; b++) {
        int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
        struct example e = {.length = 5 + (int32_t)b % 17,
                            .split = 4,
                            .next = NEXT_NONE,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)b, 0);
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, 30);
            if (i % 4 != 1)
                continue;
            positions[e.masked] = i;
            labels[e.masked++] = ids[i];
            ids[i] = MASK;
        }
        batch_add(batch, &e, (struct origin){(uint32_t)b, 0});
    }
}

/* What it says of a share, asked in chunks; owned. */
struct said {
    float *states, *logits, *attention;
    int32_t *at;
    int64_t rows, tokens, width, top;
};

static void keep(struct said *said, const struct targets *t, int64_t row,
                 int64_t token) {
    size_t states = (size_t)(t->rows * t->width);
    size_t logits = (size_t)t->logits.starts[t->rows], from = (size_t)(row * said->top);
    memcpy(said->states + row * t->width, t->states, states * sizeof(float));
    memcpy(said->logits + from, t->logits.values, logits * sizeof(float));
    memcpy(said->at + from, t->logits.at, logits * sizeof *said->at);
    memcpy(said->attention + token * 3 * said->width, t->attention,
           (size_t)(t->tokens * 3 * said->width) * sizeof(float));
}

static struct said ask(struct live *live, struct share own, int64_t chunk) {
    struct batch batch;
    make_batch(own, &batch);
    int32_t ids[B * LENGTH];
    const struct batch text = batch_unmask(&batch, ids);
    struct said said = {.rows = text.M, .tokens = text.T, .width = 16, .top = 5};
    said.attention = mem_alloc((size_t)(text.T * 3 * said.width), sizeof(float));
    said.states = mem_alloc((size_t)(text.M * said.width), sizeof(float));
    said.logits = mem_alloc((size_t)(text.M * said.top), sizeof(float));
    said.at = mem_alloc((size_t)(text.M * said.top), sizeof *said.at);
    for (int64_t b = 0, n; b < text.B; b += n) {
        n = b + chunk < text.B ? chunk : text.B - b;
        struct targets t = live_ask(live, &text, b, n, NULL);
        keep(&said, &t, text.masked_starts[b], text.starts[b]);
    }
    batch_fini(&batch);
    return said;
}

static void said_fini(struct said *said) {
    mem_free(said->states);
    mem_free(said->logits);
    mem_free(said->attention);
    mem_free(said->at);
}

/* Whether one said of all rows from `row` and all tokens from `token` on what the other
 * did. */
static bool agree(const struct said *mine, const struct said *all, int64_t row,
                  int64_t token) {
    size_t states = (size_t)(mine->rows * mine->width);
    size_t logits = (size_t)(mine->rows * mine->top);
    const float *other = all->states + row * all->width;
    return memcmp(mine->states, other, states * sizeof *other) == 0 &&
           memcmp(mine->logits, all->logits + row * all->top, logits * sizeof *other) ==
               0 &&
           memcmp(mine->at, all->at + row * all->top, logits * sizeof *mine->at) == 0 &&
           memcmp(mine->attention, all->attention + token * 3 * all->width,
                  (size_t)(mine->tokens * 3 * mine->width) * sizeof *other) == 0;
}

static void test_shares(struct smallrun *run) {
    struct session s;
    struct err err = {0};
    smallrun_enter(run, "asked");
    learn_from(run, "teacher");
    if (!ok(session_open(&s, comm, run->binding, &run->config, NULL, &err) == 0,
            "a student's session %s", err.text))
        return;
    const struct stepper_options options = {.config = &run->config,
                                            .max_sequences = B,
                                            .max_length = LENGTH,
                                            .teacher = &s.teacher};
    struct live *live = live_create(&options);
    struct share own = partition(B, comm_rank(comm), comm_size(comm));
    const struct share before = {0, own.first};
    struct said all = ask(live, (struct share){0, B}, 2), mine = ask(live, own, 3);
    struct batch first;
    make_batch(before, &first);
    ok(mine.rows > 0 && agree(&mine, &all, first.M, first.T),
       "what it says of %d rows does not depend on who asks", (int)mine.rows);
    batch_fini(&first);
    said_fini(&all);
    said_fini(&mine);
    live_destroy(live);
    session_close(&s);
}

/* ---- a run ---- */

static void test_pieces(struct smallrun *run) {
    static const char *const ends[] = {"1", "4", "6"};
    char whole[1100], last[1100], plain[1100];
    learn_from(run, "teacher");
    smallrun_set(run, "train.steps", "6");
    smallrun_enter(run, "whole");
    smallrun_train(run, whole);
    smallrun_enter(run, "pieces");
    for (int i = 0; i < 3; i++) {
        smallrun_set(run, "train.steps", ends[i]);
        smallrun_train(run, last);
    }
    is_int((int64_t)strlen(whole), 32, "a student is trained: %s", whole);
    is_str(last, whole, "  in pieces as in one");
    smallrun_enter(run, "by-other");
    learn_from(run, "other");
    smallrun_train(run, last);
    ok(strcmp(last, whole) != 0, "  by another teacher otherwise");
    smallrun_enter(run, "alone");
    smallrun_set(run, "teacher.from", NULL);
    smallrun_set(run, "train.objectives", "mlm,nsp");
    smallrun_train(run, plain);
    ok(strcmp(plain, whole) != 0, "  and by none, too");
    smallrun_set(run, "train.objectives", "mlm,nsp,soft,relation,cosine");
    learn_from(run, "teacher");
    smallrun_enter(run, "whole");
}

/* A student's layer may begin as one of the teacher's. */
static void test_beginning(struct smallrun *run) {
    struct session s;
    struct err err = {0};
    static const char name[] = "bert.encoder.layer.%d.attention.self.query.weight";
    char own[TENSOR_NAME_SIZE], theirs[TENSOR_NAME_SIZE];
    smallrun_set(run, "teacher.init_layers", "2");
    smallrun_enter(run, "begun");
    if (ok(session_open(&s, comm, run->binding, &run->config, NULL, &err) == 0,
           "a student that begins as layer 2 %s", err.text)) {
        snprintf(own, sizeof own, name, 0);
        snprintf(theirs, sizeof theirs, name, 2);
        const struct tensor *to = params_find(&s.table, own);
        const struct tensor *from = params_find(&s.teacher.bundle.table, theirs);
        ok(memcmp(stepper_weights(s.stepper)->data + to->offset,
                  s.teacher.bundle.weights.data + from->offset,
                  to->count * sizeof(float)) == 0,
           "  has its weights");
        session_close(&s);
    }
    smallrun_set(run, "teacher.init_layers", NULL);
    smallrun_enter(run, "whole");
}

/* ---- refusals: the student of "whole" goes on ---- */

static void other_teacher(struct smallrun *run) { learn_from(run, "other"); }

static void nowhere(struct smallrun *run) { learn_from(run, "nowhere"); }

static void another_layer(struct smallrun *run) {
    smallrun_set(run, "train.objectives", "mlm,nsp,cosine");
    smallrun_set(run, "train.allow_change", "train.objectives");
    smallrun_set(run, "teacher.layer", "2");
}

static void no_layer(struct smallrun *run) {
    smallrun_set(run, "teacher.layer", "4");
    smallrun_enter(run, "new");
}

static void cased(struct smallrun *run) {
    smallrun_set(run, "data.lowercase", "false");
    smallrun_enter(run, "new");
}

static void other_words(struct smallrun *run) {
    smallrun_write(run, "other.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\nw1\nw2\n");
    struct str path = {0};
    str_printf(&path, "%s/other.txt", run->folder);
    smallrun_set(run, "data.vocab", path.data);
    smallrun_enter(run, "new");
    str_fini(&path);
}

static void too_long(struct smallrun *run) {
    smallrun_set(run, "model.max_positions", "64");
    smallrun_set(run, "train.sequence_length", "40");
    smallrun_enter(run, "new");
}

static void other_width(struct smallrun *run) {
    smallrun_set(run, "model.hidden", "12");
    smallrun_enter(run, "new");
}

static void layer_below(struct smallrun *run) {
    smallrun_set(run, "teacher.layer", "2");
    smallrun_enter(run, "new");
}

static void begin_as(struct smallrun *run, const char *layers) {
    smallrun_set(run, "teacher.init_layers", layers);
    smallrun_enter(run, "new");
}

static void few_layers(struct smallrun *run) { begin_as(run, "0,2"); }

static void beyond(struct smallrun *run) { begin_as(run, "3"); }

static void seven(struct smallrun *run) {
    smallrun_set(run, "teacher.relation_heads", "7");
    smallrun_enter(run, "new");
}

static void narrow(struct smallrun *run) {
    smallrun_set(run, "model.ffn", "24");
    begin_as(run, "1");
}

static void nobody_learns(struct smallrun *run) {
    smallrun_set(run, "train.objectives", "mlm,nsp");
    smallrun_enter(run, "new");
}

static const struct refusal {
    const char *name;
    void (*spoil)(struct smallrun *run);
    int code;
    const char *words;
} refusals[] = {
    {"another teacher", other_teacher, 78, "is not who taught this run (hash "},
    {"another layer", another_layer, 78, "teacher.layer: is 2 now"},
    {"nobody", nowhere, 66, "teacher.from: "},
    {"nobody learns from it", nobody_learns, 78,
     "teacher.from: nothing that is trained learns from a teacher"},
    {"no such layer", no_layer, 78, "teacher.layer: is 4, but "},
    {"other text", cased, 78,
     "it was trained with data.lowercase true, and this run "
     "has false"},
    {"other tokens", other_words, 78, "has another vocabulary than data.vocab"},
    {"too long", too_long, 78, "it has 32 positions, and sequences have up to 40"},
    {"not the last", layer_below, 78, "soft needs what the teacher says in the end"},
    {"few layers", few_layers, 78, "names 2 layers, and the model has 1"},
    {"beyond its layers", beyond, 78,
     "'3' is no layer of the teacher, which has 0 to 2"},
    {"seven heads", seven, 78, "teacher.relation_heads: 7 do not divide the student's"},
    {"of another size", narrow, 78, "intermediate.dense.weight is 32 × 16 there"},
    {"other width", other_width, 78, "the teacher's is 16, model.hidden 12"},
};

static void test_refusals(const struct smallrun *good) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        struct smallrun run = *good;
        struct session session;
        struct err err = {0};
        config_copy(&run.config, &good->config);
        r->spoil(&run);
        int rc = session_open(&session, comm, run.binding, &run.config, NULL, &err);
        is_int(rc < 0 ? (int)err.code : 0, r->code, "%s: %s", r->name, err.text);
        ok(strstr(err.text, r->words) != NULL, "  says '%s'", r->words);
        if (rc == 0)
            session_close(&session);
        config_fini(&run.config);
    }
}

/* What options alone tell. */
static void test_options(const struct smallrun *good) {
    static const struct {
        const char *objectives;
        bool teacher;
        const char *words; /* NULL: it is well */
    } rows[] = {
        {"mlm,nsp,soft,relation,cosine", true, NULL},
        {"mlm,nsp", false, NULL},
        {"mlm,nsp,soft,relation,cosine", false,
         "train.objectives: soft is learnt from a teacher, and teacher.from names "
         "none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct smallrun run = *good;
        struct err err = {0};
        config_copy(&run.config, &good->config);
        smallrun_set(&run, "train.objectives", rows[i].objectives);
        if (!rows[i].teacher)
            smallrun_set(&run, "teacher.from", NULL);
        is_int(config_check(&run.config, &err) < 0, rows[i].words != NULL, "%s, %s: %s",
               rows[i].objectives, rows[i].teacher ? "taught" : "alone", err.text);
        ok(rows[i].words == NULL || strstr(err.text, rows[i].words), "  says so");
        config_fini(&run.config);
    }
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct smallrun run;
    comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) > 0);
    init(&run);
    test_shares(&run);
    test_pieces(&run);
    test_beginning(&run);
    test_refusals(&run);
    test_options(&run);
    smallrun_fini(&run);
    comm_destroy(comm);
    return tap_done();
}
