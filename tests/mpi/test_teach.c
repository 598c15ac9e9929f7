/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a run that reads what its teacher said out of a cache must end with the bits
 * of one that asks, also where it changes from one to the other on the way.  A cache
 * that was made in pieces, or of which a file was damaged, is completed by asking about
 * what is missing alone.  One that is of something else, or lacks what will be asked
 * for, is refused by all ranks alike, also when that shows in the middle of a run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/dispatch.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/train/cache.h"
#include "src/train/teach.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

enum { LANES = 4, EXAMPLES = 12 }; /* six steps of two of each */

static struct comm *comm;

static void set_path(struct smallrun *run, const char *key, const char *name) {
    struct str path = {0};
    str_printf(&path, "%s/%s", run->folder, name);
    smallrun_set(run, key, path.data);
    str_fini(&path);
}

/* Two teachers, and a run that may learn from them. */
static void init(struct smallrun *run) {
    static const char *const settings[][2] = {
        {"model.layers", "1"},         {"train.objectives", "mlm,nsp,soft,cosine"},
        {"train.schedule_steps", "6"}, {"teacher.temperature", "2"},
        {"teacher.top", "5"},          {"teacher.cache_part_bytes", "1KiB"},
    };
    char hash[1100];
    smallrun_init(run, comm, "teach");
    smallrun_set(run, "model.layers", "2");
    smallrun_enter(run, "teacher");
    smallrun_train(run, hash);
    smallrun_set(run, "train.seed", "1");
    smallrun_enter(run, "other");
    smallrun_train(run, hash);
    is_int((int64_t)strlen(hash), 32, "teachers are trained: %s", hash);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        smallrun_set(run, settings[i][0], settings[i][1]);
    set_path(run, "teacher.from", "teacher");
}

static void train_in(struct smallrun *run, const char *dir, const char *cache,
                     char hash[1100]) {
    smallrun_enter(run, dir);
    smallrun_set(run, "teacher.cache", NULL);
    if (cache)
        set_path(run, "teacher.cache", cache);
    smallrun_train(run, hash);
}

/* What came of it; of a failure only its code. */
static struct teach_result teach(struct smallrun *run, const char *cache, int code) {
    struct teach_result result;
    struct err err = {0};
    set_path(run, "teacher.cache", cache);
    int rc = teach_run(comm, &run->config, true, &result, &err);
    is_int(rc < 0 ? (int)err.code : 0, code, "%s is taught %s", cache, err.text);
    return result;
}

/* ---- the same bits ---- */

/* What is learnt, and how much of it is kept. */
static const struct row {
    const char *objectives, *top, *name;
} rows[] = {
    {"mlm,nsp,soft,cosine", "5", "logits-and-states"},
    {"mlm,nsp,soft", "all", "all-logits"},
    {"mlm,nsp,cosine", "5", "states"},
    {"mlm,nsp,relation", "5", "attention"},
};

static void test_bits(const struct smallrun *good) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct smallrun run = *good;
        char asked[1100], read[1100], dir[64];
        config_copy(&run.config, &good->config);
        smallrun_set(&run, "train.objectives", rows[i].objectives);
        smallrun_set(&run, "teacher.top", rows[i].top);
        snprintf(dir, sizeof dir, "%s-asked", rows[i].name);
        train_in(&run, dir, NULL, asked);
        struct teach_result r = teach(&run, rows[i].name, 0);
        is_int((int64_t)r.asked, LANES * EXAMPLES, "  of all examples");
        ok(r.part < EXAMPLES, "  several files of a lane");
        snprintf(dir, sizeof dir, "%s-read", rows[i].name);
        train_in(&run, dir, rows[i].name, read);
        is_int((int64_t)strlen(asked), 32, "  a student is trained: %s", asked);
        is_str(read, asked, "  and out of the cache it has the same bits");
        config_fini(&run.config);
    }
}

/* Now it is asked, now it is read. */
static void test_turns(struct smallrun *run) {
    static const char *const ends[] = {"1", "3", "4", "6"};
    char whole[1100], last[1100];
    train_in(run, "whole", "logits-and-states", whole);
    for (int i = 0; i < 4; i++) {
        smallrun_set(run, "train.steps", ends[i]);
        train_in(run, "turns", i % 2 ? "logits-and-states" : NULL, last);
    }
    is_int((int64_t)strlen(whole), 32, "a student is trained: %s", whole);
    is_str(last, whole, "  in turns as in one");
}

