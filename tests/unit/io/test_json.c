/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a text is either taken whole with its values, order and types intact, or
 * refused with its name and place; what the writer makes is what Python and serde make
 * of the same values, and reads back as itself. */
#include "io/syntax/json.h"

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const struct {
    const char *text;
    const char *complaint; /* NULL: is read */
} texts[] = {
    {"{}", NULL},
    {" [1, 2.5, \"a\", null, true]\n", NULL},
    {"7", NULL},
    {"[1000000000000000019884624838656]", NULL},
    {"\"\\u00e9\\ud83d\\ude00\"", NULL},
    {"", ""},
    {"{", "expected"},
    {"{\"a\":1,}", "expected"},
    {"{\"a\":1,\"a\":2}", "duplicate"},
    {"{\"a\":{\"b\":1,\"b\":1}}", "duplicate"},
    {"[1] [2]", "end of file"},
    {"[NaN]", "invalid token"},
    {"[01]", ""},
    {"[1e999]", "overflow"},
    {"[\"\xff\"]", "decode byte"},
    {"[\"\\ud800\"]", "invalid Unicode"},
    {"[\"\\u0000\"]", "\\u0000"},
    {"[\"a\nb\"]", "unexpected newline"},
    {"{'a':1}", "expected"},
    {"{\"a\":1 // no\n}", ""},
};

static void test_texts(void) {
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = {0};
        struct json *root = json_parse(slice_of(texts[i].text), "some.json", &err);
        if (texts[i].complaint == NULL) {
            ok(root != NULL, "reads %s", texts[i].text);
        } else {
            ok(root == NULL && err.code == ERR_DATA &&
                   strncmp(err.text, "some.json:", 10) == 0,
               "refuses row %zu with 65 and the name", i);
            ok(strstr(err.text, texts[i].complaint) != NULL, "and says why: %s",
               err.text);
        }
        json_free(root);
    }
}

static void test_depth(void) {
    struct str deep = {0};
    for (int i = 0; i < 100000; i++)
        str_append_char(&deep, '[');
    struct err err = {0};
    ok(json_parse(str_slice(&deep), "deep", &err) == NULL && err.code == ERR_DATA,
       "refuses 100,000 open brackets instead of running out of stack");
    str_fini(&deep);
}

static void test_values(void) {
    const char *text = "{\"z\":[true,-3,2.5,\"\\u00e9\",null,1e30],\"a\":{\"k\":1}}";
    struct json *root = json_parse(slice_of(text), "values", NULL);
    const struct json *list = json_get(root, "z");
    bool truth = false;
    int64_t number = 0;
    double real = 0;
    struct slice string = {0};
    is_int((int64_t)json_count(list), 6, "counts an array");
    is_int((int64_t)json_count(root), 2, "counts an object");
    ok(json_get_bool(json_at(list, 0), &truth) == 0 && truth, "a bool");
    ok(json_get_int(json_at(list, 1), &number) == 0 && number == -3, "an integer");
    ok(json_get_real(json_at(list, 1), &real) == 0 && real == -3, "an integer as real");
    ok(json_get_real(json_at(list, 2), &real) == 0 && real == 2.5, "a real");
    ok(json_get_int(json_at(list, 5), &number) < 0, "1e30 is no integer of ours");
    ok(json_get_string(json_at(list, 3), &string) == 0 &&
           slice_equal(string, slice_of("\xc3\xa9")),
       "a string, unescaped");
    ok(json_kind(json_at(list, 4)) == JSON_KIND_NULL, "a null");
    ok(json_get_int(json_at(list, 2), &number) < 0 && number == -3,
       "2.5 is no integer");
    ok(json_get_bool(json_at(list, 1), &truth) < 0, "-3 is no bool");
    ok(json_get_string(json_at(list, 4), &string) < 0, "null is no string");
    ok(json_get(root, "y") == NULL && json_at(list, 6) == NULL, "what is not there");
    ok(json_kind(NULL) == JSON_KIND_NONE && json_get(NULL, "a") == NULL &&
           json_count(NULL) == 0 && json_get_int(NULL, &number) < 0,
       "NULL all the way down");
    struct json_member member = {0};
    ok(json_next(root, &member) && slice_equal(member.key, slice_of("z")) &&
           json_next(root, &member) && slice_equal(member.key, slice_of("a")) &&
           !json_next(root, &member),
       "members come in the order of the text");
    json_free(root);
    json_free(NULL);
}

