/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert export: a checkpoint as a Hugging Face folder, read back before it is called done. */
#include <stdio.h>

#include "io/convert/convert.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/train/bundle.h"
#include "src/train/roundtrip.h"

static int export(const char *checkpoint, const char *dir, enum export_layout layout,
                  struct err *err) {
    struct bundle bundle;
    if (bundle_load(checkpoint, &bundle, err) < 0)
        return -1;
    const struct export_source source = {.config = &bundle.config,
                                         .shape = &bundle.shape,
                                         .vocab = &bundle.vocab,
                                         .weights = &bundle.weights,
                                         .step = bundle.step,
                                         .tokens = bundle.tokens,
                                         .state_hash = bundle.state_hash};
    double worst = 0;
    int rc = export_huggingface(&source, layout, dir, err);
    if (rc == 0)
        rc = roundtrip_check(&bundle, dir, layout, &worst, err);
    if (rc == 0)
        printf("%s: step %lld of %s; read back, answers differ by %g at most\n", dir,
               (long long)bundle.step, checkpoint, worst);
    bundle_fini(&bundle);
    return rc;
}

int cmd_export(int argc, char **argv, struct err *err) {
    const char *name = "mlm";
    enum export_layout layout;
    const struct arg table[] = {
        {"--layout", ARG_TEXT, &name, "pretraining (all heads), mlm (default), encoder"},
        {NULL, ARG_FLAG, NULL, NULL}};
    struct args args = {.command = "export", .table = table, .least = 2, .most = 2};
    int rc = args_parse(&args, argc, argv, err);
    if (rc == 0 && !args.help)
        rc = export_layout_parse(name, &layout, err);
    if (rc == 0 && !args.help)
        rc = export(args.words.list[0], args.words.list[1], layout, err);
    args_fini(&args);
    return rc;
}
