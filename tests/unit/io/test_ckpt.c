/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: one checkpoint is written by a child process with MPI; all else happens here,
 * without.  Whatever byte of it is turned over and wherever it is cut, it must never give a
 * number that was not written: it is refused with a name and a reason, or the byte was one
 * of padding and all is as it was.  A folder must give its newest good checkpoint. */
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* MPI in a child, so that this process never starts it. */
static void write_in_child(const char *path) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct comm *comm = comm_create(NULL, NULL, NULL);
        int rc =
            comm ? ckpt_write(comm, path, &sample.header, &sample.blocks, NULL) : -1;
        comm_destroy(comm);
        _exit(rc != 0);
    }
    int status = -1;
    ok(waitpid(child, &status, 0) == child && status == 0, "a child writes %s", path);
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

enum verdict { HARMLESS, REFUSED_OPENING, REFUSED_VERIFYING, WRONG };

/* What a changed file at `path` comes to; every refusal must be 65 and name the file. */
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

/* Turns over every 5th byte that is not 0: padding is, most of what says something is not. */
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
    STEP_IS_TEXT,
    NO_HASHES,
    HASHES_ARE_NUMBERS,
    HASHES_ARE_NARROW,
    MISSING_TENSOR,
    TENSOR_IS_BYTES,
    OTHER_SHAPE,
    HUGE_CHUNKED,
    HUGE_EMPTY,
    TEXT_ELSEWHERE,
    WRONG_STATE,
    LIES
};

static const char *const lie_says[LIES] = {
    [NO_LIE] = "/params/a is damaged",
    [NO_ATTRIBUTES] = "not a checkpoint",
    [OTHER_FORMAT] = "not a checkpoint",
    [NEWER_VERSION] = "version 99",
    [NEGATIVE_STEP] = "step is negative",
    [STEP_IS_TEXT] = "step is not a whole number",
    [NO_HASHES] = "/hashes",
    [HASHES_ARE_NUMBERS] = "not text",
    [HASHES_ARE_NARROW] = "lines of",
    [MISSING_TENSOR] = "cannot find /params/a",
    [TENSOR_IS_BYTES] = "float32",
    [OTHER_SHAPE] = "shape of its parameter",
    [HUGE_CHUNKED] = "not stored in one piece",
    [HUGE_EMPTY] = "beyond the end",
    [TEXT_ELSEWHERE] = "not text of a fixed length",
    [WRONG_STATE] = "state_hash",
};

static void lie_attributes(struct hdf5 *file, enum lie lie, const char *state) {
    if (lie == NO_ATTRIBUTES)
        return;
    hdf5_set_text(file, "format", lie == OTHER_FORMAT ? "soup" : CONTENTS_FORMAT, NULL);
    hdf5_set_int(file, "version", lie == NEWER_VERSION ? 99 : CONTENTS_VERSION, NULL);
    if (lie == STEP_IS_TEXT)
        hdf5_set_text(file, "step", "three", NULL);
    else
        hdf5_set_int(file, "step", lie == NEGATIVE_STEP ? -3 : 3, NULL);
    hdf5_set_int(file, "tokens", 1, NULL);
    hdf5_set_int(file, "adam_step", 1, NULL);
    hdf5_set_text(file, "state_hash", lie == WRONG_STATE ? "00" : state, NULL);
    hdf5_set_text(file, "data_hash", "", NULL);
    hdf5_set_text(file, "versions", "", NULL);
}

