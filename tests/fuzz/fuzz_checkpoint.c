/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a checkpoint that was edited.  The bytes are edits, four bytes each, of
 * a small good one: what to do, where among the bytes that are not padding, with which
 * value.  Whatever comes of it either is refused, with a code and a message, or holds
 * what was written.
 *
 * HDF5's metadata carry checksums, so that most edits get no further.  With FORGE=1 in
 * the environment they are made right again, and it is HDF5 itself that is tried; what
 * that finds is HDF5's. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"
#include "io/ckpt/hdf5.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/fuzz/target.h"

enum { TENSORS = 3, NUMBERS = 6, BLOCKS = 256, BLOCK_MOST = 2048, EDIT = 4 };

static const char *const tensors[TENSORS] = {"/params/a", "/adam/m/a", "/adam/v/a"};
static const float zeros[NUMBERS];

static struct str good; /* a checkpoint of step 3 */
static uint32_t *used;  /* the places of its bytes that are not 0 */
static size_t used_count;
static struct block {
    size_t at, size;
} blocks[BLOCKS]; /* of metadata, each with its checksum after it */
static int block_count;

/* ---- the good one ---- */

static int write_attributes(struct hdf5 *file, const struct contents *contents,
                            struct ckpt_header *h, struct err *err) {
    char hash[HASH_HEX_SIZE];
    contents_header_hash(contents, h, hash);
    return hdf5_set_text(file, "format", CONTENTS_FORMAT, err) |
           hdf5_set_int(file, "version", CONTENTS_VERSION, err) |
           hdf5_set_int(file, "step", h->step, err) |
           hdf5_set_int(file, "tokens", (int64_t)h->tokens, err) |
           hdf5_set_int(file, "adam_step", h->adam_step, err) |
           hdf5_set_text(file, "state_hash", h->state_hash, err) |
           hdf5_set_text(file, "data_hash", h->data_hash, err) |
           hdf5_set_text(file, "versions", "", err) |
           hdf5_set_text(file, "header_hash", hash, err);
}

/* All of them are zeros, as room that was never written is. */
static int write_tensors(struct hdf5 *file, struct contents *contents,
                         struct ckpt_header *h, struct err *err) {
    struct params_table table = {0};
    const struct params_table *tables[TENSORS] = {&table, &table, &table};
    struct extent extent = {2, {2, 3}};
    int rc = 0;
    params_table_add(&table, "a", 2, 3, FIRST_ZERO, true);
    for (int i = 0; i < TENSORS; i++) {
        contents_add(contents, tensors[i], contents_hash(zeros, sizeof zeros));
        rc |= hdf5_add_floats(file, tensors[i], extent, err);
    }
    contents_state_hash(contents, tables, TENSORS, h->state_hash);
    params_table_fini(&table);
    return rc;
}

static int write_texts(struct hdf5 *file, struct contents *contents, struct err *err) {
    static const uint8_t cursor[] = {1, 2, 3, 4};
    struct str lines = {0};
    int rc = hdf5_add_bytes(file, CONTENTS_LANES, 1, sizeof cursor, cursor, err);
    contents_add(contents, CONTENTS_LANES, contents_hash(cursor, sizeof cursor));
    for (int i = 0; i < CONTENTS_TEXTS; i++) {
        contents_add(contents, contents_texts[i], contents_hash("text", 4));
        rc |= hdf5_add_text(file, contents_texts[i], slice_of("text"), err);
    }
    size_t width = contents_print(contents, &lines);
    rc |= hdf5_add_lines(file, CONTENTS_HASHES, lines.data, (size_t)contents->count,
                         width, err);
    str_fini(&lines);
    return rc;
}

static void write_good(void) {
    char path[] = "/tmp/mpibert-fuzz-XXXXXX";
    struct err err = {0};
    struct contents contents = {0};
    struct ckpt_header header = {.step = 3, .tokens = 5, .adam_step = 3};
    REQUIRE(close(mkstemp(path)) == 0 && unlink(path) == 0);
    struct hdf5 *file = hdf5_create(path, &err);
    REQUIRE(file && write_tensors(file, &contents, &header, &err) == 0);
    REQUIRE(write_texts(file, &contents, &err) == 0);
    REQUIRE(write_attributes(file, &contents, &header, &err) == 0);
    REQUIRE(hdf5_close(file, &err) == 0);
    REQUIRE(file_read(path, 1 << 24, &good, &err) == 0);
    unlink(path);
    contents_fini(&contents);
}

/* ---- checksums ---- */

static uint32_t turn(uint32_t x, int n) { return x << n | x >> (32 - n); }

static uint32_t word(const uint8_t *bytes, size_t size) {
    uint32_t x = 0;
    for (size_t i = 0; i < size && i < 4; i++)
        x |= (uint32_t)bytes[i] << 8 * i;
    return x;
}

