/* SPDX-License-Identifier: Apache-2.0 */
/* Shards named on a command line as the sources of a configuration, and the options
 * that say how they are read. */
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

/* Rows of a command's options; `field` is a struct paths of its request. */
#define PATHS_OPTIONS(field)                                                           \
    ARG_TEXT("--format", "NAME", field.format, NULL,                                   \
             "of these files (not given: by their content)"),                          \
        ARG_TEXT("--text-key", "KEY", field.text_key, NULL, "where JSON has the text")
/* Which documents to keep; the value lies in args->settings. */
#define PATHS_FILTER(field)                                                            \
    ARG_SETTING("--filter", "PRESET", field, NULL, "data.filter",                      \
                "which documents count")

/* Puts them in place of what `list` ("data.sources", "data.heldout") had.  0, or -1 as
 * config_set. */
int paths_set(struct config *config, const char *list, const struct paths *paths,
              struct err *err);
/* "runs/a.yaml": a configuration, and no shard. */
bool paths_is_yaml(const char *word);

#endif
