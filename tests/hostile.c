/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile checkpoints: see hostile.h.  A kind is a row of the table at the end; each
 * changes one tensor or text, or what lies on the way to it. */
#include "tests/hostile.h"

#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"

#define TENSOR "/params/bert.pooler.dense.weight"
enum { ROWS = 3, COLUMNS = 3, NUMBERS = ROWS * COLUMNS, NAME = 512 };

/* The file, and the canaries. */
struct scene {
    hid_t file;
    char bytes[NAME], hdf5[NAME];
};

static struct scene scene_in(const char *folder) {
    struct scene scene = {.file = -1};
    snprintf(scene.bytes, sizeof scene.bytes, "%s/canary.bin", folder);
    snprintf(scene.hdf5, sizeof scene.hdf5, "%s/canary.h5", folder);
    return scene;
}

void hostile_canaries(const char *folder, const char *path) {
    struct scene scene = scene_in(folder);
    float numbers[NUMBERS] = {0};
    hid_t from = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t to = H5Fcreate(scene.hdf5, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t set = H5Dopen2(from, TENSOR, H5P_DEFAULT);
    H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    H5Dclose(set);
    H5Ocopy(from, "/params", to, "/params", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(to);
    H5Fclose(from);
    file_write_atomic(scene.bytes, numbers, sizeof numbers, NULL);
}

/* ---- a tensor that is stored, shaped or typed otherwise ---- */

static bool is_made(hid_t set) { return set >= 0 && H5Dclose(set) >= 0; }

/* TENSOR anew, with its numbers as far as they fit. */
static bool replace(hid_t file, hid_t type, hid_t space, hid_t list) {
    float numbers[NUMBERS] = {0};
    hid_t set = H5Dopen2(file, TENSOR, H5P_DEFAULT);
    H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    H5Dclose(set);
    H5Ldelete(file, TENSOR, H5P_DEFAULT);
    set = H5Dcreate2(file, TENSOR, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (set >= 0 && H5Sget_simple_extent_npoints(space) == NUMBERS &&
        H5Tget_class(type) == H5T_FLOAT)
        H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    return is_made(set);
}

static hid_t usual_space(void) {
    hsize_t shape[2] = {ROWS, COLUMNS};
    return H5Screate_simple(2, shape, NULL);
}

/* The same, of a usual shape, and float32; takes the list. */
static bool restore(hid_t file, hid_t list) {
    hid_t space = usual_space();
    bool good = replace(file, H5T_IEEE_F32LE, space, list);
    H5Sclose(space);
    H5Pclose(list);
    return good;
}

static hid_t chunked_list(void) {
    hsize_t chunk[2] = {ROWS, COLUMNS};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, chunk);
    return list;
}

static bool make_external_storage(const struct scene *s) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(list, s->bytes, 0, NUMBERS * sizeof(float));
    return restore(s->file, list);
}

static bool make_chunked(const struct scene *s) {
    return restore(s->file, chunked_list());
}

static bool make_filtered(const struct scene *s) {
    hid_t list = chunked_list();
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 9);
    H5Pset_fletcher32(list);
    return restore(s->file, list);
}

/* A filter that only a plugin could have. */
static bool make_plugin(const struct scene *s) {
    hid_t list = chunked_list();
    H5Pset_filter(list, 32015, H5Z_FLAG_OPTIONAL, 0, NULL);
    return restore(s->file, list);
}

static bool make_compact(const struct scene *s) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(list, H5D_COMPACT);
    return restore(s->file, list);
}

static bool make_virtual(const struct scene *s) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = usual_space();
    H5Pset_virtual(list, space, s->hdf5, TENSOR, space);
    bool good = replace(s->file, H5T_IEEE_F32LE, space, list);
    H5Sclose(space);
    H5Pclose(list);
    return good;
}

