/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: one checkpoint is written by a child process with MPI; all else happens here,
 * without.  Whatever byte of it is turned over and wherever it is cut, it must never
 * give a number that was not written: it is refused with a name and a reason, or the
 * byte was one of padding and all is as it was. */
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"
#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/ckpt_sample.h"
#include "tests/tap.h"

static struct str whole = {0}; /* the bytes of a good checkpoint of step 3 */
static struct sample sample;   /* what is in it */

static void path_in(char path[256], const char *name) {
    snprintf(path, 256, "%s/%s", tap_folder(), name);
}

static void put(const char *path, const void *bytes, size_t size) {
    struct err err = {0};
    if (file_write_atomic(path, bytes, size, &err) < 0)
        diag("%s", err.text);
}

static void test_good(const char *path) {
    struct err err = {0};
    struct ckpt *ckpt = ckpt_open(path, &err);
    if (!ok(ckpt != NULL, "it opens without MPI %s", err.text))
        exit(tap_done());
    is_int(ckpt_verify(ckpt, &err), 0, "it verifies %s", err.text);
    ok(sample_is_in(&sample, ckpt, true), "it holds what was written");
    for (int i = 0; i < sample.table.count; i++)
        is_str(ckpt_table(ckpt)->tensors[i].name, sample.table.tensors[i].name,
               "tensors in the order they were written");
    ckpt_close(ckpt);
    ckpt_close(NULL);
}

/* The system's, for HDF5, too; it may close a checkpoint and say that it could not. */
static bool closing_fails;
int close(int fd) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = closing_fails ? readlink(link, path, sizeof path - 1) : 0;
    path[n > 0 ? n : 0] = '\0';
    int rc = (int)syscall(SYS_close, fd);
    if (strstr(path, ".h5") == NULL)
        return rc;
    errno = EIO;
    return -1;
}

/* What was read was checked: that the file cannot be closed harms nobody. */
static void test_close(const char *path) {
    bool moments;
    closing_fails = true;
    int fd = open(path, O_RDONLY);
    is_int(close(fd), -1, "a file cannot be closed");
    is_int(ckpt_prove(path, &moments, NULL), 0, "a checkpoint is good nevertheless");
    closing_fails = false;
}

enum verdict { HARMLESS, REFUSED_OPENING, REFUSED_VERIFYING, WRONG };

/* What a changed file at `path` comes to; every refusal must be 65 and name the
 * file. */
static enum verdict judge(const char *path, struct err *err) {
    *err = (struct err){0};
    struct ckpt *ckpt = ckpt_open(path, err);
    enum verdict verdict = REFUSED_OPENING;
    if (ckpt)
        verdict = ckpt_verify(ckpt, err) < 0          ? REFUSED_VERIFYING
                  : sample_is_in(&sample, ckpt, true) ? HARMLESS
                                                      : WRONG;
    ckpt_close(ckpt);
    bool refused = verdict == REFUSED_OPENING || verdict == REFUSED_VERIFYING;
    if (refused && (err->code != ERR_DATA || strstr(err->text, path) == NULL))
        verdict = WRONG;
    return verdict;
}

/* Turns over every 5th byte that is not 0: padding is, most of what says something is
 * not. */
static void test_flips(void) {
    char path[256];
    int verdicts[4] = {0}, nonzero = 0;
    struct err err;
    path_in(path, "flipped.h5");
    put(path, whole.data, whole.size);
    int fd = open(path, O_WRONLY);
    for (size_t at = 0; at < whole.size; at++) {
        if (whole.data[at] == 0 || nonzero++ % 5)
            continue;
        char turned = (char)~whole.data[at];
        bool wrote = pwrite(fd, &turned, 1, (off_t)at) == 1;
        enum verdict verdict = wrote ? judge(path, &err) : WRONG;
        if (verdict == WRONG)
            diag("byte %zu: %s", at, err.text);
        verdicts[verdict]++;
        if (pwrite(fd, whole.data + at, 1, (off_t)at) != 1)
            diag("cannot turn byte %zu back", at);
    }
    close(fd);
    is_int(verdicts[WRONG], 0,
           "no flipped byte passes or ends without file and reason");
    ok(verdicts[REFUSED_OPENING] > 500, "%d were found at opening",
       verdicts[REFUSED_OPENING]);
    ok(verdicts[REFUSED_VERIFYING] > 20, "%d were found at verifying",
       verdicts[REFUSED_VERIFYING]);
    diag("%d flips did no harm", verdicts[HARMLESS]);
    is_int(judge(path, &err), HARMLESS, "turned back, it is good again");
}

