/* SPDX-License-Identifier: Apache-2.0 */
/* Files of lessons: see lesson.h. */
#include "io/lesson.h"

#include <inttypes.h>
#include <string.h>

#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

#define FORMAT "mpibert lesson"

enum { VERSION = 1 };

static void hash_all(struct slice about, const struct lesson *lesson,
                     char hex[HASH_HEX_SIZE]) {
    struct hasher *hasher = hasher_create();
    hasher_update(hasher, &about.size, sizeof about.size);
    hasher_update(hasher, about.data, about.size);
    for (int p = 0; p < LESSON_PARTS; p++) {
        const struct str *part = &lesson->parts[p];
        hasher_update(hasher, &part->size, sizeof part->size);
        hasher_update(hasher, part->data, part->size);
    }
    hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
}

/* "/logits/at" */
static void name_part(int p, struct str *name) {
    str_clear(name);
    str_printf(name, "/%s", lesson_parts[p].name);
}

/* ---- writing ---- */

struct writing {
    struct slice about;
    const struct lesson *lesson;
};

static int add_parts(struct hdf5 *file, const struct lesson *lesson, struct err *err) {
    struct str name = {0};
    int rc = 0;
    for (int p = 0; rc == 0 && p < LESSON_PARTS; p++) {
        size_t bytes = lesson_parts[p].bytes;
        name_part(p, &name);
        rc =
            hdf5_add_bytes(file, name.data, (int64_t)(lesson->parts[p].size / bytes),
                           (int64_t)bytes, (const uint8_t *)lesson->parts[p].data, err);
    }
    str_fini(&name);
    return rc;
}

static int write_file(const char *path, const void *what, struct err *err) {
    const struct writing *w = what;
    struct hdf5 *file = hdf5_create(path, err);
    char hash[HASH_HEX_SIZE];
    if (file == NULL)
        return -1;
    hash_all(w->about, w->lesson, hash);
    int rc = hdf5_add_text(file, "/about", w->about, err);
    if (rc == 0)
        rc = hdf5_set_text(file, "format", FORMAT, err);
    if (rc == 0)
        rc = hdf5_set_int(file, "version", VERSION, err);
    if (rc == 0)
        rc = hdf5_set_text(file, "hash", hash, err);
    if (rc == 0)
        rc = add_parts(file, w->lesson, err);
    if (hdf5_close(file, rc == 0 ? err : NULL) < 0)
        rc = -1;
    return rc;
}

int lesson_write(const char *path, struct slice about, const struct lesson *lesson,
                 struct err *err) {
    const struct writing writing = {about, lesson};
    return file_write_by(path, write_file, &writing, err);
}

/* ---- reading ---- */

static int check_head(struct hdf5 *file, const char *path, struct err *err) {
    struct str format = {0};
    int64_t version = 0;
    int rc = hdf5_get_text(file, "format", &format, NULL);
    bool ours = rc == 0 && strcmp(format.data, FORMAT) == 0;
    str_fini(&format);
    if (!ours)
        return err_set(
            err, ERR_DATA,
            "%s: is HDF5, but no targets of a teacher; `mpibert teach` makes "
            "them",
            path);
    if (hdf5_get_int(file, "version", &version, err) < 0)
        return -1;
    if (version != VERSION)
        return err_set(err, ERR_CONFIG,
                       "%s: targets of version %" PRId64 ", this program has %d", path,
                       version, VERSION);
    return 0;
}

static int read_part(struct hdf5 *file, int p, struct lesson *lesson, struct err *err) {
    struct extent extent;
    uint8_t *bytes;
    struct str name = {0};
    name_part(p, &name);
    int rc = hdf5_read_bytes(file, name.data, &extent, &bytes, err);
    str_fini(&name);
    if (rc < 0)
        return -1;
    str_append(&lesson->parts[p], bytes,
               (size_t)extent.shape[0] * (size_t)extent.shape[1]);
    mem_free(bytes);
    return 0;
}

static int check_whole(struct hdf5 *file, const char *path, const struct str *about,
                       struct lesson *lesson, struct err *err) {
    struct str want = {0};
    char hash[HASH_HEX_SIZE];
    int rc = hdf5_get_text(file, "hash", &want, err);
    hash_all(str_slice(about), lesson, hash);
    if (rc == 0 && strcmp(want.data, hash) != 0)
        rc = err_set(err, ERR_DATA, "%s: is damaged: its hash is another", path);
    if (rc == 0 && !lesson_index(lesson))
        rc = err_set(err, ERR_DATA, "%s: is damaged: its parts do not fit", path);
    str_fini(&want);
    return rc;
}

static int read_all(struct hdf5 *file, const char *path, struct str *about,
                    struct lesson *lesson, struct err *err) {
    if (check_head(file, path, err) < 0 ||
        hdf5_read_text(file, "/about", about, err) < 0)
        return -1;
    for (int p = 0; p < LESSON_PARTS; p++)
        if (read_part(file, p, lesson, err) < 0)
            return -1;
    return check_whole(file, path, about, lesson, err);
}

int lesson_read(const char *path, struct str *about, struct lesson *lesson,
                struct err *err) {
    struct hdf5 *file = hdf5_open(path, err);
    if (file == NULL)
        return -1;
    str_clear(about);
    lesson_clear(lesson);
    int rc = read_all(file, path, about, lesson, err);
    hdf5_close(file, NULL);
    if (rc < 0)
        lesson_clear(lesson);
    return rc;
}
