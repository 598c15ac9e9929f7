/* SPDX-License-Identifier: Apache-2.0 */
/* model.safetensors into a block of parameters: see weights.h.  Everything is checked
 * by the headers first, then read. */
#include "io/convert/weights.h"

#include <string.h>
#include <unistd.h>

#include "io/convert/names.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"

/* ---- opening ---- */

static bool is_there(const char *dir, const char *name) {
    struct str path = {0};
    str_printf(&path, "%s/%s", dir, name);
    bool there = fs->access(path.data, F_OK) == 0;
    str_fini(&path);
    return there;
}

/* What a folder has instead of model.safetensors, and what to do about it. */
static const struct instead {
    const char *file;
    int code;
    const char *why;
} instead[] = {
    {"model.safetensors.index.json", ERR_DATA,
     "its weights are in several files; mpibert reads one: load it with transformers "
     "and save "
     "it again with model.save_pretrained(dir, max_shard_size=\"100GB\")"},
    {"pytorch_model.bin", ERR_MISSING,
     "a .bin file is a program, which mpibert does not run: load it with transformers "
     "and "
     "save it again with model.save_pretrained(dir)"},
    {"pytorch_model.bin.index.json", ERR_MISSING,
     "it names .bin files, which are programs, and mpibert does not run them: load it "
     "with "
     "transformers and save it again with model.save_pretrained(dir)"},
    {"tf_model.h5", ERR_MISSING,
     "TensorFlow's weights are not read: load them with transformers (from_tf=True) "
     "and save "
     "them with model.save_pretrained(dir)"},
    {"flax_model.msgpack", ERR_MISSING,
     "Flax's weights are not read: load them with transformers (from_flax=True) and "
     "save them "
     "with model.save_pretrained(dir)"},
    {"adapter_model.safetensors", ERR_MISSING,
     "an adapter is no model: merge it into its model and save that"},
    {"model.fp16.safetensors", ERR_MISSING,
     "rename it to model.safetensors: halves are read"},
};

static int explain_lack(const char *dir, struct err *err) {
    for (size_t i = 0; i < sizeof instead / sizeof *instead; i++)
        if (is_there(dir, instead[i].file))
            return err_set(err, instead[i].code,
                           "%s: has %s but no model.safetensors; %s", dir,
                           instead[i].file, instead[i].why);
    return err_set(err, ERR_MISSING, "%s: has no model.safetensors", dir);
}

static int name_entries(struct weights *weights, const struct class *class,
                        struct err *err) {
    struct safetensors *file = &weights->file;
    struct str ours = {0};
    int rc = 0;
    weights->names = mem_alloc((size_t)file->count, sizeof *weights->names);
    for (int i = 0; rc == 0 && i < file->count; i++) {
        names_canonical(class, file->entries[i].name, &ours);
        const struct safetensors_entry *other = weights_find(weights, ours.data);
        weights->names[i] = mem_string(ours.data);
        if (other)
            rc = err_set(err, ERR_DATA, "%s: %s and %s are the same tensor to BERT",
                         file->path, other->name, file->entries[i].name);
    }
    str_fini(&ours);
    return rc;
}

int weights_open(struct weights *weights, const char *dir, const struct class *class,
                 struct err *err) {
    *weights = (struct weights){0};
    if (!is_there(dir, "model.safetensors"))
        return explain_lack(dir, err);
    struct str path = {0};
    str_printf(&path, "%s/model.safetensors", dir);
    int rc = safetensors_open(&weights->file, path.data, err);
    str_fini(&path);
    if (rc < 0)
        return rc;
    rc = name_entries(weights, class, err);
    if (rc < 0)
        weights_close(weights);
    return rc;
}

const struct safetensors_entry *weights_find(const struct weights *weights,
                                             const char *name) {
    for (int i = 0; i < weights->file.count; i++)
        if (weights->names[i] && strcmp(weights->names[i], name) == 0)
            return &weights->file.entries[i];
    return NULL;
}

void weights_close(struct weights *weights) {
    for (int i = 0; weights->names && i < weights->file.count; i++)
        mem_free(weights->names[i]);
    mem_free(weights->names);
    safetensors_close(&weights->file);
    weights->names = NULL;
}

/* ---- matching ---- */

/* Where a tensor of ours comes from: its own name, or the decoder's bias for that of
 * the predictions, which it is tied to. */
static const struct safetensors_entry *find_source(const struct weights *weights,
                                                   const char *name) {
    const struct safetensors_entry *entry = weights_find(weights, name);
    for (int i = 0; entry == NULL && i < weights->file.count; i++) {
        const char *tied = names_tied_to(weights->names[i]);
        if (tied && strcmp(tied, name) == 0 && strcmp(name, NAMES_MLM_BIAS) == 0)
            entry = &weights->file.entries[i];
    }
    return entry;
}

static void print_shape(struct str *out, const int64_t *shape, int rank) {
    for (int i = 0; i < rank; i++)
        str_printf(out, "%s%lld", i ? ", " : "[", (long long)shape[i]);
    str_printf(out, "%s", rank ? "]" : "[]");
}

