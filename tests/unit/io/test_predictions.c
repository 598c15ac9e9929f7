/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: sets of predictions that were written are read back as they were, of each
 * kind, with odd names; a file that is not such a file, or whose numbers or texts were
 * changed, is one clear error and no sets. */
#include "io/predictions.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "tests/tap.h"

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

static void add_run(struct predictions *set, const char *release, int64_t seed) {
    struct prediction_run run = {
        .pretraining_seed = 3, .step = -1, .rate = 2e-5, .seed = seed};
    str_append(&run.release, release, strlen(release));
    float *answers = predictions_add_run(set, &run);
    for (int64_t i = 0; i < set->questions; i++)
        answers[i] =
            (float)((i + seed) % (set->label_count > 0 ? set->label_count : 7));
    str_fini(&run.release);
}

/* Example i of `examples` has i questions if they are tags, else one. */
static void make(struct predictions *set, const char *name, enum predictions_kind kind,
                 int64_t examples, int labels) {
    *set = (struct predictions){.kind = kind};
    str_append(&set->name, name, strlen(name));
    str_append(&set->metrics, "accuracy f1", 11);
    for (int i = 0; i < labels; i++)
        predictions_add_label(set, slice_of(i ? "B-PER" : "O"));
    for (int64_t i = 0; i < examples; i++) {
        int64_t questions = kind == PREDICTIONS_TAGS   ? i
                            : kind == PREDICTIONS_SETS ? labels
                                                       : 1;
        float *gold = predictions_add_example(set, questions);
        for (int64_t j = 0; j < questions; j++)
            gold[j] = labels ? (float)((i + j) % labels) : (float)i / 7;
    }
    add_run(set, "a model with \"marks\", é", 0);
    add_run(set, "tab\there", 12);
}

