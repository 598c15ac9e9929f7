/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a run that is opened goes on where its newest good checkpoint left it, with
 * the same numbers on every rank: so one that was cut into pieces, anywhere, ends with
 * the bits of one that was not.  What is not the same run any more is refused by all
 * ranks alike, before anything is changed. */
#include "src/train/session.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/mem.h"
#include "src/train/trainer.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

static struct comm *comm;

/* Opens and closes; 0, or the code with its words. */
static int try_open(struct smallrun *run, struct err *err) {
    struct session session;
    *err = (struct err){0};
    if (session_open(&session, comm, run->binding, &run->config, NULL, err) < 0)
        return err->code;
    session_close(&session);
    return 0;
}

/* The run in "run" has been trained to its end: steps 0, 1 and 2 are there. */
static void trained(struct smallrun *run, const char *name) {
    char hash[1100];
    smallrun_init(run, comm, name);
    smallrun_set(run, "train.steps", "2");
    smallrun_set(run, "checkpoint.every_steps", "1");
    smallrun_train(run, hash);
    is_int((int64_t)strlen(hash), 32, "a run is trained: %s", hash);
}

/* ---- going on ---- */

static const struct piecewise {
    const char *name;
    const char *optimizer;
    const char *ends[4]; /* train.steps of each start; the last is 6 */
} pieces[] = {
    {"adamw", "adamw", {"1", "4", "6"}}, {"none-first", "adamw", {"0", "6"}},
    {"again", "adamw", {"6", "6"}}, /* complete already */
    {"lamb", "lamb_nvidia", {"2", "6"}}, {"muon", "muon", {"5", "6"}},
};

static void test_pieces(void) {
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const struct piecewise *p = &pieces[i];
        struct smallrun run;
        char whole[1100], last[1100] = "";
        smallrun_init(&run, comm, p->name);
        smallrun_set(&run, "train.optimizer", p->optimizer);
        smallrun_set(&run, "train.schedule_steps", "6");
        smallrun_set(&run, "checkpoint.every_steps", NULL);
        smallrun_enter(&run, "whole");
        smallrun_train(&run, whole);
        smallrun_enter(&run, "pieces");
        for (int k = 0; k < 4 && p->ends[k]; k++) {
            smallrun_set(&run, "train.steps", p->ends[k]);
            smallrun_train(&run, last);
        }
        is_str(last, whole, "%s: in pieces as in one", p->name);
        smallrun_fini(&run);
    }
}

/* What a session has of a checkpoint. */
static void test_state(void) {
    struct smallrun run;
    struct session s;
    struct err err = {0};
    trained(&run, "state");
    if (!ok(session_open(&s, comm, run.binding, &run.config, NULL, &err) == 0,
            "it opens again %s", err.text))
        return;
    struct str path = {0};
    struct params weights;
    ckpt_path(run.config.checkpoint_dir, 2, &path);
    struct ckpt *ckpt = ckpt_open(path.data, &err);
    const struct ckpt_header *h = ckpt_header(ckpt);
    params_init(&weights, &s.table);
    is_int(ckpt_read(ckpt, CKPT_WEIGHTS, &weights, &err), 0, "  the file is read");
    is_int(s.step, 2, "  step");
    is_int((int64_t)s.tokens, (int64_t)h->tokens, "  tokens");
    is_int(s.steps_before, 2, "  train.steps of then");
    ok(memcmp(stepper_weights(s.stepper)->data, weights.data,
              weights.table->total * sizeof(float)) == 0,
       "  weights");
    ok(memcmp(s.cursors, h->cursors, (size_t)h->lanes * h->cursor_bytes) == 0,
       "  where the lanes stand");
    is_str(s.origin.data, path.data, "  and where it is from");
    ok(strstr(s.ledger.data, "step 2: resumed on ") != NULL, "  its story goes on");
    params_fini(&weights);
    ckpt_close(ckpt);
    session_close(&s);
    str_fini(&path);
    smallrun_fini(&run);
}

/* ---- refusals ---- */

/* Each does something to a trained run that makes it another. */
static void other_text(struct smallrun *run) {
    char *text = smallrun_text(61, 1);
    smallrun_write(run, "text.txt", text);
    mem_free(text);
}

