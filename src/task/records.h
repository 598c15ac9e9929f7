/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a task as records of named fields: a line of a table, or an object of JSON
 * lines.  Three formats, with exact rules:
 *
 *   tsv    LF ends a line, a tab a field; nothing quotes: a quotation mark is text
 *          (GLUE's files)
 *   csv    RFC 4180: commas, "quoted fields" with "" for a quotation mark, which may
 *          hold commas and line ends
 *   jsonl  an object a line; strings are text, numbers and booleans as JSON writes
 *          them, and lists of these are lists where they may be
 *
 * In all, empty lines are skipped, a CR before LF and a byte order mark are no text. */
#ifndef MPIBERT_TASK_RECORDS_H
#define MPIBERT_TASK_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct records; /* opaque */

enum records_format { RECORDS_TSV, RECORDS_CSV, RECORDS_JSONL };

enum { RECORDS_WANTED = 32 }; /* columns that can be asked for */

struct records_options {
    enum records_format format;
    /* The columns of a table without a header, separated by blanks; NULL: its first
     * line names them. */
    const char *names;
    /* The columns that are asked for, then NULL. */
    const char *wanted[RECORDS_WANTED + 1];
    unsigned lists; /* bits 1 << i: wanted[i] may be a list */
};

/* Reads the file into memory.  66: not there; 65: a column that it has not (with those
 * that it has), or one that is there twice.  Copies nothing of options: borrowed until
 * records_close. */
struct records *records_open(const char *path, const struct records_options *options,
                             struct err *err);
/* 1: there is a record, 0: the end, -1: 65 with file and line: a line with more or
 * fewer fields than there are columns, a quotation mark that is not closed, not JSON,
 * an object without a column. */
int records_next(struct records *records, struct err *err);
/* The field of wanted[i] in the record; until the next records_next. */
struct slice records_field(const struct records *records, int i);
/* Whether that field is a list: its elements, each ended by RECORDS_LIST_END. */
enum { RECORDS_LIST_END = '\0' };
bool records_is_list(const struct records *records, int i);
/* The line that the record begins at, from 1. */
int64_t records_line(const struct records *records);
void records_close(struct records *records);

#endif
