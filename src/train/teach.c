/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a cache: see teach.h.  A rank writes the files of its own lanes, each when it
 * is full.  A start reads through all of the text, which takes little beside asking,
 * and asks only of examples whose file is not there. */
#include "src/train/teach.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/lock.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/signals.h"
#include "src/base/timer.h"
#include "src/core/phases.h"
#include "src/kernels/selftest.h"
#include "src/train/cache.h"
#include "src/train/dataset.h"
#include "src/train/inputs.h"
#include "src/train/live.h"

static const double SECONDS = 30; /* between lines that say how far it is */

/* The file of a lane that is being filled, or was there. */
struct page {
    int64_t first; /* its first example; -1: none yet */
    bool there;
    struct lesson lesson;
};

struct teaching {
    struct comm *comm;
    const struct config *config;
    struct dataset dataset;
    struct teacher teacher;
    struct cache cache;
    struct lock lock; /* rank 0: on the folder */
    struct live *live;
    struct page *pages; /* (lanes of this rank) */
    int32_t *ids;       /* (T) of a batch before it was masked */
    int64_t wanted;     /* examples of each lane */
    struct {
        double bytes, asked; /* of files; examples that the teacher was asked about */
    } own, all;              /* this rank's, all ranks' */
    double told;             /* when it last said how far it is */
    bool quiet;
};

/* ---- a file ---- */

/* Where the file that begins with example `first` ends. */
static int64_t end_of(const struct teaching *t, int64_t first) {
    int64_t end = first + t->cache.part;
    return end < t->wanted ? end : t->wanted;
}

/* Whether an earlier start wrote it; a damaged one is made anew. */
static int look(struct teaching *t, int64_t lane, struct page *page, struct err *err) {
    struct err fault = {0};
    int rc = cache_read(&t->cache, lane, page->first, &page->lesson, &fault);
    int64_t needed = end_of(t, page->first) - page->first;
    page->there = rc == 0 && page->lesson.sequences >= needed;
    if (page->there)
        t->own.bytes += (double)lesson_bytes(&page->lesson);
    else
        lesson_clear(&page->lesson);
    if (rc == 0 || fault.code == ERR_MISSING)
        return 0;
    if (fault.code != ERR_DATA) {
        *err = fault;
        return -1;
    }
    log_warn("%s; it is made anew", fault.text);
    return 0;
}

static int turn_page(struct teaching *t, int64_t lane, struct page *page,
                     int64_t number, struct err *err) {
    int64_t first = cache_first(&t->cache, number);
    if (first == page->first)
        return 0;
    page->first = first;
    lesson_clear(&page->lesson);
    return look(t, lane, page, err);
}

static int finish_page(struct teaching *t, int64_t lane, struct page *page,
                       struct err *err) {
    t->own.bytes += (double)lesson_bytes(&page->lesson);
    int rc = cache_write(&t->cache, lane, page->first, &page->lesson, err);
    lesson_clear(&page->lesson);
    return rc;
}

/* Sequences b … b+n-1 are what the file of an earlier start is of. */
static int check_run(const struct teaching *t, const struct page *page,
                     const struct batch *text, int64_t b, int64_t n, struct err *err) {
    int64_t at = (int64_t)text->origins[b].number - page->first;
    for (int64_t i = 0; i < n; i++)
        if (cache_check_text(&t->cache, &page->lesson, at + i, text, b + i, err) < 0)
            return -1;
    return 0;
}

/* ---- a batch ---- */

/* How many sequences from b on are of one lane and one file, and go through the teacher
 * at once. */
static int64_t count_run(const struct teaching *t, const struct batch *text, int64_t b,
                         int64_t end) {
    const struct origin *origins = text->origins;
    int64_t most = live_chunk(t->live, text, b), n = 1;
    while (n < most && origins[b + n].lane == origins[b].lane &&
           (int64_t)origins[b + n].number < end)
        n++;
    return n;
}

/* Takes sequences from b on, and says how many. */
static int take_run(struct teaching *t, const struct batch *text, int64_t b, int64_t *n,
                    struct err *err) {
    int64_t lane = text->origins[b].lane, number = (int64_t)text->origins[b].number;
    struct page *page = &t->pages[lane - t->dataset.lanes.first];
    if (turn_page(t, lane, page, number, err) < 0)
        return -1;
    int64_t end = end_of(t, page->first);
    *n = count_run(t, text, b, end);
    if (page->there)
        return check_run(t, page, text, b, *n, err);
    const struct targets said = live_ask(t->live, text, b, *n, NULL);
    lesson_add(&page->lesson, text, b, *n, &said);
    t->own.asked += (double)*n;
    return number + *n == end ? finish_page(t, lane, page, err) : 0;
}

