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
#include "src/core/family_shapes.h"

static const char begin[] = "seed_";

void familydir_member(const char *dir, const char *shape, int64_t seed,
                      struct str *path) {
    str_printf(path, "%s/", dir);
    if (shape)
        str_printf(path, "%s/", shape);
    str_printf(path, "%s%" PRId64, begin, seed);
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

static bool has_seeds(const char *dir) {
    struct seeds seeds;
    bool has = list_seeds(dir, &seeds, NULL) == 0 && seeds.count > 0;
    mem_free(seeds.values);
    return has;
}

/* The shapes of a folder, in the order of their names. */
struct shapes {
    char **names; /* owned, as each of them */
    int count;
};

static int take_shape(const char *dir, const char *name, void *context,
                      struct err *err) {
    struct shapes *shapes = context;
    struct str path = {0};
    (void)err;
    str_printf(&path, "%s/%s", dir, name);
    if (family_shapes_is_name(name) && has_seeds(path.data)) {
        shapes->names =
            mem_resize(shapes->names, (size_t)shapes->count + 1, sizeof *shapes->names);
        shapes->names[shapes->count++] = mem_string(name);
    }
    str_fini(&path);
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_shapes(const char *dir, struct shapes *shapes, struct err *err) {
    *shapes = (struct shapes){0};
    int rc = file_each_name(dir, take_shape, shapes, err);
    if (shapes->count > 0)
        qsort(shapes->names, (size_t)shapes->count, sizeof *shapes->names, by_name);
    return rc;
}

static void free_shapes(struct shapes *shapes) {
    while (shapes->count > 0)
        mem_free(shapes->names[--shapes->count]);
    mem_free(shapes->names);
}

bool familydir_has_shapes(const char *dir) {
    struct shapes shapes;
    bool has = list_shapes(dir, &shapes, NULL) == 0 && shapes.count > 0;
    free_shapes(&shapes);
    return has;
}

bool familydir_is(const char *dir) {
    return has_seeds(dir) || familydir_has_shapes(dir);
}

static int each_of_seed(const char *dir, const char *shape, int64_t seed,
                        familydir_fn *visit, void *context, struct err *err) {
    struct str run = {0};
    char **paths = NULL;
    int count = 0;
    familydir_member(dir, shape, seed, &run);
    int rc = ckpt_list(run.data, &paths, &count, err);
    for (int i = count - 1; rc == 0 && i >= 0; i--) { /* the newest came first */
        const struct familydir_file file = {shape, seed, run.data, paths[i]};
        rc = visit(&file, context, err);
    }
    for (int i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
    str_fini(&run);
    return rc;
}

/* All seeds of a shape, or of the one there is. */
static int each_of_shape(const char *dir, const char *shape, familydir_fn *visit,
                         void *context, struct err *err) {
    struct str folder = {0};
    struct seeds seeds;
    str_printf(&folder, "%s%s%s", dir, shape ? "/" : "", shape ? shape : "");
    int rc = list_seeds(folder.data, &seeds, err);
    for (int i = 0; rc == 0 && i < seeds.count; i++)
        rc = each_of_seed(dir, shape, seeds.values[i], visit, context, err);
    mem_free(seeds.values);
    str_fini(&folder);
    return rc;
}

int familydir_each(const char *dir, familydir_fn *visit, void *context,
                   struct err *err) {
    struct shapes shapes;
    int rc = list_shapes(dir, &shapes, err);
    if (rc == 0)
        rc = each_of_shape(dir, NULL, visit, context, err);
    for (int i = 0; rc == 0 && i < shapes.count; i++)
        rc = each_of_shape(dir, shapes.names[i], visit, context, err);
    free_shapes(&shapes);
    return rc;
}
