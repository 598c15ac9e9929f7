/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert import: a Hugging Face folder as a checkpoint of weights alone. */
#include <stdio.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "src/base/log.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/train/bundle.h"

static int write(const struct bundle *bundle, const char *path, struct err *err) {
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
    const struct ckpt_blocks blocks = {.weights = &bundle->weights};
    int rc = ckpt_write(comm, path, &header, &blocks, err);
    if (rc == 0)
        printf("%s: %d tensors, %zu parameters, state_hash %s\n", path,
               bundle->table.count, bundle->table.total, header.state_hash);
    ckpt_header_fini(&header);
    comm_destroy(comm);
    return rc;
}

static int import(const char *dir, const char *path, struct err *err) {
    struct bundle bundle;
    if (bundle_load(dir, &bundle, err) < 0)
        return -1;
    if (bundle.missing.size > 0)
        log_warn("%s: lacks these tensors, which get random values:\n%s", dir,
                 bundle.missing.data);
    int rc = write(&bundle, path, err);
    bundle_fini(&bundle);
    return rc;
}

int cmd_import(int argc, char **argv, struct err *err) {
    const struct arg table[] = {{NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "import", .table = table, .least = 2, .most = 2};
    int rc = args_parse(&args, argc, argv, err);
    if (rc == 0 && !args.help)
        rc = import(args.words.list[0], args.words.list[1], err);
    args_fini(&args);
    return rc;
}