/* Where the bytes `what` are in the file. */
static size_t find_bytes(const void *what, size_t size) {
    char *place = memmem(whole.data, whole.size, what, size);
    return place ? (size_t)(place - whole.data) : SIZE_MAX;
}

/* One byte in each kind of content: who must notice, and what the message must say. */
static void test_regions(void) {
    size_t last = sample.table.tensors[sample.table.count - 1].offset;
    char path[256];
    const struct {
        const char *says;
        const void *bytes;
        size_t size;
        enum verdict verdict;
    } rows[] = {
        {"/params/bert.pooler.dense.weight", sample.weights.data, 36,
         REFUSED_VERIFYING},
        {"/params/cls.seq", sample.weights.data + last, 24, REFUSED_VERIFYING},
        {"/adam/m/bert.pooler.dense.weight", sample.m.data, 36, REFUSED_VERIFYING},
        {"/adam/v/cls.seq", sample.v.data + last, 24, REFUSED_VERIFYING},
        {"/lanes", sample.header.cursors, 100, REFUSED_OPENING},
        {"/config", sample.header.config.data, sample.header.config.size,
         REFUSED_OPENING},
        {"/vocab", sample.header.vocab.data, sample.header.vocab.size, REFUSED_OPENING},
        {"", "/adam/v/bert.pooler.dense.bias ", 31, REFUSED_OPENING},
        {"", sample.header.data_hash, 32, REFUSED_OPENING},
        {"", sample.header.state_hash, 32, REFUSED_OPENING},
        {"", "\211HDF", 4, REFUSED_OPENING},
    };
    path_in(path, "region.h5");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        size_t at = find_bytes(rows[i].bytes, rows[i].size);
        if (!ok(at != SIZE_MAX, "region %zu is in the file", i))
            continue;
        whole.data[at + rows[i].size / 2] ^= 1;
        put(path, whole.data, whole.size);
        whole.data[at + rows[i].size / 2] ^= 1;
        is_int(judge(path, &err), rows[i].verdict, "damage is found: %s", err.text);
        ok(strstr(err.text, rows[i].says) != NULL, "and named %s", rows[i].says);
    }
}

static void test_cuts(void) {
    char path[256];
    int wrong = 0, cuts = 0;
    struct err err;
    path_in(path, "cut.h5");
    put(path, whole.data, whole.size);
    for (size_t size = whole.size; size > 0; cuts++) {
        size -= size > whole.size - 40 || size < 200 ? 1 : size / 60 + 1;
        if (truncate(path, (off_t)size) < 0 || judge(path, &err) != REFUSED_OPENING)
            wrong++, diag("cut at %zu: %s", size, err.text);
    }
    is_int(wrong, 0, "cut at %d places, always refused; the last: %s", cuts, err.text);
}

static void test_foreign(void) {
    static const char *const texts[] = {"", "x", "\211HDF\r\n\032\n",
                                        "not HDF5 at all\n"};
    char path[256];
    struct err err = {0};
    path_in(path, "foreign.h5");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(path, texts[i], strlen(texts[i]));
        is_int(judge(path, &err), REFUSED_OPENING, "foreign file %zu: %s", i, err.text);
    }
    ok(ckpt_open(tap_folder(), &err) == NULL && err.code == ERR_DATA, "a folder: %s",
       err.text);
    path_in(path, "not-there.h5");
    ok(ckpt_open(path, &err) == NULL, "no file: %s", err.text);
    is_int(err.code, ERR_MISSING, "its code");
}

/* Files that HDF5 reads well, but that are not what they say: made through the door. */
enum lie {
    NO_LIE,
    NO_ATTRIBUTES,
    OTHER_FORMAT,
    NEWER_VERSION,
    NEGATIVE_STEP,
    OTHER_TOKENS,
    STEP_IS_TEXT,
    NO_HASHES,
    HASHES_ARE_NUMBERS,
    HASHES_ARE_NARROW,
    MISSING_TENSOR,
    TENSOR_IS_BYTES,
    OTHER_SHAPE,
    NO_WEIGHTS,
    OTHER_TENSOR,
    TENSOR_AGAIN,
    GROUP_AGAIN,
    HUGE_CHUNKED,
    HUGE_EMPTY,
    TEXT_ELSEWHERE,
    WRONG_STATE,
    SOFT_LINK,
    SOFT_GROUP,
    OTHER_FILE,
    OTHER_STORAGE,
    LIES
};