static int take_batch(struct teaching *t, const struct batch *batch, struct err *err) {
    const struct batch text = batch_unmask(batch, t->ids);
    for (int64_t b = 0, n; b < text.B; b += n)
        if (take_run(t, &text, b, &n, err) < 0)
            return -1;
    return 0;
}

/* ---- all of them ---- */

/* Collective.  What ranks came to: a fault, a wish to stop, too many bytes. */
static int agree(struct teaching *t, int rc, struct err *err) {
    double sums[] = {rc < 0, signals_stop() != 0, t->own.bytes, t->own.asked};
    comm_sum_f64(t->comm, sums, 4);
    t->all.bytes = sums[2];
    t->all.asked = sums[3];
    if (sums[0] > 0)
        return comm_agree(t->comm, rc, err);
    if (sums[1] > 0)
        return err_set(err, ERR_STOPPED, "stopped while teaching; start it again");
    if (sums[2] > (double)t->config->teacher_cache_bytes)
        return err_set(err, ERR_CONFIG,
                       "teacher.cache_bytes: %s has become larger than that, %" PRId64
                       " bytes; raise it, and start again",
                       t->cache.dir, t->config->teacher_cache_bytes);
    return 0;
}

static void tell(struct teaching *t, int64_t step) {
    double now = timer_now();
    if (t->quiet || now - t->told < SECONDS)
        return;
    t->told = now;
    log_info("taught %lld of %lld steps, %.1f MB", (long long)step,
             (long long)t->config->train_steps, 1e-6 * t->all.bytes);
}

static int teach_all(struct teaching *t, struct err *err) {
    for (int64_t step = 1; step <= t->config->train_steps; step++) {
        struct step_input in;
        dataset_next(&t->dataset, &in, err);
        int rc = in.data_rc < 0 ? -1 : take_batch(t, in.batch, err);
        if (agree(t, rc, err) < 0)
            return -1;
        tell(t, step);
    }
    return 0;
}

/* ---- the folder ---- */

static int check_size(const struct teaching *t, struct err *err) {
    double bytes = cache_foretell(&t->cache, t->config);
    if (bytes <= (double)t->config->teacher_cache_bytes)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "teacher.cache_bytes: %s would take about %.1f MB, and that is "
                   "%.1f; raise it, keep fewer logits (teacher.top), or train fewer "
                   "steps",
                   t->cache.dir, 1e-6 * bytes,
                   1e-6 * (double)t->config->teacher_cache_bytes);
}

static int64_t choose_part(const struct teaching *t) {
    double example = cache_foretell_example(&t->cache, t->config);
    double examples = (double)t->config->teacher_cache_part_bytes / example;
    return examples < 1 ? 1 : examples < 1e9 ? (int64_t)examples : 1000000000;
}

/* What a start that was killed was writing. */
static int sweep(const char *dir, const char *name, void *context, struct err *err) {
    struct str path = {0};
    (void)context, (void)err;
    str_printf(&path, "%s/%s", dir, name);
    if (strstr(name, ".h5.tmp-"))
        fs->unlink(path.data);
    str_fini(&path);
    return 0;
}

/* Rank 0: takes up the folder, or makes it. */
static int enter(struct teaching *t, struct err *err) {
    if (check_size(t, err) < 0 || file_make_folder(t->cache.dir, err) < 0)
        return err_prefix(err, "teacher.cache");
    if (lock_take(t->cache.dir, &t->lock, err) < 0)
        return -1;
    struct err fault = {0};
    if (file_each_name(t->cache.dir, sweep, NULL, err) < 0)
        return -1;
    if (cache_find(&t->cache, &fault) == 0) {
        cache_note_kernels(&t->cache);
        return 0;
    }
    if (fault.code != ERR_MISSING) {
        *err = fault;
        return err_prefix(err, "name another folder, or delete what is in it");
    }
    t->cache.part = choose_part(t);
    return cache_save(&t->cache, err);
}

