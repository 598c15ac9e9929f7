/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the same three members, packed in every way that is read, must give the same
 * three documents; cut at every byte, they give those before the cut, and the cut is
 * counted as damage; with a byte changed or garbage added, what is good is used and
 * nothing is silent. */
#include "tests/unit/io/fixture.h"

#include <stdlib.h>

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }

static const struct packed_member three[] = {
    {"a/one.txt", S("First text.\nOf two lines.\n")},
    {"b/\xc3\xa9.txt", S("Second text.\n")},
    {"c.txt", S("Third text.\n")},
    {0},
};
static const char *const texts[] = {"First text.\nOf two lines.", "Second text.",
                                    "Third text."};
static const struct shard_options quietly = {.quiet = true};

static bool is_three(const struct shard_read *read) {
    bool same = read->count == 3 && read->status == 0 && fixture_balances(&read->tally);
    for (int i = 0; same && i < 3; i++)
        same = strcmp(read->texts[i].data, texts[i]) == 0;
    return same;
}

/* Whether the documents are the first of the three, whole but for the last one. */
static bool is_beginning(const struct shard_read *read) {
    bool good = read->count <= 3;
    for (int i = 0; good && i < read->count; i++) {
        size_t size = read->texts[i].size;
        good = size <= strlen(texts[i]) &&
               memcmp(read->texts[i].data, texts[i], size) == 0 &&
               (i + 1 == read->count || size == strlen(texts[i]));
    }
    return good;
}

static void test_packing(const char *filter) {
    struct str packed = fixture_pack("ustar", filter, three);
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&packed)), &quietly, &read);
    ok(is_three(&read), "tar, %s: three documents", filter);
    is_int((int64_t)read.tally.damaged_places, 0, "tar, %s: undamaged", filter);
    is_int((int64_t)read.tally.members, 3, "tar, %s: members", filter);
    is_int((int64_t)read.tally.stored_bytes, (int64_t)packed.size, "tar, %s: stored",
           filter);
    fixture_read_fini(&read);
    bool good = true, counted = true;
    size_t zeros =
        strcmp(filter, "none") == 0 ? 1024 : 0; /* the end mark of a plain tar */
    for (size_t size = 0; size < packed.size; size++) {
        fixture_read(fixture_write("x.tar", (struct slice){packed.data, size}),
                     &quietly, &read);
        good = good && read.status == 0 && is_beginning(&read) &&
               fixture_balances(&read.tally);
        counted =
            counted && (read.tally.damaged_places > 0 || size > packed.size - zeros);
        fixture_read_fini(&read);
    }
    ok(good, "tar, %s, cut at every byte: what is before is good", filter);
    ok(counted, "tar, %s, cut at every byte: is damage", filter);
    str_fini(&packed);
}

/* Members that are packed themselves, and a file packed alone. */
static void test_packed_member(const char *filter) {
    struct str packed = fixture_pack_one(filter, three[0].content);
    struct packed_member members[] = {
        {"x", str_slice(&packed)}, three[1], three[2], {0}};
    struct str tar = fixture_pack("ustar", "none", members);
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    ok(is_three(&read) && read.tally.damaged_places == 0, "%s member in a tar", filter);
    fixture_read_fini(&read);
    members[0].content.size -= 6;
    str_fini(&tar);
    tar = fixture_pack("ustar", "none", members);
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    is_int((int64_t)read.tally.damaged_places, 1, "%s member that is truncated: damage",
           filter);
    is_str(read.count ? read.texts[read.count - 1].data : "", texts[2],
           "%s member that is truncated: those behind it are read", filter);
    ok(fixture_balances(&read.tally), "%s member: the ledger balances", filter);
    fixture_read_fini(&read);
    fixture_read(fixture_write("x", str_slice(&packed)), &quietly, &read);
    ok(read.count == 1 && read.tally.damaged_places == 0 &&
           strcmp(read.texts[0].data, texts[0]) == 0,
       "%s file alone", filter);
    fixture_read_fini(&read);
    str_append(&packed, "garbage", 7);
    fixture_read(fixture_write("x", str_slice(&packed)), &quietly, &read);
    ok(read.tally.damaged_places == 1 && fixture_balances(&read.tally),
       "%s file with garbage behind it", filter);
    if (strcmp(filter, "gzip") == 0 || strcmp(filter, "bzip2") == 0)
        ok(read.count == 1 && read.tally.damaged_bytes == 7, "%s: all of it counted",
           filter);
    fixture_read_fini(&read);
    str_fini(&packed);
    str_fini(&tar);
}

