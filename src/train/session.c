/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a run: see session.h.  Each stage is local work followed by one agreement, so
 * that a fault on one rank ends all of them with its words. */
#include "src/train/session.h"

#include <string.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/data/wordlist.h"
#include "src/infer/bundle.h"
#include "src/model/bert.h"
#include "src/train/evaluate.h"
#include "src/train/finite.h"
#include "src/train/inputs.h"
#include "src/train/machine.h"
#include "src/train/mover.h"
#include "src/train/notes.h"
#include "src/train/threads.h"

/* ---- the model ---- */

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The model has room for evaluation too. */
static int build(struct session *s, struct err *err) {
    const struct config *c = s->config;
    s->shape = config_shape(c, s->data->vocab.size);
    model_layout(&s->table, &s->shape, config_objectives(c));
    struct stepper_options options = {
        .config = c,
        .shape = s->shape,
        .table = &s->table,
        .max_sequences = larger(s->data->batch.max_B, EVALUATE_SEQUENCES),
        .max_length =
            larger(phases_bounds(c).sequence_length, c->train_sequence_length)};
    memory_plan(&s->memory, &options, s->comm, s->data->lanes.count, &s->data->batch);
    if (comm_rank(s->comm) == 0)
        memory_warn(&s->memory, comm_node_size(s->comm));
    if (memory_check(&s->memory, s->comm, err) < 0)
        return -1;
    s->stepper = stepper_create(&options, s->comm);
    return 0;
}

/* ---- the newest checkpoint: rank 0 looks, all get its path ("" for none) ---- */

static int look(struct session *s, struct str *path, struct err *err) {
    const struct config *c = s->config;
    if (file_make_folder(c->checkpoint_dir, err) < 0 ||
        lock_take(c->checkpoint_dir, &s->lock, err) < 0)
        return -1;
    return ckpt_resume(c->checkpoint_dir, c->checkpoint_restart > 0, path, err);
}

static int find_checkpoint(struct session *s, struct str *path, struct err *err) {
    int rc = comm_rank(s->comm) == 0 ? look(s, path, err) : 0;
    if (comm_agree(s->comm, rc, err) < 0)
        return -1;
    comm_broadcast_str(s->comm, path, 0);
    return 0;
}

/* ---- going on ---- */

static int check_same_run(struct session *s, const struct ckpt_header *h,
                          const char *path, struct err *err) {
    struct config then;
    config_init(&then);
    int rc = config_load(&then, str_slice(&h->config), path, err);
    if (rc == 0)
        rc = config_compare(s->config, &then, err);
    s->steps_before = then.train_steps;
    config_fini(&then);
    if (rc == 0 && strcmp(h->data_hash, s->data->hash) != 0)
        rc = err_set(
            err, ERR_CONFIG,
            "%s: the data is not what this run was started on (data hash %s, now %s): "
            "shards' names, sizes, formats and weights, the vocabulary and the data "
            "options may not change; bring them back, or use another checkpoint.dir",
            path, h->data_hash, s->data->hash);
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
    if (ckpt_read(ckpt, CKPT_WEIGHTS, stepper_weights(s->stepper), err) < 0 ||
        take_moments(s, ckpt, err) < 0)
        return -1;
    s->cursors = mem_alloc(dataset_cursors_bytes(s->data), 1);
    memcpy(s->cursors, h->cursors, dataset_cursors_bytes(s->data));
    s->step = h->step;
    s->tokens = h->tokens;
    same_add(&s->facts, "state", "of hash %s", h->state_hash);
    inputs_add_bytes(&s->facts, "lanes", h->cursors, (size_t)h->lanes * bytes);
    str_append(&s->ledger, h->ledger.data, h->ledger.size);
    str_printf(&s->ledger, "step %lld: resumed on %d ranks, mpibert %s\n",
               (long long)s->step, comm_size(s->comm), MPIBERT_VERSION);
    str_printf(&s->origin, "%s", path);
    return 0;
}

static int resume(struct session *s, const char *path, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    int rc = ckpt ? take_state(s, ckpt, path, err) : -1;
    if (ckpt)
        ckpt_close(ckpt);
    return rc;
}

/* ---- starting ---- */

