/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: frames that are to be skipped may be anywhere in front of, between and after
 * those of zstd and lz4, of old and new, and cost nothing; what fills the record of a
 * tar's end mark is no damage, and what is not that is told: garbage, sizes that cannot
 * be, a tar without files. */
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

/* Skippable frames, as parallel and seekable writers put them anywhere; lz4's frames of
 * old; both decoders after the same mark. */
static void test_frames(void) {
#define SKIP "\x50\x2a\x4d\x18\4\0\0\0abcd"
#define OLD "\x02\x21\x4c\x18\6\0\0\0\x50text\n"
    struct str zstd = fixture_pack_one("zstd", slice_of("text\n"));
    struct str lz4 = fixture_pack_one("lz4", slice_of("text\n"));
    const struct slice skip = S(SKIP), old = S(OLD), new = str_slice(&lz4),
                       z = str_slice(&zstd), none = {0};
    const struct {
        const char *what;
        struct slice parts[4];
        const char *out;
        int damaged;
    } rows[] = {
        {"zstd, two in front", {skip, skip, z, none}, "text|", 0},
        {"zstd, in the middle", {z, skip, z, none}, "text\ntext|", 0},
        {"zstd, at the end", {z, skip, skip, none}, "text|", 0},
        {"lz4, two in front", {skip, skip, new, none}, "text|", 0},
        {"lz4, in the middle", {new, skip, new, none}, "text\ntext|", 0},
        {"lz4, at the end", {new, skip, none, none}, "text|", 0},
        {"lz4 of old", {old, none, none, none}, "text|", 0},
        {"lz4 of old, one in front", {skip, old, none, none}, "text|", 0},
        {"lz4, old and new", {old, new, none, none}, "text\ntext|", 0},
        {"nothing else", {skip, none, none, none}, "", 0},
        {"one that is cut", {{SKIP, 11}, none, none, none}, "", 1},
        {"one that reaches beyond the end", {{SKIP, 8}, none, none, none}, "", 1},
    };
    static const char *const names[] = {"x.zst", "x.lz4", "x"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str all = {0};
        for (int p = 0; p < 4; p++)
            str_append(&all, rows[i].parts[p].data, rows[i].parts[p].size);
        struct shard_read read;
        fixture_read(fixture_write(names[i % 3], str_slice(&all)), &quietly, &read);
        struct str got = fixture_join(&read);
        is_str(got.data, rows[i].out, "skippable frames: %s", rows[i].what);
        is_int((int64_t)read.tally.damaged_places, rows[i].damaged, "  damaged places");
        ok(read.status == 0 && fixture_balances(&read.tally), "  it balances");
        fixture_read_fini(&read);
        const struct packed_member members[] = {{"a", str_slice(&all)}, three[1], {0}};
        struct str tar = fixture_pack("ustar", "none", members);
        fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
        is_str(read.count ? read.texts[read.count - 1].data : "", texts[1],
               "  as a member: the next one is read");
        is_int(read.count, 1 + (rows[i].out[0] != '\0'), "  and it is, too");
        fixture_read_fini(&read);
        str_fini(&tar);
        str_fini(&got);
        str_fini(&all);
    }
    str_fini(&zstd);
    str_fini(&lz4);
}

/* What a tar's writer leaves behind the end mark is no damage in the mark's record, and
 * is so after it; a tar without files is named. */
