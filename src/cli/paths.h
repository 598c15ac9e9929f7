/* SPDX-License-Identifier: Apache-2.0 */
/* Shards named on a command line as the sources of a configuration. */
#ifndef MPIBERT_CLI_PATHS_H
#define MPIBERT_CLI_PATHS_H

#include "src/base/err.h"
#include "src/cli/args.h"
#include "src/core/config.h"

struct paths {
    const struct words *words;
    const char *origin;            /* for messages: "--data" */
    const char *format, *text_key; /* of all of them; NULL: as by default */
};

/* Puts them in place of what `list` ("data.sources", "data.heldout") had.  0, or -1 as
 * config_set. */
int paths_set(struct config *config, const char *list, const struct paths *paths,
              struct err *err);

#endif
