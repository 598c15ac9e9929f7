/* SPDX-License-Identifier: Apache-2.0 */
/* Models from files: see bundle.h. */
#include "src/infer/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/rundir.h"
#include "io/convert/formats.h"
#include "io/convert/names.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/data/wordlist.h"
#include "src/model/bert.h"
#include "src/model/generator.h"
#include "src/model/nonfinite.h"

enum bundle_kind bundle_kind(const char *path) {
    struct stat info;
    if (fs->stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
        return BUNDLE_CHECKPOINT;
    if (rundir_is(path))
        return BUNDLE_CHECKPOINT;
    return formats_of(path) ? BUNDLE_FOLDER : BUNDLE_NEITHER;
}

/* Vocabulary is there: shape, table and room for weights follow.  `columns`: of a
 * task's head; 0: there is none. */
static void lay_out(struct bundle *bundle, int64_t columns) {
    bundle->shape = config_shape(&bundle->config, bundle->vocab.size);
    bundle->shape.C = columns;
    if (bundle->generator)
        generator_layout(&bundle->table, &bundle->config, &bundle->shape,
                         bundle->objectives | bundle->generator);
    else
        model_layout(&bundle->table, &bundle->shape, bundle->objectives);
    params_init(&bundle->weights, &bundle->table);
}

static int load_checkpoint(const char *path, struct bundle *bundle, struct err *err) {
    struct str file = {0};
    struct ckpt *ckpt = NULL;
    int rc = ckpt_resolve(path, &file, err);
    if (rc == 0 && (ckpt = ckpt_open(file.data, err)) == NULL)
        rc = -1;
    if (rc == 0) {
        const struct ckpt_header *h = ckpt_header(ckpt);
        bundle->step = h->step;
        bundle->tokens = h->tokens;
        memcpy(bundle->state_hash, h->state_hash, sizeof bundle->state_hash);
        str_append(&bundle->file, file.data, file.size);
        str_append(&bundle->versions, h->versions.data, h->versions.size);
        rc = config_load(&bundle->config, str_slice(&h->config), file.data, err);
        if (rc == 0)
            rc = vocab_parse(&bundle->vocab, str_slice(&h->vocab), file.data, err);
    }
    if (rc == 0) {
        const struct params_table *table = ckpt_table(ckpt);
        uint32_t trained = config_objectives(&bundle->config);
        bundle->objectives = model_objectives(table, trained);
        if (generator_begin(table) < table->total)
            bundle->generator = generator_objectives(trained);
        lay_out(bundle, 0);
        rc = ckpt_read(ckpt, CKPT_WEIGHTS, &bundle->weights, err);
    }
    if (ckpt)
        ckpt_close(ckpt);
    str_fini(&file);
    return rc;
}

/* Where it has no head of pretraining but that of pairs, one of MLM is initialised
 * afresh. */
static int lay_out_pretraining(struct bundle *bundle,
                               const struct import_header *header, struct err *err) {
    (void)err;
    bundle->objectives =
        model_objectives(&header->tensors, config_objectives(&bundle->config));
    if (!objectives_has(bundle->objectives, OBJECTIVE_RTD))
        bundle->objectives |= OBJECTIVE_SET(MLM);
    lay_out(bundle, 0);
    return 0;
}

/* What trains the head of a folder. */
static enum objective_id objective_of(const struct import_header *header) {
    if (header->layout == EXPORT_ANSWER)
        return OBJECTIVE_ANSWER;
    if (header->layout == EXPORT_CHOOSE)
        return OBJECTIVE_CHOOSE;
    if (header->layout == EXPORT_TAG || !params_find(&header->tensors, NAMES_POOLER))
        return OBJECTIVE_TAG;
    return header->regression ? OBJECTIVE_REGRESS
           : header->several  ? OBJECTIVE_MULTILABEL
                              : OBJECTIVE_CLASSIFY;
}

static int lay_out_task(struct bundle *bundle, const struct import_header *header,
                        struct err *err) {
    const struct tensor *head = params_find(&header->tensors, NAMES_TASK);
    enum objective_id id = objective_of(header);
    int64_t columns = id == OBJECTIVE_CHOOSE   ? 1
                      : id == OBJECTIVE_ANSWER ? 2
                                               : header->label_count;
    if (head == NULL || head->shape[0] != columns)
        return err_set(
            err, ERR_DATA,
            "%s: has no head of a task, or another number of labels; `mpibert "
            "finetune` makes such folders",
            bundle->name);
    bundle->objectives = (uint32_t)1 << id;
    bundle->labels = mem_alloc((size_t)header->label_count, sizeof *bundle->labels);
    for (; bundle->label_count < header->label_count; bundle->label_count++)
        str_append(&bundle->labels[bundle->label_count],
                   header->labels[bundle->label_count].data,
                   header->labels[bundle->label_count].size);
    lay_out(bundle, columns);
    return 0;
}

typedef int lay_out_fn(struct bundle *bundle, const struct import_header *header,
                       struct err *err);

static int load_folder(const char *path, lay_out_fn *lay_out_heads,
                       struct bundle *bundle, struct err *err) {
    const struct format *format = formats_of(path);
    struct import_header header = {0};
    struct str unused = {0};
    int rc = format->read_header(path, &bundle->config, &header, err);
    if (rc == 0)
        rc = vocab_parse(&bundle->vocab, str_slice(&header.vocab), path, err);
    if (rc == 0)
        rc = lay_out_heads(bundle, &header, err);
    if (rc == 0) {
        model_init(&bundle->weights, config_init_seed(&bundle->config),
                   bundle->config.model_init_range);
        rc = format->read_weights(path, &header, &bundle->weights, &bundle->missing,
                                  &unused, err);
    }
    if (rc == 0 && unused.size > 0)
        log_warn_once("%s: these tensors are of no use here and were left out:\n%s",
                      path, unused.data);
    import_header_fini(&header);
    str_fini(&unused);
    return rc;
}

static int load(const char *path, struct bundle *bundle, struct err *err) {
    switch (bundle_kind(path)) {
    case BUNDLE_FOLDER: return load_folder(path, lay_out_pretraining, bundle, err);
    case BUNDLE_CHECKPOINT:
        if (formats_of(path))
            log_warn_once(
                "%s: holds a run's checkpoints and a config.json: it is read as a run, "
                "and what else lies there is not read",
                path);
        return load_checkpoint(path, bundle, err);
    case BUNDLE_NEITHER: break;
    }
    return err_set(
        err, ERR_MISSING,
        "%s: holds neither a run's checkpoints (checkpoint-000000500.h5) nor the "
        "config.json of a Hugging Face folder",
        path);
}

int bundle_load(const char *path, struct bundle *bundle, struct err *err) {
    *bundle = (struct bundle){.name = mem_string(path)};
    config_init(&bundle->config);
    int rc = load(path, bundle, err);
    if (rc == 0 && (rc = nonfinite_check(&bundle->weights, err)) < 0)
        err_prefix(err, "%s", path);
    if (rc == 0)
        wordlist_warn(&bundle->config, &bundle->vocab, path);
    if (rc < 0)
        bundle_fini(bundle);
    return rc;
}

int bundle_begin(const struct config *config, struct bundle *bundle, struct err *err) {
    *bundle = (struct bundle){.name = mem_string(config->checkpoint_dir),
                              .objectives = config_objectives(config)};
    config_copy(&bundle->config, config);
    int rc = config->data_vocab ? wordlist_load(config->data_vocab, &bundle->vocab, err)
                                : err_set(err, ERR_CONFIG, "data.vocab: is not set");
    if (rc < 0) {
        bundle_fini(bundle);
        return -1;
    }
    lay_out(bundle, 0);
    model_init(&bundle->weights, config_init_seed(config), config->model_init_range);
    return 0;
}

int bundle_load_task(const char *path, struct bundle *bundle, struct err *err) {
    *bundle = (struct bundle){.name = mem_string(path)};
    config_init(&bundle->config);
    int rc = formats_of(path) ? load_folder(path, lay_out_task, bundle, err)
                              : err_set(err, ERR_MISSING,
                                        "%s: is no Hugging Face folder of a fine-tuned "
                                        "model",
                                        path);
    if (rc == 0 && bundle->missing.size > 0)
        rc = err_set(err, ERR_DATA, "%s: lacks %s", path, bundle->missing.data);
    if (rc == 0 && (rc = nonfinite_check(&bundle->weights, err)) < 0)
        err_prefix(err, "%s", path);
    if (rc < 0)
        bundle_fini(bundle);
    return rc;
}

/* Whether a tensor is one that a folder lacked. */
static bool is_missing(const struct bundle *bundle, const char *name) {
    struct slice rest = str_slice(&bundle->missing), line;
    while (slice_line(&rest, &line))
        if (slice_equal(line, slice_of(name)))
            return true;
    return false;
}

bool bundle_has(const struct bundle *bundle, const char *name) {
    return params_find(&bundle->table, name) && !is_missing(bundle, name);
}

int bundle_check_vocab(const struct bundle *bundle, const struct vocab *vocab,
                       const char *path, struct err *err) {
    bool same = vocab->size == bundle->vocab.size;
    for (int32_t i = 0; same && i < vocab->size; i++)
        same = slice_equal(vocab->tokens[i], bundle->vocab.tokens[i]);
    return same ? 0
                : err_set(err, ERR_CONFIG,
                          "%s has another vocabulary than data.vocab %s; "
                          "take its vocab.txt",
                          bundle->name, path);
}

/* Which layer there a layer of the model is taken from. */
struct choice {
    const int64_t *layers; /* (count); NULL: the same */
    int64_t count;
};

/* What a tensor is called where it is taken from; "": nowhere. */
static void name_there(const struct choice *choice, const char *name,
                       char there[TENSOR_NAME_SIZE]) {
    static const char layer[] = "bert.encoder.layer.";
    char *rest;
    snprintf(there, TENSOR_NAME_SIZE, "%s", name);
    if (choice->layers == NULL || strncmp(name, layer, strlen(layer)) != 0)
        return;
    int64_t n = strtoll(name + strlen(layer), &rest, 10);
    there[0] = '\0';
    if (n < choice->count)
        snprintf(there, TENSOR_NAME_SIZE, "%s%lld%s", layer,
                 (long long)choice->layers[n], rest);
}

static int copy(const struct bundle *bundle, const struct choice *choice,
                struct params *weights, struct str *fresh, struct err *err) {
    for (int i = 0; i < weights->table->count; i++) {
        const struct tensor *to = &weights->table->tensors[i];
        char there[TENSOR_NAME_SIZE];
        name_there(choice, to->name, there);
        const struct tensor *from = params_find(&bundle->table, there);
        if (!bundle_has(bundle, there)) {
            str_printf(fresh, "%s\n", to->name);
            continue;
        }
        if (from->shape[0] != to->shape[0] || from->shape[1] != to->shape[1])
            return err_set(err, ERR_CONFIG,
                           "%s: %s is %lld × %lld there but %lld × %lld by this "
                           "configuration's model.*",
                           bundle->name, to->name, (long long)from->shape[0],
                           (long long)from->shape[1], (long long)to->shape[0],
                           (long long)to->shape[1]);
        memcpy(weights->data + to->offset, bundle->weights.data + from->offset,
               to->count * sizeof(float));
    }
    return 0;
}

int bundle_copy(const struct bundle *bundle, struct params *weights, struct str *fresh,
                struct err *err) {
    const struct choice same = {NULL, 0};
    return copy(bundle, &same, weights, fresh, err);
}

int bundle_copy_layers(const struct bundle *bundle, const int64_t *layers,
                       int64_t count, struct params *weights, struct str *fresh,
                       struct err *err) {
    const struct choice choice = {layers, count};
    return copy(bundle, &choice, weights, fresh, err);
}

void bundle_fini(struct bundle *bundle) {
    config_fini(&bundle->config);
    vocab_fini(&bundle->vocab);
    params_fini(&bundle->weights);
    params_table_fini(&bundle->table);
    for (int i = 0; i < bundle->label_count; i++)
        str_fini(&bundle->labels[i]);
    mem_free(bundle->labels);
    str_fini(&bundle->missing);
    str_fini(&bundle->file);
    str_fini(&bundle->versions);
    mem_free(bundle->name);
    *bundle = (struct bundle){0};
}