static const char *const lie_says[LIES] = {
    [NO_LIE] = "/params/a is damaged",
    [NO_ATTRIBUTES] = "not a checkpoint",
    [OTHER_FORMAT] = "not a checkpoint",
    [NEWER_VERSION] = "version 99",
    [NEGATIVE_STEP] = "step is negative",
    [OTHER_TOKENS] = "the header is damaged",
    [STEP_IS_TEXT] = "step is not a whole number",
    [NO_HASHES] = "/hashes",
    [HASHES_ARE_NUMBERS] = "not text",
    [HASHES_ARE_NARROW] = "lines of",
    [MISSING_TENSOR] = "cannot find /params/a",
    [TENSOR_IS_BYTES] = "float32",
    [OTHER_SHAPE] = "shape of its parameter",
    [NO_WEIGHTS] = "holds no parameters",
    [OTHER_TENSOR] = "/adam/v/b is no parameter's",
    [TENSOR_AGAIN] = "/adam/m/a is no parameter's, or out of order",
    [GROUP_AGAIN] = "other datasets than expected",
    [HUGE_CHUNKED] = "not stored in one piece",
    [HUGE_EMPTY] = "beyond the end",
    [TEXT_ELSEWHERE] = "not text of a fixed length",
    [WRONG_STATE] = "state_hash",
    [SOFT_LINK] = "is a link",
    [SOFT_GROUP] = "is a link",
    [OTHER_FILE] = "is a link",
    [OTHER_STORAGE] = "not stored in one piece in this file",
};

static void lie_attributes(struct hdf5 *file, enum lie lie,
                           const struct contents *contents, const char *state) {
    struct ckpt_header h = {
        .step = lie == NEGATIVE_STEP ? -3 : 3, .tokens = 1, .adam_step = 1};
    char hash[HASH_HEX_SIZE];
    if (lie == NO_ATTRIBUTES)
        return;
    strcpy(h.state_hash, lie == WRONG_STATE ? "00" : state);
    contents_header_hash(contents, &h, hash);
    hdf5_set_text(file, "format", lie == OTHER_FORMAT ? "soup" : CONTENTS_FORMAT, NULL);
    hdf5_set_int(file, "version", lie == NEWER_VERSION ? 99 : CONTENTS_VERSION, NULL);
    if (lie == STEP_IS_TEXT)
        hdf5_set_text(file, "step", "three", NULL);
    else
        hdf5_set_int(file, "step", h.step, NULL);
    hdf5_set_int(file, "tokens", lie == OTHER_TOKENS ? 2 : 1, NULL);
    hdf5_set_int(file, "adam_step", 1, NULL);
    hdf5_set_text(file, "state_hash", h.state_hash, NULL);
    hdf5_set_text(file, "data_hash", "", NULL);
    hdf5_set_text(file, "versions", "", NULL);
    hdf5_set_text(file, "header_hash", hash, NULL);
}

/* Lists /params/a and its moments with a hash that their bytes do not have. */
static void lie_contents(struct hdf5 *file, enum lie lie, struct contents *contents,
                         char state[HASH_HEX_SIZE]) {
    struct params_table table = {0};
    struct str lines = {0};
    params_table_add(&table, "a", 2, 3, FIRST_ZERO, true);
    const char *last = lie == OTHER_TENSOR   ? "/adam/v/b"
                       : lie == TENSOR_AGAIN ? "/adam/m/a"
                       : lie == GROUP_AGAIN  ? "/params/a"
                                             : "/adam/v/a";
    contents_add(contents, lie == NO_WEIGHTS ? "/param/a" : "/params/a",
                 hash128("a", 1));
    contents_add(contents, "/adam/m/a", hash128("m", 1));
    contents_add(contents, last, hash128("v", 1));
    const struct params_table *tables[] = {&table, &table, &table};
    contents_state_hash(contents, tables, 3, state);
    contents_add(contents, CONTENTS_LANES, contents_hash(NULL, 0));
    for (int i = 0; i < CONTENTS_TEXTS; i++)
        contents_add(contents, contents_texts[i], contents_hash("", 0));
    size_t width = contents_print(contents, &lines);
    if (lie == HASHES_ARE_NUMBERS)
        hdf5_add_bytes(file, CONTENTS_HASHES, 1, 2, (const uint8_t *)"ab", NULL);
    else if (lie == HASHES_ARE_NARROW)
        hdf5_add_lines(file, CONTENTS_HASHES, lines.data, 3, 10, NULL);
    else if (lie != NO_HASHES)
        hdf5_add_lines(file, CONTENTS_HASHES, lines.data, (size_t)contents->count,
                       width, NULL);
    params_table_fini(&table);
    str_fini(&lines);
}