static int check_tensor(const struct weights *weights,
                        const struct safetensors_entry *entry,
                        const struct tensor *tensor, struct err *err) {
    if (!safetensors_is_float(entry))
        return err_set(err, ERR_DATA,
                       "%s: %s is of type %s; F32, F16 and BF16 are read",
                       weights->file.path, entry->name, entry->dtype);
    bool rows = entry->rank > 0 && entry->shape[0] == tensor->shape[0];
    bool padded = entry->rank > 0 && names_has_vocab_rows(tensor->name) &&
                  entry->shape[0] > tensor->shape[0];
    bool columns = tensor->rank == 1 || entry->shape[1] == tensor->shape[1];
    if (entry->rank == tensor->rank && columns && (rows || padded))
        return 0;
    struct str theirs = {0}, ours = {0};
    print_shape(&theirs, entry->shape, entry->rank);
    print_shape(&ours, tensor->shape, tensor->rank);
    err_set(err, ERR_DATA,
            "%s: %s has shape %s, but %s by config.json and the vocabulary",
            weights->file.path, entry->name, theirs.data, ours.data);
    str_fini(&theirs);
    str_fini(&ours);
    return -1;
}

static int check_tensors(const struct weights *weights,
                         const struct params_table *table, struct err *err) {
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        const struct safetensors_entry *entry = find_source(weights, tensor->name);
        if (entry == NULL && names_is_required(tensor->name))
            return err_set(err, ERR_DATA, "%s: has no %s", weights->file.path,
                           tensor->name);
        if (entry && check_tensor(weights, entry, tensor, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- tied tensors ---- */

/* Whether the first `count` elements of two tensors are the same bits; -1 if reading
 * fails. */
static int same_elements(const struct safetensors *file,
                         const struct safetensors_entry *a,
                         const struct safetensors_entry *b, uint64_t count,
                         struct err *err) {
    enum { PIECE = 1 << 16 };
    float *buffer = mem_alloc(2 * PIECE, sizeof *buffer);
    int same = 1;
    for (uint64_t i = 0; same == 1 && i < count; i += PIECE) {
        uint64_t n = count - i < PIECE ? count - i : PIECE;
        if (safetensors_read(file, a, i, n, buffer, err) < 0 ||
            safetensors_read(file, b, i, n, buffer + PIECE, err) < 0)
            same = -1;
        else
            same = memcmp(buffer, buffer + PIECE, n * sizeof *buffer) == 0;
    }
    mem_free(buffer);
    return same;
}

/* Entry i, if it is the decoder's, must repeat what it is tied to. */
static int check_tied(const struct weights *weights, int i,
                      const struct params_table *table, struct err *err) {
    const struct safetensors_entry *entry = &weights->file.entries[i];
    const char *name = names_tied_to(weights->names[i]);
    const struct safetensors_entry *other = name ? weights_find(weights, name) : NULL;
    const struct tensor *tensor = name ? params_find(table, name) : NULL;
    if (other == NULL || tensor == NULL)
        return 0;
    if (check_tensor(weights, entry, tensor, err) < 0)
        return -1;
    int same = same_elements(&weights->file, entry, other, tensor->count, err);
    if (same == 0)
        err_set(err, ERR_DATA,
                "%s: %s differs from %s: it was trained untied, which mpibert cannot "
                "represent; call model.tie_weights() and save it again to give up the "
                "decoder's own values",
                weights->file.path, entry->name, other->name);
    return same == 1 ? 0 : -1;
}

/* ---- reading ---- */

static void report_padding(const struct weights *weights,
                           const struct params_table *table) {
    const struct safetensors_entry *words = weights_find(weights, NAMES_WORDS);
    const struct tensor *tensor = params_find(table, NAMES_WORDS);
    if (words && tensor && words->shape[0] > tensor->shape[0])
        log_info("%s: %lld rows of the word embedding are beyond the vocabulary's %lld "
                 "tokens and are left out",
                 weights->file.path, (long long)(words->shape[0] - tensor->shape[0]),
                 (long long)tensor->shape[0]);
}

/* A padded tensor's first rows are its first elements, so trimming is reading less. */
static int read_tensors(const struct weights *weights, struct params *params,
                        struct err *err) {
    const struct params_table *table = params->table;
    int halves = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        const struct safetensors_entry *entry = find_source(weights, tensor->name);
        if (entry == NULL)
            continue;
        float *to = params->data + tensor->offset;
        if (safetensors_read(&weights->file, entry, 0, tensor->count, to, err) < 0)
            return -1;
        halves += strcmp(entry->dtype, "F32") != 0;
    }
    if (halves > 0)
        log_info("%s: %d tensors were converted from 16 bits to F32",
                 weights->file.path, halves);
    report_padding(weights, table);
    return 0;
}

static void list_missing(const struct weights *weights,
                         const struct params_table *table, struct str *missing) {
    for (int i = 0; i < table->count; i++)
        if (find_source(weights, table->tensors[i].name) == NULL)
            str_printf(missing, "%s\n", table->tensors[i].name);
}

static void list_unused(const struct weights *weights, const struct params_table *table,
                        struct str *unused) {
    for (int i = 0; i < weights->file.count; i++) {
        const char *name = weights->names[i];
        const char *tied = names_tied_to(name);
        if (!params_find(table, tied ? tied : name) && !names_is_buffer(name))
            str_printf(unused, "%s\n", weights->file.entries[i].name);
    }
}

int weights_read(const char *dir, const struct import_header *header,
                 struct params *params, struct str *missing, struct str *unused,
                 struct err *err) {
    struct weights weights;
    if (weights_open(&weights, dir, header->class, err) < 0)
        return -1;
    int rc = check_tensors(&weights, params->table, err);
    for (int i = 0; rc == 0 && i < weights.file.count; i++)
        rc = check_tied(&weights, i, params->table, err);
    if (rc == 0)
        rc = read_tensors(&weights, params, err);
    if (rc == 0) {
        list_missing(&weights, params->table, missing);
        list_unused(&weights, params->table, unused);
    }
    weights_close(&weights);
    return rc;
}