/* Three gzip members; a row says what becomes of the middle one. */
static void test_gzip_members(void) {
    enum { GOOD, CRC, DEFLATE, HEADER, CUT, ZEROS, PADDED };
    static const struct {
        const char *what;
        int how, damaged;
        const char *out;
    } rows[] = {
        {"three gzip members", GOOD, 0, "one\ntwo\nthree"},
        {"a wrong CRC", CRC, 1, "one|three"},
        {"a broken deflate stream", DEFLATE, 1, "one|three"},
        {"a broken header", HEADER, 1, "one|three"},
        {"a member without its end", CUT, 1, "one\ntwo"},
        {"zeros between members", ZEROS, 1, "one\ntwo|three"},
        {"zeros behind the last", PADDED, 0, "one\ntwo\nthree"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = fixture_pack_one("gzip", slice_of("one\n")), got = {0};
        struct str two = fixture_pack_one("gzip", slice_of("two\n"));
        struct str last = fixture_pack_one("gzip", slice_of("three\n"));
        two.data[two.size - 8] ^= (char)(rows[i].how == CRC);
        two.data[10] ^= (char)(rows[i].how == DEFLATE ? 0xff : 0);
        two.data[0] ^= (char)(rows[i].how == HEADER);
        str_append(&out, two.data, rows[i].how == CUT ? two.size - 9 : two.size);
        if (rows[i].how == ZEROS)
            str_append(&out, "\0\0\0\0", 4);
        if (rows[i].how != CUT)
            str_append(&out, last.data, last.size);
        if (rows[i].how == PADDED)
            str_append(&out, "\0\0\0\0", 4);
        struct shard_read read;
        fixture_read(fixture_write("x.gz", str_slice(&out)), &quietly, &read);
        for (int d = 0; d < read.count; d++)
            str_printf(&got, "%s%s", d ? "|" : "", read.texts[d].data);
        is_str(got.data, rows[i].out, "%s", rows[i].what);
        is_int((int64_t)read.tally.damaged_places, rows[i].damaged, "%s: places",
               rows[i].what);
        ok(read.status == 0 && fixture_balances(&read.tally), "%s: balances",
           rows[i].what);
        fixture_read_fini(&read);
        str_fini(&got);
        str_fini(&out);
        str_fini(&two);
        str_fini(&last);
    }
}

/* A WET file as Common Crawl packs it: a gzip member a record.  One bad record costs
 * itself. */
static void test_wet_members(void) {
    struct str wet = {0};
    for (int i = 0; i < 3; i++) {
        struct str record = {0};
        str_printf(&record,
                   "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 6\r\n\r\ntext "
                   "%d\r\n\r\n",
                   i);
        struct str packed = fixture_pack_one("gzip", str_slice(&record));
        packed.data[packed.size / 2] ^= (char)(i == 1 ? 0x55 : 0);
        str_append(&wet, packed.data, packed.size);
        str_fini(&packed);
        str_fini(&record);
    }
    struct packed_member members[] = {{"x.warc.wet.gz", str_slice(&wet)}, {0}};
    struct str tar = fixture_pack("ustar", "none", members);
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    is_int(read.count, 2, "of three records, one damaged, two are read");
    is_str(read.count == 2 ? read.texts[1].data : "", "text 2",
           "also the one behind it");
    is_int((int64_t)read.tally.damaged_places, 1, "one place");
    fixture_read_fini(&read);
    str_fini(&tar);
    str_fini(&wet);
}

static void test_tar_oddities(void) {
    struct packed_member junk[] = {{"._one.txt", S("junk")},
                                   {"__MACOSX/x", S("junk")},
                                   {"p/__MACOSX/x", S("junk")},
                                   three[0],
                                   {"x.bin", S("a\0b")},
                                   three[1],
                                   {"empty.txt", S("")},
                                   three[2],
                                   {0}};
    struct str tar = fixture_pack("ustar", "none", junk), two = {0};
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    ok(is_three(&read), "junk, binary and empty members are passed over");
    is_int((int64_t)read.tally.skipped_bytes, 15, "and their bytes counted");
    is_int((int64_t)read.tally.documents_empty, 1,
           "an empty file is an empty document");
    fixture_read_fini(&read);
    str_fini(&tar);
    tar = fixture_pack("ustar", "none", three);
    str_append(&two, tar.data, tar.size);
    str_append(&two, tar.data, tar.size);
    fixture_read(fixture_write("x.tar", str_slice(&two)), &quietly, &read);
    ok(read.count == 6 && read.tally.damaged_places == 0,
       "cat a.tar b.tar is read whole");
    fixture_read_fini(&read);
    tar.data[1024] ^= 1; /* the second member's name: its header's sum is wrong now */
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    ok(read.count == 2 && read.status == 0 && strcmp(read.texts[1].data, texts[2]) == 0,
       "behind a damaged header the next one is found");
    is_int((int64_t)read.tally.damaged_places, 1, "and the damage counted");
    is_int((int64_t)read.tally.damaged_bytes, 1024, "header and content");
    ok(fixture_balances(&read.tally), "and the ledger balances");
    fixture_read_fini(&read);
    struct shard_options stop = {.quiet = true, .stop_on_damage = true};
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &stop, &read);
    ok(read.status == -1 && read.err.code == ERR_DATA, "or it stops: %s",
       read.err.text);
    fixture_read_fini(&read);
    fixture_read(fixture_write("x.tar", (struct slice){0}), &stop, &read);
    ok(read.status == -1 && read.err.code == ERR_DATA, "an empty file: %s",
       read.err.text);
    str_fini(&two);
    str_fini(&tar);
}

