/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that teacher.cache names: what a teacher said of each example of a run.
 *
 * Lessons (core/lesson.h) are found by lane and number of the example, of which text
 * and masks are a function as long as the data hash is the same: so neither the number
 * of ranks nor that of examples in a step matters.  A file is a run of examples of a
 * lane:
 *
 *   DIR/lane-00003-example-000000512.h5
 *   DIR/index.h5    how many examples a file has, and how many of each lane there are
 *
 * Each begins with lines that say which data, which teacher and what of it; a file is
 * complete or not there, and the index is written when all that it tells of is
 * there. */
#ifndef MPIBERT_TRAIN_CACHE_H
#define MPIBERT_TRAIN_CACHE_H

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/core/config.h"
#include "src/core/lesson.h"
#include "src/train/teacher.h"

/* Zero it to begin. */
struct cache {
    const char *dir;               /* borrowed: teacher.cache */
    const struct teacher *teacher; /* borrowed */
    struct str about;              /* owned: the lines that its files begin with */
    struct str kernels;            /* owned: of who began it; empty: it does not say */
    struct lesson_shape shape;
    int64_t part;     /* examples in a file; the last of a lane may have fewer */
    int64_t examples; /* that there are of each lane; 0: it is still being made */
};

/* Local.  What the cache of a run would be, whether there is one or not. */
void cache_init(struct cache *cache, const struct config *config,
                const char data_hash[HASH_HEX_SIZE], const struct teacher *teacher);
/* Local.  Reads its index.  66: there is none.  65: it is damaged, or of other data.
 * 78: of another teacher, or it holds something else. */
int cache_find(struct cache *cache, struct err *err);
/* Local, after cache_find.  78: it lacks examples that the run will ask for. */
int cache_check(const struct cache *cache, const struct config *config,
                struct err *err);
/* Local, after cache_find.  -1 with words if it was begun with other kernels than are
 * here, and so has other last bits than asking: for a note. */
int cache_compare_kernels(const struct cache *cache, struct err *note);
/* Local.  Says so, for rank 0. */
void cache_note_kernels(const struct cache *cache);
/* Local.  65: what it has of an example, the `at`-th of a file of its, is of other text
 * than sequence b of a batch before it was masked. */
int cache_check_text(const struct cache *cache, const struct lesson *file, int64_t at,
                     const struct batch *text, int64_t b, struct err *err);
/* Local.  Writes its index. */
int cache_save(const struct cache *cache, struct err *err);

/* Local.  The file that has example `number` of a lane: which is the first in it, and
 * its path. */
int64_t cache_first(const struct cache *cache, int64_t number);
void cache_path(const struct cache *cache, int64_t lane, int64_t first,
                struct str *path);
/* Local.  The file that begins with example `first` of a lane.  66, 74; 65: damaged, or
 * not what its name says. */
int cache_read(const struct cache *cache, int64_t lane, int64_t first,
               struct lesson *lesson, struct err *err);
int cache_write(const struct cache *cache, int64_t lane, int64_t first,
                const struct lesson *lesson, struct err *err);

/* About how many bytes all of it takes for a run, its largest file, and one example. */
double cache_foretell(const struct cache *cache, const struct config *config);
double cache_foretell_file(const struct cache *cache, const struct config *config);
double cache_foretell_example(const struct cache *cache, const struct config *config);
/* Local, for rank 0: the line "targets". */
void cache_print(const struct cache *cache);
void cache_fini(struct cache *cache);

#endif
