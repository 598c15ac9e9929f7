/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a checkpoint, by one process, without MPI.
 *
 * Nothing is believed that was not hashed.  Opening reads the table of contents, holds
 * it against the state's hash, and checks header, lanes and texts; a tensor is checked
 * when it is read.  So a damaged checkpoint can be opened but none of its damage gets
 * out; whoever wants to know beforehand calls ckpt_verify. */
#include "io/ckpt/ckpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/ckpt/contents.h"
#include "io/ckpt/hdf5.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"

struct ckpt {
    char *path; /* owned */
    struct hdf5 *file;
    struct ckpt_header header;
    struct contents contents;
    struct params_table table;
    int kinds; /* 1, or CONTENTS_KINDS with moments */
};

void ckpt_header_fini(struct ckpt_header *header) {
    str_fini(&header->config);
    str_fini(&header->vocab);
    str_fini(&header->versions);
    str_fini(&header->ledger);
    mem_free(header->cursors);
    *header = (struct ckpt_header){0};
}

static int check_format(struct ckpt *ckpt, struct err *err) {
    struct str format = {0};
    int64_t version;
    struct err why = {0};
    int rc = hdf5_get_text(ckpt->file, "format", &format, &why);
    if (rc < 0)
        rc = err_set(err, ERR_DATA, "%s; not a checkpoint of mpibert, or damaged",
                     why.text);
    else if (strcmp(format.data, CONTENTS_FORMAT) != 0)
        rc = err_set(err, ERR_DATA, "%s: is HDF5, but not a checkpoint of mpibert",
                     ckpt->path);
    str_fini(&format);
    if (rc < 0 || hdf5_get_int(ckpt->file, "version", &version, err) < 0)
        return -1;
    if (version != CONTENTS_VERSION)
        return err_set(err, ERR_CONFIG,
                       "%s: is of format version %" PRId64 ", this program reads %d; "
                       "read it with the mpibert that wrote it",
                       ckpt->path, version, CONTENTS_VERSION);
    return 0;
}

static int get_count(struct ckpt *ckpt, const char *name, int64_t *value,
                     struct err *err) {
    if (hdf5_get_int(ckpt->file, name, value, err) < 0)
        return -1;
    if (*value < 0)
        return err_set(err, ERR_DATA, "%s: attribute %s is negative", ckpt->path, name);
    return 0;
}

static int get_hash(struct ckpt *ckpt, const char *name, char hex[HASH_HEX_SIZE],
                    struct err *err) {
    struct str text = {0};
    int rc = hdf5_get_text(ckpt->file, name, &text, err);
    if (rc == 0 && text.size >= HASH_HEX_SIZE)
        rc = err_set(err, ERR_DATA, "%s: attribute %s is not a hash", ckpt->path, name);
    if (rc == 0)
        memcpy(hex, text.data, text.size + 1);
    str_fini(&text);
    return rc;
}

static int read_attributes(struct ckpt *ckpt, struct err *err) {
    struct ckpt_header *header = &ckpt->header;
    int64_t tokens;
    if (check_format(ckpt, err) < 0 ||
        get_count(ckpt, "step", &header->step, err) < 0 ||
        get_count(ckpt, "tokens", &tokens, err) < 0 ||
        get_count(ckpt, "adam_step", &header->adam_step, err) < 0 ||
        get_hash(ckpt, "state_hash", header->state_hash, err) < 0 ||
        get_hash(ckpt, "data_hash", header->data_hash, err) < 0 ||
        hdf5_get_text(ckpt->file, "versions", &header->versions, err) < 0)
        return -1;
    header->tokens = (uint64_t)tokens;
    return 0;
}

static int read_contents(struct ckpt *ckpt, struct err *err) {
    struct str lines = {0};
    size_t width;
    int rc = hdf5_read_lines(ckpt->file, CONTENTS_HASHES, &lines, &width, err);
    if (rc == 0 && contents_parse(&ckpt->contents, str_slice(&lines), width, err) < 0)
        rc = err_prefix(err, "%s", ckpt->path);
    str_fini(&lines);
    return rc;
}

/* Everything read so far is what was written; and the file is the one that its name
 * says. */
static int check_header(struct ckpt *ckpt, struct err *err) {
    char want[HASH_HEX_SIZE] = "", is[HASH_HEX_SIZE];
    if (get_hash(ckpt, "header_hash", want, err) < 0)
        return -1;
    contents_header_hash(&ckpt->contents, &ckpt->header, is);
    if (strcmp(is, want) != 0)
        return err_set(err, ERR_DATA,
                       "%s: the header is damaged: its hash is %s, recorded is %s",
                       ckpt->path, is, want);
    int64_t named = ckpt_step_of(file_base_name(ckpt->path));
    if (named >= 0 && named != ckpt->header.step)
        return err_set(err, ERR_DATA,
                       "%s: is of step %" PRId64
                       ", not what its name says; give it back "
                       "the name it had",
                       ckpt->path, ckpt->header.step);
    return 0;
}

