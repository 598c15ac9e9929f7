/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what was written is read, and is the same bytes each time, also where there is
 * nothing of a kind; a file that is cut, has a byte changed, is no HDF5 or HDF5 of
 * something else, or holds what does not fit its own shape, is refused and leaves
 * nothing. */
#include "io/lesson.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "tests/tap.h"

static const struct lesson_shape shape = {TARGET_STATES | TARGET_LOGITS, 3, 8, 0, 0};

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

/* Two sequences, of one masked row and of none. */
static struct lesson sample(void) {
    static const uint64_t hashes[] = {17, 4};
    static const int32_t rows[] = {1, 0}, counts[] = {2}, at[] = {1, 6};
    static const float states[] = {1, 2, 3}, logits[] = {.5F, .25F};
    static const struct {
        enum lesson_part part;
        const void *numbers;
        size_t bytes;
    } parts[] = {
        {LESSON_HASHES, hashes, sizeof hashes},
        {LESSON_ROWS, rows, sizeof rows},
        {LESSON_STATES, states, sizeof states},
        {LESSON_LOGITS_COUNTS, counts, sizeof counts},
        {LESSON_LOGITS_AT, at, sizeof at},
        {LESSON_LOGITS, logits, sizeof logits},
    };
    struct lesson l = {.shape = shape};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        str_append(&l.parts[parts[i].part], parts[i].numbers, parts[i].bytes);
    ok(lesson_index(&l), "a lesson");
    return l;
}

static void test_round(struct lesson *l, const char *what) {
    struct lesson got = {.shape = shape};
    struct str about = {0};
    struct err err = {0};
    char first[HASH_HEX_SIZE], second[HASH_HEX_SIZE];
    is_int(lesson_write(path_of("a.h5"), slice_of("data: 1\n"), l, &err), 0,
           "%s is written %s", what, err.text);
    is_int(lesson_read(path_of("a.h5"), &about, &got, &err), 0, "read %s", err.text);
    is_str(about.data, "data: 1\n", "what it is of");
    is_int(got.sequences, l->sequences, "its sequences");
    for (int p = 0; p < LESSON_PARTS; p++)
        ok(slice_equal(str_slice(&got.parts[p]), str_slice(&l->parts[p])), "its %s",
           lesson_parts[p].name);
    file_hash(path_of("a.h5"), first, NULL);
    if (l->sequences > 0)
        sleep(1); /* a file that has the time in it would have another */
    lesson_write(path_of("a.h5"), slice_of("data: 1\n"), &got, &err);
    file_hash(path_of("a.h5"), second, NULL);
    is_str(second, first, "and the same bytes when it is written again");
    lesson_fini(&got);
    str_fini(&about);
}

static void refused(const char *what, struct slice bytes, struct lesson_shape as) {
    struct lesson got = {.shape = as};
    struct str about = {0};
    struct err err = {0};
    file_write_atomic(path_of("bad.h5"), bytes.data, bytes.size, NULL);
    is_int(lesson_read(path_of("bad.h5"), &about, &got, &err), -1, "%s", what);
    is_int(err.code, ERR_DATA, "%s", err.text);
    ok(lesson_bytes(&got) == 0, "nothing is left");
    lesson_fini(&got);
    str_fini(&about);
}

static char *find(struct str *bytes, const void *what, size_t size) {
    for (size_t i = 0; i + size <= bytes->size; i++)
        if (memcmp(bytes->data + i, what, size) == 0)
            return bytes->data + i;
    return NULL;
}

static void test_refused(struct lesson *l) {
    struct lesson got = {.shape = shape};
    struct lesson_shape narrow = shape;
    struct str bytes = {0}, about = {0};
    struct err err = {0};
    narrow.width = 2;
    lesson_write(path_of("a.h5"), slice_of("data: 1\n"), l, NULL);
    file_read(path_of("a.h5"), 1 << 24, &bytes, NULL);
    refused("no HDF5", slice_of("nothing"), shape);
    refused("another width", str_slice(&bytes), narrow);
    for (size_t at = 1; at < 4; at++)
        refused("cut", (struct slice){bytes.data, bytes.size * at / 4}, shape);
    char *logits = find(&bytes, l->parts[LESSON_LOGITS].data, 2 * sizeof(float));
    ok(logits != NULL, "there are the logits");
    *logits ^= 1;
    refused("a logit is another", str_slice(&bytes), shape);
    *logits ^= 1;
    char *text = find(&bytes, "data: 1\n", 8);
    ok(text != NULL, "there is what it is of");
    text[6] = '2';
    refused("it is of something else", str_slice(&bytes), shape);
    struct hdf5 *file = hdf5_create(path_of("other.h5"), &err);
    hdf5_set_text(file, "format", "mpibert dictionary", &err);
    hdf5_close(file, &err);
    is_int(lesson_read(path_of("other.h5"), &about, &got, &err), -1, "of another kind");
    is_int(err.code, ERR_DATA, "%s", err.text);
    is_int(lesson_read(path_of("none.h5"), &about, &got, &err), -1, "not there");
    is_int(err.code, ERR_MISSING, "%s", err.text);
    lesson_fini(&got);
    str_fini(&bytes);
    str_fini(&about);
}

int main(void) {
    struct lesson l = sample(), nothing = {.shape = shape};
    ok(lesson_index(&nothing), "nothing");
    test_round(&l, "a lesson");
    test_round(&nothing, "nothing");
    test_refused(&l);
    lesson_fini(&l);
    lesson_fini(&nothing);
    return tap_done();
}