static bool reshape(const struct scene *s, int rank, const hsize_t *shape, hid_t list) {
    hid_t space = H5Screate_simple(rank, shape, NULL);
    bool good = replace(s->file, H5T_IEEE_F32LE, space, list);
    H5Sclose(space);
    return good;
}

static bool make_huge(const struct scene *s) {
    hsize_t shape[2] = {(hsize_t)1 << 40, COLUMNS};
    return reshape(s, 2, shape, H5P_DEFAULT);
}

static bool make_huge_chunked(const struct scene *s) {
    hsize_t shape[2] = {(hsize_t)1 << 40, COLUMNS};
    hid_t list = chunked_list();
    bool good = reshape(s, 2, shape, list);
    H5Pclose(list);
    return good;
}

static bool make_overflow(const struct scene *s) {
    hsize_t shape[2] = {(hsize_t)1 << 31, (hsize_t)1 << 29};
    return reshape(s, 2, shape, H5P_DEFAULT);
}

static bool make_wide(const struct scene *s) {
    hsize_t shape[2] = {NUMBERS, 1};
    return reshape(s, 2, shape, H5P_DEFAULT);
}

static bool make_flat(const struct scene *s) {
    hsize_t shape[1] = {NUMBERS};
    return reshape(s, 1, shape, H5P_DEFAULT);
}

static bool make_ranks(const struct scene *s) {
    hsize_t shape[32];
    for (int i = 0; i < 32; i++)
        shape[i] = i < 2 ? 3 : 1;
    return reshape(s, 32, shape, H5P_DEFAULT);
}

static bool make_empty(const struct scene *s) {
    hsize_t shape[2] = {0, COLUMNS};
    return reshape(s, 2, shape, H5P_DEFAULT);
}

static bool make_null(const struct scene *s) {
    hid_t space = H5Screate(H5S_NULL);
    bool good = replace(s->file, H5T_IEEE_F32LE, space, H5P_DEFAULT);
    H5Sclose(space);
    return good;
}

/* Takes the type. */
static bool retype(const struct scene *s, hid_t type) {
    hid_t space = usual_space();
    bool good = replace(s->file, type, space, H5P_DEFAULT);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static bool make_double(const struct scene *s) {
    return retype(s, H5Tcopy(H5T_IEEE_F64LE));
}

static bool make_big_endian(const struct scene *s) {
    return retype(s, H5Tcopy(H5T_IEEE_F32BE));
}

static bool make_lists(const struct scene *s) {
    return retype(s, H5Tvlen_create(H5T_IEEE_F32LE));
}

static bool make_references(const struct scene *s) {
    return retype(s, H5Tcopy(H5T_STD_REF_OBJ));
}

/* Records in records in records. */
static bool make_nested_type(const struct scene *s) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    for (int depth = 0; depth < 200; depth++) {
        hid_t outer = H5Tcreate(H5T_COMPOUND, 4);
        H5Tinsert(outer, "x", 0, type);
        H5Tclose(type);
        type = outer;
    }
    return retype(s, type);
}

static bool make_named_type(const struct scene *s) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tcommit2(s->file, "/type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return retype(s, type);
}

/* ---- what lies on the way ---- */

