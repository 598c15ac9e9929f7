/* SPDX-License-Identifier: Apache-2.0 */
/* Resuming: see resume.h.  Whether the run is the same is judged before anything is
 * taken. */
#include "src/train/resume.h"

#include <string.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/mem.h"
#include "src/train/fingerprint.h"
#include "src/train/inputs.h"
#include "src/train/mover.h"

static int check_same_run(struct session *s, const struct ckpt_header *h,
                          const char *path, struct err *err) {
    struct config then;
    config_init(&then);
    int rc = config_load(&then, str_slice(&h->config), path, err);
    if (rc == 0)
        rc = config_compare(s->config, &then, err);
    if (rc == 0)
        config_changes(s->config, &then, &s->changes);
    s->steps_before = then.train_steps;
    config_fini(&then);
    if (rc == 0 && strcmp(h->data_hash, s->data->hash) != 0)
        rc = err_set(
            err, ERR_CONFIG,
            "%s: the data is not what this run was started on (data hash %s, now %s): "
            "shards' names, sizes, formats and weights, the vocabulary and the data "
            "options may not change; bring them back, or use another checkpoint.dir",
            path, h->data_hash, s->data->hash);
    if (rc == 0 && teacher_is_there(&s->teacher))
        rc = teacher_check(&s->teacher, str_slice(&h->versions), path, err);
    return rc;
}

/* What this rank owns of a moment, of every tensor. */
struct taking {
    struct moment *moment;
    int rank;
};

static void take_tensor(const struct tensor *tensor, const float *data, void *context) {
    const struct taking *t = context;
    shards_take(&t->moment->shards, t->rank,
                (struct span){tensor->offset, tensor->count}, data, t->moment->data);
}

static int take_moments(struct session *s, struct ckpt *ckpt, struct err *err) {
    struct moments *moments = mover_moments(stepper_mover(s->stepper));
    int rc = 0;
    for (int i = 0; rc == 0 && i < moments->count; i++) {
        struct taking taking = {&moments->of[i], comm_rank(s->comm)};
        rc = ckpt_each(ckpt, taking.moment->name, &taking.moment->table, take_tensor,
                       &taking, err);
    }
    return rc;
}

/* The model, its moments, and how far it had come. */
static int take_numbers(struct session *s, struct ckpt *ckpt, struct err *err) {
    if (ckpt_read(ckpt, CKPT_WEIGHTS, stepper_weights(s->stepper), err) < 0 ||
        take_moments(s, ckpt, err) < 0)
        return -1;
    s->step = ckpt_header(ckpt)->step;
    s->tokens = ckpt_header(ckpt)->tokens;
    return 0;
}

/* A line for the beginning, and one for each option that is another from here on. */
static void note_start(struct session *s, const char *path) {
    struct slice rest = str_slice(&s->changes), change;
    str_printf(&s->ledger, "step %lld: %s%s on %d ranks, mpibert %s\n",
               (long long)s->step, s->branched ? "branched off from " : "resumed",
               s->branched ? path : "", comm_size(s->comm), MPIBERT_VERSION);
    while (slice_line(&rest, &change))
        str_printf(&s->ledger, "step %lld: changed %.*s\n", (long long)s->step,
                   (int)change.size, change.data);
    if (s->inexact.size > 0)
        str_printf(&s->ledger, "step %lld: last bits may differ: %s\n",
                   (long long)s->step, s->inexact.data);
}

static void compare_fingerprints(struct session *s, const struct ckpt_header *h) {
    struct str now = {0};
    fingerprint_print(s->config, s->comm, &now);
    fingerprint_compare(s->config, str_slice(&now), str_slice(&h->versions),
                        &s->inexact);
    str_fini(&now);
}

static int take_state(struct session *s, struct ckpt *ckpt, const char *path,
                      struct err *err) {
    const struct ckpt_header *h = ckpt_header(ckpt);
    size_t bytes = loader_cursor_bytes(s->data->loader);
    if (check_same_run(s, h, path, err) < 0)
        return -1;
    if (ckpt_moments(ckpt) == 0 || h->cursor_bytes != bytes ||
        h->lanes != s->config->train_lanes)
        return err_set(
            err, ERR_DATA,
            "%s: has weights only, or lanes of another version; to start from its "
            "weights set train.init_from and another checkpoint.dir",
            path);
    if (take_numbers(s, ckpt, err) < 0)
        return -1;
    s->cursors = mem_alloc(dataset_cursors_bytes(s->data), 1);
    memcpy(s->cursors, h->cursors, dataset_cursors_bytes(s->data));
    same_add(&s->facts, "state", "of hash %s", h->state_hash);
    inputs_add_bytes(&s->facts, "lanes", h->cursors, (size_t)h->lanes * bytes);
    str_append(&s->ledger, h->ledger.data, h->ledger.size);
    compare_fingerprints(s, h);
    note_start(s, path);
    str_printf(&s->origin, "%s", path);
    return 0;
}

int resume_state(struct session *s, const char *path, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    int rc = ckpt ? take_state(s, ckpt, path, err) : -1;
    if (ckpt)
        ckpt_close(ckpt);
    return rc;
}

/* ---- back, in the midst of a run ---- */

static int read_numbers(struct session *s, const char *path, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    int rc = ckpt ? take_numbers(s, ckpt, err) : -1;
    ckpt_close(ckpt);
    return rc;
}

/* Rank 0 alone. */
static int find_back(const struct session *s, int64_t step, struct str *path,
                     struct err *err) {
    const char *dir = s->config->checkpoint_dir;
    if (ckpt_before(dir, step + 1, path, err) < 0)
        return -1;
    return ckpt_set_aside_after(dir, ckpt_step_of(strrchr(path->data, '/') + 1), err);
}

int resume_back(struct session *s, int64_t step, struct err *err) {
    struct str path = {0};
    int rc = comm_rank(s->comm) == 0 ? find_back(s, step, &path, err) : 0;
    rc = comm_agree(s->comm, rc, err);
    if (rc == 0) {
        comm_broadcast_str(s->comm, &path, 0);
        rc = comm_agree(s->comm, read_numbers(s, path.data, err), err);
    }
    str_fini(&path);
    return rc;
}
