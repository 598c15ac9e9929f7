/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the format's golden vector is read and its data written byte for byte; a
 * header whose numbers do not agree with each other or with the file is refused with
 * 65, the file's name and the reason; every cut of a good file is refused; halves widen
 * to what IEEE says. */
#include "io/convert/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/tap.h"

static char path[128];

/* u64 length, header, data: with the true length of the header. */
static void write_file(const char *header, const void *data, size_t size) {
    struct str out = {0};
    uint64_t n = strlen(header);
    str_append(&out, &n, sizeof n);
    str_append(&out, header, n);
    str_append(&out, data, size);
    if (file_write_atomic(path, out.data, out.size, NULL) < 0)
        ok(false, "cannot write %s", path);
    str_fini(&out);
}

#define GOLDEN                                                                         \
    "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],"    \
    "\"data_offsets\":[0,8]}}   "
static const unsigned char golden_data[8] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};

static void test_golden(void) {
    struct safetensors file;
    struct err err = {0};
    float values[2] = {0};
    write_file(GOLDEN, golden_data, sizeof golden_data);
    ok(safetensors_open(&file, path, &err) == 0, "opens the golden vector %s",
       err.text);
    is_int(file.count, 1, "with one tensor");
    is_int((int64_t)file.data_start, 96, "whose data begins at byte 96");
    const struct safetensors_entry *a = safetensors_find(&file, "a");
    ok(a && a->rank == 1 && a->shape[0] == 2 && a->count == 2, "a is F32[2]");
    ok(safetensors_find(&file, "b") == NULL, "b is not there");
    ok(safetensors_read(&file, a, 0, 2, values, &err) == 0 && values[0] == 1 &&
           values[1] == 2,
       "{1, 2}");
    ok(safetensors_read(&file, a, 1, 1, values, &err) == 0 && values[0] == 2,
       "part of a tensor");
    safetensors_close(&file);
}

static void test_write(void) {
    const int64_t two[] = {2}, four[] = {2, 2};
    const float a[] = {1, 2}, b[] = {3, 4, 5, 6};
    struct safetensors_item items[] = {{"b", 2, four, b, 4}, {"a", 1, two, a, 2}};
    struct err err = {0};
    ok(safetensors_write(path, items, 2, &err) == 0, "writes two tensors");
    struct str out = {0};
    file_read(path, 1 << 20, &out, NULL);
    const char *header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]}}";
    uint64_t n = 0;
    memcpy(&n, out.data, sizeof n);
    ok((n + 8) % 64 == 0 && n >= strlen(header) && n < strlen(header) + 64,
       "the data begins at a multiple of 64");
    ok(memcmp(out.data + 8, header, strlen(header)) == 0, "the header, sorted by name");
    is_int((int64_t)(strspn(out.data + 8 + strlen(header), " ") + strlen(header)),
           (int64_t)n, "is filled with blanks");
    is_int((int64_t)out.size, (int64_t)n + 8 + 24, "the file ends with the data");
    ok(memcmp(out.data + 8 + n, golden_data, 8) == 0, "little-endian floats");
    struct safetensors file;
    float back[4] = {0};
    ok(safetensors_open(&file, path, &err) == 0 &&
           safetensors_read(&file, safetensors_find(&file, "b"), 0, 4, back, &err) ==
               0 &&
           memcmp(back, b, sizeof b) == 0,
       "and is read back");
    safetensors_close(&file);
    str_fini(&out);
    ok(safetensors_write("/nonexistent/x", items, 2, &err) < 0 &&
           err.code == ERR_MISSING,
       "no such folder: 66");
}

#define F32(name, shape, begin, end)                                                   \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape "],\"data_offsets\":[" #begin  \
    "," #end "]}"