/* Every format in one archive, with faults of its own: wherever it is cut the ledger
 * balances, so that a reader's faults and the packing's do not hide each other. */
static void test_mixed(void) {
    const struct packed_member mixed[] = {
        {"a",
         S("WARC/1.0\r\nContent-Length: x\r\n\r\nab\r\n\r\n"
           "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 90\r\n\r\nab\r\n\r\n"
           "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 2\r\n\r\ncd\r\n\r\n")},
        {"b", S("<doc id=\"1\" url=\"u\" title=\"A\">\nA\n\nx\n<doc "
                "id=\"2\">\ny\n</doc>\nz\n")},
        {"c.jsonl", S("{\"text\":\"a\"}\n{\"text\"}\n{\"text\":\"b\"}\n")},
        three[0],
        {0},
    };
    static const char *const filters[] = {"none", "gzip"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct str packed = fixture_pack("ustar", filters[i], mixed);
        bool good = true;
        for (size_t size = 1; size <= packed.size; size++) {
            struct slice part = {packed.data, size};
            struct shard_read read;
            fixture_read(fixture_write("mixed", part), &quietly, &read);
            good = good && read.status == 0 && fixture_balances(&read.tally);
            fixture_read_fini(&read);
        }
        ok(good, "every format, %s, cut at every byte: ends and balances", filters[i]);
        str_fini(&packed);
    }
}

static void write_notice(void *context, const struct notice *notice) {
    str_printf(context, "%s:%llu:%s ", notice->member,
               (unsigned long long)notice->offset,
               notice->is_damage ? "damage" : notice->text);
}

static int kind_count(const struct witness *witness, const char *kind) {
    const struct map_entry *entry = map_find(&witness->kinds, slice_of(kind));
    return entry ? (int)entry->value : 0;
}

/* A witness hears of every damaged place, also where the log is silent. */
static void test_witness(void) {
    const struct packed_member members[] = {
        {"w", S("WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 2\r\n\r\nab\r\n\r\n"
                "WARC/1.0\r\nContent-Length: x\r\n\r\n"
                "WARC/1.0\r\nWARC-Type: a\tb\r\nContent-Length: 2\r\n\r\ncd\r\n\r\n")},
        {"j.jsonl", S("{\"text\":\"a\"}\n{\"text\"}\n")},
        {"x.bin", S("a\0b")},
        three[0],
        three[1],
        {0},
    };
    struct str tar = fixture_pack("ustar", "none", members), said = {0};
    struct witness witness = {.context = &said, .notice = write_notice};
    struct shard_options how = {.quiet = true, .witness = &witness};
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &how, &read);
    is_str(said.data,
           "w:54:damage j.jsonl:13:damage x.bin:0:is no text in a format known here: "
           "skipped ",
           "a witness is told where");
    is_int((int64_t)read.tally.damaged_places, 2, "  of every damaged place");
    is_int(kind_count(&witness, "WARC warcinfo"), 1, "kinds of records");
    is_int(kind_count(&witness, "WARC a?b"), 1, "  odd ones made printable");
    is_int(kind_count(&witness, "members read as wet"), 1, "kinds of members");
    is_int(kind_count(&witness, "members read as files"), 2, "  as many as there are");
    fixture_read_fini(&read);
    map_fini(&witness.kinds);
    str_fini(&said);
    str_fini(&tar);
}

