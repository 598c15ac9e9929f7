/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a cache: see recall.h.  A lane's examples come in order, so that of each lane
 * one file is in memory, and the next takes its place. */
#include "src/train/recall.h"

#include <inttypes.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/train/cache.h"

/* The file of a lane that was read last. */
struct page {
    int64_t first; /* its first example; -1: none was read */
    struct lesson lesson;
};

struct recall {
    const struct cache *cache; /* borrowed */
    struct page *pages;        /* (lanes of the run) those of others stay empty */
    int64_t lanes;
};

size_t recall_measure(const struct stepper_options *o) {
    const struct cache *cache = o->teacher->cache;
    double lanes =
        (double)o->max_sequences / (double)phases_bounds(o->config).lane_batch;
    return (size_t)(lanes * cache_foretell_file(cache, o->config) +
                    (double)o->max_sequences *
                        cache_foretell_example(cache, o->config));
}

struct recall *recall_create(const struct stepper_options *o) {
    struct recall *recall = mem_alloc(1, sizeof *recall);
    recall->cache = o->teacher->cache;
    recall->lanes = o->config->train_lanes;
    recall->pages = mem_alloc((size_t)recall->lanes, sizeof *recall->pages);
    for (int64_t i = 0; i < recall->lanes; i++)
        recall->pages[i] =
            (struct page){.first = -1, .lesson.shape = recall->cache->shape};
    return recall;
}

void recall_destroy(struct recall *recall) {
    if (recall == NULL)
        return;
    for (int64_t i = 0; i < recall->lanes; i++)
        lesson_fini(&recall->pages[i].lesson);
    mem_free(recall->pages);
    mem_free(recall);
}

static int turn_page(const struct recall *recall, int64_t lane, int64_t number,
                     struct err *err) {
    struct page *page = &recall->pages[lane];
    int64_t first = cache_first(recall->cache, number);
    if (first == page->first)
        return 0;
    page->first = -1;
    if (cache_read(recall->cache, lane, first, &page->lesson, err) < 0)
        return -1;
    page->first = first;
    return 0;
}

/* After a rollback a run reads on, beyond what its steps ask for. */
static int check_end(const struct recall *recall, int64_t number, struct err *err) {
    if (number < recall->cache->examples)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "teacher.cache: %s: has %" PRId64 " examples of each lane, and the "
                   "run has come to the end of them; `mpibert teach` with a larger "
                   "train.steps adds more, or do without teacher.cache",
                   recall->cache->dir, recall->cache->examples);
}

static int fetch(const struct recall *recall, const struct batch *text, int64_t b,
                 struct lesson *lesson, struct err *err) {
    int64_t lane = text->origins[b].lane, number = (int64_t)text->origins[b].number;
    const struct page *page = &recall->pages[lane];
    if (check_end(recall, number, err) < 0)
        return -1;
    if (turn_page(recall, lane, number, err) < 0)
        return err_prefix(err, "teacher.cache");
    int64_t at = number - page->first;
    if (cache_check_text(recall->cache, &page->lesson, at, text, b, err) < 0)
        return -1;
    struct targets said = lesson_tell(&page->lesson, at, 1);
    lesson_add(lesson, text, b, 1, &said);
    return 0;
}

int recall_fetch(struct recall *recall, const struct batch *text, struct lesson *lesson,
                 struct err *err) {
    for (int64_t b = 0; b < text->B; b++)
        if (fetch(recall, text, b, lesson, err) < 0)
            return -1;
    CHECK(lesson_index(lesson)); /* its files fitted */
    return 0;
}