/* ---- in pieces ---- */

/* A file of the cache, or of another lane's in its place. */
static void spoil(const struct smallrun *run, const char *cache, bool exchange) {
    struct cache c = {.dir = run->config.teacher_cache};
    struct str one = {0}, other = {0}, bytes = {0};
    cache_path(&c, 1, 0, &one);
    cache_path(&c, 2, 0, &other);
    comm_barrier(comm);
    if (comm_rank(comm) == 0) {
        ok(file_read(exchange ? other.data : one.data, 1 << 24, &bytes, NULL) == 0,
           "a file of %s", cache);
        if (!exchange)
            bytes.data[bytes.size - 1] ^= 1; /* of its last number */
        file_write_atomic(one.data, bytes.data, bytes.size, NULL);
    } else {
        ok(true, "a file of %s", cache);
    }
    comm_barrier(comm);
    str_fini(&one);
    str_fini(&other);
    str_fini(&bytes);
}

static void test_pieces(struct smallrun *run) {
    char whole[1100], last[1100];
    train_in(run, "whole", NULL, whole);
    smallrun_set(run, "train.steps", "2");
    struct teach_result r = teach(run, "pieces", 0);
    is_int((int64_t)r.asked, LANES * 4, "  of two steps' examples");
    train_in(run, "pieces-run", "pieces", last);
    is_int((int64_t)strlen(last), 32, "  which is enough for two steps: %s", last);
    smallrun_set(run, "train.steps", "6");
    train_in(run, "pieces-run", "pieces", last);
    ok(strstr(last, "has 4 examples of each lane, and the run asks for 12"),
       "  not for six: %s", last);
    r = teach(run, "pieces", 0);
    ok(r.asked < LANES * EXAMPLES, "  only what is missing is asked about: %d",
       (int)r.asked);
    train_in(run, "pieces-run", "pieces", last);
    is_str(last, whole, "  then it is the same");
    r = teach(run, "pieces", 0);
    is_int((int64_t)r.asked, 0, "  a second time nothing is asked");
    for (int exchange = 0; exchange < 2; exchange++) {
        spoil(run, "pieces", exchange);
        train_in(run, exchange ? "exchanged" : "damaged", "pieces", last);
        ok(strncmp(last, "65: ", 4) == 0 && strstr(last, "teacher.cache: "),
           "  a bad file is refused: %s", last);
        r = teach(run, "pieces", 0);
        ok(r.asked > 0 && r.asked <= (double)r.part, "  and made anew alone");
        train_in(run, exchange ? "exchanged" : "damaged", "pieces", last);
        is_str(last, whole, "  then it is the same");
    }
}

/* ---- refusals: of a run with the cache "logits-and-states" ---- */

static void other_data(struct smallrun *run) {
    smallrun_set(run, "train.data_seed", "7");
}

static void other_teacher(struct smallrun *run) {
    set_path(run, "teacher.from", "other");
}

static void fewer_logits(struct smallrun *run) {
    smallrun_set(run, "teacher.top", "4");
}

static void no_states(struct smallrun *run) {
    smallrun_set(run, "train.objectives", "mlm,nsp,soft");
}

static void more_steps(struct smallrun *run) { smallrun_set(run, "train.steps", "7"); }

static void nowhere(struct smallrun *run) { set_path(run, "teacher.cache", "nowhere"); }

static void nobody_learns(struct smallrun *run) {
    smallrun_set(run, "train.objectives", "mlm,nsp");
    smallrun_set(run, "teacher.from", NULL);
}

static void too_large(struct smallrun *run) {
    smallrun_set(run, "teacher.cache_bytes", "4KiB");
}

static const struct refusal {
    const char *name;
    void (*spoil)(struct smallrun *run);
    int train, teach; /* codes */
    const char *words;
} refusals[] = {
    {"of other data", other_data, 65, 65, "it is of other data (data hash "},
    {"of another teacher", other_teacher, 78, 78, "it is of another teacher (hash "},
    {"of other logits", fewer_logits, 78, 78,
     "it holds states of 16 numbers; 5 of 36 logits, and this run learns from states "
     "of 16 numbers; 4 of 36 logits"},
    {"with more than that", no_states, 78, 78, "and this run learns from 5 of 36 "},
    {"too short", more_steps, 78, 0, "has 12 examples of each lane"},
    {"not there", nowhere, 66, 0, "has no index.h5; `mpibert teach` makes one"},
    {"nobody learns", nobody_learns, 78, 78, "learns from a teacher"},
    {"too large", too_large, 0, 78, "teacher.cache_bytes: "},
};

