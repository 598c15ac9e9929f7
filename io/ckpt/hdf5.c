/* SPDX-License-Identifier: Apache-2.0 */
/* Files of HDF5, made and opened: see hdf5.h.  What is put into one is in hdf5_write.c,
 * what is read of one in hdf5_read.c.
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
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/hdf5_parts.h"
#include "io/ckpt/sparse.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

enum {
    PAGE_BYTES = 4096,
    METADATA_BYTES = 1 << 18, /* taken at a time, so that metadata lies together */
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

int hdf5_fail(const struct hdf5 *file, struct err *err, const char *verb,
              const char *name) {
    struct reason reason = {"", false};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    H5Eclear2(H5E_DEFAULT);
    return err_set(err, reason.system ? ERR_IO : file->fault, "%s: cannot %s %s: %s",
                   file->path, verb, name,
                   reason.text[0] ? reason.text : "HDF5 gives no reason");
}

static struct hdf5 *file_new(const char *path, int fault) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* complaints go through hdf5_fail */
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
        hdf5_fail(file, err, verb, "it as HDF5");
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
    hdf5_fail(file, err, "lay out", "it in memory");
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
    int nothing = memfd_create("nothing", MFD_CLOEXEC);
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
        rc = hdf5_fail(file, err, "complete", "it");
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
        rc = hdf5_fail(file, err, "complete", "it");
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
