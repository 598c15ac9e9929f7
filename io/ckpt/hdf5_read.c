/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a file of HDF5.  It may lie about itself: a dataset is believed once
 * its kind, shape and place in the file are those of what is asked for. */
#include <stdbool.h>
#include <string.h>

#include "io/ckpt/hdf5_parts.h"
#include "src/base/mem.h"

enum { TEXT_LIMIT = 1 << 28, LINK_LIMIT = 512 };

/* A dataset found in a file, once what it says of itself has been checked. */
struct found {
    hid_t set, type;
    struct extent extent; /* rank 0: one text */
    uint64_t bytes;       /* all elements */
    size_t width;         /* bytes of one element */
};

static void found_close(struct found *found) {
    if (found->type >= 0)
        H5Tclose(found->type);
    if (found->set >= 0)
        H5Dclose(found->set);
}

/* One scalar, vector or matrix of what is asked for. */
static const char *check_kind(struct found *found, H5T_class_t class) {
    bool right = H5Tget_class(found->type) == class;
    if (class == H5T_FLOAT)
        right = right && H5Tequal(found->type, H5T_IEEE_F32LE) > 0;
    if (class == H5T_INTEGER)
        right = right && H5Tequal(found->type, H5T_STD_U8LE) > 0;
    if (class == H5T_STRING)
        right = right && H5Tis_variable_str(found->type) == 0;
    found->width = H5Tget_size(found->type);
    if (right && found->width > 0)
        return NULL;
    return class == H5T_FLOAT     ? "its numbers are not little-endian float32"
           : class == H5T_INTEGER ? "its numbers are not uint8"
                                  : "it is not text of a fixed length";
}

static const char *check_shape(struct found *found) {
    hsize_t shape[2] = {1, 1}, count = 0;
    hid_t space = H5Dget_space(found->set);
    int rank = H5Sget_simple_extent_ndims(space);
    bool simple = rank >= 0 && rank <= 2 && H5Sis_simple(space) > 0;
    if (simple)
        simple = H5Sget_simple_extent_dims(space, shape, NULL) == rank;
    H5Sclose(space);
    if (!simple)
        return "it is neither a text, a vector nor a matrix";
    if (__builtin_mul_overflow(shape[0], shape[1], &count) ||
        __builtin_mul_overflow(count, found->width, &found->bytes) ||
        shape[0] > INT64_MAX || shape[1] > INT64_MAX)
        return "its shape is beyond all measure";
    found->extent = (struct extent){rank, {(int64_t)shape[0], (int64_t)shape[1]}};
    return NULL;
}

/* The numbers must lie in one piece inside this file: then no dataset can ask for more
 * memory than the file is long. */
static const char *check_storage(const struct hdf5 *file, const struct found *found) {
    hid_t list = H5Dget_create_plist(found->set);
    H5D_layout_t layout = H5Pget_layout(list);
    int files = H5Pget_external_count(list);
    H5Pclose(list);
    if (layout != H5D_CONTIGUOUS || files != 0)
        return "it is not stored in one piece in this file";
    if (found->bytes == 0)
        return NULL;
    haddr_t place = H5Dget_offset(found->set);
    if (place == HADDR_UNDEF || found->bytes > file->bytes ||
        place > file->bytes - found->bytes)
        return "it reaches beyond the end of the file";
    return NULL;
}

/* Whether all on the way to a dataset, and it itself, is of this file: a link to
 * another name or file is not what was hashed. */
static bool is_own(const struct hdf5 *file, const char *name) {
    char way[LINK_LIMIT];
    size_t size = strlen(name);
    if (size >= sizeof way)
        return false;
    for (size_t n = 1; n <= size; n++) {
        if (name[n] != '/' && name[n] != '\0')
            continue;
        H5L_info_t link;
        memcpy(way, name, n);
        way[n] = '\0';
        if (H5Lget_info(file->id, way, &link, H5P_DEFAULT) < 0)
            return true; /* it is not there: opening it says so */
        if (link.type != H5L_TYPE_HARD)
            return false;
    }
    return true;
}

/* Opens a dataset of a kind; the caller closes *found, also after a failure. */
static int find(const struct hdf5 *file, const char *name, H5T_class_t class,
                struct found *found, struct err *err) {
    *found = (struct found){.set = -1, .type = -1};
    if (!is_own(file, name))
        return err_set(err, file->fault,
                       "%s: cannot read %s: it is a link, not a dataset", file->path,
                       name);
    found->set = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (found->set < 0)
        return hdf5_fail(file, err, "find", name);
    found->type = H5Dget_type(found->set);
    const char *wrong = check_kind(found, class);
    if (wrong == NULL)
        wrong = check_shape(found);
    if (wrong == NULL)
        wrong = check_storage(file, found);
    if (wrong)
        return err_set(err, file->fault, "%s: cannot read %s: %s", file->path, name,
                       wrong);
    return 0;
}

