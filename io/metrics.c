/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines of numbers: see metrics.h. */
#include "io/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/fstream.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/str.h"

struct metrics {
    FILE *file;
    char *path;
    struct str line;
};

/* What becomes of a line. */
enum fate { KEPT, DROPPED, FOREIGN };

/* A line that is not a step's is somebody's note, and stays; one without an end is what
 * a kill left of a step, however little of it, or a power cut of nothing. */
static enum fate fate_of(const char *line, size_t size, int64_t step) {
    static const char begin[] = "{\"step\": ";
    size_t n = size < strlen(begin) ? size : strlen(begin);
    long long at;
    if (line[size - 1] != '\n' && (line[0] == '\0' || memcmp(line, begin, n) == 0))
        return DROPPED;
    if (sscanf(line, "{\"step\": %lld", &at) != 1)
        return FOREIGN;
    return line[size - 1] == '\n' && at <= step ? KEPT : DROPPED;
}

/* Writes what stays of `from` to `to`, or only looks where that is NULL. */
struct survey {
    long kept;     /* bytes before the first line that goes */
    bool holes;    /* lines stay after one that goes */
    int foreign;   /* lines */
    long numbered; /* the first of them */
};

static int survey(FILE *from, int64_t step, FILE *to, struct survey *s) {
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool gone = false;
    *s = (struct survey){0};
    rewind(from);
    for (long number = 1; (n = getline(&line, &room, from)) > 0; number++) {
        enum fate fate = fate_of(line, (size_t)n, step);
        if (fate == FOREIGN && s->foreign++ == 0)
            s->numbered = number;
        if (fate == DROPPED) {
            gone = true;
            continue;
        }
        s->holes = s->holes || gone || line[n - 1] != '\n';
        s->kept += gone ? 0 : n;
        if (to && (fwrite(line, 1, (size_t)n, to) != (size_t)n ||
                   (line[n - 1] != '\n' && fputc('\n', to) == EOF)))
            break;
    }
    free(line);
    return ferror(from) || (to && ferror(to)) ? -1 : 0;
}

/* A file of the same name with the lines that stay. */
static int rewrite(const char *path, FILE *from, int64_t step, struct err *err) {
    struct survey unused;
    struct str temporary = {0};
    str_printf(&temporary, "%s.tmp", path);
    int fd;
    FILE *to = fstream_open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC, &fd);
    int rc = to ? survey(from, step, to, &unused) : -1;
    if (to && (fflush(to) != 0 || fs->fsync(fd) < 0))
        rc = -1;
    if (to && fclose(to) != 0)
        rc = -1;
    if (rc == 0)
        rc = fs->rename(temporary.data, path);
    if (rc < 0) {
        err_errno(err, "cut", path);
        fs->unlink(temporary.data);
    }
    str_fini(&temporary);
    return rc;
}

/* Drops the lines after `step`. */
static int cut(const char *path, int64_t step, struct err *err) {
    int fd;
    FILE *file = fstream_open(path, O_RDWR, &fd);
    struct survey s;
    if (file == NULL)
        return errno == ENOENT ? 0 : err_errno(err, "open", path);
    int rc = survey(file, step, NULL, &s);
    if (rc < 0)
        err_errno(err, "read", path);
    else if (s.holes)
        rc = rewrite(path, file, step, err);
    else if (fs->ftruncate(fd, s.kept) < 0)
        rc = err_errno(err, "cut", path);
    if (rc == 0 && s.foreign > 0)
        log_warn("%s: %d line%s not a step's, first line %ld; kept as %s", path,
                 s.foreign, s.foreign > 1 ? "s are" : " is", s.numbered,
                 s.foreign > 1 ? "they are" : "it is");
    fclose(file);
    return rc;
}