/* A bomb is left when it shows, not when memory or time are gone. */
static void test_bomb(void) {
    struct str lines = {0}, inner, outer;
    for (int i = 0; i < (3 << 20); i++)
        str_append_char(&lines, i % 1024 == 0 ? '\n' : 'a');
    struct str all = {0};
    inner = fixture_pack_one("zstd", str_slice(&lines));
    for (int i = 0; i < 64; i++)
        str_append(&all, inner.data, inner.size); /* frames may follow each other */
    outer = fixture_pack_one("xz", str_slice(&all));
    struct shard_read read;
    struct shard_options options = {.quiet = true, .format = "lines"};
    fixture_read(fixture_write("bomb.xz", str_slice(&outer)), &options, &read);
    diag("%zu bytes stored, %llu unpacked", outer.size,
         (unsigned long long)read.tally.unpacked_bytes);
    is_int(read.status, 0, "a bomb ends");
    is_int((int64_t)read.tally.damaged_places, 1, "as damage");
    ok(read.tally.unpacked_bytes < 66u << 20, "at 64 MiB");
    fixture_read_fini(&read);
    str_fini(&lines);
    str_fini(&all);
    str_fini(&inner);
    str_fini(&outer);
}

/* A tar packed in two halves, one stream after the other, is one tar; with the second
 * stream's beginning damaged libarchive would end without a word. */
static void test_two_streams(const char *filter) {
    struct str tar = fixture_pack("ustar", "none", three);
    struct slice halves[] = {{tar.data, 700}, {tar.data + 700, tar.size - 700}};
    struct str one = fixture_pack_one(filter, halves[0]);
    struct str two = fixture_pack_one(filter, halves[1]);
    struct shard_read read;
    size_t second = one.size;
    str_append(&one, two.data, two.size);
    fixture_read(fixture_write("x.tar", str_slice(&one)), &quietly, &read);
    ok(is_three(&read) && read.tally.damaged_places == 0, "%s: two streams", filter);
    fixture_read_fini(&read);
    one.data[second + 1] ^= 0x40;
    fixture_read(fixture_write("x.tar", str_slice(&one)), &quietly, &read);
    ok(read.status == 0 && read.tally.damaged_places > 0 && is_beginning(&read) &&
           fixture_balances(&read.tally),
       "%s: two streams, the second damaged: it is told", filter);
    is_int((int64_t)read.tally.stored_bytes, (int64_t)one.size, "%s: all was read",
           filter);
    fixture_read_fini(&read);
    str_fini(&one);
    str_fini(&two);
    str_fini(&tar);
}

/* cat a.tar.gz b.tar.gz */
static void test_two_archives(const char *filter) {
    struct str one = fixture_pack("ustar", filter, three), two = {0};
    struct shard_read read;
    str_append(&two, one.data, one.size);
    str_append(&two, one.data, one.size);
    fixture_read(fixture_write("x", str_slice(&two)), &quietly, &read);
    ok(read.count == 6 && read.tally.damaged_places == 0 &&
           fixture_balances(&read.tally),
       "%s: two archives, one behind the other", filter);
    fixture_read_fini(&read);
    str_fini(&one);
    str_fini(&two);
}

static void test_names(void) {
    char name[300];
    memset(name, 'n', sizeof name);
    memcpy(name + 280, "\xff\r\x1b[1m.txt", 11); /* no UTF-8, and not for a terminal */
    const struct packed_member members[] = {
        {name, three[0].content}, {"link", {0}}, three[1], three[2], {0}};
    struct str tar = fixture_pack("pax", "none", members);
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
    ok(is_three(&read) && read.tally.damaged_places == 0,
       "a long name that is no UTF-8 is a name; a hard link is passed over");
    fixture_read_fini(&read);
    str_fini(&tar);
}

