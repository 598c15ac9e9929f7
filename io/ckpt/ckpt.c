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

/* The tensors of a group, whose rows follow each other in the table of contents. */
struct group {
    char name[CONTENTS_GROUP_SIZE]; /* "params", "adam/m" */
    struct params_table table;
    int row; /* its first */
};

struct ckpt {
    char *path; /* owned */
    struct hdf5 *file;
    struct ckpt_header header;
    struct contents contents;
    struct group groups[CKPT_BLOCKS]; /* the weights first */
    int group_count;
};

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

/* ---- tensors ---- */

static int unexpected(const struct ckpt *ckpt, struct err *err) {
    return err_set(err, ERR_DATA, "%s: /hashes lists other datasets than expected",
                   ckpt->path);
}

static struct group *find_group(struct ckpt *ckpt, const char *name) {
    for (int i = 0; i < ckpt->group_count; i++)
        if (strcmp(ckpt->groups[i].name, name) == 0)
            return &ckpt->groups[i];
    return NULL;
}

/* The weights are the first of all, and no group is there twice. */
static int add_group(struct ckpt *ckpt, const char *name, int row, struct err *err) {
    if (ckpt->group_count == 0 && strcmp(name, CKPT_WEIGHTS) != 0)
        return err_set(err, ERR_DATA, "%s: holds no parameters", ckpt->path);
    if (ckpt->group_count == CKPT_BLOCKS || find_group(ckpt, name))
        return unexpected(ckpt, err);
    struct group *group = &ckpt->groups[ckpt->group_count++];
    strcpy(group->name, name);
    group->row = row;
    return 0;
}

/* A tensor of a moment is one of the weights', and they are in the same order. */
static int check_moment(const struct ckpt *ckpt, const struct group *group,
                        const char *name, struct extent extent, struct err *err) {
    const struct params_table *weights = &ckpt->groups[0].table,
                              *so_far = &group->table;
    const struct tensor *weight = params_find(weights, name), *before = NULL;
    if (so_far->count > 0)
        before = params_find(weights, so_far->tensors[so_far->count - 1].name);
    if (weight == NULL || (before && weight <= before))
        return err_set(err, ERR_DATA, "%s: /%s/%s is no parameter's, or out of order",
                       ckpt->path, group->name, name);
    if (extent.rank != weight->rank || extent.shape[0] != weight->shape[0] ||
        extent.shape[1] != weight->shape[1])
        return err_set(err, ERR_DATA, "%s: /%s/%s has not the shape of its parameter",
                       ckpt->path, group->name, name);
    return 0;
}

/* The group of a row "/adam/m/…"; *name becomes its tensor's.  False: it is of none. */
static bool split_row(const struct contents_row *row, char group[CONTENTS_GROUP_SIZE],
                      const char **name) {
    const char *slash = strrchr(row->name, '/');
    size_t n = slash ? (size_t)(slash - row->name) : 0;
    if (row->name[0] != '/' || n < 2 || n > CONTENTS_GROUP_SIZE)
        return false;
    memcpy(group, row->name + 1, n - 1);
    group[n - 1] = '\0';
    *name = slash + 1;
    return true;
}

static int add_tensor(struct ckpt *ckpt, int row, const char *in, const char *name,
                      struct err *err) {
    struct extent extent;
    int last = ckpt->group_count - 1;
    bool same = last >= 0 && strcmp(ckpt->groups[last].name, in) == 0;
    if (!same && add_group(ckpt, in, row, err) < 0)
        return -1;
    struct group *group = &ckpt->groups[ckpt->group_count - 1];
    if (hdf5_find_floats(ckpt->file, ckpt->contents.rows[row].name, &extent, err) < 0)
        return -1;
    if (name[0] == '\0' || strlen(name) >= TENSOR_NAME_SIZE)
        return err_set(err, ERR_DATA, "%s: a tensor is named '%s'", ckpt->path, name);
    if (group != ckpt->groups && check_moment(ckpt, group, name, extent, err) < 0)
        return -1;
    bool matrix = extent.rank == 2;
    params_table_add(&group->table, name, extent.shape[0], matrix ? extent.shape[1] : 0,
                     FIRST_ZERO, matrix);
    return 0;
}

/* The groups from the leading rows of /hashes, shapes from the datasets. */
static int build_groups(struct ckpt *ckpt, struct err *err) {
    char in[CONTENTS_GROUP_SIZE];
    const char *name;
    for (int row = 0; row < ckpt->contents.count; row++) {
        if (!split_row(&ckpt->contents.rows[row], in, &name))
            break;
        if (add_tensor(ckpt, row, in, name, err) < 0)
            return -1;
    }
    if (ckpt->group_count == 0)
        return err_set(err, ERR_DATA, "%s: holds no parameters", ckpt->path);
    return 0;
}

/* The row after all tensors': of the lanes, and then the texts. */
static int tail_row(const struct ckpt *ckpt) {
    const struct group *last = &ckpt->groups[ckpt->group_count - 1];
    return last->row + last->table.count;
}

static int check_contents(struct ckpt *ckpt, struct err *err) {
    char hex[HASH_HEX_SIZE];
    int tail = tail_row(ckpt);
    const struct params_table *tables[CKPT_BLOCKS];
    for (int i = 0; i < ckpt->group_count; i++)
        tables[i] = &ckpt->groups[i].table;
    bool right = ckpt->contents.count == tail + 1 + CONTENTS_TEXTS;
    for (int i = 0; right && i <= CONTENTS_TEXTS; i++)
        right = strcmp(ckpt->contents.rows[tail + i].name,
                       i == 0 ? CONTENTS_LANES : contents_texts[i - 1]) == 0;
    if (!right)
        return unexpected(ckpt, err);
    contents_state_hash(&ckpt->contents, tables, ckpt->group_count, hex);
    if (strcmp(hex, ckpt->header.state_hash) != 0)
        return err_set(err, ERR_DATA, "%s: /hashes gives state_hash %s, recorded is %s",
                       ckpt->path, hex, ckpt->header.state_hash);
    return 0;
}

