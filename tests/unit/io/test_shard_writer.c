/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is packed must be read back as the same documents, whatever bytes they
 * are made of and however long they are; the same documents make the same file; a file
 * that is there is left alone, and one that cannot be finished goes away. */
#include "io/shard_writer.h"

#include <signal.h>
#include <sys/resource.h>

#include "io/readers/input.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/io/fixture.h"

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }

static const struct slice texts[] = {
    S("one line"),
    S("Two lines,\n\"quoted\" \\ and\ttabbed."),
    S("a paragraph\n\nanother \xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80"),
    S("control \x01 and \x7f, and {\"text\": \"of JSON\"}"),
    S("WARC/1.0"),
};
enum { TEXTS = sizeof texts / sizeof *texts };

static struct doc doc_of(struct slice text, int64_t ordinal) {
    return (struct doc){.text = text,
                        .member = "",
                        .shard = "s\xc3\xa9.tar",
                        .url = slice_of("http://x/?a=\"b\""),
                        .language = slice_of("en"),
                        .ordinal = ordinal};
}

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

static void pack_all(const char *path, enum shard_form form) {
    struct err err = {0};
    int64_t stored = 0;
    struct str file = {0};
    struct shard_writer *pack = shard_writer_create(path, form, 3, &err);
    ok(pack != NULL, "%s is made", path);
    for (int i = 0; pack && i < TEXTS; i++) {
        struct doc doc = doc_of(texts[i], i);
        is_int(shard_writer_add(pack, &doc, &err), 1, "document %d", i);
    }
    is_int(pack ? shard_writer_close(pack, &stored, &err) : -1, 0, "and closed");
    ok(file_read(path, 1 << 20, &file, &err) == 0 && (int64_t)file.size == stored,
       "its size is told");
    str_fini(&file);
}

static void test_round_trip(enum shard_form form, const char *name,
                            const char *format) {
    struct shard_read read;
    const struct shard_options how = {.format = format, .stop_on_damage = true};
    pack_all(path_of(name), form);
    fixture_read(path_of(name), &how, &read);
    is_int(read.count, TEXTS, "%s: documents", name);
    is_int(read.status, 0, "%s: read to its end %s", name, read.err.text);
    for (int i = 0; i < read.count; i++)
        ok(slice_equal(str_slice(&read.texts[i]), texts[i]), "%s: text %d", name, i);
    fixture_read_fini(&read);
}

static void test_same_bytes(void) {
    struct str a = {0}, b = {0};
    pack_all(path_of("again.tar.zst"), SHARD_TAR);
    file_read(path_of("again.tar.zst"), 1 << 20, &a, NULL);
    file_read(path_of("x.tar.zst"), 1 << 20, &b, NULL);
    ok(a.size > 0 && slice_equal(str_slice(&a), str_slice(&b)), "the same bytes again");
    str_fini(&a);
    str_fini(&b);
}

/* Bytes from `low` up that do not compress away. */
static void add_noise(struct str *out, size_t size, unsigned low, unsigned count) {
    uint32_t x = 1;
    str_reserve(out, size);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        out->data[i] = (char)(low + (x >> 24) % count);
    }
    out->size = size;
}

/* A text whose line is too long for readers: with lines, and without any. */
static void test_long(const char *name, size_t size, unsigned low, size_t line) {
    struct str text = {0};
    struct err err = {0};
    struct shard_read read;
    int64_t stored;
    add_noise(&text, size, low, 8);
    for (size_t i = line; line > 0 && i < size; i += line)
        text.data[i] = '\n';
    struct doc doc = doc_of(str_slice(&text), 7);
    struct shard_writer *pack =
        shard_writer_create(path_of(name), SHARD_JSONL, 1, &err);
    int pieces = pack ? shard_writer_add(pack, &doc, &err) : -1;
    ok(pieces > 1 && shard_writer_close(pack, &stored, &err) == 0, "%s: %d pieces",
       name, pieces);
    const struct shard_options how = {.stop_on_damage = true};
    fixture_read(path_of(name), &how, &read);
    is_int(read.count, pieces, "%s: all are read %s", name, read.err.text);
    size_t got = 0, lost = 0;
    for (int i = 0; i < read.count; i++) {
        lost += memcmp(text.data + got, read.texts[i].data, read.texts[i].size) != 0;
        got += read.texts[i].size;
        got += got < size && text.data[got] == '\n' && line > 0; /* readers trim it */
    }
    ok(got == size && lost == 0, "%s: and hold the text", name);
    fixture_read_fini(&read);
    str_fini(&text);
}

static void test_faults(void) {
    struct err err = {0};
    struct shard_writer *pack =
        shard_writer_create(path_of("x.tar.zst"), SHARD_TAR, 3, &err);
    ok(pack == NULL && err.code == ERR_IO, "a file that is there: %s", err.text);
    pack = shard_writer_create(path_of("no/such.tar.zst"), SHARD_TAR, 3, &err);
    ok(pack == NULL && err.code == ERR_IO, "no such folder: %s", err.text);
    pack = shard_writer_create(path_of("gone.tar.zst"), SHARD_TAR, 3, &err);
    shard_writer_abandon(pack);
    ok(pack && access(path_of("gone.tar.zst"), F_OK) < 0, "an abandoned one goes away");
    shard_writer_abandon(NULL);
}

/* A limit of file size stands for a full disk. */
static void test_full_disk(void) {
    struct rlimit old, tight = {.rlim_cur = 4096};
    struct err err = {0};
    struct str noise = {0};
    int64_t stored;
    add_noise(&noise, 64 << 10, 'A', 26);
    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    tight.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    struct shard_writer *pack =
        shard_writer_create(path_of("full.tar.zst"), SHARD_TAR, 3, &err);
    CHECK(pack != NULL && setrlimit(RLIMIT_FSIZE, &tight) == 0);
    struct doc doc = doc_of(str_slice(&noise), 0);
    int rc = 0;
    for (int i = 0; i < 64 && rc >= 0; i++)
        rc = shard_writer_add(pack, &doc, &err);
    if (rc < 0)
        shard_writer_abandon(pack);
    else
        rc = shard_writer_close(pack, &stored, &err);
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    ok(rc < 0 && err.code == ERR_IO, "no room: %s", err.text);
    ok(access(path_of("full.tar.zst"), F_OK) < 0, "and nothing is left");
    str_fini(&noise);
}

int main(void) {
    test_round_trip(SHARD_JSONL, "x.jsonl.zst", "auto");
    test_round_trip(SHARD_TAR, "x.tar.zst", "files");
    test_same_bytes();
    test_long("lines.jsonl.zst", (16 << 20) + 1, 'a', 80);
    test_long("escapes.jsonl.zst", 6500000, 0x1c, 0);
    test_faults();
    test_full_disk();
    return tap_done();
}
