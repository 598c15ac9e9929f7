/* SPDX-License-Identifier: Apache-2.0 */
/* A table of files in one format and what must come of them.  Each is read as it is;
 * cut at every byte: no crash, the documents before the cut as they were; and with a
 * bit changed in every byte: no crash, few documents changed, few places reported.
 * Whatever happens the ledger balances. */
#ifndef MPIBERT_TESTS_UNIT_IO_ROWS_H
#define MPIBERT_TESTS_UNIT_IO_ROWS_H

#include "tests/unit/io/fixture.h"

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }

struct row {
    const char *what, *format, *key;
    struct slice in;
    const char *out; /* documents, each ended by | */
    int empty, damaged;
    int text;            /* bytes, -1: not judged */
    const char *origins; /* as fixture.h has them; NULL: not judged */
    int skipped;         /* records without documents */
};

static inline struct shard_options row_options(const struct row *row) {
    return (struct shard_options){
        .format = row->format, .text_key = row->key, .quiet = true};
}

static inline void row_test_whole(const struct row *row) {
    struct shard_options options = row_options(row);
    struct shard_read read;
    struct str got = {0};
    fixture_read(fixture_write("x.txt", row->in), &options, &read);
    str_append(&got, "", 0);
    for (int i = 0; i < read.count; i++) {
        str_append(&got, read.texts[i].data, read.texts[i].size);
        str_append_char(&got, '|');
    }
    is_str(got.data, row->out, "%s", row->what);
    is_int(read.status, 0, "%s: to the end", row->what);
    is_int((int64_t)read.tally.documents_empty, row->empty, "%s: empty ones",
           row->what);
    is_int((int64_t)read.tally.damaged_places, row->damaged, "%s: damaged places",
           row->what);
    is_int((int64_t)(read.tally.records_skipped + read.tally.pages_not_articles),
           row->skipped, "%s: records and pages skipped", row->what);
    if (row->text >= 0)
        is_int((int64_t)read.tally.text_bytes, row->text, "%s: text bytes", row->what);
    if (row->origins)
        is_str(read.origins.data, row->origins, "%s: addresses and languages",
               row->what);
    ok(fixture_balances(&read.tally) && read.tally.unpacked_bytes == row->in.size,
       "%s: the ledger balances", row->what);
    str_fini(&got);
    fixture_read_fini(&read);
}

/* Whether a cut's documents are the first of the whole's; the last may be cut itself.
 */
static inline bool row_is_beginning(const struct shard_read *cut,
                                    const struct shard_read *whole) {
    for (int i = 0; i + 1 < cut->count && i < whole->count; i++)
        if (!slice_equal(str_slice(&cut->texts[i]), str_slice(&whole->texts[i])))
            return false;
    return true;
}

static inline void row_test_cuts(const struct row *row,
                                 const struct shard_read *whole) {
    struct shard_options options = row_options(row);
    bool good = true, lies = strstr(row->what, "length") != NULL;
    for (size_t size = 0; size < row->in.size; size++) {
        struct slice part = {row->in.data, size};
        struct shard_read cut;
        fixture_read(fixture_write("x.txt", part), &options, &cut);
        bool same =
            row_is_beginning(&cut, whole) || lies; /* it shows at the end only */
        bool fine = cut.status == 0 && same && fixture_balances(&cut.tally);
        if (good && !fine)
            diag("first at byte %zu: status %d, %d documents", size, cut.status,
                 cut.count);
        good = good && fine;
        fixture_read_fini(&cut);
    }
    ok(good, "%s: cut at every byte", row->what);
}

/* How many of the whole's documents are among the others. */
static inline int row_survivors(const struct shard_read *whole,
                                const struct shard_read *others) {
    int survivors = 0;
    for (int i = 0; i < whole->count; i++)
        for (int k = 0; k < others->count; k++)
            if (slice_equal(str_slice(&whole->texts[i]),
                            str_slice(&others->texts[k]))) {
                survivors++;
                break;
            }
    return survivors;
}

static inline void row_test_flips(const struct row *row,
                                  const struct shard_read *whole) {
    struct shard_options options = row_options(row);
    struct str bytes = {0};
    str_append(&bytes, row->in.data, row->in.size);
    bool good = true;
    for (size_t at = 0; at < bytes.size; at++) {
        struct shard_read flipped;
        bytes.data[at] ^= (char)(1 << at % 8);
        fixture_read(fixture_write("x.txt", str_slice(&bytes)), &options, &flipped);
        bytes.data[at] ^= (char)(1 << at % 8);
        bool fine = flipped.status == 0 && fixture_balances(&flipped.tally) &&
                    flipped.tally.unpacked_bytes == bytes.size &&
                    flipped.tally.damaged_places <= (uint64_t)row->damaged + 2 &&
                    (at < 32 || row_survivors(whole, &flipped) + 2 >= whole->count);
        if (good && !fine)
            diag("first at byte %zu: %d of %d documents, %d damaged places", at,
                 row_survivors(whole, &flipped), whole->count,
                 (int)flipped.tally.damaged_places);
        good = good && fine;
        fixture_read_fini(&flipped);
    }
    ok(good, "%s: a bit changed in every byte", row->what);
    str_fini(&bytes);
}

static inline void row_test(const struct row *row) {
    struct shard_options options = row_options(row);
    struct shard_read whole;
    row_test_whole(row);
    fixture_read(fixture_write("x.txt", row->in), &options, &whole);
    row_test_cuts(row, &whole);
    row_test_flips(row, &whole);
    fixture_read_fini(&whole);
}

#endif
