/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of targets: see cache.h. */
#include "src/train/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/lesson.h"
#include "src/base/log.h"
#include "src/base/parse.h"
#include "src/core/phases.h"
#include "src/train/inputs.h"

#define MAKE "`mpibert teach` makes one"

static bool keeps(const struct cache *c, enum target_kind kind) {
    return (c->shape.kinds & (uint32_t)kind) != 0;
}

/* ---- what it is ---- */

/* How many logits of a row are kept. */
static int64_t top_of(const struct config *config, int64_t tokens) {
    return config->teacher_top < tokens ? config->teacher_top : tokens;
}

/* Of each kind that is kept, how much. */
static void print_targets(const struct cache *c, const struct config *config,
                          struct str *out) {
    const struct lesson_shape *shape = &c->shape;
    if (keeps(c, TARGET_STATES))
        str_printf(out, "; states of %" PRId64 " numbers", shape->width);
    if (keeps(c, TARGET_LOGITS))
        str_printf(out, "; %" PRId64 " of %" PRId64 " logits",
                   top_of(config, shape->tokens), shape->tokens);
    if (keeps(c, TARGET_CODES))
        str_printf(out, "; %s codes of %" PRId64 " atoms", config->teacher_codes,
                   shape->atoms);
    if (keeps(c, TARGET_ATTENTION))
        str_printf(out, "; queries, keys and values of %" PRId64 " numbers each",
                   shape->attended);
}

void cache_init(struct cache *c, const struct config *config,
                const char data_hash[HASH_HEX_SIZE], const struct teacher *teacher) {
    *c = (struct cache){.dir = config->teacher_cache,
                        .teacher = teacher,
                        .shape = teacher_shape(teacher)};
    struct str targets = {0};
    print_targets(c, config, &targets);
    str_printf(&c->about, "data: %s\nteacher: %s\ntargets: %s\n", data_hash,
               teacher->hash, targets.data + strlen("; "));
    inputs_describe_kernels(&c->kernels);
    str_fini(&targets);
}

/* ---- whether one that is there is that ---- */

/* A line of both, that is not the same; what is after its key. */
struct difference {
    struct slice there, here;
};

static const struct line {
    const char *key;
    int code;
    const char *words[3]; /* around them */
} lines[] = {
    {"data: ", ERR_DATA, {"it is of other data (data hash ", ", here ", ")"}},
    {"teacher: ", ERR_CONFIG, {"it is of another teacher (hash ", ", here ", ")"}},
    {"targets: ", ERR_CONFIG, {"it holds ", ", and this run learns from ", ""}},
};

static bool value_of(struct slice *rest, const char *key, struct slice *value) {
    size_t size = strlen(key);
    if (!slice_line(rest, value) || !slice_starts(*value, key))
        return false;
    *value = (struct slice){value->data + size, value->size - size};
    return true;
}

static int differ(const struct cache *c, const struct line *line,
                  const struct difference *d, struct err *err) {
    return err_set(err, line->code, "teacher.cache: %s: %s%.*s%s%.*s%s", c->dir,
                   line->words[0], (int)d->there.size, d->there.data, line->words[1],
                   (int)d->here.size, d->here.data, line->words[2]);
}

/* Takes the lines that all its files begin with off *rest. */
static int check_about(const struct cache *c, struct slice *rest, struct err *err) {
    struct slice own = str_slice(&c->about);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct difference d;
        if (!value_of(&own, lines[i].key, &d.here) ||
            !value_of(rest, lines[i].key, &d.there))
            return err_set(err, ERR_DATA, "teacher.cache: %s: does not say whose it is",
                           c->dir);
        if (!slice_equal(d.here, d.there))
            return differ(c, &lines[i], &d, err);
    }
    return 0;
}

/* ---- its index ---- */

static void index_path(const struct cache *c, struct str *path) {
    str_printf(path, "%s/index.h5", c->dir);
}

static bool parse_number(struct slice *rest, const char *key, int64_t *number) {
    struct slice value;
    char text[24];
    if (!value_of(rest, key, &value))
        return false;
    snprintf(text, sizeof text, "%.*s", (int)value.size, value.data);
    return parse_int(text, number) == 0;
}

static void parse_kernels(struct cache *c, struct slice rest) {
    struct slice value;
    str_clear(&c->kernels);
    if (value_of(&rest, "kernels: ", &value))
        str_append(&c->kernels, value.data, value.size);
}

static int parse_index(struct cache *c, struct slice rest, struct err *err) {
    if (check_about(c, &rest, err) < 0)
        return -1;
    if (parse_number(&rest, "part: ", &c->part) &&
        parse_number(&rest, "examples: ", &c->examples) && c->part > 0 &&
        c->examples >= 0) {
        parse_kernels(c, rest);
        return 0;
    }
    return err_set(err, ERR_DATA, "teacher.cache: %s: does not say how much it holds",
                   c->dir);
}

int cache_find(struct cache *c, struct err *err) {
    struct lesson nothing = {.shape = c->shape};
    struct str path = {0}, about = {0};
    index_path(c, &path);
    int rc = lesson_read(path.data, &about, &nothing, err);
    if (rc < 0 && err && err->code == ERR_MISSING)
        rc = err_set(err, ERR_MISSING, "teacher.cache: %s: has no index.h5; " MAKE,
                     c->dir);
    else if (rc < 0)
        err_prefix(err, "teacher.cache");
    else
        rc = parse_index(c, str_slice(&about), err);
    str_fini(&path);
    str_fini(&about);
    lesson_fini(&nothing);
    return rc;
}