/* What HDF5 puts after its metadata: Bob Jenkins' lookup3 (2006), hashlittle. */
static uint32_t lookup3(const uint8_t *k, size_t size) {
    static const int mix[6] = {4, 6, 8, 16, 19, 4},
                     last[7] = {14, 11, 25, 16, 4, 14, 24};
    uint32_t x[3];
    x[0] = x[1] = x[2] = 0xdeadbeef + (uint32_t)size;
    for (; size > 12; size -= 12, k += 12) {
        for (int i = 0; i < 3; i++)
            x[i] += word(k + 4 * i, 4);
        for (int i = 0; i < 6; i++) { /* a -= c, a ^= turn(c), c += b, and so on */
            uint32_t *a = &x[i % 3], *b = &x[(i + 1) % 3], *c = &x[(i + 2) % 3];
            *a -= *c, *a ^= turn(*c, mix[i]), *c += *b;
        }
    }
    for (size_t i = 0; i < 3 && size > 4 * i; i++)
        x[i] += word(k + 4 * i, size - 4 * i);
    for (int i = 0; size > 0 && i < 7; i++) { /* c ^= b, c -= turn(b), and so on */
        uint32_t *c = &x[(i + 2) % 3], *b = &x[(i + 1) % 3];
        *c ^= *b, *c -= turn(*b, last[i]);
    }
    return x[2];
}

/* A block begins with its name; its end is where the checksum is right. */
static void find_block(size_t at) {
    const uint8_t *begin = (const uint8_t *)good.data + at;
    for (size_t n = 8; n < BLOCK_MOST && at + n + 4 <= good.size; n++)
        if (lookup3(begin, n) == word(begin + n, 4) && block_count < BLOCKS) {
            blocks[block_count++] = (struct block){at, n};
            return;
        }
}

static void find_blocks(void) {
    static const char *const names[] = {"\211HDF", "OHDR", "OCHK", "FRHP", "FHDB",
                                        "BTHD",    "BTLF", "BTIN", "FSHD", "FSSE"};
    for (size_t at = 0; at + 4 <= good.size; at++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (memcmp(good.data + at, names[i], 4) == 0)
                find_block(at);
    REQUIRE(block_count > 5);
}

static void forge(struct str *file) {
    for (int i = 0; i < block_count; i++) {
        uint8_t *begin = (uint8_t *)file->data + blocks[i].at;
        if (blocks[i].at + blocks[i].size + 4 > file->size)
            continue;
        uint32_t sum = lookup3(begin, blocks[i].size);
        memcpy(begin + blocks[i].size, &sum, sizeof sum);
    }
}

/* ---- the target ---- */

static void start(void) {
    write_good();
    find_blocks();
    used = mem_alloc(good.size, sizeof *used);
    for (size_t i = 0; i < good.size; i++)
        if (good.data[i] != 0)
            used[used_count++] = (uint32_t)i;
}

/* Around a place that is used: all bytes of a header are near one. */
static void edit(struct str *file, const uint8_t e[EDIT]) {
    size_t place = used[(size_t)(e[1] | e[2] << 8) % used_count] + (e[0] >> 4 & 7);
    if (place >= file->size)
        return;
    char *at = file->data + place;
    switch (e[0] & 7) {
    case 0: *at = (char)e[3]; return;
    case 1: *at = (char)(*at ^ 1 << (e[3] & 7)); return;
    case 2: *at = (char)(*at + e[3]); return;
    case 3: /* many times the largest number */
        memset(at, 0xff, file->size - place < e[3] % 9u ? 0 : e[3] % 9u);
        return;
    case 4: /* a piece of elsewhere */
        if (used[e[3]] + 16 < file->size && place + 16 < file->size)
            memmove(at, file->data + used[e[3]], 16);
        return;
    default:
        if (e[0] == 5) /* seldom */
            file->size = place;
    }
}

static void require_sound(struct ckpt *ckpt) {
    struct err err = {0};
    if (ckpt_verify(ckpt, &err) < 0) {
        REQUIRE(err.code == ERR_DATA && err.text[0] != '\0');
        return;
    }
    const struct ckpt_header *h = ckpt_header(ckpt);
    REQUIRE(h->step == 3 && h->tokens == 5 && ckpt_moments(ckpt) == 2);
    REQUIRE(strcmp(h->config.data, "text") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str file = {0};
    struct err err = {0};
    if (good.size == 0)
        start();
    str_append(&file, good.data, good.size);
    for (size_t i = 0; i + EDIT <= size; i += EDIT)
        edit(&file, data + i);
    if (getenv("FORGE"))
        forge(&file);
    struct ckpt *ckpt =
        ckpt_open(target_file((const uint8_t *)file.data, file.size), &err);
    if (ckpt)
        require_sound(ckpt);
    else
        REQUIRE((err.code == ERR_DATA || err.code == ERR_CONFIG) &&
                err.text[0] != '\0');
    ckpt_close(ckpt);
    str_fini(&file);
    return 0;
}
