/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is: its name, what it takes, what it does.  To add one, write a file
 * cmd_x.c with `const struct command cmd_x` and put a row into commands.def.  Usage,
 * help and the refusal of whatever a command does not take all follow from that. */
#ifndef MPIBERT_CLI_COMMAND_H
#define MPIBERT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct args; /* args.h: a command line of the command, parsed */
struct comm;

/* What an option takes, and the C type of the field that gets it. */
enum arg_type {
    AS_FLAG,    /* nothing: bool */
    AS_TEXT,    /* const char * */
    AS_CHOICE,  /* one of the words of `takes`: const char * */
    AS_INT,     /* a number from low to high: int64_t */
    AS_BYTES,   /* a size of at least low: int64_t */
    AS_SECONDS, /* a time: double */
    AS_LIST,    /* all words up to the next option: struct words */
    AS_SETTING  /* a value for the option `key` of the configuration: const char *; the
                 * same as --set KEY=VALUE */
};

/* One option of a command. */
struct arg {
    const char *name;  /* "--size", or with a short one, "-o, --out" */
    const char *takes; /* what help calls the value: "FILE"; of a CHOICE: "tar|jsonl" */
    enum arg_type type;
    size_t place;         /* of the field in the command's struct request */
    const char *fallback; /* the value where none is given, as text; NULL: the field
                           * stays zero; ARG_NEEDED: one must be given */
    const char *help;
    int64_t low, high;
    const char *key;
    void (*more)(struct str *help); /* appends what another table has; NULL: nothing */
};

extern const char args_needed[];
#define ARG_NEEDED args_needed

/* Rows of a table of options, by the type of what they take. */
#define ARG_AT(field) .place = offsetof(struct request, field)
#define ARG_FLAG(name_, field, help_)                                                  \
    { .name = name_, .type = AS_FLAG, ARG_AT(field), .help = help_ }
#define ARG_TEXT(name_, takes_, field, fallback_, help_)                               \
    {                                                                                  \
        .name = name_, .takes = takes_, .type = AS_TEXT, ARG_AT(field),                \
        .fallback = fallback_, .help = help_                                           \
    }
#define ARG_CHOICE(name_, takes_, field, fallback_, help_)                             \
    {                                                                                  \
        .name = name_, .takes = takes_, .type = AS_CHOICE, ARG_AT(field),              \
        .fallback = fallback_, .help = help_                                           \
    }
#define ARG_INT(name_, low_, high_, field, fallback_, help_)                           \
    {                                                                                  \
        .name = name_, .takes = "N", .type = AS_INT, ARG_AT(field),                    \
        .fallback = fallback_, .help = help_, .low = low_, .high = high_               \
    }
#define ARG_BYTES(name_, low_, field, fallback_, help_)                                \
    {                                                                                  \
        .name = name_, .takes = "SIZE", .type = AS_BYTES, ARG_AT(field),               \
        .fallback = fallback_, .help = help_, .low = low_                              \
    }
#define ARG_SECONDS(name_, field, fallback_, help_)                                    \
    {                                                                                  \
        .name = name_, .takes = "TIME", .type = AS_SECONDS, ARG_AT(field),             \
        .fallback = fallback_, .help = help_                                           \
    }
#define ARG_LIST(name_, takes_, field, fallback_, help_)                               \
    {                                                                                  \
        .name = name_, .takes = takes_, .type = AS_LIST, ARG_AT(field),                \
        .fallback = fallback_, .help = help_                                           \
    }
#define ARG_SETTING(name_, takes_, field, fallback_, key_, help_)                      \
    {                                                                                  \
        .name = name_, .takes = takes_, .type = AS_SETTING, ARG_AT(field),             \
        .fallback = fallback_, .help = help_, .key = key_                              \
    }
#define ARG_END                                                                        \
    { .name = NULL }

struct command {
    const char *name;  /* "train"; of a part of another command, "bench step" */
    const char *words; /* what it takes beside options: "DIR FILE"; [X] may be left out,
                          * X… is one or more; NULL: nothing */
    const char *summary;       /* one line */
    const char *example;       /* lines to type, or NULL */
    const struct arg *options; /* ends with ARG_END; NULL: none */
    size_t request_bytes;      /* of the struct request that they fill */
    bool settings;             /* takes --set KEY=VALUE and --SECTION.KEY VALUE, too */
    bool listens; /* signals are wishes to it (base/signals.h): it stops in order */
    /* What the rows cannot say; before MPI starts.  64.  NULL: nothing. */
    int (*check)(const struct args *args, struct err *err);
    /* Alone, or (collective) on all ranks of a job.  0, or -1 with *err: the program
     * exits with err->code.  Neither: its parts are commands of their own. */
    int (*run)(const struct args *args, struct err *err);
    int (*job)(struct comm *comm, const struct args *args, struct err *err);
};

#endif