static int open_cache(struct teaching *t, struct err *err) {
    cache_init(&t->cache, t->config, t->dataset.hash, &t->teacher);
    int rc = comm_rank(t->comm) == 0 ? enter(t, err) : 0;
    if (comm_agree(t->comm, rc, err) < 0)
        return -1;
    comm_broadcast(t->comm, &t->cache.part, sizeof t->cache.part, 0);
    comm_broadcast(t->comm, &t->cache.examples, sizeof t->cache.examples, 0);
    return 0;
}

/* ---- the doors ---- */

static int check_options(const struct config *config, struct err *err) {
    if (!teacher_wanted(config))
        return err_set(err, ERR_CONFIG,
                       "train.objectives: nothing of it learns from a teacher; set it "
                       "as the run has it, to mlm,soft for instance");
    if (config->teacher_cache == NULL)
        return err_set(err, ERR_CONFIG,
                       "teacher.cache: is not set: the folder to make");
    return 0;
}

static int prepare(struct teaching *t, struct err *err) {
    if (check_options(t->config, err) < 0 ||
        dataset_open(&t->dataset, t->comm, t->config, err) < 0 ||
        comm_agree(t->comm, selftest_run(err), err) < 0 ||
        teacher_join(&t->teacher, t->comm, t->config, &t->dataset.vocab, err) < 0)
        return -1;
    inputs_note_kernels(t->comm);
    return open_cache(t, err);
}

static void take_room(struct teaching *t) {
    const struct stepper_options options = {
        .config = t->config,
        .max_sequences = t->dataset.batch.max_B,
        .max_length = phases_bounds(t->config).sequence_length,
        .teacher = &t->teacher};
    int64_t lanes = t->dataset.lanes.count;
    t->live = live_create(&options);
    t->ids = mem_alloc((size_t)t->dataset.batch.max_T, sizeof *t->ids);
    t->pages = mem_alloc((size_t)lanes, sizeof *t->pages);
    for (int64_t i = 0; i < lanes; i++)
        t->pages[i] = (struct page){.first = -1, .lesson.shape = t->cache.shape};
}

static void print_plan(const struct teaching *t) {
    const struct cache *c = &t->cache;
    if (t->quiet || comm_rank(t->comm) != 0)
        return;
    teacher_print(&t->teacher);
    printf("cache     %s: about %.1f MB (at most %.1f, teacher.cache_bytes): %" PRId64
           " examples of each of %" PRId64 " lanes, %" PRId64 " in a file\n",
           c->dir, 1e-6 * cache_foretell(c, t->config),
           1e-6 * (double)t->config->teacher_cache_bytes, t->wanted,
           t->config->train_lanes, c->part);
    printf("memory    %.1f MB of that a rank, beside the teacher and the text\n",
           1e-6 * cache_foretell_file(c, t->config) * (double)t->dataset.lanes.count);
    fflush(stdout);
}

/* What was to be there is.  What an earlier start had beyond that counts, unless a file
 * was made anew, which then ends here. */
static int finish(struct teaching *t, struct err *err) {
    int rc = 0;
    if (t->all.asked > 0 || t->wanted > t->cache.examples)
        t->cache.examples = t->wanted;
    if (comm_rank(t->comm) == 0)
        rc = cache_save(&t->cache, err);
    return comm_agree(t->comm, rc, err);
}

static int teach(struct teaching *t, struct err *err) {
    if (prepare(t, err) < 0)
        return -1;
    t->wanted = phases_sum(t->config).examples;
    print_plan(t);
    take_room(t);
    return teach_all(t, err) < 0 ? -1 : finish(t, err);
}

static void close_all(struct teaching *t) {
    for (int64_t i = 0; t->pages && i < t->dataset.lanes.count; i++)
        lesson_fini(&t->pages[i].lesson);
    mem_free(t->pages);
    mem_free(t->ids);
    live_destroy(t->live);
    lock_release(&t->lock);
    cache_fini(&t->cache);
    teacher_close(&t->teacher);
    dataset_close(&t->dataset);
}

int teach_run(struct comm *comm, const struct config *config, bool quiet,
              struct teach_result *result, struct err *err) {
    struct teaching t = {.comm = comm, .config = config, .quiet = quiet};
    double start = timer_now();
    t.told = start;
    int rc = teach(&t, err);
    *result = (struct teach_result){.lanes = config->train_lanes,
                                    .examples = t.cache.examples,
                                    .part = t.cache.part,
                                    .bytes = t.all.bytes,
                                    .asked = t.all.asked,
                                    .seconds = timer_now() - start};
    close_all(&t);
    return rc;
}