struct metrics *metrics_open(const char *path, int64_t step, struct err *err) {
    if (cut(path, step, err) < 0)
        return NULL;
    FILE *file = fstream_open(path, O_WRONLY | O_CREAT | O_APPEND, NULL);
    if (file == NULL) {
        err_errno(err, "open", path);
        return NULL;
    }
    struct metrics *metrics = mem_alloc(1, sizeof *metrics);
    metrics->file = file;
    metrics->path = mem_string(path);
    return metrics;
}

void metrics_begin(struct metrics *metrics, int64_t step) {
    str_clear(&metrics->line);
    str_printf(&metrics->line, "{\"step\": %lld", (long long)step);
}

void metrics_real(struct metrics *metrics, const char *key, double value) {
    if (isfinite(value))
        str_printf(&metrics->line, ", \"%s\": %.9g", key, value);
    else
        str_printf(&metrics->line, ", \"%s\": null", key);
}

void metrics_int(struct metrics *metrics, const char *key, int64_t value) {
    str_printf(&metrics->line, ", \"%s\": %lld", key, (long long)value);
}

void metrics_ints(struct metrics *metrics, const char *key, const uint64_t *values,
                  int count) {
    str_printf(&metrics->line, ", \"%s\": [", key);
    for (int i = 0; i < count; i++)
        str_printf(&metrics->line, "%s%llu", i ? ", " : "",
                   (unsigned long long)values[i]);
    str_append_char(&metrics->line, ']');
}

void metrics_text(struct metrics *metrics, const char *key, const char *value) {
    str_printf(&metrics->line, ", \"%s\": \"%s\"", key, value);
}

void metrics_time(struct metrics *metrics) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    str_printf(&metrics->line, ", \"time\": %lld.%03ld", (long long)now.tv_sec,
               now.tv_nsec / 1000000);
}

int metrics_end(struct metrics *metrics, struct err *err) {
    str_append(&metrics->line, "}\n", 2);
    fwrite(metrics->line.data, 1, metrics->line.size, metrics->file);
    return fflush(metrics->file) == 0 ? 0 : err_errno(err, "write", metrics->path);
}

/* The number after "key": in a line, or NaN. */
static double number_in(const char *line, const char *key) {
    struct str name = {0};
    double value;
    str_printf(&name, "\"%s\": ", key);
    const char *at = strstr(line, name.data);
    int found = at ? sscanf(at + name.size, "%lf", &value) : 0;
    str_fini(&name);
    return found == 1 ? value : NAN;
}

/* Calls `visit` with each line of a step. */
static void each_line(const char *path, int64_t step,
                      void (*visit)(const char *line, void *context), void *context) {
    FILE *file = fstream_open(path, O_RDONLY, NULL);
    char *line = NULL;
    size_t room = 0;
    long long at;
    while (file && getline(&line, &room, file) > 0)
        if (sscanf(line, "{\"step\": %lld", &at) == 1 && at == step)
            visit(line, context);
    free(line);
    if (file)
        fclose(file);
}

struct number {
    const char *key;
    double value;
};

static void find_number(const char *line, void *context) {
    struct number *number = context;
    double found = number_in(line, number->key);
    number->value = isnan(found) ? number->value : found;
}

double metrics_find(const char *path, int64_t step, const char *key) {
    struct number number = {key, NAN};
    each_line(path, step, find_number, &number);
    return number.value;
}

struct text {
    struct str pair; /* "key": "text" */
    bool found;
};

static void find_text(const char *line, void *context) {
    struct text *text = context;
    text->found = text->found || strstr(line, text->pair.data);
}

bool metrics_has(const char *path, int64_t step, const char *key, const char *text) {
    struct text wanted = {0};
    str_printf(&wanted.pair, "\"%s\": \"%s\"", key, text);
    each_line(path, step, find_text, &wanted);
    str_fini(&wanted.pair);
    return wanted.found;
}

void metrics_close(struct metrics *metrics) {
    if (metrics == NULL)
        return;
    fclose(metrics->file);
    mem_free(metrics->path);
    str_fini(&metrics->line);
    mem_free(metrics);
}
