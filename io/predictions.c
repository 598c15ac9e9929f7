/* SPDX-License-Identifier: Apache-2.0 */
/* Files of predictions: see predictions.h.
 *
 * All that is stored as text is printed from the set; so a file that was read is right
 * when its sets, printed again, give the hash that it has. */
#include "io/predictions.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/hdf5.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/base/parse.h"

#define FORMAT "mpibert predictions"
#define NAMES "/names"
#define RUNS_HEADER "release\tpretraining_seed\tstep\trate\tseed"

enum { VERSION = 1, PATH_SIZE = 256, COLUMNS = 5, LABELS_LIMIT = 1 << 24 };

/* The texts of a set. */
struct texts {
    struct str about, labels, runs; /* owned */
};

static void texts_fini(struct texts *texts) {
    str_fini(&texts->about);
    str_fini(&texts->labels);
    str_fini(&texts->runs);
}

static void print_run(const struct prediction_run *run, struct str *out) {
    for (size_t i = 0; i < run->release.size; i++) {
        char c = run->release.data[i];
        str_append_char(out, (unsigned char)c < ' ' ? ' ' : c);
    }
    str_printf(out, "\t%" PRId64 "\t%" PRId64 "\t%.9g\t%" PRId64 "\n",
               run->pretraining_seed, run->step, run->rate, run->seed);
}

static void texts_print(const struct predictions *set, struct texts *texts) {
    str_printf(&texts->about, "kind: %s\nmetrics: %s\n",
               predictions_kind_name(set->kind),
               set->metrics.data ? set->metrics.data : "");
    for (int i = 0; i < set->label_count; i++)
        str_printf(&texts->labels, "%s\n", set->labels[i].data);
    str_printf(&texts->runs, "%s\n", RUNS_HEADER);
    for (int i = 0; i < set->runs; i++)
        print_run(&set->run[i], &texts->runs);
}

static void hash_text(struct hasher *hasher, const struct str *text) {
    hasher_update(hasher, &text->size, sizeof text->size);
    hasher_update(hasher, text->data, text->size);
}

static void hash_set(struct hasher *hasher, const struct predictions *set) {
    struct texts texts = {0};
    size_t row = (size_t)set->questions * sizeof(float);
    texts_print(set, &texts);
    hash_text(hasher, &set->name);
    hash_text(hasher, &texts.about);
    hash_text(hasher, &texts.labels);
    hash_text(hasher, &texts.runs);
    hasher_update(hasher, set->lengths, (size_t)set->examples * sizeof *set->lengths);
    hasher_update(hasher, set->gold, row);
    hasher_update(hasher, set->predicted, (size_t)set->runs * row);
    texts_fini(&texts);
}

static void hash_sets(const struct predictions *sets, int count,
                      char hex[HASH_HEX_SIZE]) {
    struct hasher *hasher = hasher_create();
    for (int i = 0; i < count; i++)
        hash_set(hasher, &sets[i]);
    hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
}

/* "/mrpc/gold" */
static const char *path_of(const struct predictions *set, const char *what,
                           char path[PATH_SIZE]) {
    int n = snprintf(path, PATH_SIZE, "/%s/%s", set->name.data, what);
    CHECK(n > 0 && n < PATH_SIZE);
    return path;
}

/* ---- writing ---- */

static int add_floats(struct hdf5 *file, const char *name, struct extent extent,
                      const float *data, struct err *err) {
    struct span all = {0, (size_t)(extent.shape[0] * extent.shape[1])};
    if (hdf5_add_floats(file, name, extent, err) < 0)
        return -1;
    return hdf5_write_floats(file, name, all, data, err);
}

static int add_lengths(struct hdf5 *file, const struct predictions *set,
                       struct err *err) {
    char path[PATH_SIZE];
    struct extent extent = {1, {set->examples, 1}};
    float *lengths = mem_alloc((size_t)set->examples, sizeof *lengths);
    for (int64_t i = 0; i < set->examples; i++)
        lengths[i] = (float)set->lengths[i];
    int rc = add_floats(file, path_of(set, "lengths", path), extent, lengths, err);
    mem_free(lengths);
    return rc;
}