/* Of a sparse file what is stored is read; a hole is nothing. */
static void test_sparse(void) {
    enum { SIZE = 1 << 20, STORED = 512 };
    struct str packed = {0};
    char text[STORED];
    memset(text, 'x', STORED);
    str_reserve(&packed, 16384);
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    CHECK(archive_write_set_format_pax(a) == ARCHIVE_OK);
    CHECK(archive_write_open_memory(a, packed.data, 16384, &packed.size) == ARCHIVE_OK);
    archive_entry_set_pathname(entry, "sparse.txt");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, SIZE);
    archive_entry_sparse_add_entry(entry, SIZE / 2, STORED);
    CHECK(archive_write_header(a, entry) == ARCHIVE_OK);
    for (int i = 0; i < SIZE / STORED; i++)
        CHECK(archive_write_data(a, text, STORED) == STORED);
    archive_entry_free(entry);
    CHECK(archive_write_close(a) == ARCHIVE_OK);
    archive_write_free(a);
    struct shard_read read;
    fixture_read(fixture_write("x.tar", str_slice(&packed)), &quietly, &read);
    ok(packed.size < SIZE && read.count == 1 && read.texts[0].size == STORED &&
           fixture_balances(&read.tally),
       "a sparse file is what is stored of it");
    fixture_read_fini(&read);
    str_fini(&packed);
}

/* What is not read is called by its name. */
static void test_foreign(void) {
    struct str zip = fixture_pack("zip", "none", three), said;
    struct str tar = fixture_pack("ustar", "none", three);
    struct str once = fixture_pack_one("gzip", slice_of("text\n"));
    struct str twice = fixture_pack_one("xz", str_slice(&once));
    const struct packed_member members[] = {{"a.zip", str_slice(&zip)},
                                            {"b\r\x1b[1m.tar", str_slice(&tar)},
                                            {"c.gz.xz", str_slice(&twice)},
                                            three[0],
                                            {0}};
    struct str all = fixture_pack("ustar", "none", members);
    const struct shard_options aloud = {0};
    struct shard_read read;
    said = fixture_read_aloud(fixture_write("x.tar", str_slice(&all)), &aloud, &read);
    ok(strstr(said.data, "x.tar: a.zip: is a zip archive: skipped\n") != NULL, "a zip");
    ok(strstr(said.data, "b??[1m.tar: is a tar inside of a tar: skipped\n") != NULL,
       "a tar in a tar, its name made harmless");
    ok(strstr(said.data, "c.gz.xz: is packed once more: skipped\n") != NULL,
       "packed twice in a tar");
    ok(read.count == 1 && fixture_balances(&read.tally), "and the rest is read");
    is_int((int64_t)read.tally.members_unread, 3, "all three are counted");
    fixture_read_fini(&read);
    const struct shard_options stop = {.quiet = true, .stop_on_damage = true};
    fixture_read(fixture_write("x.tar", str_slice(&all)), &stop, &read);
    ok(read.status == -1 && read.err.code == ERR_DATA &&
           strstr(read.err.text, "x.tar: a.zip: is a zip archive") != NULL,
       "or the first of them stops: %s", read.err.text);
    const struct shard_options lines = {.quiet = true, .format = "lines"};
    fixture_read(fixture_write("x.tar", str_slice(&all)), &lines, &read);
    is_int(read.count, 2, "no format makes a zip archive text");
    fixture_read_fini(&read);
    str_fini(&all);
    str_fini(&twice);
    str_fini(&once);
    str_fini(&tar);
    str_fini(&zip);
    str_fini(&said);
}

/* Windows that take too much memory: xz's dictionary of 1.5 GiB, zstd --long=28. */
static void test_windows(void) {
    static const char zstd[] =
        "\x28\xb5\x2f\xfd" /* no size, no checksum */
        "\x00\x90"         /* a window of 2^28 */
        "\x29\0\0text\n";  /* the last block, stored, of 5 bytes */
    struct str xz = fixture_pack_one("xz", slice_of("text\n"));
    char *dictionary = memmem(xz.data, xz.size, "\x21\x01", 2);
    CHECK(dictionary != NULL);
    dictionary[2] = 37;
    const struct packed_member members[] = {
        {"a.xz", str_slice(&xz)}, {"b.zst", {zstd, sizeof zstd - 1}}, three[0], {0}};
    struct str tar = fixture_pack("ustar", "none", members), said;
    struct shard_read read;
    const struct shard_options aloud = {0};
    said = fixture_read_aloud(fixture_write("x.tar", str_slice(&tar)), &aloud, &read);
    ok(strstr(said.data, "a.xz: byte 0: needs 1536 MiB to unpack (pack it again") !=
           NULL,
       "xz with a large dictionary");
    ok(strstr(said.data, "b.zst: byte 0: ") != NULL &&
           strstr(strstr(said.data, "b.zst"), "128 MiB or less") != NULL,
       "zstd with a large window");
    ok(read.count == 1 && read.tally.damaged_places == 2 &&
           fixture_balances(&read.tally),
       "both are damage, the rest is read");
    fixture_read_fini(&read);
    str_fini(&said);
    for (int i = 0; i < 2; i++) { /* alone */
        fixture_read(fixture_write("x", members[i].content), &quietly, &read);
        ok(read.status == 0 && read.count == 0 && read.tally.damaged_places == 1 &&
               fixture_balances(&read.tally),
           "%s alone", members[i].name);
        fixture_read_fini(&read);
    }
    str_fini(&tar);
    str_fini(&xz);
}