static int same_vocabulary(const struct session *s, const struct bundle *bundle,
                           struct err *err) {
    bool same = s->data->vocab.size == bundle->vocab.size;
    for (int32_t i = 0; same && i < s->data->vocab.size; i++)
        same = slice_equal(s->data->vocab.tokens[i], bundle->vocab.tokens[i]);
    return same ? 0
                : err_set(err, ERR_CONFIG,
                          "%s has another vocabulary than data.vocab %s; "
                          "take its vocab.txt",
                          bundle->name, s->config->data_vocab);
}

static int start(struct session *s, struct err *err) {
    const char *from = s->config->train_init_from;
    model_init(stepper_weights(s->stepper), config_init_seed(s->config),
               s->config->model_init_range);
    str_printf(&s->ledger, "step 0: started on %d ranks, mpibert %s, weights %s\n",
               comm_size(s->comm), MPIBERT_VERSION, from ? from : "random");
    str_printf(&s->origin, "%s", from ? from : "random weights");
    if (from == NULL)
        return 0;
    struct bundle bundle;
    if (bundle_load(from, &bundle, err) < 0)
        return err_prefix(err, "train.init_from");
    struct str fresh = {0};
    int rc = same_vocabulary(s, &bundle, err);
    inputs_add_bytes(&s->facts, "weights there", bundle.weights.data,
                     bundle.table.total * sizeof(float));
    if (rc == 0)
        rc = bundle_copy(&bundle, stepper_weights(s->stepper), &fresh, err);
    if (rc < 0)
        err_prefix(err, "train.init_from");
    if (rc == 0 && fresh.size > 0)
        log_info("%s: lacks these tensors, which start afresh:\n%s", from, fresh.data);
    str_fini(&fresh);
    bundle_fini(&bundle);
    return rc;
}

/* ---- the doors ---- */

/* Collective.  Each rank read checkpoint or first weights by itself, on its own
 * host. */
static int agree_state(struct session *s, struct err *err) {
    const struct params *weights = stepper_weights(s->stepper);
    struct str cure = {0};
    str_printf(&cure, "all hosts must have the same %s", s->origin.data);
    same_add(&s->facts, "step", "%lld", (long long)s->step);
    inputs_add_bytes(&s->facts, "weights", weights->data,
                     s->table.total * sizeof(float));
    int rc = same_check(s->comm, &s->facts, cure.data, err);
    str_fini(&cure);
    return rc;
}

static int open_stages(struct session *s, struct str *path, struct err *err) {
    mem_advise(MEMORY_CURE);
    if (s->data == &s->own_data && dataset_open(s->data, s->comm, s->config, err) < 0)
        return -1;
    inputs_note_kernels(s->comm);
    threads_bind(s->binding);
    if (build(s, err) < 0)
        return -1;
    if (find_checkpoint(s, path, err) < 0)
        return -1;
    int rc = path->size > 0 ? resume(s, path->data, err) : start(s, err);
    if (comm_agree(s->comm, rc, err) < 0 || agree_state(s, err) < 0)
        return -1;
    if (finite_check_state(stepper_weights(s->stepper), stepper_mover(s->stepper),
                           s->comm, err) < 0)
        return err_prefix(err, "%s cannot be gone on from", s->origin.data);
    return 0;
}

int session_open(struct session *session, struct comm *comm,
                 const struct binding *binding, const struct config *config,
                 struct dataset *data, struct err *err) {
    *session = (struct session){.comm = comm,
                                .binding = binding,
                                .config = config,
                                .data = data ? data : &session->own_data};
    struct str path = {0};
    int rc = open_stages(session, &path, err);
    str_fini(&path);
    if (rc < 0)
        session_close(session);
    return rc;
}

int session_seek(struct session *s, struct err *err) {
    int rc = 0;
    if (s->cursors)
        rc = loader_restore(s->data->loader,
                            s->cursors + dataset_cursors_place(s->data), err);
    return comm_agree(s->comm, rc, err);
}

void session_close(struct session *s) {
    lock_release(&s->lock);
    stepper_destroy(s->stepper);
    params_table_fini(&s->table);
    dataset_close(&s->own_data);
    str_fini(&s->ledger);
    str_fini(&s->origin);
    str_fini(&s->facts);
    mem_free(s->cursors);
    *s = (struct session){0};
}
