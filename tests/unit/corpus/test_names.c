/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a name loses its folder and the endings that say how it is packed, never all
 * of itself; names that a list or a new file could not tell apart are refused. */
#include "src/corpus/names.h"

#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    const char *path, *base, *stem;
} rows[] = {
    {"a/b/wiki-00.tar.gz", "wiki-00.tar.gz", "wiki-00"},
    {"x.warc.wet.gz", "x.warc.wet.gz", "x"},
    {"enwiki-pages.articles.xml.bz2", "enwiki-pages.articles.xml.bz2",
     "enwiki-pages.articles"},
    {"/d/plain", "plain", "plain"},
    {"d.tar/x.pdf", "x.pdf", "x.pdf"},
    {".gz", ".gz", ".gz"},
    {"d/.tar.gz", ".tar.gz", ".tar"},
    {"a.jsonl.zst", "a.jsonl.zst", "a"},
};

static const struct {
    const char *a, *b;
    bool bases, stems; /* differ */
} pairs[] = {
    {"d/x.gz", "e/y.gz", true, true},
    {"d/x.gz", "e/x.gz", false, false},
    {"x.tar.gz", "x.tar.bz2", true, false},
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_str(file_base_name(rows[i].path), rows[i].base, "%s: base", rows[i].path);
        ok(slice_equal(names_stem(rows[i].path), slice_of(rows[i].stem)), "%s: stem %s",
           rows[i].path, rows[i].stem);
    }
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct manifest_shard shards[] = {{(char *)(uintptr_t)pairs[i].a, 1, 0},
                                          {(char *)(uintptr_t)pairs[i].b, 1, 0}};
        const struct manifest manifest = {.shards = shards, .shard_count = 2};
        struct err err = {0};
        is_int(names_check_bases(&manifest, &err), pairs[i].bases ? 0 : -1,
               "%s and %s: bases", pairs[i].a, pairs[i].b);
        is_int(err.code, pairs[i].bases ? 0 : ERR_CONFIG, "  code");
        err = (struct err){0};
        is_int(names_check_stems(&manifest, &err), pairs[i].stems ? 0 : -1, "  stems");
        is_int(err.code, pairs[i].stems ? 0 : ERR_CONFIG, "  code");
        ok(pairs[i].stems || strstr(err.text, pairs[i].b), "  %s", err.text);
    }
    return tap_done();
}