/* Lists /params/a and its moments with a hash that their bytes do not have. */
static void lie_contents(struct hdf5 *file, enum lie lie, char state[HASH_HEX_SIZE]) {
    struct contents contents = {0};
    struct params_table table = {0};
    struct str lines = {0};
    params_table_add(&table, "a", 2, 3, true);
    contents_add(&contents, "/params/a", hash128("a", 1));
    contents_add(&contents, "/adam/m/a", hash128("m", 1));
    contents_add(&contents, "/adam/v/a", hash128("v", 1));
    contents_state_hash(&contents, &table, CONTENTS_KINDS, state);
    contents_add(&contents, CONTENTS_LANES, contents_hash(NULL, 0));
    for (int i = 0; i < CONTENTS_TEXTS; i++)
        contents_add(&contents, contents_texts[i], contents_hash("", 0));
    size_t width = contents_print(&contents, &lines);
    if (lie == HASHES_ARE_NUMBERS)
        hdf5_add_bytes(file, CONTENTS_HASHES, 1, 2, (const uint8_t *)"ab", NULL);
    else if (lie == HASHES_ARE_NARROW)
        hdf5_add_lines(file, CONTENTS_HASHES, lines.data, 3, 10, NULL);
    else if (lie != NO_HASHES)
        hdf5_add_lines(file, CONTENTS_HASHES, lines.data, (size_t)contents.count, width,
                       NULL);
    contents_fini(&contents);
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
    hdf5_add_floats(file, "/adam/v/a", small, NULL);
    hdf5_add_bytes(file, CONTENTS_LANES, 0, 48, NULL, NULL);
    for (int i = lie == TEXT_ELSEWHERE; i < CONTENTS_TEXTS; i++)
        hdf5_add_text(file, contents_texts[i], slice_of(""), NULL);
}

/* What our own door does not write: 2^40 rows that take no space, and text in the heap. */
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

static void test_lies(void) {
    for (enum lie lie = NO_LIE; lie < LIES; lie++) {
        char path[256], name[32], state[HASH_HEX_SIZE];
        struct err err = {0};
        snprintf(name, sizeof name, "lie-%d.h5", (int)lie);
        path_in(path, name);
        struct hdf5 *file = hdf5_create(path, &err);
        lie_contents(file, lie, state);
        lie_attributes(file, lie, state);
        lie_datasets(file, lie);
        is_int(hdf5_close(file, &err), 0, "a file that lies %s", err.text);
        if (lie == HUGE_CHUNKED || lie == HUGE_EMPTY || lie == TEXT_ELSEWHERE)
            lie_by_hand(path, lie);
        enum verdict want = lie == NO_LIE ? REFUSED_VERIFYING : REFUSED_OPENING;
        is_int(judge(path, &err), want, "lie %d: %s", (int)lie, err.text);
        ok(strstr(err.text, lie_says[lie]) != NULL, "says: %s", lie_says[lie]);
    }
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
    ok(hdf5_create(path, &err) == NULL, "what is there is not overwritten: %s",
       err.text);
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
        params_table_add(&table, rows[i].name, rows[i].rows, rows[i].columns, true);
        params_init(&params, &table);
        int rc = ckpt_read(ckpt, CKPT_M, &params, &err);
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

/* A folder with these files; "+" before a name: a good checkpoint, "-": a damaged one. */
static void make_folder(char dir[256], const char *name, const char *const *files) {
    path_in(dir, name);
    mkdir(dir, 0777);
    for (; *files; files++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", dir, *files + 1);
        put(path, whole.data, **files == '+' ? whole.size : whole.size / 2);
    }
}

static void test_list(void) {
    static const char *const files[] = {
        "-checkpoint-000000500.h5", "-checkpoint-000000000.h5",
        "-checkpoint-999999999.h5", "-checkpoint-1000000000.h5",
        "-checkpoint-000000020.h5",
        /* none of these is one */
        "-.tmp-checkpoint-000000900.h5-1-2", "-checkpoint-000000501.h5.bad",
        "-checkpoint-0000000501.h5", "-checkpoint-501.h5", "-checkpoint-00000050x.h5",
        "-checkpoint-.h5", "-checkpoint-9999999999999999999999.h5", "-vocab.txt", NULL};
    static const char *const want[] = {"1000000000", "999999999", "000000500",
                                       "000000020", "000000000"};
    char dir[256], path[512], **paths;
    int count;
    struct err err = {0};
    make_folder(dir, "list", files);
    is_int(ckpt_list(dir, &paths, &count, &err), 0, "list a folder");
    is_int(count, 5, "five checkpoints");
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/checkpoint-%s.h5", dir, want[i]);
        is_str(paths[i], path, "newest first");
        mem_free(paths[i]);
    }
    mem_free(paths);
    path_in(dir, "no-folder");
    is_int(ckpt_list(dir, &paths, &count, &err), -1, "no folder: %s", err.text);
    is_int(err.code, ERR_MISSING, "its code");
}

