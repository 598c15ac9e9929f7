/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to a dictionary: see make.h.  States are collected again by each
 * start: they are a function of text and teacher, and larger than what is learnt. */
#include "src/dictionary/make.h"

#include <string.h>
#include <unistd.h>

#include "io/dictionary.h"
#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/core/targets.h"
#include "src/train/inputs.h"
#include "src/train/teacher.h"

struct making {
    struct comm *comm;
    const struct config *config;
    const struct dictionary_options *options;
    struct dictionary_result *result;
    struct teacher teacher;
    struct dataset dataset;
    struct states states;
    struct dictionary first; /* which this one begins with; empty: none */
};

static int open_teacher(struct making *m, struct err *err) {
    int rc =
        teacher_open(&m->teacher, m->config, &m->dataset.vocab, TARGET_STATES, err);
    if (comm_agree(m->comm, rc, err) < 0)
        return -1;
    return inputs_agree_model(m->comm, &m->teacher.bundle, err);
}

/* ---- what there is already ---- */

static int64_t count_states(const struct config *c) {
    return c->dictionary_iterations * c->dictionary_batch;
}

/* All that the dictionary is a function of, besides its teacher's states. */
static void describe(const struct making *m, char hex[HASH_HEX_SIZE]) {
    const struct config *c = m->config;
    struct str text = {0};
    str_printf(&text, "%s %lld %.17g %lld %lld %llu %d\n", m->dataset.hash,
               (long long)c->dictionary_atoms, c->dictionary_lambda,
               (long long)c->dictionary_iterations, (long long)c->dictionary_batch,
               (unsigned long long)config_data_seed(c), m->options->parity);
    if (m->first.atoms) {
        size_t bytes = (size_t)(m->first.K * m->first.d) * sizeof *m->first.atoms;
        hash_hex(hash128(m->first.atoms, bytes), hex);
        str_printf(&text, "%s\n", hex);
    }
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
}

static void begin(struct making *m) {
    struct dictionary *d = &m->result->dictionary;
    const struct config *c = m->config;
    *d = (struct dictionary){.K = c->dictionary_atoms,
                             .d = m->teacher.bundle.shape.H,
                             .lambda = c->dictionary_lambda,
                             .layer = m->teacher.layer,
                             .iterations = c->dictionary_iterations};
    str_printf(&d->teacher, "%s", file_base_name(c->teacher_from));
    teacher_hash_states(&m->teacher, d->teacher_hash);
    describe(m, d->source_hash);
}

/* Rank 0: takes what was saved, if there is any. */
static int take_saved(struct making *m, struct err *err) {
    struct dictionary saved = {0}, *d = &m->result->dictionary;
    const char *path = m->options->state;
    if (fs->access(path, F_OK) != 0)
        return 0;
    if (dictionary_read(path, &saved, err) < 0)
        return -1;
    if (saved.iteration == saved.iterations) {
        dictionary_fini(&saved);
        return err_set(err, ERR_CONFIG,
                       "%s: is a dictionary that is complete, with nothing to go on "
                       "from; name another --state",
                       path);
    }
    if (strcmp(saved.source_hash, d->source_hash) != 0 ||
        strcmp(saved.teacher_hash, d->teacher_hash) != 0 || saved.K != d->K ||
        saved.d != d->d) {
        dictionary_fini(&saved);
        return err_set(err, ERR_CONFIG,
                       "%s: was saved while another dictionary was learnt (other text, "
                       "teacher or settings); name another --state, or delete it to "
                       "begin anew",
                       path);
    }
    dictionary_fini(d);
    *d = saved;
    return 0;
}

static void share_floats(struct comm *comm, float **data, int64_t count) {
    if (comm_rank(comm) != 0)
        *data = mem_alloc((size_t)count, sizeof **data);
    comm_broadcast(comm, *data, (size_t)count * sizeof **data, 0);
}

/* Rank 0. */
static int read_first(struct making *m, struct err *err) {
    const struct config *c = m->config;
    struct dictionary *d = &m->first;
    if (dictionary_read(c->dictionary_from, d, err) < 0)
        return err_prefix(err, "dictionary.from");
    if (d->K == c->dictionary_atoms && d->d == m->teacher.bundle.shape.H)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "dictionary.from: %s has %lld atoms of width %lld, and this one has "
                   "%lld of %lld (dictionary.atoms, the teacher's width); leave it out",
                   c->dictionary_from, (long long)d->K, (long long)d->d,
                   (long long)c->dictionary_atoms,
                   (long long)m->teacher.bundle.shape.H);
}

/* Collective.  Rank 0's for all. */
static int take_first(struct making *m, struct err *err) {
    struct dictionary *d = &m->first;
    if (m->config->dictionary_from == NULL)
        return 0;
    int rc = comm_rank(m->comm) == 0 ? read_first(m, err) : 0;
    if (comm_agree(m->comm, rc, err) < 0)
        return -1;
    d->K = m->config->dictionary_atoms;
    d->d = m->teacher.bundle.shape.H;
    share_floats(m->comm, &d->atoms, d->K * d->d);
    return 0;
}

