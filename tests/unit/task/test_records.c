/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a table's fields are found by name, whatever the format, and each format's
 * rules of quoting hold to the byte: what is a quotation mark in one is text in the
 * other.  A file that does not keep to its columns is refused with the line. */
#include "src/task/records.h"

#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

/* All records of a text, "a|b;c|d;", or the error's words. */
static void read_all(const char *text, const struct records_options *options,
                     struct str *out) {
    struct str path = {0};
    struct err err = {0};
    int rc = 1;
    str_printf(&path, "%s/file", tap_folder());
    file_write_atomic(path.data, text, strlen(text), NULL);
    struct records *r = records_open(path.data, options, &err);
    while (r && (rc = records_next(r, &err)) > 0) {
        for (int i = 0; options->wanted[i]; i++)
            str_printf(out, "%s%.*s", i ? "|" : "", (int)records_field(r, i).size,
                       records_field(r, i).data);
        str_printf(out, "@%d;", (int)records_line(r));
    }
    if (r == NULL || rc < 0)
        str_printf(out, "%d %s", err.code, err.text + path.size);
    records_close(r);
    str_fini(&path);
}

static const struct row {
    const char *what;
    enum records_format format;
    const char *names, *text, *want;
} rows[] = {
    {"tsv by its header", RECORDS_TSV, NULL, "x\tb\ta\n1\t2\t3\n4\t5\t6",
     "3|2@2;6|5@3;"},
    {"tsv without one", RECORDS_TSV, "a x b", "1\t\t2\n", "1|2@1;"},
    {"tsv quotes nothing", RECORDS_TSV, NULL, "a\tb\n\"x\t\"\"y\n", "\"x|\"\"y@2;"},
    {"tsv: CR, BOM, empty lines", RECORDS_TSV, NULL,
     "\xef\xbb\xbf"
     "a\tb\r\n\r\n\n1\t2\r\n",
     "1|2@4;"},
    {"tsv: an empty last field", RECORDS_TSV, NULL, "a\tb\nx\t\n", "x|@2;"},
    {"tsv: a field too few", RECORDS_TSV, NULL, "a\tb\n1\t2\n3\n",
     "1|2@2;65 :3: has 1 column, where the first line names 2"},
    {"tsv: one too many", RECORDS_TSV, "a b", "1\t2\t3\n",
     "65 :1: has 3 columns, where the format has 2"},
    {"no such column", RECORDS_TSV, NULL, "a\tc\n",
     "65 : has no column 'b'; its columns are a, c"},
    {"a column twice", RECORDS_TSV, NULL, "a\tb\tb\n",
     "65 : has twice a column 'b'; its columns are a, b, b"},
    {"an empty file", RECORDS_TSV, NULL, "",
     "65 : has no column 'a'; its columns are none"},
    {"csv", RECORDS_CSV, NULL, "a,b\n1,\"x, \"\"y\"\"\nz\"\n\"\",3\r\n",
     "1|x, \"y\"\nz@2;|3@4;"},
    {"csv: a mark inside is text", RECORDS_CSV, NULL, "b,a\n5\" disk,2\n",
     "2|5\" disk@2;"},
    {"csv: no closing mark", RECORDS_CSV, NULL, "a,b\n1,\"x\n",
     "65 :2: a quotation mark is not closed"},
    {"csv: text after one", RECORDS_CSV, NULL, "a,b\n\"x\"y,2\n",
     "65 :2: text follows a quoted field; a quotation mark inside one is written "
     "twice"},
    {"csv: a field too few", RECORDS_CSV, NULL, "a,b\n1\n",
     "65 :2: has 1 column, where the first line names 2"},
    {"jsonl", RECORDS_JSONL, NULL,
     "{\"b\": \"x\\ty\", \"a\": 1}\n\n{\"a\": true, \"b\": 0.5}\n",
     "1|x\ty@1;true|0.5@3;"},
    {"jsonl: no key", RECORDS_JSONL, NULL, "{\"a\": 1}\n",
     "65 :1: has no \"b\" that is a string, number or boolean"},
    {"jsonl: null", RECORDS_JSONL, NULL, "{\"a\": 1, \"b\": null}\n",
     "65 :1: has no \"b\" that is a string, number or boolean"},
    {"jsonl: a list", RECORDS_JSONL, NULL, "[1]\n", "65 :1: is no JSON object"},
};

int main(void) {
    struct err err;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct records_options options = {
            .format = rows[i].format, .names = rows[i].names, .wanted = {"a", "b"}};
        struct str got = {0};
        read_all(rows[i].text, &options, &got);
        is_str(got.data, rows[i].want, "%s", rows[i].what);
        str_fini(&got);
    }
    struct str many = {0}, got = {0};
    for (int i = 0; i < 300; i++)
        str_printf(&many, "c%d ", i);
    const struct records_options wide = {
        .format = RECORDS_TSV, .names = many.data, .wanted = {"c1"}};
    read_all("1\n", &wide, &got);
    ok(strstr(got.data, "has over 256 fields") != NULL, "300 names: %s", got.data);
    str_fini(&many);
    str_fini(&got);
    const struct records_options options = {.wanted = {"a"}};
    ok(records_open("/nonexistent/file", &options, &err) == NULL &&
           err.code == ERR_MISSING,
       "no file: 66");
    return tap_done();
}