/* Members without content, without end: their headers count as unpacked. */
static void test_members_bomb(void) {
    enum { HEADERS = 4096, FRAMES = 40 };
    const struct packed_member empty[] = {{"x", S("")}, {0}};
    struct str one = fixture_pack("ustar", "none", empty), many = {0}, all = {0};
    for (int i = 0; i < HEADERS; i++)
        str_append(&many, one.data, 512);
    struct str frame = fixture_pack_one("zstd", str_slice(&many));
    for (int i = 0; i < FRAMES; i++)
        str_append(&all, frame.data, frame.size);
    struct shard_read read;
    fixture_read(fixture_write("bomb.tar.zst", str_slice(&all)), &quietly, &read);
    diag("%zu bytes stored, %d members", all.size, (int)read.tally.members);
    is_int(read.status, 0, "a bomb of members ends");
    is_int((int64_t)read.tally.damaged_places, 1, "as damage");
    ok(read.tally.members < HEADERS * FRAMES, "before all of them are read");
    ok(fixture_balances(&read.tally), "and the ledger balances");
    fixture_read_fini(&read);
    str_fini(&frame);
    str_fini(&all);
    str_fini(&many);
    str_fini(&one);
}

/* A file that gets shorter while it is read does not just end. */
static void test_shrinking(void) {
    struct str lines = {0};
    struct tally tally = {0};
    struct err err = {0};
    struct doc doc;
    for (int i = 0; i < 100000; i++)
        str_append(&lines, "a line\n", 7);
    const char *path = fixture_write("x", str_slice(&lines));
    struct shard_options options = {.quiet = true, .format = "lines"};
    struct shard *shard = shard_open(path, &options, &tally, &err);
    CHECK(shard != NULL && shard_next(shard, &doc, &err) == 1);
    CHECK(truncate(path, 300000) == 0);
    while (shard_next(shard, &doc, &err) == 1)
        continue;
    is_int((int64_t)tally.damaged_places, 1, "a file that is cut while it is read");
    ok(fixture_balances(&tally), "and the ledger balances");
    shard_close(shard);
    str_fini(&lines);
}

/* Of many warnings the first are given, and at the end how many there were. */
static void test_many_warnings(void) {
    struct str lines = {0}, said;
    for (int i = 0; i < 60; i++)
        str_append(&lines, "{\"text\"\n", 8);
    const struct shard_options aloud = {.format = "jsonl"};
    struct shard_read read;
    int count = 0;
    said = fixture_read_aloud(fixture_write("x", str_slice(&lines)), &aloud, &read);
    for (const char *p = said.data; (p = strchr(p, '\n')) != NULL; p++)
        count++;
    is_int((int64_t)read.tally.damaged_places, 60, "of sixty damaged places");
    is_int(count, 51, "fifty are told");
    ok(strstr(said.data, "60 warnings in all") != NULL, "and their number");
    fixture_read_fini(&read);
    str_fini(&said);
    str_fini(&lines);
}

int main(void) {
    static const char *const filters[] = {"none", "gzip", "bzip2", "xz",
                                          "zstd", "lz4",  "lzma"};
    enum { FILTERS = sizeof filters / sizeof *filters, LZMA = FILTERS - 1 };
    for (size_t i = 0; i < FILTERS; i++)
        test_packing(filters[i]);
    for (size_t i = 1; i < FILTERS; i++)
        test_packed_member(filters[i]);
    for (size_t i = 1; i < LZMA; i++) { /* of lzma there is one stream a file */
        test_two_streams(filters[i]);
        test_two_archives(filters[i]);
    }
    test_gzip_members();
    test_wet_members();
    test_tar_oddities();
    test_mixed();
    test_names();
    test_sparse();
    test_foreign();
    test_windows();
    test_witness();
    test_bomb();
    test_members_bomb();
    test_shrinking();
    test_many_warnings();
    return tap_done();
}