static void write_sample(struct json_writer *json) {
    json_open(json, NULL, '{');
    json_put_string(json, "text", slice_of("a\"b\\c\n\t\x01\x1f/\x7f\xc3\xa9"));
    json_open(json, "empty", '{');
    json_close(json, '}');
    json_open(json, "list", '[');
    json_put_int(json, NULL, -1);
    json_put_real(json, NULL, 1e-12);
    json_put_real(json, NULL, 0.1);
    json_put_real(json, NULL, 0);
    json_put_bool(json, NULL, true);
    json_put_null(json, NULL);
    json_open(json, NULL, '[');
    json_close(json, ']');
    json_close(json, ']');
    json_put_key(json, (struct slice){"key-and-more", 3});
    json_put_bool(json, NULL, false);
    json_close(json, '}');
}

static void test_writer(void) {
    struct str out = {0};
    struct json_writer json = {.out = &out};
    write_sample(&json);
    is_str(out.data,
           "{\n  \"text\": \"a\\\"b\\\\c\\n\\t\\u0001\\u001f/\x7f\xc3\xa9\",\n"
           "  \"empty\": {},\n  \"list\": [\n    -1,\n    1e-12,\n    0.1,\n    0.0,\n"
           "    true,\n    null,\n    []\n  ],\n  \"key\": false\n}",
           "laid out as json.dumps(indent=2)");
    str_clear(&out);
    json = (struct json_writer){.out = &out, .compact = true};
    write_sample(&json);
    is_str(out.data,
           "{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001\\u001f/\x7f\xc3\xa9\",\"empty\":{},"
           "\"list\":[-1,1e-12,0.1,0.0,true,null,[]],\"key\":false}",
           "compact");
    struct json *root = json_parse(str_slice(&out), "again", NULL);
    struct slice text = {0};
    ok(json_get_string(json_get(root, "text"), &text) == 0 &&
           slice_equal(text, slice_of("a\"b\\c\n\t\x01\x1f/\x7f\xc3\xa9")),
       "and reads back as it was");
    json_free(root);
    str_fini(&out);
}

static void test_reals(void) {
    const double values[] = {1, -0.5, 1e-12, 1.0 / 3, 1e300, 5e-324, 123456789, 0.02};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct str out = {0};
        struct json_writer json = {.out = &out};
        json_put_real(&json, NULL, values[i]);
        struct json *root = json_parse(str_slice(&out), "real", NULL);
        double back = 0;
        ok(strpbrk(out.data, ".e") && json_get_real(root, &back) == 0 &&
               back == values[i],
           "%s is a real and the same number", out.data);
        json_free(root);
        str_fini(&out);
    }
}

static void test_is_text(void) {
    ok(json_is_text(slice_of("")) && json_is_text(slice_of("\xf0\x9f\x98\x80")),
       "text");
    ok(!json_is_text(slice_of("\xff")) && !json_is_text(slice_of("\xe2\x82")) &&
           !json_is_text(slice_of("\xed\xa0\x80")) &&
           !json_is_text(slice_of("\xc0\xaf")),
       "stray byte, cut sequence, surrogate and overlong form are no text");
}

static void test_files(void) {
    struct str path = {0};
    struct err err = {0};
    str_printf(&path, "%s/a.json", tap_folder());
    ok(json_parse_file(path.data, 100, &err) == NULL && err.code == ERR_MISSING,
       "no file: 66");
    ok(file_write_atomic(path.data, "[1,2,3]", 7, &err) == 0, "write");
    struct json *root = json_parse_file(path.data, 7, &err);
    is_int((int64_t)json_count(root), 3, "reads a file");
    json_free(root);
    ok(json_parse_file(path.data, 6, &err) == NULL && err.code == ERR_DATA,
       "a file above the limit: 65");
    str_fini(&path);
}

int main(void) {
    test_texts();
    test_depth();
    test_values();
    test_writer();
    test_reals();
    test_is_text();
    test_files();
    return tap_done();
}