static void lie_datasets(struct hdf5 *file, enum lie lie) {
    struct extent small = {2, {2, 3}};
    if (lie == TENSOR_IS_BYTES)
        hdf5_add_bytes(file, "/params/a", 1, 2, (const uint8_t *)"ab", NULL);
    else if (lie != MISSING_TENSOR && lie != HUGE_CHUNKED && lie != HUGE_EMPTY)
        hdf5_add_floats(file, "/params/a", small, NULL);
    hdf5_add_floats(file, "/adam/m/a", small, NULL);
    small.shape[1] = lie == OTHER_SHAPE ? 4 : 3;
    hdf5_add_floats(file, lie == OTHER_TENSOR ? "/adam/v/b" : "/adam/v/a", small, NULL);
    hdf5_add_bytes(file, CONTENTS_LANES, 0, 48, NULL, NULL);
    for (int i = lie == TEXT_ELSEWHERE; i < CONTENTS_TEXTS; i++)
        hdf5_add_text(file, contents_texts[i], slice_of(""), NULL);
}

/* What our own door does not write: 2^40 rows that take no space, and text in the
 * heap. */
static void lie_by_hand(const char *path, enum lie lie) {
    hsize_t huge[2] = {(hsize_t)1 << 40, 3}, chunk[2] = {1000, 3};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), type = H5Tcopy(H5T_C_S1);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    bool text = lie == TEXT_ELSEWHERE;
    hid_t space = text ? H5Screate(H5S_SCALAR) : H5Screate_simple(2, huge, NULL);
    if (lie == HUGE_CHUNKED)
        H5Pset_chunk(list, 2, chunk);
    H5Tset_size(type, H5T_VARIABLE);
    H5Pset_create_intermediate_group(links, 1);
    H5Dclose(H5Dcreate2(file, text ? contents_texts[0] : "/params/a",
                        text ? type : H5T_IEEE_F32LE, space, links, list, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(list);
    H5Pclose(links);
    H5Tclose(type);
    H5Fclose(file);
}

/* /params/a leads elsewhere: to another name, group, file, or to bytes of another
 * file. */
static void lie_by_link(const char *path, enum lie lie) {
    hsize_t shape[2] = {2, 3};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL);
    H5Pset_external(list, "elsewhere.bin", 0, 24);
    if (lie == SOFT_GROUP)
        H5Lmove(file, "/params", file, "/other", H5P_DEFAULT, H5P_DEFAULT),
            H5Lcreate_soft("/other", file, "/params", H5P_DEFAULT, H5P_DEFAULT);
    else
        H5Ldelete(file, "/params/a", H5P_DEFAULT);
    if (lie == SOFT_LINK)
        H5Lcreate_soft("/adam/m/a", file, "/params/a", H5P_DEFAULT, H5P_DEFAULT);
    else if (lie == OTHER_FILE)
        H5Lcreate_external("lie-0.h5", "/params/a", file, "/params/a", H5P_DEFAULT,
                           H5P_DEFAULT);
    else if (lie == OTHER_STORAGE)
        H5Dclose(H5Dcreate2(file, "/params/a", H5T_IEEE_F32LE, space, H5P_DEFAULT, list,
                            H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
}

/* At `path`, a file that holds what it must but for one lie. */
static void make_lie(const char *path, enum lie lie) {
    struct err err = {0};
    struct contents contents = {0};
    char state[HASH_HEX_SIZE];
    struct hdf5 *file = hdf5_create(path, &err);
    lie_contents(file, lie, &contents, state);
    lie_attributes(file, lie, &contents, state);
    lie_datasets(file, lie);
    is_int(hdf5_close(file, &err), 0, "a file that lies %s", err.text);
    contents_fini(&contents);
    if (lie == HUGE_CHUNKED || lie == HUGE_EMPTY || lie == TEXT_ELSEWHERE)
        lie_by_hand(path, lie);
    if (lie >= SOFT_LINK)
        lie_by_link(path, lie);
}

static void test_lies(void) {
    for (enum lie lie = NO_LIE; lie < LIES; lie++) {
        char path[256], name[32];
        struct err err = {0};
        snprintf(name, sizeof name, "lie-%d.h5", (int)lie);
        path_in(path, name);
        make_lie(path, lie);
        enum verdict want = lie == NO_LIE          ? REFUSED_VERIFYING
                            : lie == NEWER_VERSION ? WRONG /* it is not damaged: 78 */
                                                   : REFUSED_OPENING;
        is_int(judge(path, &err), want, "lie %d: %s", (int)lie, err.text);
        ok(strstr(err.text, lie_says[lie]) != NULL, "says: %s", lie_says[lie]);
        is_int(err.code, lie == NEWER_VERSION ? ERR_CONFIG : ERR_DATA, "its code");
    }
}

/* A name that ckpt_path gives is held against the step; any other is nobody's
 * business. */
static void test_names(void) {
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"checkpoint-000000003.h5", true},  {"checkpoint-000000004.h5", false},
        {"checkpoint-000000000.h5", false}, {"best.h5", true},
        {"checkpoint-4.h5", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[256];
        struct err err = {0};
        path_in(path, rows[i].name);
        put(path, whole.data, whole.size);
        is_int(judge(path, &err), rows[i].good ? HARMLESS : REFUSED_OPENING,
               "step 3 in %s %s", rows[i].name, err.text);
    }
}

/* A pipe is no file, and nobody waits for it to become one. */
static void test_pipe(void) {
    char path[256];
    struct err err = {0};
    path_in(path, "pipe.h5");
    ok(mkfifo(path, 0666) == 0, "a pipe");
    is_int(judge(path, &err), REFUSED_OPENING, "is refused: %s", err.text);
}

/* A file that does not fit is refused before it takes anybody's space. */
static void test_too_large(void) {
    char path[256];
    struct err err = {0};
    struct extent huge = {2, {INT64_C(1) << 38, 3}};
    path_in(path, "too-large.h5");
    struct hdf5 *file = hdf5_create(path, &err);
    hdf5_add_floats(file, "/params/a", huge, &err);
    is_int(hdf5_close(file, &err), -1, "3 TiB: %s", err.text);
    is_int(err.code, ERR_IO, "its code");
    ok(access(path, F_OK) < 0, "nothing is left of it");
    is_int(hdf5_close(hdf5_create(path, &err), &err), 0, "an empty one %s", err.text);
    is_int(hdf5_close(hdf5_create(path, &err), &err), -1,
           "what is there is not overwritten: %s", err.text);
}

/* A model that asks for tensors the file does not have. */
static void test_other_tables(const char *path) {
    static const struct {
        const char *name;
        int64_t rows, columns;
        const char *says; /* NULL: it is there */
    } rows[] = {
        {"bert.pooler.dense.weight", 3, 3, NULL},
        {"bert.pooler.dense.weight", 3, 4, "3 x 3 there, but 3 x 4 here"},
        {"bert.pooler.dense.weight", 9, 0, "3 x 3"},
        {"bert.pooler.dense.bias", 3, 0, NULL},
        {"bert.pooler.dense.bias", 3, 1, "3 x 1"},
        {"bert.embeddings.LayerNorm.bias", 911, 0,
         "has no tensor bert.embeddings.LayerN"},
    };
    struct ckpt *ckpt = ckpt_open(path, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct params_table table = {0};
        struct params params;
        struct err err = {0};
        params_table_add(&table, rows[i].name, rows[i].rows, rows[i].columns,
                         FIRST_ZERO, true);
        params_init(&params, &table);
        int rc = ckpt_read(ckpt, sample_moments[0], &params, &err);
        is_int(rc, rows[i].says ? -1 : 0, "%s as %d x %d: %s", rows[i].name,
               (int)rows[i].rows, (int)rows[i].columns, err.text);
        if (rows[i].says)
            ok(err.code == ERR_DATA && strstr(err.text, rows[i].says), "says why");
        else
            ok(memcmp(params.data,
                      sample.m.data + params_find(&sample.table, rows[i].name)->offset,
                      table.total * sizeof(float)) == 0,
               "and only it was read");
        params_fini(&params);
        params_table_fini(&table);
    }
    ckpt_close(ckpt);
}

/* A tensor longer than what is written at once, in rows that do not divide it. */
static void test_pieces(void) {
    enum { ROWS = 1500, COLUMNS = 6007 };
    char path[256];
    struct err err = {0};
    struct params_table table = {0};
    struct params written, got;
    path_in(path, "pieces.h5");
    params_table_add(&table, "long", ROWS, COLUMNS, FIRST_ZERO, true);
    params_init(&written, &table);
    params_init(&got, &table);
    for (size_t i = 0; i < table.total; i++)
        written.data[i] = (float)i;
    struct sample longer = {.blocks = ckpt_weights_only(&written),
                            .header = sample.header};
    ok(sample_write_in_child(&longer, path) == 0, "a tensor of 36 MB");
    struct ckpt *ckpt = ckpt_open(path, &err);
    ok(ckpt && ckpt_read(ckpt, CKPT_WEIGHTS, &got, &err) == 0, "is read %s", err.text);
    ok(memcmp(written.data, got.data, table.total * sizeof(float)) == 0,
       "number for number");
    ckpt_close(ckpt);
    params_fini(&written);
    params_fini(&got);
    params_table_fini(&table);
}

/* A moment that only some tensors have, beside one that all have. */
static void test_some(void) {
    char path[256];
    struct err err = {0};
    struct params_table some = {0};
    struct params got, all;
    const struct tensor *first = &sample.table.tensors[0],
                        *last = &sample.table.tensors[sample.table.count - 1];
    params_table_add(&some, first->name, 3, 3, FIRST_ZERO, true);
    params_table_add(&some, last->name, 2, 3, FIRST_ZERO, true);
    params_init(&got, &some);
    params_init(&all, &sample.table);
    struct sample part = {.blocks = ckpt_weights_only(&sample.weights),
                          .header = sample.header};
    *ckpt_add_group(&part.blocks, "some/kind", &some) =
        (struct ckpt_group){"some/kind", &some, {0, some.total}, sample.m.data};
    *ckpt_add_group(&part.blocks, "adam/v", &sample.table) = sample.blocks.list[2];
    path_in(path, "some.h5");
    ok(sample_write_in_child(&part, path) == 0, "a moment of two tensors is written");
    struct ckpt *ckpt = ckpt_open(path, &err);
    is_int(ckpt ? ckpt_moments(ckpt) : -1, 2, "it opens %s", err.text);
    is_str(ckpt_moment(ckpt, 0), "some/kind", "the moments have their names");
    is_str(ckpt_moment(ckpt, 1), "adam/v", "in order");
    is_int(ckpt_verify(ckpt, &err), 0, "it verifies %s", err.text);
    is_int(ckpt_read(ckpt, "some/kind", &got, &err), 0, "it is read %s", err.text);
    ok(memcmp(got.data, sample.m.data, some.total * sizeof(float)) == 0, "as it was");
    is_int(ckpt_read(ckpt, "some/kind", &all, &err), -1, "others do not have it");
    ok(strstr(err.text, "no tensor bert.pooler.dense.bias in /some/kind"), "%s",
       err.text);
    is_int(ckpt_read(ckpt, "adam/m", &all, &err), -1, "nor is there another");
    ok(strstr(err.text, "holds no adam/m; its moments are some/kind, adam/v"), "%s",
       err.text);
    ckpt_close(ckpt);
    params_fini(&got);
    params_fini(&all);
    params_table_fini(&some);
}

int main(void) {
    char path[256];
    path_in(path, "checkpoint-000000003.h5");
    sample_init_tiny(&sample, 3);
    ok(sample_write_in_child(&sample, path) == 0, "a child writes %s", path);
    if (!ok(file_read(path, 1 << 28, &whole, NULL) == 0, "it is there"))
        return tap_done();
    /* the child's header has it; here it is computed */
    sample_state_hash(&sample, true, sample.header.state_hash);
    test_good(path);
    test_close(path);
    test_flips();
    test_regions();
    test_cuts();
    test_foreign();
    test_lies();
    test_names();
    test_pipe();
    test_too_large();
    test_other_tables(path);
    test_pieces();
    test_some();
    sample_fini(&sample);
    str_fini(&whole);
    return tap_done();
}