int cache_check(const struct cache *c, const struct config *config, struct err *err) {
    int64_t wanted = phases_sum(config).examples;
    if (c->examples >= wanted)
        return 0;
    if (c->examples == 0)
        return err_set(err, ERR_CONFIG,
                       "teacher.cache: %s: is half-written; `mpibert teach` goes on "
                       "with it",
                       c->dir);
    return err_set(err, ERR_CONFIG,
                   "teacher.cache: %s: has %" PRId64 " examples of each lane, and the "
                   "run asks for %" PRId64 "; `mpibert teach` adds the rest",
                   c->dir, c->examples, wanted);
}

int cache_compare_kernels(const struct cache *c, struct err *note) {
    struct str own = {0};
    int rc = 0;
    inputs_describe_kernels(&own);
    if (c->kernels.size > 0 && strcmp(own.data, c->kernels.data) != 0)
        rc = err_set(note, ERR_CONFIG,
                     "teacher.cache: %s: was begun with kernels %s, and here are %s: "
                     "hosts of another kind give other last bits",
                     c->dir, c->kernels.data, own.data);
    str_fini(&own);
    return rc;
}

void cache_note_kernels(const struct cache *c) {
    struct err note;
    if (cache_compare_kernels(c, &note) < 0)
        log_info("note: %s", note.text);
}

int cache_check_text(const struct cache *c, const struct lesson *file, int64_t at,
                     const struct batch *text, int64_t b, struct err *err) {
    if (lesson_is_of(file, at, text, b))
        return 0;
    return err_set(err, ERR_DATA,
                   "teacher.cache: %s: what it has for example %" PRIu64
                   " of lane %" PRIu32 " is of other text: a shard changed, but "
                   "neither its name nor its size; bring it back, or make another "
                   "cache",
                   c->dir, text->origins[b].number, text->origins[b].lane);
}

int cache_save(const struct cache *c, struct err *err) {
    const struct lesson nothing = {.shape = c->shape};
    struct str path = {0}, about = {0};
    index_path(c, &path);
    str_printf(&about, "%spart: %" PRId64 "\nexamples: %" PRId64 "\nkernels: %s\n",
               c->about.data, c->part, c->examples, c->kernels.data);
    int rc = lesson_write(path.data, str_slice(&about), &nothing, err);
    str_fini(&path);
    str_fini(&about);
    return rc;
}

/* ---- its files ---- */

int64_t cache_first(const struct cache *c, int64_t number) {
    return number - number % c->part;
}

void cache_path(const struct cache *c, int64_t lane, int64_t first, struct str *path) {
    str_printf(path, "%s/lane-%05" PRId64 "-example-%09" PRId64 ".h5", c->dir, lane,
               first);
}

static void print_about(const struct cache *c, int64_t lane, int64_t first,
                        struct str *about) {
    str_printf(about, "%slane: %" PRId64 "\nexample: %" PRId64 "\n", c->about.data,
               lane, first);
}

int cache_read(const struct cache *c, int64_t lane, int64_t first,
               struct lesson *lesson, struct err *err) {
    struct str path = {0}, about = {0}, want = {0};
    cache_path(c, lane, first, &path);
    print_about(c, lane, first, &want);
    int rc = lesson_read(path.data, &about, lesson, err);
    if (rc == 0 && !slice_equal(str_slice(&about), str_slice(&want)))
        rc = err_set(err, ERR_DATA,
                     "%s: is not of this cache: what it is of is not what its name "
                     "says; delete it, and `mpibert teach` makes it anew",
                     path.data);
    str_fini(&path);
    str_fini(&about);
    str_fini(&want);
    return rc;
}

int cache_write(const struct cache *c, int64_t lane, int64_t first,
                const struct lesson *lesson, struct err *err) {
    struct str path = {0}, about = {0};
    cache_path(c, lane, first, &path);
    print_about(c, lane, first, &about);
    int rc = lesson_write(path.data, str_slice(&about), lesson, err);
    str_fini(&path);
    str_fini(&about);
    return rc;
}

/* ---- how large it is ---- */

static double foretell(const struct cache *c, const struct config *config,
                       double examples) {
    const struct lesson_counts counts = teacher_expect(c->teacher, config, examples);
    return lesson_foretell(&c->shape, &counts);
}

double cache_foretell(const struct cache *c, const struct config *config) {
    double examples = (double)phases_sum(config).examples;
    return (double)config->train_lanes * foretell(c, config, examples);
}

double cache_foretell_file(const struct cache *c, const struct config *config) {
    int64_t most = phases_sum(config).examples;
    most = most > c->examples ? most : c->examples;
    return foretell(c, config, (double)(most < c->part ? most : c->part));
}

double cache_foretell_example(const struct cache *c, const struct config *config) {
    return foretell(c, config, 1);
}

void cache_print(const struct cache *c) {
    printf("targets   out of %s: %" PRId64 " examples of each lane, %" PRId64
           " in a file\n",
           c->dir, c->examples, c->part);
}

void cache_fini(struct cache *c) {
    str_fini(&c->about);
    str_fini(&c->kernels);
    *c = (struct cache){0};
}
