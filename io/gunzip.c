/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) over zlib: see gunzip.h.  What a block holds is from one member.  A
 * member that fits into one block is handed out after its CRC was checked, or not at
 * all; of a longer one what was read before the damage showed has been used by then,
 * and the report says so.
 *
 *   BETWEEN --header--> INSIDE --end of member--> BETWEEN
 *      |                  |
 *      +----- damage -----+--> SEEK --next 1f 8b 08--> INSIDE       end of input: END
 */
#include "io/gunzip.h"

#include <zlib.h>

#include "src/base/die.h"
#include "src/base/mem.h"

enum { GUNZIP_BLOCK_BYTES = 256 << 10 };
enum gunzip_state { GUNZIP_BETWEEN, GUNZIP_INSIDE, GUNZIP_SEEK, GUNZIP_END };

static const unsigned char magic[3] = {0x1f, 0x8b, 0x08}; /* gzip, deflate */

struct gunzip {
    struct feed feed;
    struct feed *below;
    z_stream z; /* next_in, avail_in: the part of below's block not yet used */
    enum gunzip_state state;
    uint64_t taken_bytes;  /* from below */
    uint64_t member_start; /* offset of the member in what is below */
    uint64_t member_given; /* bytes of it handed out before this block */
    bool sought;    /* the member was found after damage that is reported already */
    bool has_fault; /* to be told at the next call */
    struct err fault;
    unsigned char *block;
};

bool gunzip_bid(struct slice head) {
    const unsigned char *p = (const unsigned char *)head.data;
    return head.size >= 3 && p[0] == magic[0] && p[1] == magic[1] && p[2] == magic[2];
}

static uint64_t gunzip_offset(const struct gunzip *g) {
    return g->taken_bytes - g->z.avail_in;
}

/* Sees to it that there is input: 1, 0 at its end, -1. */
static int gunzip_fill(struct gunzip *g, struct err *err) {
    if (g->z.avail_in > 0)
        return 1;
    struct slice input;
    int status = g->below->next(g->below, &input, err);
    g->feed.dropped_bytes += g->below->dropped_bytes;
    g->below->dropped_bytes = 0;
    if (status <= 0)
        return status;
    CHECK(input.size <= UINT32_MAX);
    g->z.next_in = (unsigned char *)(uintptr_t)input.data; /* zlib does not write it */
    g->z.avail_in = (uInt)input.size;
    g->taken_bytes += input.size;
    return 1;
}

/* Between members: 1 a member begins, 0 end (zeros may pad it), -1. */
static int gunzip_begin(struct gunzip *g, struct err *err) {
    bool padding = false;
    int status;
    while ((status = gunzip_fill(g, err)) == 1 && *g->z.next_in == 0) {
        padding = true;
        g->z.next_in++, g->z.avail_in--;
    }
    if (status <= 0)
        return status;
    if (padding || *g->z.next_in != magic[0]) {
        g->state = GUNZIP_SEEK;
        return err_set(err, ERR_DATA,
                       "stored byte %llu: garbage between or behind gzip members",
                       (unsigned long long)gunzip_offset(g));
    }
    CHECK(inflateReset(&g->z) == Z_OK);
    g->member_start = gunzip_offset(g);
    g->member_given = 0;
    g->sought = false;
    g->state = GUNZIP_INSIDE;
    return 1;
}

/* Looks for the next member: as gunzip_begin. */
static int gunzip_seek(struct gunzip *g, struct err *err) {
    size_t matched = 0;
    int status = 1;
    while (matched < sizeof magic && (status = gunzip_fill(g, err)) == 1) {
        unsigned char byte = *g->z.next_in++;
        g->z.avail_in--;
        g->feed.dropped_bytes++;
        matched = byte == magic[matched] ? matched + 1 : byte == magic[0];
    }
    if (status <= 0)
        return status;
    g->feed.dropped_bytes -= sizeof magic;
    g->member_start = gunzip_offset(g) - sizeof magic;
    g->member_given = 0;
    g->sought = true;
    g->state = GUNZIP_INSIDE;
    CHECK(inflateReset(&g->z) == Z_OK);
    z_stream rest = g->z;
    g->z.next_in = (unsigned char *)(uintptr_t)magic;
    g->z.avail_in = sizeof magic;
    g->z.next_out = g->block;
    g->z.avail_out = GUNZIP_BLOCK_BYTES;
    CHECK(inflate(&g->z, Z_NO_FLUSH) == Z_OK && g->z.avail_in == 0);
    g->z.next_in = rest.next_in;
    g->z.avail_in = rest.avail_in;
    return 1;
}

