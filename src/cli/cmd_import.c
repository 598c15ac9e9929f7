/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert import: a Hugging Face folder as a checkpoint of weights alone. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/rundir.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/infer/beside.h"
#include "src/infer/bundle.h"

static int write_checkpoint(const struct bundle *bundle, const char *path,
                            struct err *err) {
    int argc = 0;
    char **argv = NULL;
    struct comm *comm = comm_create(&argc, &argv, err);
    if (comm == NULL)
        return -1;
    struct ckpt_header header = {0};
    config_dump(&bundle->config, &header.config);
    str_append(&header.vocab, bundle->vocab.text, bundle->vocab.text_size);
    str_printf(&header.versions, "mpibert: %s\n", MPIBERT_VERSION);
    str_printf(&header.ledger, "imported from %s\n", bundle->name);
    const struct ckpt_groups blocks = ckpt_weights_only(&bundle->weights);
    int rc = ckpt_write(comm, path, CKPT_POSIX, &header, &blocks, err);
    if (rc == 0)
        printf("%s: %d tensors, %zu parameters, state_hash %s\n", path,
               bundle->table.count, bundle->table.total, header.state_hash);
    ckpt_header_fini(&header);
    comm_destroy(comm);
    return rc;
}

/* What is taken in must be a Hugging Face folder. */
static int check_folder(const char *dir, struct err *err) {
    struct stat info;
    if (fs->stat(dir, &info) < 0)
        return err_errno(err, "open", dir);
    if (!S_ISDIR(info.st_mode))
        return err_set(
            err, ERR_USAGE,
            "%s: is a file; import takes a Hugging Face folder first and the "
            "checkpoint to write second",
            dir);
    if (bundle_kind(dir) == BUNDLE_CHECKPOINT)
        return err_set(err, ERR_DATA,
                       "%s: is the folder of a run and no Hugging Face folder; its "
                       "checkpoints can be used as they are",
                       dir);
    return 0;
}

static bool is_checkpoint(const char *path) {
    struct ckpt *ckpt = ckpt_open(path, NULL);
    if (ckpt)
        ckpt_close(ckpt);
    return ckpt != NULL;
}

/* The folder of a path: "a/b" -> "a", "b" -> ".". */
static void folder_of(const char *path, struct str *out) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        str_printf(out, ".");
    else
        str_append(out, path, slash == path ? 1 : (size_t)(slash - path));
}

/* A checkpoint of weights alone must not take the place of a run's, nor become its
 * newest. */
static int check_target(const char *path, bool force, struct err *err) {
    struct str folder = {0};
    struct stat info;
    folder_of(path, &folder);
    bool there = fs->lstat(path, &info) == 0;
    int rc = 0;
    if (there && S_ISDIR(info.st_mode))
        rc =
            err_set(err, ERR_CONFIG,
                    "%s: is a folder; name the file to write, %s/model.h5", path, path);
    else if (rundir_is(folder.data))
        rc = err_set(
            err, ERR_CONFIG,
            "%s: lies in %s, the folder of a run, which alone writes there; choose "
            "another place",
            path, folder.data);
    else if (there && !force)
        rc = err_set(
            err, ERR_CONFIG,
            "%s: is there already; choose another name, or say --force to replace "
            "a checkpoint",
            path);
    else if (there && !is_checkpoint(path))
        rc =
            err_set(err, ERR_CONFIG,
                    "%s: is there and no checkpoint that can be read; --force replaces "
                    "checkpoints alone",
                    path);
    str_fini(&folder);
    return rc;
}

static int load(const char *dir, struct bundle *bundle, struct err *err) {
    if (check_folder(dir, err) < 0 || bundle_load(dir, bundle, err) < 0)
        return -1;
    if (bundle->missing.size > 0)
        log_warn("%s: lacks these tensors, which get random values:\n%s", dir,
                 bundle->missing.data);
    return 0;
}

static int add_generator(struct bundle *bundle, const char *dir, struct err *err) {
    struct bundle generator;
    if (load(dir, &generator, err) < 0)
        return -1;
    int rc = beside_put(bundle, &generator, err);
    bundle_fini(&generator);
    return rc;
}

struct request {
    const char *generator; /* a folder; NULL: none */
    bool force;
};

static const struct arg options[] = {
    ARG_TEXT("--generator", "DIR", generator, NULL,
             "ElectraForMaskedLM: the generator of the discriminator in the first DIR"),
    ARG_FLAG("--force", force, "replace a checkpoint that is no run's"), ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    const char *path = args->words.list[1];
    struct bundle bundle;
    if (check_folder(args->words.list[0], err) < 0 ||
        check_target(path, r->force, err) < 0 ||
        load(args->words.list[0], &bundle, err) < 0)
        return -1;
    int rc = r->generator ? add_generator(&bundle, r->generator, err) : 0;
    if (rc == 0)
        rc = write_checkpoint(&bundle, path, err);
    bundle_fini(&bundle);
    return rc;
}

const struct command cmd_import = {
    .name = "import",
    .words = "DIR CHECKPOINT",
    .summary = "Make a checkpoint of a Hugging Face folder",
    .example = "  mpibert import bert-base-uncased base.h5    # for train.init_from, "
               "eval, fill\n"
               "  mpibert import electra-small-discriminator electra.h5 "
               "--generator electra-small-generator\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .run = run};
