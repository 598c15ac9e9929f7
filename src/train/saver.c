/* SPDX-License-Identifier: Apache-2.0 */
/* Saving: see saver.h. */
#include "src/train/saver.h"

#include <math.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/die.h"
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

void saver_fini(struct saver *saver) { series_fini(&saver->snapshots); }

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
    if (teacher_wanted(s->config))
        str_printf(&h->versions, TEACHER_HASH "%s\n", s->teacher.hash);
    h->lanes = s->config->train_lanes;
    h->cursor_bytes = loader_cursor_bytes(s->data->loader);
    h->cursors = dataset_cursors(s->data);
}

/* Weights, and of each moment what this rank writes, out of the shards of all: that is
 * owned, in copies (OPTIM_MOMENTS). */
static struct ckpt_groups make_blocks(struct session *s, float **copies) {
    const struct moments *moments = mover_moments(stepper_mover(s->stepper));
    struct ckpt_groups blocks = moments_groups(moments, &s->table);
    blocks.list[0].have.count = s->table.total;
    blocks.list[0].data = stepper_weights(s->stepper)->data;
    for (int i = 0; i < moments->count; i++) {
        const struct moment *moment = &moments->of[i];
        struct span share = ckpt_share(s->comm, &blocks, 1 + i);
        copies[i] = mem_alloc(share.count, sizeof *copies[i]);
        shards_fetch(&moment->shards, s->comm, moment->data, share, copies[i]);
        blocks.list[1 + i].have = share;
        blocks.list[1 + i].data = copies[i];
    }
    return blocks;
}

int saver_save(struct saver *saver, struct session *s, bool asked, struct str *path,
               struct err *err) {
    const char *dir = s->config->checkpoint_dir;
    saver->last = timer_now();
    saver->served = signals_saves();
    struct err cause;
    if (stepper_check_replicas(s->stepper, err) < 0)
        return -1;
    if (finite_check_state(stepper_weights(s->stepper), stepper_mover(s->stepper),
                           s->comm, &cause) < 0)
        return err_set(err, cause.code, "step %lld is not saved: %s; " FINITE_CURE,
                       (long long)s->step, cause.text);
    struct ckpt_header header = {0};
    fill_header(s, &header);
    bool moments = is_due(s, asked) || s->config->checkpoint_snapshot_moments;
    float *copies[OPTIM_MOMENTS] = {0};
    const struct ckpt_groups blocks =
        moments ? make_blocks(s, copies)
                : ckpt_weights_only(stepper_weights(s->stepper));
    str_clear(path);
    ckpt_path(dir, s->step, path);
    int rc = ckpt_write(s->comm, path->data, &header, &blocks, err);
    ckpt_header_fini(&header);
    for (int i = 0; i < OPTIM_MOMENTS; i++)
        mem_free(copies[i]);
    if (rc == 0 && comm_rank(s->comm) == 0)
        ckpt_retain(dir, &saver->retention, s->step);
    return comm_agree(s->comm, rc, err);
}
