/* SPDX-License-Identifier: Apache-2.0 */
/* Files of dictionaries: see dictionary.h. */
#include "io/dictionary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/parse.h"

#define FORMAT "mpibert dictionary"

enum { VERSION = 1, ABOUT_LINES = 7 };

static void print_about(const struct dictionary *d, struct str *out) {
    str_printf(out,
               "lambda: %.17g\nlayer: %" PRId64
               "\nteacher: %s\nteacher_hash: %s\nsource_hash: %s\niteration: %" PRId64
               "\niterations: %" PRId64 "\n",
               d->lambda, d->layer, d->teacher.data ? d->teacher.data : "",
               d->teacher_hash, d->source_hash, d->iteration, d->iterations);
}

static void hash_floats(struct hasher *hasher, const float *data, int64_t rows,
                        int64_t columns) {
    const int64_t shape[] = {rows, columns};
    if (data == NULL)
        return;
    hasher_update(hasher, shape, sizeof shape);
    hasher_update(hasher, data, (size_t)(rows * columns) * sizeof *data);
}

static void hash_all(const struct dictionary *d, char hex[HASH_HEX_SIZE]) {
    struct str about = {0};
    struct hasher *hasher = hasher_create();
    print_about(d, &about);
    hasher_update(hasher, about.data, about.size);
    hash_floats(hasher, d->atoms, d->K, d->d);
    hash_floats(hasher, d->curve, d->iteration, 2);
    hash_floats(hasher, d->pairs, d->K, d->K);
    hash_floats(hasher, d->sums, d->K, d->d);
    hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
    str_fini(&about);
}

/* ---- writing ---- */

static int add_floats(struct hdf5 *file, const char *name, int64_t rows,
                      int64_t columns, const float *data, struct err *err) {
    struct extent extent = {2, {rows, columns}};
    struct span all = {0, (size_t)(rows * columns)};
    if (data == NULL)
        return 0;
    if (hdf5_add_floats(file, name, extent, err) < 0)
        return -1;
    return hdf5_write_floats(file, name, all, data, err);
}

static int add_root(struct hdf5 *file, const struct dictionary *d, struct err *err) {
    struct str about = {0};
    char hash[HASH_HEX_SIZE];
    print_about(d, &about);
    hash_all(d, hash);
    int rc = hdf5_add_text(file, "/about", str_slice(&about), err);
    str_fini(&about);
    if (rc < 0 || hdf5_set_text(file, "format", FORMAT, err) < 0 ||
        hdf5_set_int(file, "version", VERSION, err) < 0)
        return -1;
    return hdf5_set_text(file, "hash", hash, err);
}

static int write_file(const char *path, const void *what, struct err *err) {
    const struct dictionary *d = what;
    struct hdf5 *file = hdf5_create(path, err);
    if (file == NULL)
        return -1;
    int rc = add_root(file, d, err);
    if (rc == 0)
        rc = add_floats(file, "/atoms", d->K, d->d, d->atoms, err);
    if (rc == 0)
        rc = add_floats(file, "/curve", d->iteration, 2, d->curve, err);
    if (rc == 0)
        rc = add_floats(file, "/pairs", d->K, d->K, d->pairs, err);
    if (rc == 0)
        rc = add_floats(file, "/sums", d->K, d->d, d->sums, err);
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return rc;
}

int dictionary_write(const char *path, const struct dictionary *d, struct err *err) {
    return file_write_by(path, write_file, d, err);
}

/* ---- reading ---- */

/* A file that is being read. */
struct reading {
    struct hdf5 *file;
    const char *path;
    struct err *err;
};

static int check_head(const struct reading *r) {
    struct str format = {0};
    int64_t version = 0;
    int rc = hdf5_get_text(r->file, "format", &format, NULL);
    bool ours = rc == 0 && strcmp(format.data, FORMAT) == 0;
    str_fini(&format);
    if (!ours)
        return err_set(r->err, ERR_DATA,
                       "%s: is HDF5, but no dictionary; `mpibert dictionary` makes one",
                       r->path);
    if (hdf5_get_int(r->file, "version", &version, r->err) < 0)
        return -1;
    if (version != VERSION)
        return err_set(r->err, ERR_CONFIG,
                       "%s: a dictionary of version %" PRId64 ", this program has %d",
                       r->path, version, VERSION);
    return 0;
}

