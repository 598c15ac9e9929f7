/* SPDX-License-Identifier: Apache-2.0 */
/* The only caller of HDF5: see hdf5.h.
 *
 * HDF5 1.10 cannot give up a file: one that cannot be completed (a full disk) is freed
 * by half, and the program falls over it when it ends.  So a file is laid out in
 * memory, where tensors are holes, and what there is gets copied to the disk; and ranks
 * that write numbers change no metadata.
 *
 * The layout serves parallel writing and honest reading.  File format bounds (V110,
 * V110): HDF5 checksums its own metadata.  Datasets are contiguous, allocated when they
 * are made and never filled, so that ranks only ever write numbers into places that
 * exist; each begins on a page of its own, so that no two ranks write to one page.
 * Nothing tells the time, so that the same content gives the same bytes.
 *
 * Ranks write by independent transfers.  Slices are large and contiguous, so collective
 * buffering has nothing to gather; and a rank whose disk fails inside a collective
 * transfer leaves the others waiting in it for ever. */
#include "io/ckpt/hdf5.h"

#include <fcntl.h>
#include <hdf5.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/sparse.h"
#include "src/base/die.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

enum {
    PAGE_BYTES = 4096,
    METADATA_BYTES = 1 << 18, /* taken at a time, so that metadata lies together */
    ATTRIBUTE_LIMIT = 1 << 16,
    PIECE = 1 << 22, /* elements written at once: MPI-IO counts bytes in an int */
    TEXT_LIMIT = 1 << 28,
    LINK_LIMIT = 512,
};

struct hdf5 {
    hid_t id;
    hid_t layout;   /* how a dataset is stored */
    char *path;     /* owned; for messages */
    uint64_t bytes; /* the file's size when it was opened for reading */
    int fault;      /* enum err_code of what goes wrong */
    int memory;     /* where a created file is until it is closed, else -1 */
};

/* Why HDF5 failed. */
struct reason {
    char text[256];
    bool system; /* a call of the system failed: nothing is said about the file's
                  * bytes */
};

/* The innermost line of HDF5's error stack, which is the one that knows. */
static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *context) {
    static const char mark[] = "error message = '"; /* in a long line about a call */
    struct reason *reason = context;
    const char *text = error->desc ? error->desc : "", *system = strstr(text, mark);
    if (n > 0)
        return 0;
    if (system)
        text = system + strlen(mark);
    reason->system = system != NULL;
    snprintf(reason->text, sizeof reason->text, "%.*s",
             (int)strcspn(text, system ? "'" : ""), text);
    return 0;
}

static int fail(const struct hdf5 *file, struct err *err, const char *verb,
                const char *name) {
    struct reason reason = {"", false};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    H5Eclear2(H5E_DEFAULT);
    return err_set(err, reason.system ? ERR_IO : file->fault, "%s: cannot %s %s: %s",
                   file->path, verb, name,
                   reason.text[0] ? reason.text : "HDF5 gives no reason");
}

static struct hdf5 *file_new(const char *path, int fault) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* complaints go through fail() */
    H5PLset_loading_state(0);              /* a file names no code to be run */
    struct hdf5 *file = mem_alloc(1, sizeof *file);
    *file =
        (struct hdf5){.id = -1, .path = mem_string(path), .fault = fault, .memory = -1};
    file->layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(file->layout, H5D_CONTIGUOUS);
    H5Pset_alloc_time(file->layout, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(file->layout, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(file->layout, false);
    return file;
}

static void file_free(struct hdf5 *file) {
    H5Pclose(file->layout);
    if (file->memory >= 0)
        fs->close(file->memory);
    mem_free(file->path);
    mem_free(file);
}

/* How files are opened; with a communicator, by all of its ranks through MPI-IO. */
static hid_t access_list(const MPI_Comm *all) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_alignment(access, 1, PAGE_BYTES);
    H5Pset_meta_block_size(access, METADATA_BYTES);
    /* Files are never changed once they have their name, and not every cluster file
     * system has locks. */
    H5Pset_file_locking(access, false, true);
    if (all)
        H5Pset_fapl_mpio(access, *all, MPI_INFO_NULL);
    return access;
}

/* Ends an opening: takes the access list; gives the file, or NULL with *err filled. */
static struct hdf5 *opened(struct hdf5 *file, hid_t access, const char *verb,
                           struct err *err) {
    bool good = file->id >= 0;
    if (!good)
        fail(file, err, verb, "it as HDF5");
    H5Pclose(access);
    if (!good)
        file_free(file);
    return good ? file : NULL;
}

/* Lets HDF5's own descriptor of a file lead elsewhere. */
static int redirect(const struct hdf5 *file, int fd) {
    void *descriptor;
    if (fd < 0 || H5Fget_vfd_handle(file->id, H5P_DEFAULT, &descriptor) < 0)
        return -1;
    return dup2(fd, *(int *)descriptor) < 0 ? -1 : 0;
}

