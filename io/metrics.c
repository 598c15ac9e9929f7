/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines of numbers: see metrics.h. */
#include "io/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/base/str.h"

struct metrics {
    FILE *file;
    char *path;
    struct str line;
};

/* Bytes up to the end of the last complete line of a step that is not after `step`. */
static long kept_bytes(FILE *file, int64_t step) {
    long kept = 0;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, file)) > 0) {
        long long at;
        if (line[n - 1] != '\n' || sscanf(line, "{\"step\": %lld", &at) != 1 || at > step)
            break;
        kept += n;
    }
    free(line);
    return kept;
}

struct metrics *metrics_open(const char *path, int64_t step, struct err *err) {
    FILE *file = fopen(path, "ab+");
    if (file == NULL) {
        err_errno(err, "open", path);
        return NULL;
    }
    rewind(file);
    if (ftruncate(fileno(file), kept_bytes(file, step)) < 0) {
        err_errno(err, "cut", path);
        fclose(file);
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
        str_printf(&metrics->line, "%s%llu", i ? ", " : "", (unsigned long long)values[i]);
    str_append_char(&metrics->line, ']');
}

void metrics_text(struct metrics *metrics, const char *key, const char *value) {
    str_printf(&metrics->line, ", \"%s\": \"%s\"", key, value);
}

int metrics_end(struct metrics *metrics, struct err *err) {
    str_append(&metrics->line, "}\n", 2);
    fwrite(metrics->line.data, 1, metrics->line.size, metrics->file);
    return fflush(metrics->file) == 0 ? 0 : err_errno(err, "write", metrics->path);
}

void metrics_close(struct metrics *metrics) {
    if (metrics == NULL)
        return;
    fclose(metrics->file);
    mem_free(metrics->path);
    str_fini(&metrics->line);
    mem_free(metrics);
}