static void test_refusals(const struct smallrun *good) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        struct smallrun run = *good;
        config_copy(&run.config, &good->config);
        smallrun_enter(&run, "refused");
        set_path(&run, "teacher.cache", "logits-and-states");
        r->spoil(&run);
        struct session session;
        struct teach_result taught;
        struct err err = {0};
        int rc = session_open(&session, comm, run.binding, &run.config, NULL, &err);
        if (rc == 0)
            session_close(&session);
        is_int(rc < 0 ? (int)err.code : 0, r->train, "%s: %s", r->name, err.text);
        if (r->teach)
            rc = teach_run(comm, &run.config, true, &taught, &err);
        is_int(r->teach && rc < 0 ? (int)err.code : 0, r->teach, "  by teach: %s",
               err.text);
        ok(strstr(err.text, r->words) != NULL, "  says '%s'", r->words);
        config_fini(&run.config);
    }
}

/* Text that changed, but neither its name nor its size: seen in the first step. */
static void test_other_text(struct smallrun *run) {
    char result[1100];
    char *text = smallrun_text(60, 1);
    for (char *c = strstr(text, "w1 "); c; c = strstr(c + 1, "w1 "))
        c[1] = '2';
    smallrun_write(run, "text.txt", text);
    train_in(run, "changed", "logits-and-states", result);
    ok(strncmp(result, "65: ", 4) == 0 && strstr(result, "is of other text"),
       "other text under the same name is noticed: %s", result);
    teach(run, "logits-and-states", 65);
    smallrun_inputs(run);
    mem_free(text);
}

/* A cache that was made on a host of another kind.  The last of all tests: kernels stay
 * limited. */
static void test_kernels(struct smallrun *run) {
    struct session s;
    struct err err = {0}, note = {0};
    bool baseline = dispatch_isa() == ISA_BASELINE;
    smallrun_enter(run, "kernels");
    set_path(run, "teacher.cache", "logits-and-states");
    if (!ok(session_open(&s, comm, run->binding, &run->config, NULL, &err) == 0,
            "a session %s", err.text))
        return;
    is_int(cache_compare_kernels(&s.cache, &note), 0,
           "  with the kernels of its cache");
    dispatch_limit(ISA_BASELINE);
    is_int(cache_compare_kernels(&s.cache, &note), baseline ? 0 : -1,
           "  and with others");
    ok(baseline || strstr(note.text, "was begun with kernels "), "  says: %s",
       note.text);
    session_close(&s);
}

/* An index that was written when the cache was begun. */
static void test_half(struct smallrun *run) {
    struct session s;
    struct err err = {0};
    char result[1100];
    smallrun_enter(run, "half");
    set_path(run, "teacher.cache", "logits-and-states");
    if (!ok(session_open(&s, comm, run->binding, &run->config, NULL, &err) == 0,
            "a session %s", err.text))
        return;
    struct cache half = s.cache;
    struct str dir = {0};
    str_printf(&dir, "%s/half-cache", run->folder);
    half.dir = dir.data;
    half.examples = 0;
    half.part = 1000000;
    ok(cache_foretell_file(&half, &run->config) <
           1.01 * EXAMPLES * cache_foretell_example(&half, &run->config),
       "a file is no larger than what there is of a lane");
    if (comm_rank(comm) == 0) {
        file_make_folder(dir.data, NULL);
        cache_save(&half, NULL);
    }
    session_close(&s);
    train_in(run, "half", "half-cache", result);
    ok(strncmp(result, "78: ", 4) == 0 && strstr(result, "is half-written"),
       "a half-written cache: %s", result);
    str_fini(&dir);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct smallrun run;
    comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) > 0);
    init(&run);
    test_bits(&run);
    test_turns(&run);
    test_pieces(&run);
    test_half(&run);
    test_refusals(&run);
    test_other_text(&run);
    test_kernels(&run);
    smallrun_fini(&run);
    comm_destroy(comm);
    return tap_done();
}