static int add_texts(struct hdf5 *file, const struct predictions *set,
                     struct err *err) {
    char path[PATH_SIZE];
    struct texts texts = {0};
    texts_print(set, &texts);
    int rc =
        hdf5_add_text(file, path_of(set, "about", path), str_slice(&texts.about), err);
    if (rc == 0)
        rc = hdf5_add_text(file, path_of(set, "labels", path), str_slice(&texts.labels),
                           err);
    if (rc == 0)
        rc = hdf5_add_text(file, path_of(set, "runs", path), str_slice(&texts.runs),
                           err);
    texts_fini(&texts);
    return rc;
}

static int add_set(struct hdf5 *file, const struct predictions *set, struct err *err) {
    char path[PATH_SIZE];
    struct extent one = {1, {set->questions, 1}},
                  all = {2, {set->runs, set->questions}};
    CHECK(set->examples > 0 && set->questions > 0 && set->runs > 0);
    CHECK(strspn(set->name.data, "/\n") == 0 && set->name.size > 0);
    if (add_texts(file, set, err) < 0 || add_lengths(file, set, err) < 0 ||
        add_floats(file, path_of(set, "gold", path), one, set->gold, err) < 0)
        return -1;
    return add_floats(file, path_of(set, "predicted", path), all, set->predicted, err);
}

static int add_root(struct hdf5 *file, const struct predictions *sets, int count,
                    struct err *err) {
    struct str names = {0};
    char hash[HASH_HEX_SIZE];
    for (int i = 0; i < count; i++)
        str_printf(&names, "%s\n", sets[i].name.data);
    hash_sets(sets, count, hash);
    int rc = hdf5_add_text(file, NAMES, str_slice(&names), err);
    str_fini(&names);
    if (rc < 0 || hdf5_set_text(file, "format", FORMAT, err) < 0 ||
        hdf5_set_int(file, "version", VERSION, err) < 0)
        return -1;
    return hdf5_set_text(file, "hash", hash, err);
}

struct writing {
    const struct predictions *sets;
    int count;
};

static int write_file(const char *path, const void *what, struct err *err) {
    const struct writing *w = what;
    struct hdf5 *file = hdf5_create(path, err);
    if (file == NULL)
        return -1;
    int rc = add_root(file, w->sets, w->count, err);
    for (int i = 0; rc == 0 && i < w->count; i++)
        rc = add_set(file, &w->sets[i], err);
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return rc;
}

int predictions_write(const char *path, const struct predictions *sets, int count,
                      struct err *err) {
    const struct writing writing = {sets, count};
    return file_write_by(path, write_file, &writing, err);
}

/* ---- reading ---- */

/* A file that is being read. */
struct reading {
    struct hdf5 *file;
    const char *path;
    struct err *err;
};

static int fault(const struct reading *r, const struct predictions *set,
                 const char *what) {
    return err_set(r->err, ERR_DATA, "%s: predictions of %s: %s", r->path,
                   set->name.data, what);
}

static int read_text(const struct reading *r, const struct predictions *set,
                     const char *what, struct str *text) {
    char path[PATH_SIZE];
    return hdf5_read_text(r->file, path_of(set, what, path), text, r->err);
}

static int read_about(const struct reading *r, struct predictions *set) {
    static const char *const keys[] = {"kind: ", "metrics: "};
    struct slice found[2] = {{NULL, 0}, {NULL, 0}}, rest, line;
    struct str text = {0};
    int rc = read_text(r, set, "about", &text);
    rest = str_slice(&text);
    while (rc == 0 && slice_line(&rest, &line))
        for (int i = 0; i < 2; i++)
            if (slice_starts(line, keys[i]))
                found[i] = (struct slice){line.data + strlen(keys[i]),
                                          line.size - strlen(keys[i])};
    int kind = rc == 0 ? predictions_kind_of(found[0]) : 0;
    if (rc == 0 && (kind < 0 || found[1].data == NULL))
        rc = fault(r, set, "not of a known kind");
    if (rc == 0) {
        set->kind = (enum predictions_kind)kind;
        str_append(&set->metrics, found[1].data, found[1].size);
    }
    str_fini(&text);
    return rc;
}

