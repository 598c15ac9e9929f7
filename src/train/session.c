/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a run: see session.h.  Each stage is local work followed by one agreement, so
 * that a fault on one rank ends all of them with its words. */
#include "src/train/session.h"

#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/kernels/selftest.h"
#include "src/train/evaluate.h"
#include "src/train/finite.h"
#include "src/train/inputs.h"
#include "src/train/lanewise.h"
#include "src/train/mover.h"
#include "src/train/program.h"
#include "src/train/pupil.h"
#include "src/train/resume.h"
#include "src/train/rounded.h"
#include "src/train/start.h"
#include "src/train/threads.h"

/* ---- the model ---- */

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The model has room for evaluation too. */
static int build(struct session *s, struct err *err) {
    const struct config *c = s->config;
    const struct program *program = program_of(c);
    if (lanewise_check(c, err) < 0)
        return -1;
    s->shape = config_shape(c, s->data->vocab.size);
    program->layout(&s->table, c, &s->shape);
    if (c->train_decay_all == 1)
        params_decay_all(&s->table);
    struct stepper_options options = {
        .config = c,
        .shape = s->shape,
        .table = &s->table,
        .max_sequences = larger(s->data->batch.max_B, EVALUATE_SEQUENCES),
        .max_length =
            larger(phases_bounds(c).sequence_length, c->train_sequence_length),
        .program = program,
        .teacher = teacher_is_there(&s->teacher) ? &s->teacher : NULL};
    memory_plan(&s->memory, &options, s->comm, s->data);
    if (comm_rank(s->comm) == 0)
        memory_warn(&s->memory, comm_node_size(s->comm));
    if (memory_check(&s->memory, s->comm, err) < 0)
        return -1;
    s->stepper = stepper_create(&options, s->comm);
    return 0;
}

/* ---- the newest checkpoint: rank 0 looks, all get its path ("" for none) ---- */

/* A run that branched off into its own folder would go on as the parent. */
static int check_branch(const struct config *c, struct err *err) {
    char *from = realpath(c->train_branch_from, NULL);
    char *into = realpath(c->checkpoint_dir, NULL);
    size_t n = from && into ? strlen(into) : 0;
    bool own = n > 0 && strncmp(from, into, n) == 0 &&
               (from[n] == '\0' || (from[n] == '/' && !strchr(from + n + 1, '/')));
    free(from);
    free(into);
    return own ? err_set(err, ERR_CONFIG,
                         "train.branch_from: %s is of this run itself (checkpoint.dir "
                         "%s); a branch needs a folder of its own",
                         c->train_branch_from, c->checkpoint_dir)
               : 0;
}

static int look(struct session *s, struct str *path, struct err *err) {
    const struct config *c = s->config;
    if (c->train_replay != CONFIG_UNSET) /* it only reads there */
        return ckpt_before(c->checkpoint_dir, c->train_replay, path, err);
    s->made_folder = fs->access(c->checkpoint_dir, F_OK) < 0;
    if (file_make_folder(c->checkpoint_dir, err) < 0 ||
        lock_take(c->checkpoint_dir, &s->lock, err) < 0)
        return -1;
    if (c->train_branch_from && check_branch(c, err) < 0)
        return -1;
    if (ckpt_resume(c->checkpoint_dir, c->checkpoint_restart > 0, path, err) < 0)
        return -1;
    s->branched = path->size == 0 && c->train_branch_from;
    if (!s->branched || ckpt_resolve(c->train_branch_from, path, err) == 0)
        return 0;
    return err_prefix(err, "train.branch_from");
}

static int find_checkpoint(struct session *s, struct str *path, struct err *err) {
    int rc = comm_rank(s->comm) == 0 ? look(s, path, err) : 0;
    if (comm_agree(s->comm, rc, err) < 0)
        return -1;
    comm_broadcast_str(s->comm, path, 0);
    comm_broadcast(s->comm, &s->branched, sizeof s->branched, 0);
    return 0;
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

/* Collective.  Each rank reads it by itself. */
static int open_cache(struct session *s, struct err *err) {
    const struct config *c = s->config;
    if (c->teacher_cache == NULL)
        return 0;
    cache_init(&s->cache, c, s->data->hash, &s->teacher);
    int rc = cache_find(&s->cache, err);
    if (rc == 0)
        rc = cache_check(&s->cache, c, err);
    if (rc == 0)
        cache_note_kernels(&s->cache);
    s->teacher.cache = &s->cache;
    return comm_agree(s->comm, rc, err);
}

/* Collective. */
static int open_teacher(struct session *s, struct err *err) {
    bool wanted = teacher_wanted(s->config);
    if (!wanted && (s->config->teacher_from || s->config->teacher_cache))
        return err_set(err, ERR_CONFIG,
                       "teacher.%s: nothing that is trained learns from a teacher; "
                       "set train.objectives, to mlm,cosine for instance",
                       s->config->teacher_from ? "from" : "cache");
    if (!wanted || s->config->teacher_from == NULL) /* it becomes its own later */
        return 0;
    if (teacher_join(&s->teacher, s->comm, s->config, &s->data->vocab, err) < 0)
        return -1;
    s->teacher.pupil = s->data->pupil;
    return open_cache(s, err);
}

static int open_stages(struct session *s, struct str *path, struct err *err) {
    mem_advise(MEMORY_CURE);
    if (s->data == &s->own_data && dataset_open(s->data, s->comm, s->config, err) < 0)
        return -1;
    threads_bind(s->binding);
    if (comm_agree(s->comm, selftest_run(err), err) < 0 ||
        rounded_start(s->config, s->comm, err) < 0)
        return -1;
    inputs_note_kernels(s->comm);
    if (open_teacher(s, err) < 0 || build(s, err) < 0)
        return -1;
    if (find_checkpoint(s, path, err) < 0)
        return -1;
    int rc = path->size > 0 ? resume_state(s, path->data, err) : start_weights(s, err);
    if (!teacher_is_asked(&s->teacher))
        teacher_forget(&s->teacher);
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
    rc = comm_agree(s->comm, rc, err);
    if (rc == 0 && s->teacher.pupil)
        pupil_begin(s->teacher.pupil, s->data, &s->teacher, s->cursors);
    return rc;
}

void session_close(struct session *s) {
    lock_release(&s->lock);
    if (s->made_folder) /* goes only while it is empty: the run never began */
        fs->rmdir(s->config->checkpoint_dir);
    stepper_destroy(s->stepper);
    teacher_close(&s->teacher);
    cache_fini(&s->cache);
    params_table_fini(&s->table);
    dataset_close(&s->own_data);
    str_fini(&s->ledger);
    str_fini(&s->origin);
    str_fini(&s->changes);
    str_fini(&s->inexact);
    str_fini(&s->facts);
    mem_free(s->cursors);
    *s = (struct session){0};
}
