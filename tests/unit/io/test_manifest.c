/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: in a folder with known files each list of sources finds the files it should,
 * in byte order, or is refused with the right code and a message that names the
 * culprit. */
#include "io/manifest.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/die.h"
#include "tests/tap.h"

enum { SOURCES_MAX = 3 };

static const struct {
    const char *what, *paths[SOURCES_MAX], *format;
    int code;
    const char *want; /* source:file …, or what the message holds */
} rows[] = {
    {"a file", {"b.tar"}, "auto", 0, "0:b.tar "},
    {"a pattern, sorted", {"*.tar"}, NULL, 0, "0:B.tar 0:a.tar 0:b.tar "},
    {"a name that looks like a pattern", {"w[1].txt"}, "files", 0, "0:w[1].txt "},
    {"braces", {"{b,a}.tar"}, "wet", 0, "0:a.tar 0:b.tar "},
    {"folders are left out", {"*"}, "auto", 0, "0:B.tar 0:a.tar 0:b.tar 0:w[1].txt "},
    {"two sources keep their order", {"b.tar", "a.tar"}, "auto", 0, "0:b.tar 1:a.tar "},
    {"no source", {NULL}, "auto", 0, ""},
    {"no such file", {"c.tar"}, "auto", ERR_MISSING, "c.tar"},
    {"no match", {"*.zip"}, "auto", ERR_MISSING, "*.zip"},
    {"only a folder matches", {"f*r"}, "auto", ERR_MISSING, "f*r"},
    {"the second finds nothing", {"a.tar", "c"}, "auto", ERR_MISSING, "source 2"},
    {"a folder", {"folder"}, "auto", ERR_CONFIG, "folder/*"},
    {"twice", {"a.tar", "*.tar"}, "auto", ERR_CONFIG, "a.tar of source 1 is also"},
    {"an unknown format", {"a.tar"}, "pdf", ERR_CONFIG, "wikiextractor"},
    {"no path", {""}, "auto", ERR_CONFIG, "source 1"},
};

static void make_files(void) {
    static const char *const names[] = {"b.tar", "a.tar", "B.tar", "w[1].txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *file = fopen(names[i], "w");
        CHECK(file != NULL);
        fprintf(file, "%zu", i);
        fclose(file);
    }
    CHECK(mkdir("folder", 0777) == 0);
}

int main(void) {
    CHECK(chdir(tap_folder()) == 0);
    make_files();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source_spec specs[SOURCES_MAX] = {0};
        int count = 0;
        for (; count < SOURCES_MAX && rows[i].paths[count]; count++)
            specs[count] =
                (struct source_spec){.path = (char *)(uintptr_t)rows[i].paths[count],
                                     .format = (char *)(uintptr_t)rows[i].format,
                                     .weight = 1};
        struct manifest manifest;
        struct err err = {0};
        struct str got = {0};
        str_append(&got, "", 0);
        int rc = manifest_init(&manifest, specs, count, &err);
        is_int(err.code, rows[i].code, "%s: code", rows[i].what);
        for (int s = 0; rc == 0 && s < manifest.shard_count; s++)
            str_printf(&got, "%d:%s ", manifest.shards[s].source,
                       manifest.shards[s].path);
        if (rows[i].code == 0)
            is_str(got.data, rows[i].want, "%s", rows[i].what);
        else
            ok(strstr(err.text, rows[i].want) != NULL, "%s: %s", rows[i].what,
               err.text);
        if (rc == 0 && manifest.shard_count > 0)
            is_int(manifest.shards[0].bytes, 1, "%s: size", rows[i].what);
        manifest_fini(&manifest);
        str_fini(&got);
    }
    CHECK(chdir("/") == 0);
    return tap_done();
}
