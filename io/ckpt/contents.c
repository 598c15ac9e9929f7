/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of a checkpoint: see contents.h. */
#include "io/ckpt/contents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

_Static_assert(sizeof(struct hash128) == 16, "hashes are hashed as they lie in memory");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "so are numbers");

enum { HEX_SIZE = HASH_HEX_SIZE - 1 };

const char *const contents_texts[CONTENTS_TEXTS] = {"/config", "/vocab", "/ledger"};

struct str *contents_text(struct ckpt_header *header, int i) {
    struct str *texts[CONTENTS_TEXTS] = {&header->config, &header->vocab,
                                         &header->ledger};
    return texts[i];
}

size_t contents_chunks(size_t bytes) {
    return bytes / CONTENTS_CHUNK_BYTES + (bytes % CONTENTS_CHUNK_BYTES != 0);
}

struct hash128 contents_hash_chunks(const struct hash128 *chunks, size_t count) {
    return hash128(chunks, count * sizeof *chunks);
}

struct hash128 contents_hash(const void *bytes, size_t size) {
    struct hasher *hasher = hasher_create();
    const char *place = bytes;
    while (size > 0) {
        size_t n = size < CONTENTS_CHUNK_BYTES ? size : CONTENTS_CHUNK_BYTES;
        struct hash128 chunk = hash128(place, n);
        hasher_update(hasher, &chunk, sizeof chunk);
        place += n;
        size -= n;
    }
    struct hash128 hash = hasher_digest(hasher);
    hasher_destroy(hasher);
    return hash;
}

static struct contents_row *add_row(struct contents *contents) {
    size_t count = (size_t)contents->count + 1;
    contents->rows = mem_resize(contents->rows, count, sizeof *contents->rows);
    return &contents->rows[contents->count++];
}

void contents_add(struct contents *contents, const char *name, struct hash128 hash) {
    struct contents_row *row = add_row(contents);
    int n = snprintf(row->name, sizeof row->name, "%s", name);
    CHECK(n > 0 && (size_t)n < sizeof row->name);
    hash_hex(hash, row->hash);
}

size_t contents_print(const struct contents *contents, struct str *lines) {
    size_t longest = 0;
    for (int i = 0; i < contents->count; i++) {
        size_t n = strlen(contents->rows[i].name);
        longest = n > longest ? n : longest;
    }
    for (int i = 0; i < contents->count; i++)
        str_printf(lines, "%-*s %s", (int)longest, contents->rows[i].name,
                   contents->rows[i].hash);
    return longest + 1 + HEX_SIZE;
}

static int parse_row(struct contents_row *row, const char *line, size_t width) {
    size_t name = width - HEX_SIZE;
    while (name > 0 && line[name - 1] == ' ')
        name--;
    if (name == 0 || name == width - HEX_SIZE || name >= sizeof row->name ||
        memchr(line, '\0', width) || memchr(line, ' ', name))
        return -1;
    memcpy(row->name, line, name);
    row->name[name] = '\0';
    memcpy(row->hash, line + width - HEX_SIZE, HEX_SIZE);
    row->hash[HEX_SIZE] = '\0';
    return strspn(row->hash, "0123456789abcdef") == HEX_SIZE ? 0 : -1;
}

int contents_parse(struct contents *contents, struct slice lines, size_t width,
                   struct err *err) {
    if (width <= HEX_SIZE || lines.size % width != 0)
        return err_set(err, ERR_DATA, "/hashes: lines of %zu characters", width);
    for (size_t at = 0; at < lines.size; at += width) {
        if (parse_row(add_row(contents), lines.data + at, width) == 0)
            continue;
        contents->count--;
        return err_set(err, ERR_DATA, "/hashes: row %zu is not \"name hash\"",
                       at / width);
    }
    return 0;
}

static void print_tensor(const struct contents_row *row, const struct tensor *tensor,
                         struct str *text) {
    str_printf(text, "%s %" PRId64, row->name, tensor->shape[0]);
    if (tensor->rank == 2)
        str_printf(text, "x%" PRId64, tensor->shape[1]);
    str_printf(text, " %s\n", row->hash);
}

void contents_state_hash(const struct contents *contents,
                         const struct params_table *const *tables, int count,
                         char hex[HASH_HEX_SIZE]) {
    struct str text = {0};
    const struct contents_row *row = contents->rows;
    for (int t = 0; t < count; t++) {
        CHECK(contents->count - (row - contents->rows) >= tables[t]->count);
        for (int i = 0; i < tables[t]->count; i++)
            print_tensor(row++, &tables[t]->tensors[i], &text);
    }
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
}

void contents_header_hash(const struct contents *contents, const struct ckpt_header *h,
                          char hex[HASH_HEX_SIZE]) {
    struct str text = {0};
    str_printf(&text,
               "%s %d\nstep %" PRId64 "\ntokens %" PRIu64 "\nadam_step %" PRId64
               "\nstate_hash %s\ndata_hash %s\nversions %zu\n%s\n",
               CONTENTS_FORMAT, CONTENTS_VERSION, h->step, h->tokens, h->adam_step,
               h->state_hash, h->data_hash, h->versions.size,
               h->versions.data ? h->versions.data : "");
    contents_print(contents, &text);
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
}

void contents_fini(struct contents *contents) {
    mem_free(contents->rows);
    *contents = (struct contents){0};
}
