/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line sets of the configuration, and the configuration that it, the
 * environment and a file make together: defaults < file < MPIBERT_… < --set and
 * --section.key. */
#ifndef MPIBERT_CLI_SETTINGS_H
#define MPIBERT_CLI_SETTINGS_H

#include "src/base/err.h"
#include "src/core/config.h"

struct setting {
    char *key, *value;  /* owned */
    const char *origin; /* for messages: "--set"; borrowed */
};

struct settings {
    struct setting *list; /* owned (settings_fini), in the order of the command line */
    int count;
};

/* Copies key and value. */
void settings_add(struct settings *settings, struct slice key, const char *value,
                  const char *origin);
void settings_fini(struct settings *settings);

/* The settings alone, over a configuration that is there; not checked as a whole. */
int settings_apply(const struct settings *settings, struct config *config,
                   struct err *err);
/* The configuration of `yaml` (may be NULL), the environment and the settings;
 * checked. */
int settings_config(const struct settings *settings, const char *yaml,
                    struct config *config, struct err *err);

#endif
