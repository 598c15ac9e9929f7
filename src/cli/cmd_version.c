/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert version: what was built, and with which libraries. */
#include <stdio.h>

#include "mpi/comm.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"

struct request {
    bool json;
};

static const struct arg options[] = {ARG_FLAG("--json", json, "one JSON object"),
                                     ARG_END};

static int run(const struct args *args, struct err *err) {
    (void)err;
    const struct request *r = args->request;
    const char *format = r->json
                             ? "{\"mpibert\": \"%s\", \"blas\": \"%s\", "
                               "\"mpi\": \"%s\", \"kernels\": \"%s\"}\n"
                             : "mpibert %s\nblas     %s\nmpi      %s\nkernels  %s\n";
    printf(format, MPIBERT_VERSION, gemm_describe(), comm_describe(), vec_describe());
    return 0;
}

const struct command cmd_version = {.name = "version",
                                    .summary =
                                        "Versions of the program and its libraries",
                                    .options = options,
                                    .request_bytes = sizeof(struct request),
                                    .run = run};