static void test_resolve(void) {
    static const struct {
        const char *files[5], *want; /* NULL: refused */
        int code;
    } rows[] = {
        {{"+checkpoint-000000001.h5", "+checkpoint-000000002.h5"}, "000000002", 0},
        {{"+checkpoint-000000001.h5", "-checkpoint-000000002.h5"}, "000000001", 0},
        {{"+checkpoint-000000001.h5", "+.tmp-checkpoint-000000002.h5-1-2"},
         "000000001",
         0},
        {{"+checkpoint-000000000.h5"}, "000000000", 0},
        {{"-checkpoint-000000001.h5", "-checkpoint-000000002.h5"}, NULL, ERR_DATA},
        {{"+.tmp-checkpoint-000000002.h5-1-2"}, NULL, ERR_MISSING},
        {{NULL}, NULL, ERR_MISSING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dir[256], name[32];
        struct str path = {0}, want = {0};
        struct err err = {0};
        snprintf(name, sizeof name, "resolve-%zu", i);
        make_folder(dir, name, rows[i].files);
        is_int(ckpt_resolve(dir, &path, &err), rows[i].want ? 0 : -1, "folder %zu %s",
               i, err.text);
        is_int(err.code, rows[i].code, "its code");
        if (rows[i].want) {
            str_printf(&want, "%s/checkpoint-%s.h5", dir, rows[i].want);
            is_str(path.data, want.data, "the newest good one");
        }
        str_fini(&path), str_fini(&want);
    }
    struct str path = {0};
    is_int(ckpt_resolve("/dev/null", &path, NULL), 0, "a file is taken as it is");
    is_str(path.data, "/dev/null", "unread");
    is_int(ckpt_resolve("/no/such/file", &path, NULL), -1, "but must be there");
    str_fini(&path);
}

static void test_retain(void) {
    static const char *const files[] = {"-checkpoint-000000000.h5",
                                        "-checkpoint-000000001.h5",
                                        "-checkpoint-000000002.h5",
                                        "-checkpoint-000000003.h5",
                                        "-.tmp-checkpoint-000000003.h5-7-8",
                                        "-run.yaml",
                                        NULL};
    static const struct {
        int keep, left; /* files: run.yaml and step 0 always stay */
    } rows[] = {{9, 5}, {3, 5}, {2, 4}, {1, 3}};
    char dir[256], **paths;
    int count;
    struct err err = {0};
    make_folder(dir, "retain", files);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_int(ckpt_retain(dir, rows[i].keep, &err), 0, "keep %d", rows[i].keep);
        is_int(sample_count_files(dir), rows[i].left, "files left");
    }
    ckpt_list(dir, &paths, &count, &err);
    is_int(count, 2, "step 0 and one more");
    ok(strstr(paths[0], "000000003") && strstr(paths[1], "000000000"),
       "the newest one");
    for (int i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
    path_in(dir, "no-folder");
    is_int(ckpt_retain(dir, 1, &err), -1, "no folder: %s", err.text);
}

int main(void) {
    char path[256];
    path_in(path, "checkpoint-000000003.h5");
    sample_init_tiny(&sample, 3);
    write_in_child(path);
    if (!ok(file_read(path, 1 << 28, &whole, NULL) == 0, "it is there"))
        return tap_done();
    /* the child's header has it; here it is computed */
    sample_state_hash(&sample, true, sample.header.state_hash);
    test_good(path);
    test_flips();
    test_regions();
    test_cuts();
    test_foreign();
    test_lies();
    test_too_large();
    test_other_tables(path);
    test_list();
    test_resolve();
    test_retain();
    sample_fini(&sample);
    str_fini(&whole);
    return tap_done();
}
