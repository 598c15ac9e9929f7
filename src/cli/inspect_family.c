/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of families: see inspect_family.h.  The loss is that of the step in the
 * seed's metrics.jsonl; step 0 has none. */
#include "src/cli/inspect_family.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "io/metrics.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/parse.h"

static const char begin[] = "seed_";

/* The seeds of a folder, rising. */
struct seeds {
    int64_t *values; /* owned */
    int count;
};

static int take_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct seeds *seeds = context;
    int64_t seed;
    (void)dir, (void)err;
    if (strncmp(name, begin, strlen(begin)) != 0 ||
        parse_int(name + strlen(begin), &seed) < 0)
        return 0;
    seeds->values =
        mem_resize(seeds->values, (size_t)seeds->count + 1, sizeof *seeds->values);
    seeds->values[seeds->count++] = seed;
    return 0;
}

static int rising(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int list_seeds(const char *dir, struct seeds *seeds, struct err *err) {
    *seeds = (struct seeds){0};
    int rc = file_each_name(dir, take_name, seeds, err);
    if (seeds->count > 0)
        qsort(seeds->values, (size_t)seeds->count, sizeof *seeds->values, rising);
    return rc;
}

bool inspect_is_family(const char *dir) {
    struct seeds seeds;
    bool is = list_seeds(dir, &seeds, NULL) == 0 && seeds.count > 0;
    mem_free(seeds.values);
    return is;
}

static void put_row(struct json_writer *w, int64_t seed, const struct ckpt_header *h,
                    double loss, const char *path) {
    json_open(w, NULL, '{');
    json_put_int(w, "seed", seed);
    json_put_int(w, "step", h->step);
    json_put_int(w, "tokens", (int64_t)h->tokens);
    if (isnan(loss))
        json_put_null(w, "loss");
    else
        json_put_real(w, "loss", loss);
    json_put_string(w, "state_hash", slice_of(h->state_hash));
    json_put_string(w, "path", slice_of(path));
    json_close(w, '}');
}

static void print_row(int64_t seed, const struct ckpt_header *h, double loss,
                      const char *path) {
    char text[16] = "-";
    if (!isnan(loss))
        snprintf(text, sizeof text, "%.4f", loss);
    printf("%6lld %10lld %14llu %8s  %s  %s\n", (long long)seed, (long long)h->step,
           (unsigned long long)h->tokens, text, h->state_hash, path);
}

static int list_file(int64_t seed, const char *metrics, const char *path,
                     struct json_writer *w, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    if (ckpt == NULL)
        return -1;
    const struct ckpt_header *h = ckpt_header(ckpt);
    double loss = metrics_find(metrics, h->step, "loss");
    if (w)
        put_row(w, seed, h, loss, path);
    else
        print_row(seed, h, loss, path);
    ckpt_close(ckpt);
    return 0;
}

static int list_seed(const char *dir, int64_t seed, struct json_writer *w,
                     struct err *err) {
    struct str run = {0}, metrics = {0};
    char **paths = NULL;
    int count = 0;
    str_printf(&run, "%s/%s%lld", dir, begin, (long long)seed);
    str_printf(&metrics, "%s/metrics.jsonl", run.data);
    int rc = ckpt_list(run.data, &paths, &count, err);
    for (int i = count - 1; rc == 0 && i >= 0; i--) /* the newest came first */
        rc = list_file(seed, metrics.data, paths[i], w, err);
    for (int i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
    str_fini(&run);
    str_fini(&metrics);
    return rc;
}

int inspect_family(const char *dir, bool json, struct err *err) {
    struct seeds seeds;
    struct str text = {0};
    struct json_writer w = {.out = &text};
    int rc = list_seeds(dir, &seeds, err);
    if (json) {
        json_open(&w, NULL, '{');
        json_open(&w, "checkpoints", '[');
    } else {
        printf("%6s %10s %14s %8s  %-32s  %s\n", "seed", "step", "tokens", "loss",
               "state_hash", "path");
    }
    for (int i = 0; rc == 0 && i < seeds.count; i++)
        rc = list_seed(dir, seeds.values[i], json ? &w : NULL, err);
    if (json && rc == 0) {
        json_close(&w, ']');
        json_close(&w, '}');
        printf("%s\n", text.data);
    }
    mem_free(seeds.values);
    str_fini(&text);
    return rc;
}