static void test_tar_ends(void) {
    static const struct {
        const char *what;
        size_t mark, zeros; /* bytes of them before the garbage */
        const char *garbage;
        int damaged;
    } rows[] = {
        {"as AIX fills it", 1024, 1536, "0\xf1\x10\f`", 0},
        {"as Plexus ends", 512, 511, "\n", 0},
        {"in the last of the record", 1024, 6143, "x", 0},
        {"behind the record", 1024, 9216, "x", 1},
        {"instead of the mark", 0, 0, "x", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str tar = fixture_pack("ustar", "none", three);
        char zeros[10240] = {0};
        struct shard_read read;
        tar.size -= 1024;
        str_append(&tar, zeros, rows[i].mark + rows[i].zeros);
        str_append(&tar, rows[i].garbage, strlen(rows[i].garbage));
        str_append(&tar, zeros, (10240 - tar.size % 512) % 512);
        fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
        ok(is_three(&read), "garbage %s: all is read", rows[i].what);
        ok((read.tally.damaged_places > 0) == rows[i].damaged, "  and it is %sdamage",
           rows[i].damaged ? "" : "no ");
        fixture_read_fini(&read);
        str_fini(&tar);
    }
}

/* What gives nothing is never silent. */
static void test_empty_tar(void) {
    char zeros[1024] = {0};
    const struct packed_member links[] = {{"a", S("")}, {"b", {0}}, {0}};
    struct str tar = fixture_pack("ustar", "none", links), said;
    const struct shard_options aloud = {0};
    struct shard_options stop = {.quiet = true, .stop_on_damage = true};
    const struct slice rows[] = {{tar.data + 512, tar.size - 512},
                                 {zeros, sizeof zeros}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shard_read read;
        const char *path = fixture_write("x.tar", rows[i]);
        said = fixture_read_aloud(path, &aloud, &read);
        ok(strstr(said.data, "x.tar: is a tar without a file in it: skipped\n") != NULL,
           "a tar without files is named");
        is_int((int64_t)read.tally.members_unread, 1, "  and counted");
        fixture_read_fini(&read);
        fixture_read(path, &stop, &read);
        ok(read.status == -1 && read.err.code == ERR_DATA, "  or stops: %s",
           read.err.text);
        str_fini(&said);
    }
    str_fini(&tar);
}

/* A size below zero, or far beyond the end, is told. */
static void test_tar_sizes(void) {
    static const struct slice sizes[] = {
        S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x9c"),
        S("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), S("77777777777 "),
        S("-0000000001 "), S("00000000x00 ")};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct str tar = fixture_pack("ustar", "none", three);
        struct shard_read read;
        unsigned sum = 0;
        memcpy(tar.data + 124, sizes[i].data, 12);
        memset(tar.data + 148, ' ', 8);
        for (int b = 0; b < 512; b++)
            sum += (unsigned char)tar.data[b];
        snprintf(tar.data + 148, 8, "%06o", sum);
        fixture_read(fixture_write("x.tar", str_slice(&tar)), &quietly, &read);
        ok(read.status == 0 && fixture_balances(&read.tally) &&
               (read.tally.damaged_places > 0 || read.tally.members_unread > 0),
           "a tar with an odd size (%zu): something is said", i);
        fixture_read_fini(&read);
        str_fini(&tar);
    }
}

/* Many small ones, and one longer than what is read at a time. */
static void test_many_frames(void) {
    enum { FRAMES = 100000, LONG_BYTES = 700000 };
    static const char empty[] = "\x51\x2a\x4d\x18\0\0\0", rest[4096];
    struct str zstd = fixture_pack_one("zstd", slice_of("text\n")), all = {0};
    for (int i = 0; i < FRAMES; i++)
        str_append(&all, empty, sizeof empty);
    str_append(&all, "\x52\x2a\x4d\x18\x60\xae\x0a\0", 8); /* LONG_BYTES */
    for (size_t left = LONG_BYTES; left > 0;) {
        size_t size = left < sizeof rest ? left : sizeof rest;
        str_append(&all, rest, size);
        left -= size;
    }
    str_append(&all, zstd.data, zstd.size);
    struct shard_read read;
    fixture_read(fixture_write("x.zst", str_slice(&all)), &quietly, &read);
    ok(read.count == 1 && read.status == 0 && read.tally.damaged_places == 0,
       "a hundred thousand frames, and a long one, are skipped");
    fixture_read_fini(&read);
    str_fini(&zstd);
    str_fini(&all);
}

/* What a name says in a warning cannot be mistaken for the program's own words. */
static void test_names(void) {
    char name[400];
    memset(name, 'n', sizeof name);
    memcpy(name, "a\nb\x1b[1m\xc2\x9b", 9);
    name[sizeof name - 1] = '\0';
    const struct packed_member members[] = {{name, S("PK\3\4")}, three[0], {0}};
    struct str tar = fixture_pack("pax", "none", members);
    const struct shard_options aloud = {0};
    struct shard_read read;
    struct str said =
        fixture_read_aloud(fixture_write("x.tar", str_slice(&tar)), &aloud, &read);
    ok(strstr(said.data, "x.tar: a?b?[1m?") != NULL, "a name is made harmless");
    ok(strstr(said.data, "nnn: is a zip archive: skipped\n") != NULL, "and is cut");
    ok(strstr(said.data, "\xc2\x9b") == NULL, "no control character is left");
    fixture_read_fini(&read);
    str_fini(&said);
    str_fini(&tar);
}

int main(void) {
    test_frames();
    test_many_frames();
    test_tar_ends();
    test_empty_tar();
    test_tar_sizes();
    test_names();
    return tap_done();
}
