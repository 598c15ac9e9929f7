/* SPDX-License-Identifier: Apache-2.0 */
/* Saving: see saver.h.
 *
 * The copies of what is saved beside training stay for the next checkpoint: to get new
 * pages of memory takes as long as to fill them.  That one may want more room: a rank
 * has another share of the weights where they are saved alone. */
#include "src/train/saver.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/signals.h"
#include "src/base/timer.h"
#include "src/core/snapshots.h"
#include "src/train/fingerprint.h"
#include "src/train/finite.h"
#include "src/train/mover.h"

void saver_init(struct saver *saver, const struct config *c, int64_t from) {
    *saver = (struct saver){.last = timer_now(), .served = signals_saves()};
    CHECK(snapshots_steps(c, &saver->snapshots, NULL) == 0);
    saver->retention = (struct ckpt_retention){
        .keep = c->checkpoint_keep,
        .every =
            c->checkpoint_keep_every == CONFIG_UNSET ? 0 : c->checkpoint_keep_every,
        .snapshots = &saver->snapshots,
        .from = from};
}

static void free_copies(struct saver *saver) {
    for (int i = 0; i < CKPT_BLOCKS; i++) {
        mem_free(saver->copies[i].data);
        saver->copies[i] = (struct saver_copy){0};
    }
}

void saver_fini(struct saver *saver) {
    CHECK(saver->writing == NULL);
    free_copies(saver);
    str_fini(&saver->path);
    series_fini(&saver->snapshots);
}

bool saver_is_busy(const struct saver *saver) {
    return saver->writing && ckpt_is_busy(saver->writing);
}

bool saver_asks(const struct saver *saver, const struct session *s) {
    double minutes = s->config->checkpoint_every_minutes;
    if (signals_saves() != saver->served)
        return true;
    return comm_rank(s->comm) == 0 && !isnan(minutes) &&
           timer_now() - saver->last >= 60 * minutes;
}

/* Whether a checkpoint that a run can go on from is. */
static bool is_due(const struct session *s, bool asked) {
    int64_t every = s->config->checkpoint_every_steps;
    return asked || s->step == 0 || s->step == s->config->train_steps ||
           (every != CONFIG_UNSET && s->step % every == 0);
}

bool saver_due(const struct saver *saver, const struct session *s, bool asked) {
    return is_due(s, asked) || series_has(&saver->snapshots, s->step);
}

static void fill_header(struct session *s, struct ckpt_header *h) {
    h->step = h->adam_step = s->step;
    h->tokens = s->tokens;
    memcpy(h->data_hash, s->data->hash, sizeof h->data_hash);
    config_dump(s->config, &h->config);
    str_append(&h->vocab, s->data->vocab.text, s->data->vocab.text_size);
    str_append(&h->ledger, s->ledger.data, s->ledger.size);
    fingerprint_print(s->config, s->comm, &h->versions);
    if (teacher_is_there(&s->teacher))
        str_printf(&h->versions, TEACHER_HASH "%s\n", s->teacher.hash);
    h->lanes = s->config->train_lanes;
    h->cursor_bytes = loader_cursor_bytes(s->data->loader);
    h->cursors = dataset_cursors(s->data);
}

/* Room for a share that is copied. */
static float *copy_of(struct saver *saver, struct ckpt_groups *groups, int i,
                      const struct comm *comm) {
    struct ckpt_group *group = &groups->list[i];
    struct saver_copy *copy = &saver->copies[i];
    group->have = ckpt_share(comm, groups, i);
    if (copy->data == NULL || copy->room < group->have.count) {
        mem_free(copy->data);
        copy->room = group->have.count;
        copy->data = mem_alloc(copy->room, sizeof(float));
    }
    group->data = copy->data;
    return copy->data;
}

static void copy_numbers(float *to, const float *from, size_t count) {
    enum { PIECE = 1 << 16 };
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < count; at += PIECE) {
        size_t n = count - at < PIECE ? count - at : PIECE;
        memcpy(to + at, from + at, n * sizeof *to);
    }
}

/* The weights: as they are, or a copy of what this rank writes. */
static void take_weights(struct saver *saver, struct session *s,
                         struct ckpt_groups *groups, bool beside) {
    const float *weights = stepper_weights(s->stepper)->data;
    if (beside) {
        float *copy = copy_of(saver, groups, 0, s->comm);
        struct span share = groups->list[0].have;
        copy_numbers(copy, weights + share.offset, share.count);
    } else {
        groups->list[0].have = (struct span){0, s->table.total};
        groups->list[0].data = weights;
    }
}

/* Of each moment what this rank writes, out of the shards of all. */
static void take_moments(struct saver *saver, struct session *s,
                         struct ckpt_groups *groups) {
    const struct moments *moments = mover_moments(stepper_mover(s->stepper));
    for (int i = 1; i < groups->count; i++) {
        const struct moment *moment = &moments->of[i - 1];
        float *copy = copy_of(saver, groups, i, s->comm);
        shards_fetch(&moment->shards, s->comm, moment->data, groups->list[i].have,
                     copy);
    }
}