/* What follows "key: " in the next line. */
static bool take_line(struct slice *rest, const char *key, struct slice *value) {
    size_t size = strlen(key);
    if (!slice_line(rest, value) || value->size < size ||
        memcmp(value->data, key, size) != 0)
        return false;
    *value = (struct slice){value->data + size, value->size - size};
    return true;
}

static bool copy_hash(struct slice value, char hex[HASH_HEX_SIZE]) {
    if (value.size != HASH_HEX_SIZE - 1)
        return false;
    memcpy(hex, value.data, value.size);
    return true;
}

static bool parse_number(struct slice value, int64_t *whole, double *real) {
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)value.size, value.data);
    return (whole ? parse_int(text, whole) : parse_real(text, real)) == 0;
}

static bool parse_about(struct slice rest, struct dictionary *d) {
    static const char *const keys[ABOUT_LINES] = {
        "lambda: ",      "layer: ",     "teacher: ",   "teacher_hash: ",
        "source_hash: ", "iteration: ", "iterations: "};
    struct slice v[ABOUT_LINES];
    for (int i = 0; i < ABOUT_LINES; i++)
        if (!take_line(&rest, keys[i], &v[i]))
            return false;
    str_append(&d->teacher, v[2].data, v[2].size);
    return parse_number(v[0], NULL, &d->lambda) &&
           parse_number(v[1], &d->layer, NULL) && copy_hash(v[3], d->teacher_hash) &&
           copy_hash(v[4], d->source_hash) && parse_number(v[5], &d->iteration, NULL) &&
           parse_number(v[6], &d->iterations, NULL);
}

/* Owned, or NULL: a matrix of this size, or, where that is 0, of any. */
static float *read_floats(const struct reading *r, const char *name, int64_t *rows,
                          int64_t *columns) {
    struct extent found;
    if (hdf5_find_floats(r->file, name, &found, r->err) < 0)
        return NULL;
    if ((*rows && *rows != found.shape[0]) ||
        (*columns && *columns != found.shape[1])) {
        err_set(r->err, ERR_DATA,
                "%s: %s is %" PRId64 " × %" PRId64 ", not %" PRId64 " × %" PRId64,
                r->path, name, found.shape[0], found.shape[1], *rows, *columns);
        return NULL;
    }
    *rows = found.shape[0];
    *columns = found.shape[1];
    float *data = mem_alloc((size_t)*rows, (size_t)*columns * sizeof *data);
    if (hdf5_read_floats(r->file, name, data, r->err) == 0)
        return data;
    mem_free(data);
    return NULL;
}

static int read_matrices(const struct reading *r, struct dictionary *d) {
    int64_t two = 2;
    d->atoms = read_floats(r, "/atoms", &d->K, &d->d);
    if (d->atoms == NULL)
        return -1;
    d->curve = read_floats(r, "/curve", &d->iteration, &two);
    if (d->curve == NULL || d->iteration == d->iterations)
        return d->curve ? 0 : -1;
    d->pairs = read_floats(r, "/pairs", &d->K, &d->K);
    d->sums = d->pairs ? read_floats(r, "/sums", &d->K, &d->d) : NULL;
    return d->sums ? 0 : -1;
}

static int check_hash(const struct reading *r, const struct dictionary *d) {
    struct str want = {0};
    char hash[HASH_HEX_SIZE];
    int rc = hdf5_get_text(r->file, "hash", &want, r->err);
    hash_all(d, hash);
    if (rc == 0 && strcmp(want.data, hash) != 0)
        rc = err_set(r->err, ERR_DATA, "%s: is damaged: its hash is another", r->path);
    str_fini(&want);
    return rc;
}

static int read_all(const struct reading *r, struct dictionary *d) {
    struct str about = {0};
    int rc = check_head(r);
    if (rc == 0)
        rc = hdf5_read_text(r->file, "/about", &about, r->err);
    if (rc == 0 && !parse_about(str_slice(&about), d))
        rc = err_set(r->err, ERR_DATA, "%s: does not say whose dictionary it is",
                     r->path);
    str_fini(&about);
    return rc < 0 || read_matrices(r, d) < 0 ? -1 : check_hash(r, d);
}

int dictionary_read(const char *path, struct dictionary *d, struct err *err) {
    struct reading r = {.file = hdf5_open(path, err), .path = path, .err = err};
    if (r.file == NULL)
        return -1;
    int rc = read_all(&r, d);
    hdf5_close(r.file, NULL);
    if (rc < 0)
        dictionary_fini(d);
    return rc;
}