/* Collective.  Rank 0's for all. */
static int resume(struct making *m, struct err *err) {
    struct dictionary *d = &m->result->dictionary;
    int rc = comm_rank(m->comm) == 0 ? take_saved(m, err) : 0;
    if (comm_agree(m->comm, rc, err) < 0)
        return -1;
    comm_broadcast(m->comm, &d->iteration, sizeof d->iteration, 0);
    m->result->resumed = d->iteration;
    if (d->iteration == 0)
        return 0;
    share_floats(m->comm, &d->atoms, d->K * d->d);
    share_floats(m->comm, &d->curve, d->iteration * 2);
    if (d->iteration < d->iterations) {
        share_floats(m->comm, &d->pairs, d->K * d->K);
        share_floats(m->comm, &d->sums, d->K * d->d);
    }
    if (comm_rank(m->comm) == 0)
        log_info("goes on from iteration %lld of %s", (long long)d->iteration,
                 m->options->state);
    return 0;
}

/* ---- the work ---- */

static int check_options(const struct making *m, struct err *err) {
    int64_t states = count_states(m->config);
    if (m->config->teacher_from == NULL)
        return err_set(err, ERR_CONFIG,
                       "teacher.from: is not set: whose states the dictionary is of (a "
                       "checkpoint, run or Hugging Face folder)");
    if (states > UINT32_MAX)
        return err_set(err, ERR_CONFIG,
                       "dictionary.iterations: times dictionary.batch is over %lld "
                       "states",
                       (long long)UINT32_MAX);
    if (m->config->dictionary_atoms > states)
        return err_set(err, ERR_CONFIG,
                       "dictionary.atoms: %lld, but dictionary.iterations times "
                       "dictionary.batch is %lld states alone; take more of these",
                       (long long)m->config->dictionary_atoms, (long long)states);
    return 0;
}

static int prepare(struct making *m, struct err *err) {
    if (check_options(m, err) < 0 || inputs_agree_kernels(m->comm, err) < 0 ||
        dataset_open(&m->dataset, m->comm, m->config, err) < 0 ||
        open_teacher(m, err) < 0 || take_first(m, err) < 0)
        return -1;
    begin(m);
    return resume(m, err);
}

static int collect(struct making *m, struct err *err) {
    double start = timer_now();
    m->result->states = count_states(m->config);
    int rc =
        states_collect(&m->dataset, &m->teacher, m->result->states, &m->states, err);
    m->result->collecting = timer_now() - start;
    return rc;
}

static int learn(struct making *m, struct err *err) {
    const struct learn_dictionary how = {
        .batch = m->config->dictionary_batch,
        .seed = config_data_seed(m->config),
        .parity = m->options->parity,
        .first = m->first.atoms,
        .every = m->options->quiet ? 0 : m->config->log_every_steps,
        .state = m->options->state,
        .save_seconds = m->options->save_seconds};
    struct dictionary_result *result = m->result;
    return learn_dictionary(&how, &m->states, &result->dictionary, &result->report,
                            err);
}

/* States from all over the text. */
static void take_sample(struct making *m) {
    struct dictionary_result *result = m->result;
    int64_t n = m->options->sample, most = result->states;
    result->sampled = n < most ? n : most;
    if (n == 0)
        return;
    uint32_t *which = mem_alloc((size_t)n, sizeof *which);
    for (int64_t i = 0; i < result->sampled; i++)
        which[i] = (uint32_t)(i * most / result->sampled);
    result->sample =
        mem_alloc((size_t)result->sampled, (size_t)m->states.d * sizeof(float));
    states_fetch(&m->states, result->sampled, which, result->sample);
    mem_free(which);
}

static int publish(struct making *m, struct err *err) {
    int rc = 0;
    if (comm_rank(m->comm) == 0) {
        rc = dictionary_write(m->options->out, &m->result->dictionary, err);
        if (rc == 0)
            fs->unlink(m->options->state);
    }
    return comm_agree(m->comm, rc, err);
}

int dictionary_make(struct comm *comm, const struct config *config,
                    const struct dictionary_options *options,
                    struct dictionary_result *result, struct err *err) {
    struct making m = {
        .comm = comm, .config = config, .options = options, .result = result};
    *result = (struct dictionary_result){0};
    int rc = prepare(&m, err);
    if (rc == 0)
        rc = collect(&m, err);
    if (rc == 0)
        rc = learn(&m, err);
    if (rc == 0)
        rc = publish(&m, err);
    if (rc == 0)
        take_sample(&m);
    states_fini(&m.states);
    dictionary_fini(&m.first);
    dataset_close(&m.dataset);
    teacher_close(&m.teacher);
    return rc;
}

void dictionary_result_fini(struct dictionary_result *result) {
    dictionary_fini(&result->dictionary);
    mem_free(result->sample);
}