static const struct {
    const char *header; /* of a file with 16 bytes of data */
    const char *complaint;
} headers[] = {
    {"{" F32("a", "4", 0, 16) "}", NULL},
    {"{" F32("b", "2", 8, 16) "," F32("a", "2", 0, 8) "}", NULL},
    {"{" F32("a", "4", 0, 16) "," F32("e", "0", 0, 0) "," F32("f", "3,0", 16, 16) "}",
     NULL},
    {"{" F32("a", "", 0, 4) "," F32("b", "1,3,1", 4, 16) "}", NULL},
    {"{\"__metadata__\":{}," F32("a", "4", 0, 16) "}", NULL},
    {"{" F32("a", "4", 0, 16) "}\n\n", NULL},
    {"", "begin with '{'"},
    {" {" F32("a", "4", 0, 16) "}", "begin with '{'"},
    {"[]", "begin with '{'"},
    {"{", "not JSON"},
    {"{" F32("a", "4", 0, 16) "}x", "not JSON"},
    {"{}", "over-long"},
    {"{" F32("a", "2", 0, 8) "}", "over-long"},
    {"{" F32("a", "8", 0, 32) "}", "truncated"},
    {"{" F32("a", "2", 0, 8) "," F32("a", "2", 8, 16) "}", "duplicate"},
    {"{" F32("a", "2", 8, 16) "}", "hole"},
    {"{" F32("a", "1", 0, 4) "," F32("b", "2", 8, 16) "}", "hole"},
    {"{" F32("a", "4", 0, 16) "," F32("b", "4", 0, 16) "}", "overlap"},
    {"{" F32("a", "3", 0, 12) "," F32("b", "2", 8, 16) "}", "overlap"},
    {"{" F32("a", "4", 0, 16) "," F32("b", "4", 16, 32) "}", "truncated"},
    {"{" F32("a", "4", 0, 12) "}", "do not fill"},
    {"{" F32("a", "3", 0, 16) "}", "do not fill"},
    {"{" F32("a", "4", 16, 0) "}", "data_offsets"},
    {"{" F32("a", "4", -16, 0) "}", "data_offsets"},
    {"{" F32("a", "4", 0.5, 16) "}", "data_offsets"},
    {"{" F32("a", "-4", 0, 16) "}", "not a size"},
    {"{" F32("a", "4.5", 0, 16) "}", "not a size"},
    {"{" F32("a", "\"4\"", 0, 16) "}", "not a size"},
    {"{" F32("a", "1,1,1,1,1,1,1,1,4", 0, 16) "}", "9 dimensions"},
    {"{" F32("a", "4294967296,4294967296", 0, 16) "}", "64 bits"},
    {"{" F32("a", "4503599627370496", 0, 0) "}", "do not fill"},
    {"{" F32("a", "99999999999999999999", 0, 16) "}", "not a size"},
    {"{\"a\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,16]}}", "dtype F4"},
    {"{\"a\":{\"dtype\":7,\"shape\":[4],\"data_offsets\":[0,16]}}", "no dtype"},
    {"{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}}", "no dtype"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", "no shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}", "no shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4]}}", "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}", "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,8,16]}}",
     "data_offsets"},
    {"{\"a\":[]}", "no dtype"},
    {"{\"__metadata__\":{\"step\":3}," F32("a", "4", 0, 16) "}",
     "step is not a string"},
    {"{\"__metadata__\":[]," F32("a", "4", 0, 16) "}", "__metadata__"},
    {"{\"__metadata__\":null," F32("a", "4", 0, 16) "}", "__metadata__"},
};

static void test_headers(void) {
    const unsigned char data[16] = {0};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct safetensors file;
        struct err err = {0};
        write_file(headers[i].header, data, sizeof data);
        int rc = safetensors_open(&file, path, &err);
        if (headers[i].complaint == NULL)
            ok(rc == 0, "reads header %zu %s", i, err.text);
        else
            ok(rc < 0 && err.code == ERR_DATA && strstr(err.text, path) &&
                   strstr(err.text, headers[i].complaint),
               "refuses header %zu: %s", i, err.text);
        safetensors_close(&file);
    }
}

static void test_lengths(void) {
    const uint64_t lengths[] = {3,         9, 100000001, UINT64_MAX, UINT64_MAX - 7,
                                1ull << 63};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char bytes[16] = {0};
        memcpy(bytes, &lengths[i], 8);
        memcpy(bytes + 8, "{}", 2);
        file_write_atomic(path, bytes, sizeof bytes, NULL);
        struct safetensors file;
        struct err err = {0};
        ok(safetensors_open(&file, path, &err) < 0 && err.code == ERR_DATA,
           "a header of %llu bytes: %s", (unsigned long long)lengths[i], err.text);
    }
}