/* ---- lanes and texts ---- */

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
    return check_hash(ckpt, tail_row(ckpt), header->cursors,
                      (size_t)header->lanes * header->cursor_bytes, err);
}

static int read_texts(struct ckpt *ckpt, struct err *err) {
    int row = tail_row(ckpt) + 1;
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
        build_groups(ckpt, err) == 0 && check_contents(ckpt, err) == 0 &&
        read_lanes(ckpt, err) == 0 && read_texts(ckpt, err) == 0)
        return ckpt;
    ckpt_close(ckpt);
    return NULL;
}

const struct ckpt_header *ckpt_header(const struct ckpt *ckpt) { return &ckpt->header; }

const struct params_table *ckpt_table(const struct ckpt *ckpt) {
    return &ckpt->groups[0].table;
}

int ckpt_moments(const struct ckpt *ckpt) { return ckpt->group_count - 1; }

const char *ckpt_moment(const struct ckpt *ckpt, int i) {
    CHECK(i >= 0 && i < ckpt_moments(ckpt));
    return ckpt->groups[1 + i].name;
}

/* ---- numbers ---- */

/* Reads and checks tensor `index` of a group. */
static int read_tensor(struct ckpt *ckpt, const struct group *group, int index,
                       float *data, struct err *err) {
    int row = group->row + index;
    const char *name = ckpt->contents.rows[row].name;
    if (hdf5_read_floats(ckpt->file, name, data, err) < 0)
        return -1;
    return check_hash(ckpt, row, data, group->table.tensors[index].count * sizeof *data,
                      err);
}

/* The tensor of a group that `want` asks for. */
static const struct tensor *find_tensor(const struct ckpt *ckpt,
                                        const struct group *group,
                                        const struct tensor *want, struct err *err) {
    const struct tensor *have = params_find(&group->table, want->name);
    if (have == NULL) {
        err_set(err, ERR_DATA, "%s: has no tensor %s in /%s", ckpt->path, want->name,
                group->name);
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

/* Reads the tensor of a group that `want` asks for. */
static int read_wanted(struct ckpt *ckpt, const struct group *group,
                       const struct tensor *want, float *data, struct err *err) {
    const struct tensor *have = find_tensor(ckpt, group, want, err);
    if (have == NULL)
        return -1;
    return read_tensor(ckpt, group, (int)(have - group->table.tensors), data, err);
}

static const struct group *need_group(struct ckpt *ckpt, const char *name,
                                      struct err *err) {
    const struct group *group = find_group(ckpt, name);
    if (group)
        return group;
    struct str others = {0};
    for (int i = 0; i < ckpt_moments(ckpt); i++)
        str_printf(&others, "%s%s", i ? ", " : "its moments are ",
                   ckpt_moment(ckpt, i));
    err_set(err, ERR_DATA, "%s: holds no %s; %s", ckpt->path, name,
            others.data ? others.data : "it has weights only, no moments");
    str_fini(&others);
    return NULL;
}

int ckpt_read(struct ckpt *ckpt, const char *name, struct params *params,
              struct err *err) {
    const struct group *group = need_group(ckpt, name, err);
    int rc = group ? 0 : -1;
    for (int i = 0; rc == 0 && i < params->table->count; i++) {
        const struct tensor *want = &params->table->tensors[i];
        rc = read_wanted(ckpt, group, want, params->data + want->offset, err);
    }
    return rc;
}

/* Room for the longest tensor of a table; owned. */
static float *tensor_room(const struct params_table *table) {
    size_t most = 0;
    for (int i = 0; i < table->count; i++)
        most = table->tensors[i].count > most ? table->tensors[i].count : most;
    return mem_alloc(most, sizeof(float));
}

int ckpt_each(struct ckpt *ckpt, const char *name, const struct params_table *table,
              ckpt_take_fn *take, void *context, struct err *err) {
    const struct group *group = need_group(ckpt, name, err);
    if (group == NULL)
        return -1;
    float *data = tensor_room(table);
    int rc = 0;
    for (int i = 0; rc == 0 && i < table->count; i++) {
        rc = read_wanted(ckpt, group, &table->tensors[i], data, err);
        if (rc == 0)
            take(&table->tensors[i], data, context);
    }
    mem_free(data);
    return rc;
}

int ckpt_verify(struct ckpt *ckpt, struct err *err) {
    float *data = tensor_room(ckpt_table(ckpt));
    int rc = 0;
    for (int g = 0; g < ckpt->group_count; g++)
        for (int i = 0; rc == 0 && i < ckpt->groups[g].table.count; i++)
            rc = read_tensor(ckpt, &ckpt->groups[g], i, data, err);
    mem_free(data);
    return rc;
}

void ckpt_close(struct ckpt *ckpt) {
    if (ckpt == NULL)
        return;
    CHECK(hdf5_close(ckpt->file, NULL) == 0); /* it was only read */
    ckpt_header_fini(&ckpt->header);
    contents_fini(&ckpt->contents);
    for (int i = 0; i < ckpt->group_count; i++)
        params_table_fini(&ckpt->groups[i].table);
    mem_free(ckpt->path);
    mem_free(ckpt);
}

int ckpt_prove(const char *path, bool *moments, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    int rc = ckpt ? ckpt_verify(ckpt, err) : -1;
    *moments = rc == 0 && ckpt_moments(ckpt) > 0;
    ckpt_close(ckpt);
    return rc;
}