/* Of a new file, of which HDF5 has written nothing as yet. */
static int move_to_memory(struct hdf5 *file) {
    file->memory = memfd_create("checkpoint", MFD_CLOEXEC);
    return redirect(file, file->memory);
}

struct hdf5 *hdf5_create(const char *path, struct err *err) {
    struct hdf5 *file = file_new(path, ERR_IO);
    hid_t access = access_list(NULL), how = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(how, false);
    file->id = H5Fcreate("/dev/null", H5F_ACC_TRUNC, how, access);
    if (file->id >= 0 && move_to_memory(file) == 0) {
        H5Pclose(how);
        return opened(file, access, "lay out", err);
    }
    fail(file, err, "lay out", "it in memory");
    H5Pclose(how);
    H5Pclose(access);
    hdf5_abandon(file);
    return NULL;
}

/* The system's reasons are clearer than HDF5's, and their codes are others. */
static int check_readable(const char *path, uint64_t *bytes, struct err *err) {
    struct stat info;
    int fd = fs->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                      0); /* a pipe must not hold us */
    if (fd < 0)
        return err_errno(err, "open", path);
    int rc = fs->fstat(fd, &info);
    fs->close(fd);
    if (rc < 0)
        return err_errno(err, "open", path);
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_DATA, "%s: is not a file", path);
    *bytes = (uint64_t)info.st_size;
    return 0;
}

struct hdf5 *hdf5_open(const char *path, struct err *err) {
    uint64_t bytes = 0;
    if (check_readable(path, &bytes, err) < 0)
        return NULL;
    struct hdf5 *file = file_new(path, ERR_DATA);
    hid_t access = access_list(NULL);
    file->bytes = bytes;
    file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    return opened(file, access, "open", err);
}

struct hdf5 *hdf5_open_shared(struct comm *comm, const char *path, struct err *err) {
    struct hdf5 *file = file_new(path, ERR_IO);
    hid_t access = access_list(comm_handle(comm));
    struct str name = {0};
    /* ROMIO takes what stands before a colon for the name of a file system. */
    str_printf(&name, "%s%s", strchr(path, ':') ? "ufs:" : "", path);
    file->id = H5Fopen(name.data, H5F_ACC_RDWR, access);
    str_fini(&name);
    return opened(file, access, "open", err);
}

/* HDF5 frees by half a file whose close fails, and the program falls over it when it
 * ends.  One that was only read has nothing to lose: the system closes it here. */
static void let_go(const struct hdf5 *file) {
    int nothing = fs->open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
    redirect(file, nothing);
    if (nothing >= 0)
        fs->close(nothing);
}

int hdf5_close(struct hdf5 *file, struct err *err) {
    if (file == NULL)
        return 0;
    int rc = 0;
    if (file->bytes > 0)
        let_go(file);
    if (H5Fclose(file->id) < 0)
        rc = fail(file, err, "complete", "it");
    if (file->memory >= 0 && rc == 0)
        rc = sparse_reserve(file->memory, file->path, err);
    if (file->memory >= 0 && rc == 0)
        rc = sparse_save(file->memory, file->path, err);
    file_free(file);
    return rc;
}

int hdf5_close_in_memory(struct hdf5 *file, int *memory, struct err *err) {
    int rc = 0;
    if (H5Fclose(file->id) < 0)
        rc = fail(file, err, "complete", "it");
    if (rc == 0) {
        *memory = file->memory;
        file->memory = -1;
    }
    file_free(file);
    return rc;
}

void hdf5_abandon(struct hdf5 *file) {
    if (file->id >= 0)
        H5Fclose(file->id);
    file_free(file);
}

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
        rc = fail(file, err, "make room for", name);
    else if (bytes && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        rc = fail(file, err, "write", name);
    if (set >= 0 && H5Dclose(set) < 0 && rc == 0)
        rc = fail(file, err, "write", name);
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
        return fail(file, err, "find the place of", name);
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
        rc = fail(file, err, "write attribute", name);
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
    CHECK(strlen(text) < ATTRIBUTE_LIMIT);
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
            rc = fail(file, err, "write", name);
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
        return fail(file, err, "find", name);
    int rc = write_run(file, name, set, span, data, err);
    if (H5Dclose(set) < 0 && rc == 0)
        rc = fail(file, err, "write", name);
    return rc;
}

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
        return fail(file, err, "find", name);
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
        return fail(file, err, "read", name);
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
        return fail(file, err, "find attribute", name);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    *size = H5Tget_size(type);
    bool right = H5Tget_class(type) == class && *size > 0 && *size <= ATTRIBUTE_LIMIT &&
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
        rc = fail(file, err, "read attribute", name);
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
        rc = fail(file, err, "read attribute", name);
    if (rc == 0)
        str_append(text, bytes, strlen(bytes));
    H5Tclose(type);
    H5Aclose(attribute);
    mem_free(bytes);
    return rc;
}