/* The member is bad.  What of it is in the block stays only if the input just stops; a
 * member that was never handed out goes whole.  Returns the bytes of the block that are
 * good. */
static size_t gunzip_fail(struct gunzip *g, size_t got, bool truncated) {
    unsigned long long at = gunzip_offset(g), start = g->member_start;
    const char *why = g->z.msg ? g->z.msg : "damaged";
    g->state = truncated ? GUNZIP_END : GUNZIP_SEEK;
    bool quiet = g->sought && g->member_given == 0 && !truncated;
    if (truncated)
        err_set(&g->fault, ERR_DATA,
                "stored byte %llu: gzip member of byte %llu is truncated", at, start);
    else
        err_set(&g->fault, ERR_DATA, "stored byte %llu: gzip member of byte %llu: %s%s",
                at, start, why,
                g->member_given > 0 ? " (what came before was used)" : "");
    g->has_fault = !quiet;
    if (truncated || g->member_given > 0)
        return got;
    g->feed.dropped_bytes += got;
    return 0;
}

/* Fills the block from the member: bytes in *got; 0, or -1 if what is below failed. */
static int gunzip_inflate(struct gunzip *g, size_t *got, struct err *err) {
    g->z.next_out = g->block;
    g->z.avail_out = GUNZIP_BLOCK_BYTES;
    int status = 1, rc = Z_OK;
    while (rc == Z_OK && g->z.avail_out > 0 && (status = gunzip_fill(g, err)) == 1)
        rc = inflate(&g->z, Z_NO_FLUSH);
    *got = GUNZIP_BLOCK_BYTES - g->z.avail_out;
    CHECK(rc != Z_MEM_ERROR && rc != Z_STREAM_ERROR);
    if (status < 0)
        return -1;
    if (rc == Z_STREAM_END)
        g->state = GUNZIP_BETWEEN;
    else if (status == 0 || rc != Z_OK)
        *got = gunzip_fail(g, *got, status == 0);
    g->member_given += *got;
    return 0;
}

static int gunzip_next(struct feed *feed, struct slice *block, struct err *err) {
    struct gunzip *g = (struct gunzip *)feed;
    for (;;) {
        if (g->has_fault) {
            if (err)
                *err = g->fault;
            g->has_fault = false;
            return -1;
        }
        int status = 1;
        if (g->state == GUNZIP_END)
            return 0;
        if (g->state == GUNZIP_BETWEEN)
            status = gunzip_begin(g, err);
        else if (g->state == GUNZIP_SEEK)
            status = gunzip_seek(g, err);
        if (status <= 0)
            return status;
        size_t got = 0;
        if (gunzip_inflate(g, &got, err) < 0)
            return -1;
        *block = (struct slice){(const char *)g->block, got};
        if (got > 0)
            return 1;
    }
}

struct gunzip *gunzip_create(struct feed *below) {
    struct gunzip *g = mem_alloc(1, sizeof *g);
    g->feed.next = gunzip_next;
    g->below = below;
    g->block = mem_alloc(GUNZIP_BLOCK_BYTES, 1);
    enum { GZIP_ONLY = 16 };
    CHECK(inflateInit2(&g->z, MAX_WBITS + GZIP_ONLY) == Z_OK);
    return g;
}

struct feed *gunzip_feed(struct gunzip *g) {
    return &g->feed;
}

void gunzip_destroy(struct gunzip *g) {
    if (g == NULL)
        return;
    inflateEnd(&g->z);
    mem_free(g->block);
    mem_free(g);
}