static int read_found(const struct hdf5 *file, const char *name,
                      const struct found *found, void *bytes, struct err *err) {
    if (found->bytes == 0)
        return 0;
    if (H5Dread(found->set, found->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        return hdf5_fail(file, err, "read", name);
    return 0;
}

int hdf5_find_floats(struct hdf5 *file, const char *name, struct extent *extent,
                     struct err *err) {
    struct found found;
    int rc = find(file, name, H5T_FLOAT, &found, err);
    if (rc == 0 && (found.extent.rank == 0 || found.bytes == 0))
        rc = err_set(err, file->fault, "%s: cannot read %s: it is empty", file->path,
                     name);
    if (rc == 0)
        *extent = found.extent;
    found_close(&found);
    return rc;
}

int hdf5_read_floats(struct hdf5 *file, const char *name, float *data,
                     struct err *err) {
    struct found found;
    int rc = find(file, name, H5T_FLOAT, &found, err);
    if (rc == 0)
        rc = read_found(file, name, &found, data, err);
    found_close(&found);
    return rc;
}

int hdf5_read_bytes(struct hdf5 *file, const char *name, struct extent *extent,
                    uint8_t **bytes, struct err *err) {
    struct found found;
    int rc = find(file, name, H5T_INTEGER, &found, err);
    uint8_t *read = rc == 0 ? mem_alloc(found.bytes, 1) : NULL;
    if (rc == 0)
        rc = read_found(file, name, &found, read, err);
    found_close(&found);
    if (rc < 0) {
        mem_free(read);
        return rc;
    }
    *bytes = read;
    *extent = found.extent;
    return 0;
}

int hdf5_read_lines(struct hdf5 *file, const char *name, struct str *lines,
                    size_t *width, struct err *err) {
    struct found found;
    int rc = find(file, name, H5T_STRING, &found, err);
    if (rc == 0 && found.bytes > TEXT_LIMIT)
        rc = err_set(err, file->fault, "%s: cannot read %s: longer than %d bytes",
                     file->path, name, TEXT_LIMIT);
    if (rc == 0) {
        str_reserve(lines, found.bytes);
        rc = read_found(file, name, &found, lines->data + lines->size, err);
    }
    if (rc == 0) {
        lines->size += found.bytes;
        lines->data[lines->size] = '\0';
        *width = found.width;
    }
    found_close(&found);
    return rc;
}

int hdf5_read_text(struct hdf5 *file, const char *name, struct str *text,
                   struct err *err) {
    size_t width = 0, before = text->size;
    if (hdf5_read_lines(file, name, text, &width, err) < 0)
        return -1;
    /* one line, and the NUL after it */
    if (text->size - before != width || text->data[text->size - 1] != '\0') {
        text->size = before;
        return err_set(err, file->fault, "%s: cannot read %s: it is not one text",
                       file->path, name);
    }
    text->size--;
    return 0;
}

/* Opens a scalar attribute of a class and reads its type's size; -1 if it is not so. */
static hid_t find_attribute(const struct hdf5 *file, const char *name,
                            H5T_class_t class, size_t *size, struct err *err) {
    hid_t attribute = H5Aopen(file->id, name, H5P_DEFAULT);
    if (attribute < 0)
        return hdf5_fail(file, err, "find attribute", name);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    *size = H5Tget_size(type);
    bool right = H5Tget_class(type) == class && *size > 0 &&
                 *size <= HDF5_ATTRIBUTE_BYTES &&
                 H5Sget_simple_extent_npoints(space) == 1 &&
                 (class != H5T_STRING || H5Tis_variable_str(type) == 0);
    H5Sclose(space);
    H5Tclose(type);
    if (right)
        return attribute;
    H5Aclose(attribute);
    return err_set(err, file->fault, "%s: attribute %s is not %s", file->path, name,
                   class == H5T_STRING ? "a short text" : "a whole number");
}

int hdf5_get_int(struct hdf5 *file, const char *name, int64_t *value, struct err *err) {
    size_t size;
    int64_t read;
    hid_t attribute = find_attribute(file, name, H5T_INTEGER, &size, err);
    if (attribute < 0)
        return -1;
    int rc = 0;
    if (H5Aread(attribute, H5T_NATIVE_INT64, &read) < 0)
        rc = hdf5_fail(file, err, "read attribute", name);
    H5Aclose(attribute);
    if (rc == 0)
        *value = read;
    return rc;
}

int hdf5_get_text(struct hdf5 *file, const char *name, struct str *text,
                  struct err *err) {
    size_t size;
    hid_t attribute = find_attribute(file, name, H5T_STRING, &size, err);
    if (attribute < 0)
        return -1;
    char *bytes = mem_alloc(size + 1, 1);
    hid_t type = H5Aget_type(attribute);
    int rc = 0;
    if (H5Aread(attribute, type, bytes) < 0)
        rc = hdf5_fail(file, err, "read attribute", name);
    if (rc == 0)
        str_append(text, bytes, strlen(bytes));
    H5Tclose(type);
    H5Aclose(attribute);
    mem_free(bytes);
    return rc;
}
