/* SPDX-License-Identifier: Apache-2.0 */
/* Saving: see saver.h. */
#include "src/train/saver.h"

#include <math.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/processor.h"
#include "src/base/timer.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/train/finite.h"
#include "src/train/mover.h"

void saver_init(struct saver *saver) { saver->last = timer_now(); }

bool saver_asks(const struct saver *saver, const struct session *s) {
    double minutes = s->config->checkpoint_every_minutes;
    return comm_rank(s->comm) == 0 && !isnan(minutes) &&
           timer_now() - saver->last >= 60 * minutes;
}

bool saver_due(const struct session *s, bool asked) {
    int64_t every = s->config->checkpoint_every_steps;
    return asked || s->step == s->config->train_steps ||
           (every != CONFIG_UNSET && s->step % every == 0);
}

static void fill_header(struct session *s, struct ckpt_header *h) {
    h->step = h->adam_step = s->step;
    h->tokens = s->tokens;
    memcpy(h->data_hash, s->data->hash, sizeof h->data_hash);
    config_dump(s->config, &h->config);
    str_append(&h->vocab, s->data->vocab.text, s->data->vocab.text_size);
    str_append(&h->ledger, s->ledger.data, s->ledger.size);
    char processor[PROCESSOR_TEXT];
    processor_describe(processor);
    str_printf(
        &h->versions,
        "mpibert: %s\nmpi: %s\nblas: %s\nkernels: %s\nprocessor: %s\nranks: %d\n",
        MPIBERT_VERSION, comm_describe(), gemm_describe(), vec_describe(), processor,
        comm_size(s->comm));
    h->lanes = s->config->train_lanes;
    h->cursor_bytes = loader_cursor_bytes(s->data->loader);
    h->cursors = dataset_cursors(s->data);
}

/* What this rank writes of a moment, out of the shards of all; owned. */
static float *fetch_moment(struct session *s, enum ckpt_kind kind, int i) {
    struct mover *mover = stepper_mover(s->stepper);
    struct span share = ckpt_share(s->comm, &s->table, kind);
    float *moment = mem_alloc(share.count, sizeof *moment);
    shards_fetch(mover_shards(mover), s->comm, mover_moment(mover, i), share, moment);
    return moment;
}

int saver_save(struct saver *saver, struct session *s, struct str *path,
               struct err *err) {
    const char *dir = s->config->checkpoint_dir;
    saver->last = timer_now();
    if (finite_check_state(stepper_weights(s->stepper), stepper_mover(s->stepper),
                           s->comm, err) < 0)
        return err_prefix(err, "step %lld is not saved; " FINITE_CURE,
                          (long long)s->step);
    struct ckpt_header header = {0};
    fill_header(s, &header);
    float *m = fetch_moment(s, CKPT_M, 0);
    float *v = fetch_moment(s, CKPT_V, 1);
    const struct ckpt_blocks blocks = {stepper_weights(s->stepper), m, v};
    str_clear(path);
    ckpt_path(dir, s->step, path);
    int rc = ckpt_write(s->comm, path->data, &header, &blocks, err);
    ckpt_header_fini(&header);
    mem_free(m);
    mem_free(v);
    if (rc == 0 && comm_rank(s->comm) == 0)
        ckpt_retain(dir, (int)s->config->checkpoint_keep, s->step);
    return comm_agree(s->comm, rc, err);
}