static int read_labels(const struct reading *r, struct predictions *set) {
    struct str text = {0};
    struct slice rest, line;
    int rc = read_text(r, set, "labels", &text);
    rest = str_slice(&text);
    while (rc == 0 && slice_line(&rest, &line))
        predictions_add_label(set, line);
    str_fini(&text);
    return rc;
}

/* A matrix of numbers, of which `rows` and `columns` say the shape if they are known
 * (not negative); returns owned floats, or NULL. */
static float *read_floats(const struct reading *r, const struct predictions *set,
                          const char *what, int64_t rows, int64_t columns,
                          struct extent *extent) {
    char path[PATH_SIZE];
    path_of(set, what, path);
    if (hdf5_find_floats(r->file, path, extent, r->err) < 0)
        return NULL;
    int64_t found[2] = {extent->shape[0], extent->shape[1]};
    if ((rows >= 0 && rows != found[0]) || (columns >= 0 && columns != found[1])) {
        err_set(r->err, ERR_DATA,
                "%s: %s is %" PRId64 " × %" PRId64 ", not %" PRId64 " × %" PRId64,
                r->path, path, found[0], found[1], rows >= 0 ? rows : found[0],
                columns >= 0 ? columns : found[1]);
        return NULL;
    }
    float *data = mem_alloc((size_t)found[0], (size_t)found[1] * sizeof *data);
    if (hdf5_read_floats(r->file, path, data, r->err) == 0)
        return data;
    mem_free(data);
    return NULL;
}

static int read_questions(const struct reading *r, struct predictions *set) {
    struct extent extent;
    float *lengths = read_floats(r, set, "lengths", -1, 1, &extent);
    bool good = true;
    for (int64_t i = 0; lengths && i < extent.shape[0] && good; i++) {
        good = lengths[i] >= 0 && lengths[i] < 16777216 && /* floats are exact so far */
               lengths[i] == floorf(lengths[i]);
        if (good)
            predictions_add_example(set, (int64_t)lengths[i]);
    }
    mem_free(lengths);
    if (lengths == NULL)
        return -1;
    if (!good)
        return fault(r, set, "an example has no whole number of questions");
    float *gold = read_floats(r, set, "gold", set->questions, 1, &extent);
    if (gold == NULL)
        return -1;
    mem_free(set->gold);
    set->gold = gold;
    return 0;
}

/* A line of /runs. */
static int parse_run(struct slice line, struct prediction_run *run) {
    struct slice fields[COLUMNS];
    int64_t *whole[COLUMNS] = {NULL, &run->pretraining_seed, &run->step, NULL,
                               &run->seed};
    char text[64];
    int n = 0;
    while (n < COLUMNS && slice_field(&line, '\t', &fields[n]))
        n++;
    if (n < COLUMNS || line.size > 0)
        return -1;
    for (int i = 1; i < COLUMNS; i++) {
        snprintf(text, sizeof text, "%.*s", (int)fields[i].size, fields[i].data);
        if ((whole[i] ? parse_int(text, whole[i]) : parse_real(text, &run->rate)) < 0)
            return -1;
    }
    str_append(&run->release, fields[0].data, fields[0].size);
    return 0;
}

static int read_runs(const struct reading *r, struct predictions *set) {
    struct extent extent;
    struct str text = {0};
    struct slice rest, line = {NULL, 0};
    float *all = read_floats(r, set, "predicted", -1, set->questions, &extent);
    int rc = all ? read_text(r, set, "runs", &text) : -1;
    rest = str_slice(&text);
    if (rc == 0)
        slice_line(&rest, &line); /* the header */
    for (int64_t i = 0; rc == 0 && i < extent.shape[0]; i++) {
        struct prediction_run run = {0};
        if (!slice_line(&rest, &line) || parse_run(line, &run) < 0)
            rc = fault(r, set, "a run is not named");
        else
            memcpy(predictions_add_run(set, &run), all + i * set->questions,
                   (size_t)set->questions * sizeof *all);
        str_fini(&run.release);
    }
    mem_free(all);
    str_fini(&text);
    return rc;
}