static bool same_floats(const float *a, const float *b, int64_t n) {
    return memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static void compare(const struct predictions *got, const struct predictions *want) {
    const char *name = want->name.data;
    is_str(got->name.data, name, "%s: name", name);
    is_int(got->kind, want->kind, "%s: kind", name);
    is_str(got->metrics.data, want->metrics.data, "%s: metrics", name);
    is_int(got->label_count, want->label_count, "%s: labels", name);
    if (want->label_count > 1)
        is_str(got->labels[1].data, "B-PER", "%s: label 1", name);
    is_int(got->examples, want->examples, "%s: examples", name);
    is_int(got->questions, want->questions, "%s: questions", name);
    ok(memcmp(got->lengths, want->lengths, (size_t)want->examples * sizeof(int64_t)) ==
           0,
       "%s: lengths", name);
    ok(same_floats(got->gold, want->gold, want->questions), "%s: gold", name);
    is_int(got->runs, want->runs, "%s: runs", name);
    ok(same_floats(got->predicted, want->predicted, want->runs * want->questions),
       "%s: predicted", name);
    is_str(got->run[0].release.data, "a model with \"marks\", é", "%s: release", name);
    is_str(got->run[1].release.data, "tab here", "%s: a control becomes a blank", name);
    ok(got->run[1].seed == 12 && got->run[1].rate == 2e-5 && got->run[1].step == -1 &&
           got->run[1].pretraining_seed == 3,
       "%s: identity", name);
}

static void test_round_trip(void) {
    enum { N = 5 };
    struct predictions want[N];
    struct prediction_sets got = {0};
    struct err err = {0};
    make(&want[0], "mrpc", PREDICTIONS_LABELS, 5, 2);
    make(&want[1], "sts-b", PREDICTIONS_NUMBERS, 3000, 0);
    make(&want[2], "conll", PREDICTIONS_TAGS, 40, 3);
    make(&want[3], "squad", PREDICTIONS_SCORES, 1, 0);
    make(&want[4], "topics", PREDICTIONS_SETS, 12, 2);
    const char *path = path_of("p.h5");
    is_int(predictions_write(path, want, N, &err), 0, "written: %s", err.text);
    is_int(predictions_write(path, want, N, &err), 0, "and over itself: %s", err.text);
    is_int(predictions_read(path, &got, &err), 0, "read: %s", err.text);
    is_int(got.count, N, "all sets");
    for (int i = 0; i < got.count; i++)
        compare(&got.sets[i], &want[i]);
    prediction_sets_fini(&got);
    for (int i = 0; i < N; i++)
        predictions_fini(&want[i]);
    is_int(predictions_write(path_of("no/such/p.h5"), want, 0, &err), -1,
           "a folder that is not there");
    is_int(err.code, ERR_IO, "is 74: %s", err.text);
}

/* Files that predictions_write would not write. */
static void write_text(const char *path) {
    file_write_atomic(path, "hello\n", 6, NULL);
}

static void write_other(const char *path) {
    struct hdf5 *file = hdf5_create(path, NULL);
    hdf5_set_text(file, "format", "mpibert checkpoint", NULL);
    hdf5_close(file, NULL);
}

static void write_version(const char *path) {
    struct hdf5 *file = hdf5_create(path, NULL);
    hdf5_set_text(file, "format", "mpibert predictions", NULL);
    hdf5_set_int(file, "version", 99, NULL);
    hdf5_close(file, NULL);
}

/* One that is right but for `change`, which is made to its bytes. */
static void write_changed(const char *path, const char *from, const char *to) {
    struct predictions set;
    struct str bytes = {0};
    make(&set, "conll", PREDICTIONS_TAGS, 10, 2);
    predictions_write(path, &set, 1, NULL);
    file_read(path, 1 << 24, &bytes, NULL);
    char *at = memmem(bytes.data, bytes.size, from, strlen(from));
    ok(at != NULL, "what is to be changed is in the file");
    if (at)
        memcpy(at, to, strlen(to));
    file_write_atomic(path, bytes.data, bytes.size, NULL);
    str_fini(&bytes);
    predictions_fini(&set);
}

static void write_kind(const char *path) { write_changed(path, "kind: t", "kind: x"); }
static void write_label(const char *path) { write_changed(path, "B-PER", "B-ORG"); }
static void write_run(const char *path) { write_changed(path, "\t12\n", "\tx2\n"); }
static void write_seed(const char *path) { write_changed(path, "\t12\n", "\t13\n"); }

static void write_answer(const char *path) {
    struct predictions set;
    make(&set, "mrpc", PREDICTIONS_LABELS, 10, 2);
    set.predicted[3] = 2;
    predictions_write(path, &set, 1, NULL);
    predictions_fini(&set);
}

static void write_gold(const char *path) {
    struct predictions set;
    make(&set, "mrpc", PREDICTIONS_LABELS, 10, 2);
    set.gold[3] = -1;
    predictions_write(path, &set, 1, NULL);
    predictions_fini(&set);
}

static void write_none(const char *path) { (void)path; }

static const struct {
    const char *what;
    void (*write)(const char *path);
    int code;
    const char *says;
} faults[] = {
    {"no file", write_none, ERR_MISSING, "cannot open"},
    {"text", write_text, ERR_DATA, "cannot open it as HDF5"},
    {"a checkpoint", write_other, ERR_DATA, "holds no predictions"},
    {"of the future", write_version, ERR_CONFIG, "version 99"},
    {"an unknown kind", write_kind, ERR_DATA, "predictions of conll: not of a known"},
    {"another label", write_label, ERR_DATA, "its hash is another"},
    {"another seed", write_seed, ERR_DATA, "its hash is another"},
    {"a run of no number", write_run, ERR_DATA, "a run is not named"},
    {"an answer that is no label", write_answer, ERR_DATA, "not one of its labels"},
    {"a right answer that is none", write_gold, ERR_DATA, "not one of its labels"},
};

static void test_faults(void) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const char *path = path_of("bad.h5");
        struct prediction_sets sets = {0};
        struct err err = {0};
        unlink(path);
        faults[i].write(path);
        is_int(predictions_read(path, &sets, &err), -1, "%s", faults[i].what);
        is_int(err.code, faults[i].code, "%s: code", faults[i].what);
        ok(strstr(err.text, faults[i].says) != NULL, "%s: %s", faults[i].what,
           err.text);
        is_int(sets.count, 0, "%s: no sets", faults[i].what);
    }
}

int main(void) {
    test_round_trip();
    test_faults();
    return tap_done();
}
