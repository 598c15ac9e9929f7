/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what was written is read, of a dictionary that is whole and of one that is
 * being learnt, and is the same bytes each time; a file that is cut, has a byte
 * changed, is no HDF5, or is HDF5 but no dictionary, is refused and leaves nothing. */
#include "io/dictionary.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/fill.h"
#include "tests/tap.h"

enum { K = 5, D = 3, DONE = 2 };

static struct dictionary sample(bool whole) {
    struct dictionary d = {.K = K,
                           .d = D,
                           .lambda = 0.05,
                           .layer = 11,
                           .iteration = DONE,
                           .iterations = whole ? DONE : 9,
                           .atoms = fill_normal(K * D, 1, 1),
                           .curve = fill_normal(DONE * 2, 2, 1)};
    str_printf(&d.teacher, "my: bert");
    memset(d.teacher_hash, 'a', HASH_HEX_SIZE - 1);
    memset(d.source_hash, 'b', HASH_HEX_SIZE - 1);
    if (!whole) {
        d.pairs = fill_normal(K * K, 3, 1);
        d.sums = fill_normal(K * D, 4, 1);
    }
    return d;
}

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

static bool same(const float *a, const float *b, size_t n) {
    return (a == NULL) == (b == NULL) &&
           (a == NULL || memcmp(a, b, n * sizeof *a) == 0);
}

static void test_round(bool whole) {
    struct dictionary d = sample(whole), got = {0};
    struct err err = {0};
    char first[HASH_HEX_SIZE], second[HASH_HEX_SIZE];
    is_int(dictionary_write(path_of("a.h5"), &d, &err), 0, "written %s", err.text);
    is_int(dictionary_read(path_of("a.h5"), &got, &err), 0, "read %s", err.text);
    ok(got.K == K && got.d == D && got.layer == 11 && got.lambda == 0.05 &&
           got.iteration == DONE && got.iterations == d.iterations,
       "its numbers");
    ok(same(got.atoms, d.atoms, K * D) && same(got.curve, d.curve, DONE * 2) &&
           same(got.pairs, d.pairs, K * K) && same(got.sums, d.sums, K * D),
       "its matrices");
    is_str(got.teacher.data, "my: bert", "its teacher");
    ok(strcmp(got.teacher_hash, d.teacher_hash) == 0 &&
           strcmp(got.source_hash, d.source_hash) == 0,
       "its hashes");
    file_hash(path_of("a.h5"), first, NULL);
    sleep(1); /* a file that has the time in it, would have another */
    dictionary_write(path_of("a.h5"), &got, &err);
    file_hash(path_of("a.h5"), second, NULL);
    is_str(second, first, "and the same bytes when it is written again");
    dictionary_fini(&d);
    dictionary_fini(&got);
}

static void refused(const char *what, struct slice bytes, int code) {
    struct dictionary got = {0};
    struct err err = {0};
    file_write_atomic(path_of("bad.h5"), bytes.data, bytes.size, NULL);
    is_int(dictionary_read(path_of("bad.h5"), &got, &err), -1, "%s", what);
    is_int(err.code, code, "%s", err.text);
    ok(got.atoms == NULL && got.teacher.data == NULL, "nothing is left");
}

static void test_refused(void) {
    struct dictionary d = sample(false), got = {0};
    struct err err = {0};
    struct str bytes = {0};
    dictionary_write(path_of("a.h5"), &d, NULL);
    file_read(path_of("a.h5"), 1 << 24, &bytes, NULL);
    refused("no HDF5", slice_of("nothing"), ERR_DATA);
    for (size_t at = 1; at < 4; at++)
        refused("cut", (struct slice){bytes.data, bytes.size * at / 4}, ERR_DATA);
    char *atom = NULL;
    for (size_t i = 0; atom == NULL && i + sizeof(float) < bytes.size; i++)
        if (memcmp(bytes.data + i, d.atoms, sizeof(float)) == 0)
            atom = bytes.data + i;
    ok(atom != NULL, "there are the atoms");
    *atom ^= 1;
    refused("an atom is another", str_slice(&bytes), ERR_DATA);
    struct hdf5 *file = hdf5_create(path_of("other.h5"), &err);
    hdf5_set_text(file, "format", "mpibert predictions", &err);
    hdf5_close(file, &err);
    is_int(dictionary_read(path_of("other.h5"), &got, &err), -1, "of another kind");
    is_int(err.code, ERR_DATA, "%s", err.text);
    is_int(dictionary_read(path_of("none.h5"), &got, &err), -1, "not there");
    is_int(err.code, ERR_MISSING, "%s", err.text);
    dictionary_fini(&d);
    str_fini(&bytes);
}

int main(void) {
    test_round(true);
    test_round(false);
    test_refused();
    return tap_done();
}