/* Whether all answers are of the kind that the set says. */
static bool are_labels(const struct predictions *set, const float *answers,
                       int64_t count, int least) {
    const int end = set->kind == PREDICTIONS_SETS ? 2 : set->label_count;
    for (int64_t i = 0; i < count; i++)
        if (!(answers[i] >= (float)least && answers[i] < (float)end &&
              answers[i] == floorf(answers[i])))
            return false;
    return true;
}

static int check_answers(const struct reading *r, const struct predictions *set) {
    if (set->kind == PREDICTIONS_NUMBERS || set->kind == PREDICTIONS_WORTH ||
        set->kind == PREDICTIONS_SCORES)
        return 0;
    if (!are_labels(set, set->gold, set->questions, 0) ||
        !are_labels(set, set->predicted, set->questions * set->runs, -1))
        return fault(r, set, "an answer is not one of its labels");
    return 0;
}

static int read_set(const struct reading *r, struct predictions *set) {
    if (set->name.size == 0 || set->name.size > PATH_SIZE / 2)
        return fault(r, set, "no name for a set");
    if (read_about(r, set) < 0 || read_labels(r, set) < 0 || read_questions(r, set) < 0)
        return -1;
    return read_runs(r, set) < 0 ? -1 : check_answers(r, set);
}

static int check_head(const struct reading *r) {
    struct str format = {0};
    int64_t version = 0;
    int rc = hdf5_get_text(r->file, "format", &format, NULL);
    bool ours = rc == 0 && strcmp(format.data, FORMAT) == 0;
    str_fini(&format);
    if (!ours)
        return err_set(r->err, ERR_DATA, "%s: is HDF5, but holds no predictions",
                       r->path);
    if (hdf5_get_int(r->file, "version", &version, r->err) < 0)
        return -1;
    if (version != VERSION)
        return err_set(r->err, ERR_CONFIG,
                       "%s: predictions of version %" PRId64 ", this program has %d",
                       r->path, version, VERSION);
    return 0;
}

static int check_hash(const struct reading *r, const struct prediction_sets *sets) {
    struct str want = {0};
    char hash[HASH_HEX_SIZE];
    int rc = hdf5_get_text(r->file, "hash", &want, r->err);
    hash_sets(sets->sets, sets->count, hash);
    if (rc == 0 && strcmp(want.data, hash) != 0)
        rc = err_set(r->err, ERR_DATA, "%s: is damaged: its hash is another", r->path);
    str_fini(&want);
    return rc;
}

static int read_sets(const struct reading *r, struct prediction_sets *sets) {
    struct str names = {0};
    struct slice rest, name;
    int rc = check_head(r);
    if (rc == 0)
        rc = hdf5_read_text(r->file, NAMES, &names, r->err);
    rest = str_slice(&names);
    while (rc == 0 && slice_line(&rest, &name)) {
        int n = sets->count++;
        sets->sets = mem_resize(sets->sets, (size_t)n + 1, sizeof *sets->sets);
        sets->sets[n] = (struct predictions){0};
        str_append(&sets->sets[n].name, name.data, name.size);
        rc = read_set(r, &sets->sets[n]);
    }
    str_fini(&names);
    return rc < 0 ? rc : check_hash(r, sets);
}

int predictions_read(const char *path, struct prediction_sets *sets, struct err *err) {
    struct reading r = {.file = hdf5_open(path, err), .path = path, .err = err};
    if (r.file == NULL)
        return -1;
    int rc = read_sets(&r, sets);
    hdf5_close(r.file, NULL);
    if (rc < 0)
        prediction_sets_fini(sets);
    return rc;
}

void prediction_sets_fini(struct prediction_sets *sets) {
    for (int i = 0; i < sets->count; i++)
        predictions_fini(&sets->sets[i]);
    mem_free(sets->sets);
    *sets = (struct prediction_sets){0};
}
