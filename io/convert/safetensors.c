/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors out and in: see safetensors.h.  A file from elsewhere is not believed:
 * each number of its header is checked against the others and the file's size before
 * any of it is used, so that what was opened can be read without another look.  Data is
 * read with pread, not mapped: a failing disk must be an error, not a signal. */
#include "io/convert/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/syntax/json.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/str.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "safetensors is little-endian and is copied as it lies");

/* ---- reading: the header ---- */

static const struct dtype {
    const char *name;
    int bytes;
} dtypes[] = {
    {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8},     {"BOOL", 1},
    {"U8", 1},  {"I8", 1},  {"U16", 2},  {"I16", 2},     {"U32", 4},
    {"I32", 4}, {"U64", 8}, {"I64", 8},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
};

static const struct dtype *find_dtype(struct slice name) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (slice_equal(name, slice_of(dtypes[i].name)))
            return &dtypes[i];
    return NULL;
}

static int read_at(const struct safetensors *file, uint64_t offset, void *out,
                   size_t size, struct err *err) {
    char *to = out;
    while (size > 0) {
        ssize_t n = fs->pread(file->fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, "read", file->path);
        if (n == 0)
            return err_set(err, ERR_DATA, "%s: became shorter while it was read",
                           file->path);
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

/* A non-negative integer. */
static int get_size(const struct json *value, uint64_t *out) {
    int64_t number;
    if (json_get_int(value, &number) < 0 || number < 0)
        return -1;
    *out = (uint64_t)number;
    return 0;
}

static int read_shape(const struct json *shape, struct safetensors_entry *entry,
                      const char *path, struct err *err) {
    if (json_kind(shape) != JSON_KIND_ARRAY)
        return err_set(err, ERR_DATA, "%s: tensor %s has no shape", path, entry->name);
    if (json_count(shape) > SAFETENSORS_RANK)
        return err_set(err, ERR_DATA, "%s: tensor %s has %zu dimensions, more than %d",
                       path, entry->name, json_count(shape), SAFETENSORS_RANK);
    entry->rank = (int)json_count(shape);
    entry->count = 1;
    for (int i = 0; i < entry->rank; i++) {
        uint64_t size;
        if (get_size(json_at(shape, (size_t)i), &size) < 0)
            return err_set(err, ERR_DATA, "%s: tensor %s: dimension %d is not a size",
                           path, entry->name, i);
        entry->shape[i] = (int64_t)size;
        if (__builtin_mul_overflow(entry->count, size, &entry->count))
            return err_set(err, ERR_DATA, "%s: tensor %s: shape is beyond 64 bits",
                           path, entry->name);
    }
    return 0;
}

static int read_place(const struct json *offsets, struct safetensors_entry *entry,
                      int element_bytes, const char *path, struct err *err) {
    if (json_count(offsets) != 2 || get_size(json_at(offsets, 0), &entry->begin) < 0 ||
        get_size(json_at(offsets, 1), &entry->end) < 0 || entry->end < entry->begin)
        return err_set(
            err, ERR_DATA,
            "%s: tensor %s: data_offsets are not [begin, end] with begin <= end", path,
            entry->name);
    uint64_t bytes;
    if (__builtin_mul_overflow(entry->count, (uint64_t)element_bytes, &bytes) ||
        bytes != entry->end - entry->begin)
        return err_set(
            err, ERR_DATA,
            "%s: tensor %s: %" PRIu64 " elements of %s do not fill the %" PRIu64
            " bytes of its data_offsets",
            path, entry->name, entry->count, entry->dtype, entry->end - entry->begin);
    return 0;
}

static int read_entry(struct safetensors *file, const struct json_member *member,
                      struct err *err) {
    struct safetensors_entry *entry = &file->entries[file->count++];
    entry->name = arena_copy(&file->strings, member->key.data, member->key.size);
    struct slice name;
    if (json_get_string(json_get(member->value, "dtype"), &name) < 0)
        return err_set(err, ERR_DATA, "%s: tensor %s has no dtype", file->path,
                       entry->name);
    const struct dtype *dtype = find_dtype(name);
    if (dtype == NULL)
        return err_set(err, ERR_DATA, "%s: tensor %s: dtype %.40s is not known",
                       file->path, entry->name, name.data);
    entry->dtype = dtype->name;
    if (read_shape(json_get(member->value, "shape"), entry, file->path, err) < 0)
        return -1;
    return read_place(json_get(member->value, "data_offsets"), entry, dtype->bytes,
                      file->path, err);
}

static int check_metadata(const struct json *metadata, const char *path,
                          struct err *err) {
    if (json_kind(metadata) != JSON_KIND_OBJECT)
        return err_set(err, ERR_DATA, "%s: __metadata__ is not an object", path);
    struct json_member member = {0};
    while (json_next(metadata, &member))
        if (json_kind(member.value) != JSON_KIND_STRING)
            return err_set(err, ERR_DATA, "%s: __metadata__: %.80s is not a string",
                           path, member.key.data);
    return 0;
}

static int by_place(const void *left, const void *right) {
    const struct safetensors_entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end); /* empty tensors first */
}

/* The data must be covered from its first byte to its last, every byte once. */
static int check_cover(struct safetensors *file, uint64_t data_bytes, struct err *err) {
    qsort(file->entries, (size_t)file->count, sizeof *file->entries, by_place);
    uint64_t covered = 0;
    for (int i = 0; i < file->count; i++) {
        const struct safetensors_entry *entry = &file->entries[i];
        if (entry->begin != covered)
            return err_set(err, ERR_DATA,
                           "%s: tensor %s begins at byte %" PRIu64
                           " of the data, %s the tensor before it ends at %" PRIu64,
                           file->path, entry->name, entry->begin,
                           entry->begin < covered ? "an overlap:" : "a hole:", covered);
        covered = entry->end;
    }
    if (covered != data_bytes)
        return err_set(err, ERR_DATA,
                       "%s: has %" PRIu64
                       " bytes of data where its header describes %" PRIu64
                       ": the file is %s",
                       file->path, data_bytes, covered,
                       covered > data_bytes ? "truncated, copy it again" : "over-long");
    return 0;
}

static int read_entries(struct safetensors *file, const struct json *root,
                        struct err *err) {
    if (json_kind(root) != JSON_KIND_OBJECT)
        return err_set(err, ERR_DATA, "%s: the header is not an object", file->path);
    file->entries = mem_alloc(json_count(root), sizeof *file->entries);
    struct json_member member = {0};
    while (json_next(root, &member)) {
        bool metadata = slice_equal(member.key, slice_of("__metadata__"));
        int rc = metadata ? check_metadata(member.value, file->path, err)
                          : read_entry(file, &member, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* N | JSON, and whether the rest of the file is what it says. */
static int read_header(struct safetensors *file, uint64_t file_bytes, struct err *err) {
    uint64_t n;
    if (file_bytes < sizeof n)
        return err_set(err, ERR_DATA, "%s: %" PRIu64 " bytes are no safetensors file",
                       file->path, file_bytes);
    if (read_at(file, 0, &n, sizeof n, err) < 0)
        return -1;
    if (n > SAFETENSORS_HEADER || n > file_bytes - sizeof n)
        return err_set(
            err, ERR_DATA,
            "%s: is no safetensors file, or cut: its first 8 bytes announce a "
            "header of %" PRIu64 " bytes, there are %" PRIu64 " (at most %d)",
            file->path, n, file_bytes - sizeof n, SAFETENSORS_HEADER);
    file->data_start = sizeof n + n;
    struct str text = {0};
    str_reserve(&text, n);
    text.size = n;
    struct json *root = NULL;
    int rc = read_at(file, sizeof n, text.data, n, err);
    if (rc == 0 && (n == 0 || text.data[0] != '{'))
        rc = err_set(err, ERR_DATA, "%s: the header does not begin with '{'",
                     file->path);
    if (rc == 0 && (root = json_parse(str_slice(&text), file->path, err)) == NULL)
        rc = -1;
    if (rc == 0)
        rc = read_entries(file, root, err);
    if (rc == 0)
        rc = check_cover(file, file_bytes - file->data_start, err);
    json_free(root);
    str_fini(&text);
    return rc;
}

int safetensors_open(struct safetensors *file, const char *path, struct err *err) {
    *file = (struct safetensors){.path = mem_string(path)};
    file->fd =
        fs->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0); /* no pipe holds us */
    struct stat info;
    int rc = 0;
    if (file->fd < 0)
        rc = err_errno(err, "open", path);
    else if (fs->fstat(file->fd, &info) < 0)
        rc = err_errno(err, "stat", path);
    else if (!S_ISREG(info.st_mode))
        rc = err_set(err, ERR_DATA, "%s: is not a regular file", path);
    else
        rc = read_header(file, (uint64_t)info.st_size, err);
    if (rc < 0)
        safetensors_close(file);
    return rc;
}

void safetensors_close(struct safetensors *file) {
    if (file->path && file->fd >= 0)
        fs->close(file->fd);
    mem_free(file->path);
    mem_free(file->entries);
    arena_fini(&file->strings);
    *file = (struct safetensors){.fd = -1};
}

const struct safetensors_entry *safetensors_find(const struct safetensors *file,
                                                 const char *name) {
    for (int i = 0; i < file->count; i++)
        if (strcmp(file->entries[i].name, name) == 0)
            return &file->entries[i];
    return NULL;
}

/* ---- reading: the data ---- */

static float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float float_of_bf16(uint16_t half) {
    return float_of_bits((uint32_t)half << 16);
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
static float float_of_f16(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 31) /* infinity, NaN */
        return float_of_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0)
        return float_of_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    float magnitude = (float)fraction * 0x1p-24f; /* zero and subnormals: exact */
    return sign ? -magnitude : magnitude;
}

/* Halves are read into the upper half of *out and widened from its beginning: element i
 * is read from bytes 2(count + i) and written to bytes 4i, never beyond what is still
 * to read. */
static int read_halves(const struct safetensors *file, uint64_t offset, uint64_t count,
                       float (*widen)(uint16_t), float *out, struct err *err) {
    char *halves = (char *)out + count * sizeof(uint16_t);
    if (read_at(file, offset, halves, count * sizeof(uint16_t), err) < 0)
        return -1;
    for (uint64_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, halves + i * sizeof half, sizeof half);
        out[i] = widen(half);
    }
    return 0;
}

static float (*find_widen(const char *dtype))(uint16_t) {
    return strcmp(dtype, "F16") == 0    ? float_of_f16
           : strcmp(dtype, "BF16") == 0 ? float_of_bf16
                                        : NULL;
}

bool safetensors_is_float(const struct safetensors_entry *entry) {
    return strcmp(entry->dtype, "F32") == 0 || find_widen(entry->dtype);
}

int safetensors_read(const struct safetensors *file,
                     const struct safetensors_entry *entry, uint64_t first,
                     uint64_t count, float *out, struct err *err) {
    CHECK(safetensors_is_float(entry));
    CHECK(first <= entry->count && count <= entry->count - first);
    uint64_t start = file->data_start + entry->begin;
    float (*widen)(uint16_t) = find_widen(entry->dtype);
    if (widen)
        return read_halves(file, start + first * 2, count, widen, out, err);
    return read_at(file, start + first * sizeof *out, out, count * sizeof *out, err);
}

/* ---- writing ---- */

static int by_name(const void *left, const void *right) {
    const struct safetensors_item *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void write_entry(struct json_writer *json, const struct safetensors_item *item,
                        uint64_t begin) {
    json_open(json, item->name, '{');
    json_put_string(json, "dtype", slice_of("F32"));
    json_open(json, "shape", '[');
    for (int i = 0; i < item->rank; i++)
        json_put_int(json, NULL, item->shape[i]);
    json_close(json, ']');
    json_open(json, "data_offsets", '[');
    json_put_int(json, NULL, (int64_t)begin);
    json_put_int(json, NULL, (int64_t)(begin + item->count * sizeof(float)));
    json_close(json, ']');
    json_close(json, '}');
}

/* N | JSON | blanks, a multiple of 64 bytes together: whoever maps the file finds the
 * first tensor on a cache line. */
static void write_header(struct str *out, const struct safetensors_item *items,
                         int count) {
    uint64_t n = 0, begin = 0;
    str_append(out, &n, sizeof n);
    struct json_writer json = {.out = out, .compact = true};
    json_open(&json, NULL, '{');
    json_open(&json, "__metadata__", '{');
    json_put_string(&json, "format", slice_of("pt"));
    json_close(&json, '}');
    for (int i = 0; i < count; i++) {
        CHECK(i == 0 || strcmp(items[i - 1].name, items[i].name) < 0);
        write_entry(&json, &items[i], begin);
        begin += items[i].count * sizeof(float);
    }
    json_close(&json, '}');
    while (out->size % 64 != 0)
        str_append_char(out, ' ');
    n = out->size - sizeof n;
    memcpy(out->data, &n, sizeof n);
}

int safetensors_write(const char *path, struct safetensors_item *items, int count,
                      struct err *err) {
    qsort(items, (size_t)count, sizeof *items, by_name);
    struct str header = {0};
    write_header(&header, items, count);
    struct slice *pieces = mem_alloc((size_t)count + 1, sizeof *pieces);
    pieces[0] = str_slice(&header);
    for (int i = 0; i < count; i++)
        pieces[i + 1] =
            (struct slice){(const char *)items[i].data, items[i].count * sizeof(float)};
    int rc = file_write_pieces(path, pieces, count + 1, err);
    mem_free(pieces);
    str_fini(&header);
    return rc;
}
