/* SPDX-License-Identifier: Apache-2.0 */
/* Models from files: see bundle.h. */
#include "src/infer/bundle.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/rundir.h"
#include "io/convert/format.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/data/wordlist.h"
#include "src/model/bert.h"
#include "src/model/nonfinite.h"

enum bundle_kind bundle_kind(const char *path) {
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
        return BUNDLE_CHECKPOINT;
    if (rundir_is(path))
        return BUNDLE_CHECKPOINT;
    return format_of(path) ? BUNDLE_FOLDER : BUNDLE_NEITHER;
}

/* Vocabulary is there: shape, table and room for weights follow. */
static void lay_out(struct bundle *bundle) {
    bundle->shape = config_shape(&bundle->config, bundle->vocab.size);
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
        bundle->objectives =
            model_objectives(ckpt_table(ckpt), config_objectives(&bundle->config));
        lay_out(bundle);
        rc = ckpt_read(ckpt, CKPT_WEIGHTS, &bundle->weights, err);
    }
    if (ckpt)
        ckpt_close(ckpt);
    str_fini(&file);
    return rc;
}

static int load_folder(const char *path, struct bundle *bundle, struct err *err) {
    const struct format *format = format_of(path);
    struct import_header header = {0};
    struct str unused = {0};
    int rc = format->read_header(path, &bundle->config, &header, err);
    if (rc == 0)
        rc = vocab_parse(&bundle->vocab, str_slice(&header.vocab), path, err);
    if (rc == 0) {
        /* where it has no head of MLM, that is initialised afresh */
        bundle->objectives =
            OBJECTIVE_SET(MLM) |
            model_objectives(&header.tensors, config_objectives(&bundle->config));
        lay_out(bundle);
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
    case BUNDLE_FOLDER: return load_folder(path, bundle, err);
    case BUNDLE_CHECKPOINT:
        if (format_of(path))
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

void bundle_fini(struct bundle *bundle) {
    config_fini(&bundle->config);
    vocab_fini(&bundle->vocab);
    params_fini(&bundle->weights);
    params_table_fini(&bundle->table);
    str_fini(&bundle->missing);
    str_fini(&bundle->file);
    str_fini(&bundle->versions);
    mem_free(bundle->name);
    *bundle = (struct bundle){0};
}
