/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a drop list has just the documents that its lines name, in whatever order they
 * come, and a line that names none is an error that says where. */
#include "src/filter/droplist.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    const char *text;
    int code;
    const char *part;
} files[] = {
    {"", 0, ""},
    {"a.tar\t0\n", 0, ""},
    {"a.tar\t0", 0, ""},
    {"odd name\twith tab.tar\t12\n", 0, ""},
    {"a.tar 0\n", 65, ":1:"},
    {"a.tar\t0\n\n", 65, ":2:"},
    {"a.tar\t\n", 65, ":1:"},
    {"\t1\n", 65, ":1:"},
    {"a.tar\t-1\n", 65, ":1:"},
    {"a.tar\t1x\n", 65, ":1:"},
    {"a.tar\t99999999999999999999\n", 65, ":1:"},
};

static const struct {
    const char *shard;
    int64_t ordinal;
    bool has;
} documents[] = {
    {"b.tar", 7, true},  {"b.tar", 0, true},  {"a.tar", 100000000000, true},
    {"a.tar", 7, false}, {"b.tar", 1, false}, {"c.tar", 7, false},
    {"", 0, false},      {"b.ta", 7, false},
};

static const char *write_list(const char *text) {
    static char path[256];
    struct err err;
    snprintf(path, sizeof path, "%s/list", tap_folder());
    if (file_write_atomic(path, text, strlen(text), &err))
        diag("%s", err.text);
    return path;
}

int main(void) {
    struct err err = {0};
    struct droplist list = {0};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int rc = droplist_read(&list, write_list(files[i].text), &err);
        is_int(rc ? err.code : 0, files[i].code, "file %zu", i);
        ok(rc == 0 || strstr(err.text, files[i].part) != NULL, "  says %s", err.text);
        droplist_fini(&list);
    }
    is_int(droplist_read(&list, "/nonexistent", &err), -1, "no file");
    is_int(err.code, 66, "  is missing");
    droplist_fini(&list);

    const char *path =
        write_list("b.tar\t7\na.tar\t100000000000\nb.tar\t0\nb.tar\t7\n");
    is_int(droplist_read(&list, path, &err), 0, "a list out of order, with a double");
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct doc doc = {.shard = documents[i].shard, .ordinal = documents[i].ordinal};
        is_int(droplist_has(&list, &doc), documents[i].has, "%s %lld", doc.shard,
               (long long)doc.ordinal);
    }
    droplist_fini(&list);
    return tap_done();
}
