/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into a file of HDF5: datasets and attributes of a new one (hdf5_add_…,
 * hdf5_set_…), and numbers in places that exist (hdf5_write_floats). */
#include <string.h>

#include "io/ckpt/hdf5_parts.h"
#include "src/base/die.h"
#include "src/base/mem.h"

/* Elements written at once: MPI-IO counts bytes in an int. */
enum { PIECE = 1 << 22 };

/* The groups on the way to a dataset, those that are not there yet. */
static int add_groups(struct hdf5 *file, const char *name) {
    hid_t how = H5Pcreate(H5P_GROUP_CREATE);
    struct str way = {0};
    int rc = 0;
    H5Pset_obj_track_times(how, false);
    for (const char *slash = strchr(name + 1, '/'); rc == 0 && slash;
         slash = strchr(slash + 1, '/')) {
        str_clear(&way);
        str_append(&way, name, (size_t)(slash - name));
        if (H5Lexists(file->id, way.data, H5P_DEFAULT) > 0)
            continue;
        hid_t group = H5Gcreate2(file->id, way.data, H5P_DEFAULT, how, H5P_DEFAULT);
        rc = group < 0 || H5Gclose(group) < 0 ? -1 : 0;
    }
    H5Pclose(how);
    str_fini(&way);
    return rc;
}

/* Takes `space`. */
static int add(struct hdf5 *file, const char *name, hid_t type, hid_t space,
               const void *bytes, struct err *err) {
    int rc = 0;
    hid_t set = -1;
    if (add_groups(file, name) == 0)
        set = H5Dcreate2(file->id, name, type, space, H5P_DEFAULT, file->layout,
                         H5P_DEFAULT);
    if (set < 0)
        rc = hdf5_fail(file, err, "make room for", name);
    else if (bytes && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        rc = hdf5_fail(file, err, "write", name);
    if (set >= 0 && H5Dclose(set) < 0 && rc == 0)
        rc = hdf5_fail(file, err, "write", name);
    H5Sclose(space);
    return rc;
}

static hid_t space_of(struct extent extent) {
    hsize_t shape[2] = {(hsize_t)extent.shape[0], (hsize_t)extent.shape[1]};
    return H5Screate_simple(extent.rank, shape, NULL);
}

int hdf5_add_floats(struct hdf5 *file, const char *name, struct extent extent,
                    struct err *err) {
    return add(file, name, H5T_IEEE_F32LE, space_of(extent), NULL, err);
}

int hdf5_place(struct hdf5 *file, const char *name, uint64_t *place, struct err *err) {
    hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    haddr_t at = set < 0 ? HADDR_UNDEF : H5Dget_offset(set);
    if (set >= 0)
        H5Dclose(set);
    if (at == HADDR_UNDEF)
        return hdf5_fail(file, err, "find the place of", name);
    *place = at;
    return 0;
}

int hdf5_add_bytes(struct hdf5 *file, const char *name, int64_t rows, int64_t columns,
                   const uint8_t *bytes, struct err *err) {
    struct extent extent = {2, {rows, columns}};
    bool some = rows > 0 && columns > 0;
    return add(file, name, H5T_STD_U8LE, space_of(extent), some ? bytes : NULL, err);
}

static hid_t string_type(size_t size, H5T_str_t end) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_strpad(type, end);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int hdf5_add_lines(struct hdf5 *file, const char *name, const char *lines, size_t count,
                   size_t width, struct err *err) {
    hid_t type = string_type(width, H5T_STR_NULLPAD);
    struct extent extent = {1, {(int64_t)count, 1}};
    int rc = add(file, name, type, space_of(extent), lines, err);
    H5Tclose(type);
    return rc;
}

int hdf5_add_text(struct hdf5 *file, const char *name, struct slice text,
                  struct err *err) {
    char *ended = mem_alloc(text.size + 1, 1);
    if (text.size > 0)
        memcpy(ended, text.data, text.size);
    hid_t type = string_type(text.size + 1, H5T_STR_NULLTERM);
    int rc = add(file, name, type, H5Screate(H5S_SCALAR), ended, err);
    H5Tclose(type);
    mem_free(ended);
    return rc;
}

static int set_attribute(struct hdf5 *file, const char *name, hid_t type,
                         const void *value, struct err *err) {
    int rc = 0;
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(file->id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        rc = hdf5_fail(file, err, "write attribute", name);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return rc;
}

int hdf5_set_int(struct hdf5 *file, const char *name, int64_t value, struct err *err) {
    return set_attribute(file, name, H5T_STD_I64LE, &value, err);
}

int hdf5_set_text(struct hdf5 *file, const char *name, const char *text,
                  struct err *err) {
    CHECK(strlen(text) < HDF5_ATTRIBUTE_BYTES);
    hid_t type = string_type(strlen(text) + 1, H5T_STR_NULLTERM);
    int rc = set_attribute(file, name, type, text, err);
    H5Tclose(type);
    return rc;
}

/* A run of elements in a matrix is the end of a row, whole rows, and the beginning of
 * one; this is the first rectangle of the run, of a piece at most.  A vector has rows
 * of one column. */
struct rectangle {
    hsize_t first[2], size[2];
};

static struct rectangle first_rectangle(hsize_t columns, struct span run) {
    hsize_t row = run.offset / columns, column = run.offset % columns;
    hsize_t rest = columns - column; /* of this row */
    hsize_t count = run.count < PIECE ? run.count : PIECE;
    if (column == 0 && count >= columns)
        return (struct rectangle){{row, 0}, {count / columns, columns}};
    return (struct rectangle){{row, column}, {1, count < rest ? count : rest}};
}

static int write_run(const struct hdf5 *file, const char *name, hid_t set,
                     struct span run, const float *data, struct err *err) {
    hsize_t shape[2] = {0, 1};
    hid_t space = H5Dget_space(set);
    int rc = 0;
    H5Sget_simple_extent_dims(space, shape, NULL);
    while (rc == 0 && run.count > 0) {
        struct rectangle part = first_rectangle(shape[1], run);
        hsize_t count = part.size[0] * part.size[1];
        hid_t memory = H5Screate_simple(1, &count, NULL);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, part.first, NULL, part.size, NULL);
        if (H5Dwrite(set, H5T_IEEE_F32LE, memory, space, H5P_DEFAULT, data) < 0)
            rc = hdf5_fail(file, err, "write", name);
        H5Sclose(memory);
        run.offset += count, run.count -= count;
        data += count;
    }
    H5Sclose(space);
    return rc;
}

int hdf5_write_floats(struct hdf5 *file, const char *name, struct span span,
                      const float *data, struct err *err) {
    hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (set < 0)
        return hdf5_fail(file, err, "find", name);
    int rc = write_run(file, name, set, span, data, err);
    if (H5Dclose(set) < 0 && rc == 0)
        rc = hdf5_fail(file, err, "write", name);
    return rc;
}