static void other_vocabulary(struct smallrun *run) {
    smallrun_write(run, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\nw1\nw2\n");
}

static void other_size(struct smallrun *run) { smallrun_set(run, "model.ffn", "48"); }

static void other_rate(struct smallrun *run) {
    smallrun_set(run, "train.learning_rate", "0.02");
}

static void no_text(struct smallrun *run) {
    smallrun_set(run, "data.sources[0].path", "/nowhere/text.txt");
}

static void few_lanes(struct smallrun *run) { smallrun_set(run, "train.lanes", "1"); }

static void cut_all(struct smallrun *run) {
    for (int64_t step = 1; step <= 2; step++) {
        struct str path = {0};
        ckpt_path(run->config.checkpoint_dir, step, &path);
        if (comm_rank(comm) == 0)
            ok(truncate(path.data, 3000) == 0, "step %d is cut", (int)step);
        str_fini(&path);
    }
}

static void no_folder(struct smallrun *run) {
    smallrun_write(run, "file", "");
    smallrun_enter(run, "file");
}

static void no_model(struct smallrun *run) {
    smallrun_set(run, "train.init_from", "/nowhere");
    smallrun_enter(run, "new");
}

static const struct refusal {
    const char *name;
    void (*spoil)(struct smallrun *run);
    int code;
    const char *words;
} refusals[] = {
    {"other-text", other_text, 78, "the data is not what this run was started on"},
    {"other-vocabulary", other_vocabulary, 78, "checkpoint-000000002.h5"},
    {"other-size", other_size, 78, "model.ffn"},
    {"other-rate", other_rate, 78, "train.learning_rate"},
    {"no-text", no_text, 66, "/nowhere/text.txt"},
    {"few-lanes", few_lanes, 78, "lanes"},
    {"no-folder", no_folder, 74, "file"},
    {"no-model", no_model, 66, "train.init_from: /nowhere"},
    {"cut-all", cut_all, 65, "all checkpoints after step 0 are damaged"}, /* the last */
};

static void test_refusal(struct smallrun *good, const struct refusal *r) {
    struct smallrun run = *good;
    struct err err;
    char before[512], after[512];
    config_copy(&run.config, &good->config);
    r->spoil(&run);
    smallrun_list(&run, before);
    is_int(try_open(&run, &err), r->code, "%s: %s", r->name, err.text);
    ok(strstr(err.text, r->words) != NULL, "  says '%s'", r->words);
    smallrun_list(&run, after);
    is_str(after, before, "  and leaves the folder as it was");
    config_fini(&run.config);
    smallrun_inputs(good);
}

static void test_refusals(void) {
    struct smallrun run;
    trained(&run, "refused");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        test_refusal(&run, &refusals[i]);
    smallrun_fini(&run);
}

/* One damaged is passed over, and steps aside. */
static void test_fall_back(void) {
    struct smallrun run;
    struct session s;
    struct err err = {0};
    struct str path = {0};
    char list[512];
    trained(&run, "back");
    ckpt_path(run.config.checkpoint_dir, 2, &path);
    if (comm_rank(comm) == 0)
        ok(truncate(path.data, 3000) == 0, "the newest is cut");
    comm_barrier(comm);
    if (ok(session_open(&s, comm, run.binding, &run.config, NULL, &err) == 0,
           "it opens %s", err.text)) {
        is_int(s.step, 1, "  at the one before");
        session_close(&s);
    }
    smallrun_list(&run, list);
    is_str(list, "0 1 checkpoint-000000002.h5.bad evaluations.jsonl metrics.jsonl",
           "  and the damaged one is kept apart");
    str_fini(&path);
    smallrun_fini(&run);
}

/* ---- one run, one folder ---- */

static void test_twice(void) {
    struct smallrun run;
    struct session first;
    struct err err = {0};
    trained(&run, "twice");
    if (!ok(session_open(&first, comm, run.binding, &run.config, NULL, &err) == 0,
            "a session %s", err.text))
        return;
    is_int(try_open(&run, &err), 78, "a second in the same folder: %s", err.text);
    ok(strstr(err.text, "another run is at work in this folder (host ") != NULL,
       "  is told whose it is");
    session_close(&first);
    is_int(try_open(&run, &err), 0, "  and has it after that %s", err.text);
    smallrun_fini(&run);
}

/* ---- its logs ---- */

/* A log that cannot be written ends a run on all ranks, at once. */
static void test_log(void) {
    struct smallrun run;
    char result[1100];
    struct str path = {0};
    smallrun_init(&run, comm, "log");
    str_printf(&path, "%s/run", run.folder);
    if (comm_rank(comm) == 0)
        mkdir(path.data, 0777);
    str_printf(&path, "/metrics.jsonl");
    if (comm_rank(comm) == 0)
        ok(mkdir(path.data, 0777) == 0, "a folder where the log should be");
    comm_barrier(comm);
    smallrun_train(&run, result);
    ok(strncmp(result, "74: ", 4) == 0 && strstr(result, "metrics.jsonl"),
       "  is 74: %s", result);
    str_fini(&path);
    smallrun_fini(&run);
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) > 0);
    test_pieces();
    test_state();
    test_refusals();
    test_fall_back();
    test_twice();
    test_log();
    comm_destroy(comm);
    return tap_done();
}
