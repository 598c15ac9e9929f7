/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of families: see familydir.h. */
#include "io/ckpt/familydir.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/parse.h"

static const char begin[] = "seed_";

void familydir_seed(const char *dir, int64_t seed, struct str *path) {
    str_printf(path, "%s/%s%" PRId64, dir, begin, seed);
}

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

bool familydir_is(const char *dir) {
    struct seeds seeds;
    bool is = list_seeds(dir, &seeds, NULL) == 0 && seeds.count > 0;
    mem_free(seeds.values);
    return is;
}

static int each_of_seed(const char *dir, int64_t seed, familydir_fn *visit,
                        void *context, struct err *err) {
    struct str run = {0};
    char **paths = NULL;
    int count = 0;
    familydir_seed(dir, seed, &run);
    int rc = ckpt_list(run.data, &paths, &count, err);
    for (int i = count - 1; rc == 0 && i >= 0; i--) /* the newest came first */
        rc = visit(seed, run.data, paths[i], context, err);
    for (int i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
    str_fini(&run);
    return rc;
}

int familydir_each(const char *dir, familydir_fn *visit, void *context,
                   struct err *err) {
    struct seeds seeds;
    int rc = list_seeds(dir, &seeds, err);
    for (int i = 0; rc == 0 && i < seeds.count; i++)
        rc = each_of_seed(dir, seeds.values[i], visit, context, err);
    mem_free(seeds.values);
    return rc;
}