/* The name of a row after its group, or NULL if it is of another group. */
static const char *name_in(const struct ckpt *ckpt, int row, const char *group) {
    if (row >= ckpt->contents.count)
        return NULL;
    const char *name = ckpt->contents.rows[row].name;
    size_t n = strlen(group);
    return strncmp(name, group, n) == 0 ? name + n : NULL;
}

/* The table of /params from the leading rows of /hashes, shapes from the datasets. */
static int build_table(struct ckpt *ckpt, struct err *err) {
    const char *name;
    for (int i = 0; (name = name_in(ckpt, i, contents_groups[CKPT_WEIGHTS])); i++) {
        struct extent extent;
        if (hdf5_find_floats(ckpt->file, ckpt->contents.rows[i].name, &extent, err) < 0)
            return -1;
        if (name[0] == '\0' || strlen(name) >= TENSOR_NAME_SIZE)
            return err_set(err, ERR_DATA, "%s: a tensor is named '%s'", ckpt->path,
                           name);
        bool matrix = extent.rank == 2;
        params_table_add(&ckpt->table, name, extent.shape[0],
                         matrix ? extent.shape[1] : 0, FIRST_ZERO, matrix);
    }
    if (ckpt->table.count == 0)
        return err_set(err, ERR_DATA, "%s: holds no parameters", ckpt->path);
    return 0;
}

/* A moment is of the same shape as its parameter. */
static int check_moments(struct ckpt *ckpt, int kind, struct err *err) {
    for (int i = 0; i < ckpt->table.count; i++) {
        const struct tensor *tensor = &ckpt->table.tensors[i];
        int row = kind * ckpt->table.count + i;
        const char *name = name_in(ckpt, row, contents_groups[kind]);
        struct extent extent;
        if (name == NULL || strcmp(name, tensor->name) != 0)
            return err_set(err, ERR_DATA, "%s: /hashes lacks %s%s", ckpt->path,
                           contents_groups[kind], tensor->name);
        if (hdf5_find_floats(ckpt->file, ckpt->contents.rows[row].name, &extent, err) <
            0)
            return -1;
        if (extent.rank != tensor->rank || extent.shape[0] != tensor->shape[0] ||
            extent.shape[1] != tensor->shape[1])
            return err_set(err, ERR_DATA, "%s: %s has not the shape of its parameter",
                           ckpt->path, ckpt->contents.rows[row].name);
    }
    return 0;
}

static int check_contents(struct ckpt *ckpt, struct err *err) {
    int count = ckpt->table.count;
    char hex[HASH_HEX_SIZE];
    ckpt->kinds = name_in(ckpt, count, contents_groups[CKPT_M]) ? CONTENTS_KINDS : 1;
    for (int kind = 1; kind < ckpt->kinds; kind++)
        if (check_moments(ckpt, kind, err) < 0)
            return -1;
    int tail = ckpt->kinds * count; /* lanes and texts, nothing else */
    bool right = ckpt->contents.count == tail + 1 + CONTENTS_TEXTS;
    for (int i = 0; right && i <= CONTENTS_TEXTS; i++)
        right = strcmp(ckpt->contents.rows[tail + i].name,
                       i == 0 ? CONTENTS_LANES : contents_texts[i - 1]) == 0;
    if (!right)
        return err_set(err, ERR_DATA, "%s: /hashes lists other datasets than expected",
                       ckpt->path);
    contents_state_hash(&ckpt->contents, &ckpt->table, ckpt->kinds, hex);
    if (strcmp(hex, ckpt->header.state_hash) != 0)
        return err_set(err, ERR_DATA, "%s: /hashes gives state_hash %s, recorded is %s",
                       ckpt->path, hex, ckpt->header.state_hash);
    return 0;
}

static int check_hash(const struct ckpt *ckpt, int row, const void *bytes, size_t size,
                      struct err *err) {
    const struct contents_row *want = &ckpt->contents.rows[row];
    char hex[HASH_HEX_SIZE];
    hash_hex(contents_hash(bytes, size), hex);
    if (strcmp(hex, want->hash) == 0)
        return 0;
    return err_set(err, ERR_DATA, "%s: %s is damaged: its hash is %s, recorded is %s",
                   ckpt->path, want->name, hex, want->hash);
}

static int read_lanes(struct ckpt *ckpt, struct err *err) {
    struct ckpt_header *header = &ckpt->header;
    struct extent extent;
    if (hdf5_read_bytes(ckpt->file, CONTENTS_LANES, &extent, &header->cursors, err) < 0)
        return -1;
    header->lanes = extent.shape[0];
    header->cursor_bytes = (size_t)extent.shape[1];
    return check_hash(ckpt, ckpt->kinds * ckpt->table.count, header->cursors,
                      (size_t)header->lanes * header->cursor_bytes, err);
}

static int read_texts(struct ckpt *ckpt, struct err *err) {
    int row = ckpt->kinds * ckpt->table.count + 1;
    for (int i = 0; i < CONTENTS_TEXTS; i++) {
        struct str *text = contents_text(&ckpt->header, i);
        if (hdf5_read_text(ckpt->file, contents_texts[i], text, err) < 0 ||
            check_hash(ckpt, row + i, text->data, text->size, err) < 0)
            return -1;
    }
    return 0;
}

