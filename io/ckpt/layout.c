/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a checkpoint: see layout.h, and ckpt.h for what lies where. */
#include "io/ckpt/layout.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "io/ckpt/hdf5.h"

static int add_tensors(const struct slices *slices, struct hdf5 *file, uint64_t *places,
                       struct err *err) {
    for (struct slices_item item = {0}; slices_next(slices, &item);) {
        const int64_t *shape = item.tensor->shape;
        struct extent extent = {item.tensor->rank, {shape[0], shape[1]}};
        if (hdf5_add_floats(file, item.name, extent, err) < 0 ||
            hdf5_place(file, item.name, places++, err) < 0)
            return -1;
    }
    return 0;
}

static int add_texts(struct hdf5 *file, struct ckpt_header *h,
                     const struct contents *contents, struct err *err) {
    int rc = hdf5_add_bytes(file, CONTENTS_LANES, h->lanes, (int64_t)h->cursor_bytes,
                            h->cursors, err);
    for (int i = 0; rc == 0 && i < CONTENTS_TEXTS; i++)
        rc =
            hdf5_add_text(file, contents_texts[i], str_slice(contents_text(h, i)), err);
    if (rc < 0)
        return rc;
    struct str lines = {0};
    size_t width = contents_print(contents, &lines);
    rc = hdf5_add_lines(file, CONTENTS_HASHES, lines.data, (size_t)contents->count,
                        width, err);
    str_fini(&lines);
    return rc;
}

static int set_attributes(struct hdf5 *file, const struct ckpt_header *h,
                          const struct contents *contents, struct err *err) {
    char header_hash[HASH_HEX_SIZE];
    contents_header_hash(contents, h, header_hash);
    if (hdf5_set_text(file, "format", CONTENTS_FORMAT, err) < 0 ||
        hdf5_set_int(file, "version", CONTENTS_VERSION, err) < 0 ||
        hdf5_set_int(file, "step", h->step, err) < 0 ||
        hdf5_set_int(file, "tokens", (int64_t)h->tokens, err) < 0 ||
        hdf5_set_int(file, "adam_step", h->adam_step, err) < 0 ||
        hdf5_set_text(file, "state_hash", h->state_hash, err) < 0 ||
        hdf5_set_text(file, "data_hash", h->data_hash, err) < 0 ||
        hdf5_set_text(file, "versions", h->versions.data ? h->versions.data : "", err) <
            0 ||
        hdf5_set_text(file, "header_hash", header_hash, err) < 0)
        return -1;
    return 0;
}

/* The limit of file size (ulimit -f) holds in memory, too.  The pages and metadata of
 * each dataset are counted generously. */
static int check_limit(const struct slices *slices, struct ckpt_header *header,
                       struct err *err) {
    struct rlimit limit;
    rlim_t need = (rlim_t)slices->starts[slices->groups->count] * sizeof(float) +
                  (rlim_t)(slices_count(slices) + 64) * 3 * 4096;
    for (int i = 0; i < CONTENTS_TEXTS; i++)
        need += contents_text(header, i)->size;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur >= need)
        return 0;
    return err_set(err, ERR_IO,
                   "needs %ju bytes, the limit of file size is %ju; raise ulimit -f",
                   (uintmax_t)need, (uintmax_t)limit.rlim_cur);
}

int layout_make(const char *path, const struct slices *slices,
                struct ckpt_header *header, const struct contents *contents,
                uint64_t *places, struct err *err) {
    int memory = -1;
    if (check_limit(slices, header, err) < 0)
        return -1;
    struct hdf5 *file = hdf5_create(path, err);
    if (file == NULL)
        return -1;
    int rc = add_tensors(slices, file, places, err);
    if (rc == 0)
        rc = add_texts(file, header, contents, err);
    if (rc == 0)
        rc = set_attributes(file, header, contents, err);
    if (rc == 0)
        return hdf5_close_in_memory(file, &memory, err) < 0 ? -1 : memory;
    hdf5_abandon(file);
    return -1;
}