static bool make_soft_link(const struct scene *s) {
    H5Lmove(s->file, TENSOR, s->file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    return H5Lcreate_soft("/elsewhere", s->file, TENSOR, H5P_DEFAULT, H5P_DEFAULT) >= 0;
}

static bool make_soft_group(const struct scene *s) {
    H5Lmove(s->file, "/params", s->file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    return H5Lcreate_soft("/elsewhere", s->file, "/params", H5P_DEFAULT, H5P_DEFAULT) >=
           0;
}

static bool make_soft_circle(const struct scene *s) {
    H5Ldelete(s->file, TENSOR, H5P_DEFAULT);
    return H5Lcreate_soft(TENSOR, s->file, TENSOR, H5P_DEFAULT, H5P_DEFAULT) >= 0;
}

static bool make_external_link(const struct scene *s) {
    H5Ldelete(s->file, TENSOR, H5P_DEFAULT);
    return H5Lcreate_external(s->hdf5, TENSOR, s->file, TENSOR, H5P_DEFAULT,
                              H5P_DEFAULT) >= 0;
}

static bool make_external_group(const struct scene *s) {
    H5Ldelete(s->file, "/params", H5P_DEFAULT);
    return H5Lcreate_external(s->hdf5, "/params", s->file, "/params", H5P_DEFAULT,
                              H5P_DEFAULT) >= 0;
}

static bool make_external_text(const struct scene *s) {
    H5Ldelete(s->file, "/config", H5P_DEFAULT);
    return H5Lcreate_external(s->hdf5, TENSOR, s->file, "/config", H5P_DEFAULT,
                              H5P_DEFAULT) >= 0;
}

static bool make_group(const struct scene *s) {
    H5Ldelete(s->file, TENSOR, H5P_DEFAULT);
    hid_t group = H5Gcreate2(s->file, TENSOR, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* A group that holds itself, a thousand groups in each other, and ten thousand beside
 * each other. */
static bool make_circle(const struct scene *s) {
    return H5Lcreate_hard(s->file, "/params", s->file, "/params/params", H5P_DEFAULT,
                          H5P_DEFAULT) >= 0;
}

static bool make_deep(const struct scene *s) {
    hid_t at = H5Gopen2(s->file, "/params", H5P_DEFAULT);
    for (int depth = 0; depth < 1000 && at >= 0; depth++) {
        hid_t next = H5Gcreate2(at, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Gclose(at);
        at = next;
    }
    return at >= 0 && H5Gclose(at) >= 0;
}

static bool make_many(const struct scene *s) {
    for (int i = 0; i < 10000; i++) {
        char name[32];
        snprintf(name, sizeof name, "/params/%d", i);
        if (H5Lcreate_soft("/lanes", s->file, name, H5P_DEFAULT, H5P_DEFAULT) < 0)
            return false;
    }
    return true;
}

/* ---- texts and attributes ---- */

static bool make_text(const struct scene *s, const char *name, size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (size != H5T_VARIABLE) { /* which must be filled */
        H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
        H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    }
    H5Tset_size(type, size);
    H5Ldelete(s->file, name, H5P_DEFAULT);
    bool good =
        is_made(H5Dcreate2(s->file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static bool make_long_text(const struct scene *s) {
    return make_text(s, "/config", (size_t)300 << 20); /* a hole in the file */
}

static bool make_heap_text(const struct scene *s) {
    return make_text(s, "/config", H5T_VARIABLE);
}

static bool make_heap_hashes(const struct scene *s) {
    return make_text(s, "/hashes", H5T_VARIABLE);
}

/* Takes type and space. */
static bool make_attribute(const struct scene *s, const char *name, hid_t type,
                           hid_t space) {
    H5Adelete(s->file, name);
    hid_t attribute = H5Acreate2(s->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
    H5Sclose(space);
    return attribute >= 0 && H5Aclose(attribute) >= 0;
}

static bool make_heap_attribute(const struct scene *s) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    return make_attribute(s, "state_hash", type, H5Screate(H5S_SCALAR));
}

static bool make_long_attribute(const struct scene *s) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, (size_t)64 << 20);
    return make_attribute(s, "state_hash", type, H5Screate(H5S_SCALAR));
}

static bool make_many_steps(const struct scene *s) {
    hsize_t count = 1 << 22;
    return make_attribute(s, "step", H5Tcopy(H5T_STD_I64LE),
                          H5Screate_simple(1, &count, NULL));
}

static bool make_wide_step(const struct scene *s) {
    hid_t type = H5Tcopy(H5T_STD_I64LE);
    H5Tset_size(type, 4096);
    H5Tset_precision(type, 4096 * 8);
    return make_attribute(s, "step", type, H5Screate(H5S_SCALAR));
}

static bool make_no_step(const struct scene *s) {
    return make_attribute(s, "step", H5Tcopy(H5T_STD_I64LE), H5Screate(H5S_NULL));
}

/* ---- the table ---- */

static const struct {
    const char *name;
    bool (*make)(const struct scene *scene);
    enum hostile_fate fate;
} kinds[] = {
    {"its numbers are in another file", make_external_storage, HOSTILE_REFUSED},
    {"its numbers are another file's dataset", make_virtual, HOSTILE_REFUSED},
    {"a link to another file", make_external_link, HOSTILE_REFUSED},
    {"a group of another file", make_external_group, HOSTILE_REFUSED},
    {"a text of another file", make_external_text, HOSTILE_REFUSED},
    {"a soft link", make_soft_link, HOSTILE_REFUSED},
    {"a soft link to its group", make_soft_group, HOSTILE_REFUSED},
    {"a soft link to itself", make_soft_circle, HOSTILE_REFUSED},
    {"chunks", make_chunked, HOSTILE_REFUSED},
    {"filters", make_filtered, HOSTILE_REFUSED},
    {"a filter out of a plugin", make_plugin, HOSTILE_REFUSED},
    {"numbers among the metadata", make_compact, HOSTILE_REFUSED},
    {"2^40 rows without room", make_huge, HOSTILE_REFUSED},
    {"2^40 rows in chunks", make_huge_chunked, HOSTILE_REFUSED},
    {"2^60 numbers", make_overflow, HOSTILE_REFUSED},
    {"another shape", make_wide, HOSTILE_REFUSED},
    {"a vector of a matrix", make_flat, HOSTILE_REFUSED},
    {"32 dimensions", make_ranks, HOSTILE_REFUSED},
    {"no rows", make_empty, HOSTILE_REFUSED},
    {"no numbers", make_null, HOSTILE_REFUSED},
    {"double precision", make_double, HOSTILE_REFUSED},
    {"big-endian numbers", make_big_endian, HOSTILE_REFUSED},
    {"lists in the heap", make_lists, HOSTILE_REFUSED},
    {"references", make_references, HOSTILE_REFUSED},
    {"records 200 deep", make_nested_type, HOSTILE_REFUSED},
    {"a type with a name", make_named_type, HOSTILE_HARMLESS},
    {"a group for a tensor", make_group, HOSTILE_REFUSED},
    {"a group that holds itself", make_circle, HOSTILE_HARMLESS},
    {"groups 1000 deep", make_deep, HOSTILE_HARMLESS},
    {"10000 links beside", make_many, HOSTILE_HARMLESS},
    {"a text of 300 MiB", make_long_text, HOSTILE_REFUSED},
    {"a text in the heap", make_heap_text, HOSTILE_REFUSED},
    {"hashes in the heap", make_heap_hashes, HOSTILE_REFUSED},
    {"an attribute in the heap", make_heap_attribute, HOSTILE_REFUSED},
    {"an attribute of 64 MiB", make_long_attribute, HOSTILE_REFUSED},
    {"4 million steps", make_many_steps, HOSTILE_REFUSED},
    {"a step of 4096 bytes", make_wide_step, HOSTILE_REFUSED},
    {"a step without a number", make_no_step, HOSTILE_REFUSED},
};

int hostile_kinds(void) { return sizeof kinds / sizeof *kinds; }
const char *hostile_name(int kind) { return kinds[kind].name; }
enum hostile_fate hostile_fate(int kind) { return kinds[kind].fate; }

bool hostile_make(int kind, const char *path, const char *folder) {
    struct scene scene = scene_in(folder);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    scene.file = H5Fopen(path, H5F_ACC_RDWR, access);
    H5Pclose(access);
    bool made = scene.file >= 0 && kinds[kind].make(&scene);
    return H5Fclose(scene.file) >= 0 && made;
}
