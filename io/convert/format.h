/* SPDX-License-Identifier: Apache-2.0 */
/* A form in which a model leaves and comes in: a file here with its row, which
 * formats.c lists. */
#ifndef MPIBERT_IO_CONVERT_FORMAT_H
#define MPIBERT_IO_CONVERT_FORMAT_H

#include <stdbool.h>

#include "io/convert/convert.h"

struct format {
    const char *name; /* "huggingface" */
    const char *what; /* for `export --help` */
    /* Names of all files that it may write, ended by NULL; without the first the others
     * load nowhere. */
    const char *const *files;

    /* What a model would become in a layout, or in the fullest that there is; to be
     * finished with export_plan_fini.  65 says what cannot be expressed, and a cure;
     * then there is nothing to finish. */
    int (*plan)(const struct export_source *source, enum export_layout layout,
                struct export_plan *plan, struct err *err);
    /* Writes that into `dir`, which is made if needed, each file complete or absent;
     * see destination.h for the folder as a whole. */
    int (*write)(const struct export_source *source, const struct export_plan *plan,
                 const char *dir, struct err *err);
    /* Whether a folder is of this format; and whether an export of ours wrote it. */
    bool (*is)(const char *dir);
    bool (*is_ours)(const char *dir);
    /* Sets model.* and data.* of *config by a folder, and reads the header.  What we
     * cannot be and files that contradict each other are 65 and named.  On failure
     * *config holds some of it, and there is no header to fini. */
    int (*read_header)(const char *dir, struct config *config,
                       struct import_header *header, struct err *err);
    /* Reads the tensors of params->table.  Names that the folder lacks are appended to
     * *missing, a line each, their values left alone; the encoder's and embeddings'
     * must be there (65).  Tensors that nobody asked for go to *unused. */
    int (*read_weights)(const char *dir, const struct import_header *header,
                        struct params *params, struct str *missing, struct str *unused,
                        struct err *err);
};

#endif
