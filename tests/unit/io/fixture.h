/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of io share: archives packed in memory, shards written and read whole.
 */
#ifndef MPIBERT_TESTS_UNIT_IO_FIXTURE_H
#define MPIBERT_TESTS_UNIT_IO_FIXTURE_H

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/shard.h"
#include "src/base/die.h"
#include "src/base/str.h"
#include "tests/tap.h"

struct packed_member {
    const char *name; /* NULL: the end of a table */
    struct slice content;
};

enum { SHARD_DOCUMENTS_MAX = 64 };

/* All of a shard. */
struct shard_read {
    struct str texts[SHARD_DOCUMENTS_MAX];
    struct str origins; /* "url language|", a document */
    int count;
    int status; /* of the last shard_next, or -1 if it does not open */
    struct err err;
    struct tally tally;
};

/* filter: "none" "gzip" "bzip2" "xz" "zstd" "lz4"; format: "ustar", "pax", "zip", … or
 * "raw" (one member).  A member without content is a hard link to the first. */
static inline struct str fixture_pack(const char *format, const char *filter,
                                      const struct packed_member *members) {
    struct str out = {0};
    enum { CAPACITY = 1 << 22 };
    str_reserve(&out, CAPACITY);
    struct archive *a = archive_write_new();
    CHECK(archive_write_set_format_by_name(a, format) == ARCHIVE_OK);
    if (strcmp(filter, "none") != 0)
        CHECK(archive_write_add_filter_by_name(a, filter) == ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    CHECK(archive_write_open_memory(a, out.data, CAPACITY, &out.size) == ARCHIVE_OK);
    for (const struct packed_member *m = members; m->name; m++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, m->name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)m->content.size);
        if (m->content.data == NULL)
            archive_entry_set_hardlink(entry, members[0].name);
        CHECK(archive_write_header(a, entry) >= ARCHIVE_WARN);
        CHECK(archive_write_data(a, m->content.data, m->content.size) ==
              (la_ssize_t)m->content.size);
        archive_entry_free(entry);
    }
    CHECK(archive_write_close(a) == ARCHIVE_OK);
    archive_write_free(a);
    return out;
}

/* One content packed alone, e.g. a gzip member. */
static inline struct str fixture_pack_one(const char *filter, struct slice content) {
    struct packed_member members[] = {{"x", content}, {0}};
    return fixture_pack("raw", filter, members);
}

/* Writes a file into the test's folder; returns its path until the next call. */
static inline const char *fixture_write(const char *name, struct slice bytes) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    unlink(
        path); /* a new file, as file systems flush one that is cut and written again */
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK(bytes.size == 0 || fwrite(bytes.data, bytes.size, 1, file) == 1);
    CHECK(fclose(file) == 0);
    return path;
}

static inline void fixture_read(const char *path, const struct shard_options *options,
                                struct shard_read *out) {
    *out = (struct shard_read){.status = -1};
    struct shard *shard = shard_open(path, options, &out->tally, &out->err);
    struct doc doc;
    while (shard && (out->status = shard_next(shard, &doc, &out->err)) == 1) {
        if (out->count == SHARD_DOCUMENTS_MAX)
            continue;
        str_append(&out->texts[out->count++], doc.text.data, doc.text.size);
        str_append(&out->origins, doc.url.data, doc.url.size);
        str_append_char(&out->origins, ' ');
        str_append(&out->origins, doc.language.data, doc.language.size);
        str_append_char(&out->origins, '|');
    }
    shard_close(shard);
}

/* Its texts, a '|' after each. */
static inline struct str fixture_join(const struct shard_read *read) {
    struct str all = {0};
    str_append(&all, "", 0);
    for (int i = 0; i < read->count; i++)
        str_printf(&all, "%s|", read->texts[i].data);
    return all;
}

static inline void fixture_read_fini(struct shard_read *read) {
    for (int i = 0; i < read->count; i++)
        str_fini(&read->texts[i]);
    str_fini(&read->origins);
}

/* The same, aloud: returns the warnings, owned. */
static inline struct str fixture_read_aloud(const char *path,
                                            const struct shard_options *options,
                                            struct shard_read *out) {
    struct str said = {0};
    char name[300], part[4096];
    size_t size;
    snprintf(name, sizeof name, "%s/stderr", tap_folder());
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    CHECK(kept >= 0 && freopen(name, "wb", stderr) != NULL);
    fixture_read(path, options, out);
    fflush(stderr);
    CHECK(dup2(kept, STDERR_FILENO) >= 0 && close(kept) == 0);
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL);
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        str_append(&said, part, size);
    CHECK(fclose(file) == 0);
    str_append(&said, "", 0);
    return said;
}

/* The identity of core/tally.h. */
static inline bool fixture_balances(const struct tally *t) {
    return t->unpacked_bytes ==
           t->text_bytes + t->markup_bytes + t->skipped_bytes + t->damaged_bytes;
}

#endif