struct ckpt *ckpt_open(const char *path, struct err *err) {
    struct ckpt *ckpt = mem_alloc(1, sizeof *ckpt);
    ckpt->path = mem_string(path);
    ckpt->file = hdf5_open(path, err);
    if (ckpt->file && read_attributes(ckpt, err) == 0 &&
        read_contents(ckpt, err) == 0 && check_header(ckpt, err) == 0 &&
        build_table(ckpt, err) == 0 && check_contents(ckpt, err) == 0 &&
        read_lanes(ckpt, err) == 0 && read_texts(ckpt, err) == 0)
        return ckpt;
    ckpt_close(ckpt);
    return NULL;
}

const struct ckpt_header *ckpt_header(const struct ckpt *ckpt) { return &ckpt->header; }
const struct params_table *ckpt_table(const struct ckpt *ckpt) { return &ckpt->table; }
bool ckpt_has_moments(const struct ckpt *ckpt) { return ckpt->kinds > 1; }

/* Reads and checks tensor `index` of the file's table. */
static int read_tensor(struct ckpt *ckpt, int kind, int index, float *data,
                       struct err *err) {
    int row = kind * ckpt->table.count + index;
    const char *name = ckpt->contents.rows[row].name;
    if (hdf5_read_floats(ckpt->file, name, data, err) < 0)
        return -1;
    return check_hash(ckpt, row, data, ckpt->table.tensors[index].count * sizeof *data,
                      err);
}

/* The tensor of the file that `want` asks for. */
static const struct tensor *find_tensor(const struct ckpt *ckpt,
                                        const struct tensor *want, struct err *err) {
    const struct tensor *have = params_find(&ckpt->table, want->name);
    if (have == NULL) {
        err_set(err, ERR_DATA, "%s: has no tensor %s", ckpt->path, want->name);
        return NULL;
    }
    if (have->rank == want->rank && have->shape[0] == want->shape[0] &&
        have->shape[1] == want->shape[1])
        return have;
    err_set(err, ERR_DATA,
            "%s: tensor %s is %" PRId64 " x %" PRId64 " there, but %" PRId64
            " x %" PRId64 " here",
            ckpt->path, want->name, have->shape[0], have->shape[1], want->shape[0],
            want->shape[1]);
    return NULL;
}

/* The place of the tensor that `want` asks for in the file's table, or -1. */
static int find_index(const struct ckpt *ckpt, enum ckpt_kind kind,
                      const struct tensor *want, struct err *err) {
    if ((int)kind >= ckpt->kinds)
        return err_set(err, ERR_DATA, "%s: holds weights only, no moments", ckpt->path);
    const struct tensor *have = find_tensor(ckpt, want, err);
    return have ? (int)(have - ckpt->table.tensors) : -1;
}

int ckpt_read(struct ckpt *ckpt, enum ckpt_kind kind, struct params *params,
              struct err *err) {
    for (int i = 0; i < params->table->count; i++) {
        const struct tensor *want = &params->table->tensors[i];
        int index = find_index(ckpt, kind, want, err);
        if (index < 0 ||
            read_tensor(ckpt, (int)kind, index, params->data + want->offset, err) < 0)
            return -1;
    }
    return 0;
}

/* Room for the longest tensor of a table; owned. */
static float *tensor_room(const struct params_table *table) {
    size_t most = 0;
    for (int i = 0; i < table->count; i++)
        most = table->tensors[i].count > most ? table->tensors[i].count : most;
    return mem_alloc(most, sizeof(float));
}

int ckpt_each(struct ckpt *ckpt, enum ckpt_kind kind, const struct params_table *table,
              ckpt_take_fn *take, void *context, struct err *err) {
    float *data = tensor_room(table);
    int rc = 0;
    for (int i = 0; rc == 0 && i < table->count; i++) {
        int index = find_index(ckpt, kind, &table->tensors[i], err);
        rc = index < 0 ? -1 : read_tensor(ckpt, (int)kind, index, data, err);
        if (rc == 0)
            take(&table->tensors[i], data, context);
    }
    mem_free(data);
    return rc;
}

int ckpt_verify(struct ckpt *ckpt, struct err *err) {
    float *data = tensor_room(&ckpt->table);
    int rc = 0;
    for (int i = 0; rc == 0 && i < ckpt->kinds * ckpt->table.count; i++)
        rc = read_tensor(ckpt, i / ckpt->table.count, i % ckpt->table.count, data, err);
    mem_free(data);
    return rc;
}

void ckpt_close(struct ckpt *ckpt) {
    if (ckpt == NULL)
        return;
    CHECK(hdf5_close(ckpt->file, NULL) == 0); /* nothing was written to it */
    ckpt_header_fini(&ckpt->header);
    contents_fini(&ckpt->contents);
    params_table_fini(&ckpt->table);
    mem_free(ckpt->path);
    mem_free(ckpt);
}