static void test_cuts(void) {
    struct str whole = {0};
    write_file(GOLDEN, golden_data, sizeof golden_data);
    file_read(path, 1000, &whole, NULL);
    is_int((int64_t)whole.size, 104, "the golden vector has 104 bytes");
    int refused = 0;
    for (size_t size = 0; size < whole.size; size++) {
        struct safetensors file;
        struct err err = {0};
        file_write_atomic(path, whole.data, size, NULL);
        refused += safetensors_open(&file, path, &err) < 0 && err.code == ERR_DATA;
        safetensors_close(&file);
    }
    is_int(refused, 104, "every cut of it is refused with 65");
    str_append_char(&whole, 'x');
    file_write_atomic(path, whole.data, whole.size, NULL);
    struct safetensors file;
    struct err err = {0};
    ok(safetensors_open(&file, path, &err) < 0 && strstr(err.text, "over-long"),
       "and one byte more: %s", err.text);
    str_fini(&whole);
}

static void test_not_files(void) {
    struct safetensors file;
    struct err err = {0};
    ok(safetensors_open(&file, "/nonexistent", &err) < 0 && err.code == ERR_MISSING,
       "no file: 66");
    ok(safetensors_open(&file, tap_folder(), &err) < 0 && err.code == ERR_DATA,
       "a folder: 65");
}

#define HALVES(type)                                                                   \
    "{\"h\":{\"dtype\":\"" type "\",\"shape\":[8],\"data_offsets\":[0,16]}}"

static void test_halves(void) {
    /* 1, -2, 0, -0, largest, smallest, smallest normal, infinity */
    const uint16_t f16[8] = {0x3c00, 0xc000, 0, 0x8000, 0x7bff, 1, 0x0400, 0x7c00};
    const float f16_want[8] = {1, -2, 0, -0.f, 65504, 0x1p-24f, 0x1p-14f, INFINITY};
    const uint16_t bf16[8] = {0x3f80, 0xc000, 0, 0x8000, 0x7f7f, 1, 0x0080, 0xff80};
    const float bf16_want[8] = {1,           -2,        0,         -0.f,
                                0x1.fep127f, 0x1p-133f, 0x1p-126f, -INFINITY};
    const struct {
        const char *name, *header;
        const uint16_t *data;
        const float *want;
    } rows[] = {{"F16", HALVES("F16"), f16, f16_want},
                {"BF16", HALVES("BF16"), bf16, bf16_want}};
    for (size_t i = 0; i < 2; i++) {
        struct safetensors file;
        struct err err = {0};
        float got[8];
        write_file(rows[i].header, rows[i].data, 16);
        ok(safetensors_open(&file, path, &err) == 0 &&
               safetensors_read(&file, file.entries, 0, 8, got, &err) == 0 &&
               memcmp(got, rows[i].want, sizeof got) == 0,
           "%s widens exactly", rows[i].name);
        ok(safetensors_read(&file, file.entries, 5, 2, got, &err) == 0 &&
               memcmp(got, rows[i].want + 5, 8) == 0,
           "and a part of it");
        safetensors_close(&file);
    }
    const uint16_t nan = 0x7e01;
    struct safetensors file;
    float got;
    write_file("{\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}", &nan,
               2);
    ok(safetensors_open(&file, path, NULL) == 0 &&
           safetensors_read(&file, file.entries, 0, 1, &got, NULL) == 0 && isnan(got),
       "a NaN stays one");
    safetensors_close(&file);
}

static void test_other_types(void) {
    struct safetensors file;
    struct err err = {0};
    write_file("{\"i\":{\"dtype\":\"I64\",\"shape\":[1,2],\"data_offsets\":[0,16]}}",
               (char[16]){0}, 16);
    ok(safetensors_open(&file, path, &err) == 0, "I64 may be there");
    ok(!safetensors_is_float(file.entries), "but is not read as floats");
    safetensors_close(&file);
}

int main(void) {
    snprintf(path, sizeof path, "%s/model.safetensors", tap_folder());
    test_golden();
    test_write();
    test_headers();
    test_lengths();
    test_cuts();
    test_not_files();
    test_halves();
    test_other_types();
    return tap_done();
}