int saver_begin(struct saver *saver, struct session *s, bool asked, bool must,
                struct err *err) {
    CHECK(saver->writing == NULL);
    bool beside = config_saves_beside(s->config);
    saver->last = timer_now();
    saver->served = signals_saves();
    struct err cause;
    if (stepper_check_replicas(s->stepper, err) < 0)
        return -1;
    if (finite_check_state(stepper_weights(s->stepper), stepper_mover(s->stepper),
                           s->comm, &cause) < 0)
        return err_set(err, cause.code, "step %lld is not saved: %s; " FINITE_CURE,
                       (long long)s->step, cause.text);
    struct ckpt_groups groups =
        is_due(s, asked) || s->config->checkpoint_snapshot_moments
            ? moments_groups(mover_moments(stepper_mover(s->stepper)), &s->table)
            : ckpt_weights_only(stepper_weights(s->stepper));
    fill_header(s, &saver->header);
    take_weights(saver, s, &groups, beside && !must);
    take_moments(saver, s, &groups);
    str_clear(&saver->path);
    ckpt_path(s->config->checkpoint_dir, s->step, &saver->path);
    bool posix = strcmp(s->config->checkpoint_writer, "posix") == 0;
    struct ckpt_how how = {posix ? CKPT_POSIX : CKPT_MPIIO, beside && !must};
    saver->step = s->step;
    saver->must = must;
    saver->seconds = timer_now() - saver->last;
    saver->writing =
        ckpt_begin(s->comm, saver->path.data, how, &saver->header, &groups);
    return 0;
}

/* What becomes of the run when a checkpoint could not be written. */
static int judge_loss(struct saver *saver, struct session *s, struct err *err) {
    enum { MOST = 3 };
    saver->lost++;
    if (saver->must || err->code != ERR_IO)
        return -1;
    if (saver->lost == MOST)
        return err_prefix(err, "the last %d checkpoints could not be written", MOST);
    if (comm_rank(s->comm) == 0)
        log_warn("step %lld is NOT SAVED: %s; training goes on, what was saved before "
                 "stays; the run ends after %d such in a row, this is number %d",
                 (long long)saver->step, err->text, MOST, saver->lost);
    return 0;
}

int saver_finish(struct saver *saver, struct session *s, struct err *err) {
    struct err why = {0};
    double seconds;
    if (saver->writing == NULL)
        return 0;
    int rc = ckpt_end(saver->writing, &seconds, &why);
    saver->writing = NULL;
    saver->seconds += seconds;
    ckpt_header_fini(&saver->header);
    if (!config_saves_beside(s->config))
        free_copies(saver);
    if (rc < 0) {
        rc = judge_loss(saver, s, &why);
        if (rc < 0 && err)
            *err = why;
        return rc;
    }
    saver->lost = 0;
    if (comm_rank(s->comm) == 0)
        ckpt_retain(s->config->checkpoint_dir, &saver->retention, saver->step);
    return 1;
}

/* How many more there will be at once, at least: one is written before another goes. */
static int64_t count_coming(const struct saver *saver, const struct session *s) {
    const struct config *c = s->config;
    int64_t every = c->checkpoint_every_steps;
    int64_t rest = every == CONFIG_UNSET ? 1 : (c->train_steps - s->step) / every;
    int64_t kept = s->step == 0 ? c->checkpoint_keep : 0; /* else they are there */
    int64_t coming = 1 + (kept < rest ? kept : rest);
    for (int i = 0; i < saver->snapshots.count; i++)
        coming += saver->snapshots.values[i] > s->step;
    return coming;
}

void saver_warn_room(const struct saver *saver, const struct session *s,
                     const char *like) {
    struct statvfs disk;
    struct stat one;
    int fd = fs->open(like, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    bool known = fs->fstat(fd, &one) == 0 && fs->fstatvfs(fd, &disk) == 0;
    fs->close(fd);
    if (!known || one.st_size == 0 || disk.f_blocks == 0)
        return;
    double size = (double)one.st_size,
           room = (double)disk.f_bavail * (double)disk.f_frsize;
    int64_t coming = count_coming(saver, s);
    if (room < size * (double)coming)
        log_warn("%s: this disk has room for %.0f more such (%.1f MB each), and this "
                 "run wants %lld: one that finds none is not saved; free some, or "
                 "lower checkpoint.keep or checkpoint.snapshots",
                 like, floor(room / size), 1e-6 * size, (long long)coming);
}

int saver_poll(struct saver *saver, struct session *s, struct err *err) {
    if (saver->writing == NULL || !ckpt_poll(saver->writing))
        return 0;
    return saver_finish(saver, s, err);
}
