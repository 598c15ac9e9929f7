/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in rounds: see wordcount.h.  In a round every rank reads until its table is
 * full, the time to save has come, or its shards are at their end; then all exchange,
 * those too that have nothing to read any more, until nobody has.  So uneven shards
 * delay a round but never hang it, and a fault of one rank is everybody's at its end.
 *
 * The budget: a half is the store's, where a rank's own words come together, an eighth
 * the table's of what was read, which makes the two buffers of an exchange smaller than
 * an eighth each, for records are smaller than entries; raw words have a sixteenth. */
#include "src/vocab/wordcount.h"

#include <inttypes.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/corpus/clean.h"
#include "src/corpus/walk.h"
#include "src/vocab/wordflow.h"
#include "src/vocab/wordstate.h"
#include "src/filter/filters.h"
#include "src/text/rawwords.h"
#include "src/text/tokenizer.h"

enum { RAW_BYTES_MOST = 4 << 20 }; /* faster than smaller and larger ones */

struct job {
    struct comm *comm;
    const struct wordcount_options *options;
    struct wordcount *result;
    struct walk walk;
    struct clean *clean;
    bool in_shard, ended;
    struct rawwords *raw;
    struct map seen; /* words since the last round */
    struct wordstate state;
    double saved_at;
};

size_t wordcount_piece(const struct wordcount_options *options) {
    return options->memory_bytes / 8;
}

static void add_word(void *context, struct slice word, uint64_t count) {
    struct job *job = context;
    map_put(&job->seen, word, NULL)->value += count;
}

/* ---- one round's reading ---- */

/* What a state file has of a shard is passed over, but for its tally. */
static void count_document(struct job *job, const struct doc *doc) {
    uint64_t *done = &job->state.documents[job->walk.row];
    double start = timer_now();
    struct slice text;
    bool kept = clean_run(job->clean, job->walk.row, doc, &text, &job->walk.tally);
    double checked = timer_now();
    job->result->reading += checked - start;
    if ((uint64_t)doc->ordinal < *done)
        return;
    *done = (uint64_t)doc->ordinal + 1;
    if (kept)
        rawwords_count(job->raw, text);
    job->result->counting += timer_now() - checked;
}

/* 1 a document was read, 0 all shards are at their end, -1. */
static int read_document(struct job *job, struct err *err) {
    struct walk *walk = &job->walk;
    struct doc doc;
    while (true) {
        int rc = job->in_shard ? walk_document(walk, &doc, err) : 0;
        if (rc > 0)
            count_document(job, &doc);
        if (rc != 0)
            return rc;
        if (job->in_shard) {
            tally_add(&job->state.tally, &walk->tally);
            job->state.documents[walk->row] = WORDSTATE_DONE;
        }
        rc = walk_shard(walk, err);
        job->in_shard = rc > 0;
        if (rc <= 0)
            return rc;
    }
}

static bool save_is_due(const struct job *job) {
    return job->options->state &&
           timer_now() - job->saved_at >= job->options->save_seconds;
}

static int read_some(struct job *job, struct err *err) {
    size_t limit = job->options->memory_bytes / 8;
    double start = timer_now(), counting = job->result->counting;
    int rc;
    do
        rc = read_document(job, err);
    while (rc > 0 && map_next_bytes(&job->seen) <= limit && !save_is_due(job));
    job->ended = rc == 0;
    job->result->reading += timer_now() - start - (job->result->counting - counting);
    return rc < 0 ? -1 : 0;
}

/* ---- rounds ---- */

/* Rank 0's clock decides for all whether it is time. */
static int save_if_due(struct job *job, bool last, struct err *err) {
    uint64_t due = comm_rank(job->comm) == 0 && (last || save_is_due(job));
    comm_sum_u64(job->comm, &due, 1);
    if (job->options->state == NULL || due == 0)
        return 0;
    double start = timer_now();
    struct wordstate *own = &job->state, all = *own;
    all.documents = mem_copy(own->documents, own->shard_count * sizeof *own->documents);
    comm_sum_u64(job->comm, all.documents, all.shard_count);
    comm_sum_u64(job->comm, (uint64_t *)&all.tally, TALLY_COUNT);
    int rc = wordstate_save(job->comm, job->options->state, &all, &job->result->words,
                            wordcount_piece(job->options), err);
    mem_free(all.documents);
    job->saved_at = timer_now();
    job->result->saving += job->saved_at - start;
    return rc;
}

static int exchange(struct job *job, int rc, struct err *err) {
    double start = timer_now();
    rawwords_flush(job->raw);
    double flushed = timer_now();
    job->result->counting += flushed - start;
    if (comm_agree(job->comm, rc, err) < 0)
        return -1;
    rc = wordflow_exchange(job->comm, &job->seen, &job->result->words, err);
    job->result->exchanging += timer_now() - flushed;
    job->result->rounds++;
    return rc;
}

/* Before the last save, or the state would say that all is done and well. */
static int check_given(struct job *job, struct err *err) {
    return walk_check(&job->walk, job->comm, job->options->config, &job->state.tally,
                      err);
}

static int run_rounds(struct job *job, struct err *err) {
    uint64_t reading = 1;
    job->saved_at = timer_now();
    while (reading > 0) {
        int rc = read_some(job, err);
        if (exchange(job, rc, err) < 0)
            return -1;
        reading = !job->ended;
        comm_sum_u64(job->comm, &reading, 1);
        if (reading == 0 && check_given(job, err) < 0)
            return -1;
        if (save_if_due(job, reading == 0, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- going on ---- */

/* What counts depend on, hashed.  Folders are left out: a corpus may be moved. */
static int identify(const struct manifest *manifest,
                    const struct wordcount_options *options, char hex[HASH_HEX_SIZE],
                    struct err *err) {
    const struct normalizer_options *how = &options->normalizer;
    struct str text = {0};
    str_printf(&text, "tally of %d; tables %s; words %d %d %d %d\n", (int)TALLY_COUNT,
               tokenizer_tables_version, how->clean_text, how->chinese_chars,
               how->strip_accents, how->lowercase);
    if (how->dotted_i)
        str_printf(&text, "dotted_i\n");
    for (int i = 0; i < manifest->shard_count; i++) {
        const struct manifest_shard *shard = &manifest->shards[i];
        const struct source_spec *spec = &manifest->specs[shard->source];
        str_printf(&text, "%" PRId64 " bytes, %s, %s: %s\n", shard->bytes,
                   spec->format ? spec->format : "auto",
                   spec->text_key ? spec->text_key : "text",
                   file_base_name(shard->path));
    }
    int rc = filters_describe(options->config, manifest->specs, manifest->spec_count,
                              &text, err);
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
    return rc;
}

/* Keeps of the state what is this rank's: the sum over ranks is to be the whole. */
static void share_state(struct job *job) {
    struct wordstate *state = &job->state;
    int rank = comm_rank(job->comm);
    for (uint64_t i = 0; i < state->shard_count; i++) {
        bool done = state->documents[i] == WORDSTATE_DONE;
        bool mine = job->walk.owners[i] == rank;
        if (done)
            job->walk.owners[i] = -1;
        if (done ? rank != 0 : !mine)
            state->documents[i] = 0;
    }
}

static int resume(struct job *job, struct err *err) {
    struct wordstate *state = &job->state;
    if (job->options->state == NULL)
        return 0;
    int rc = wordstate_load(job->comm, job->options->state, state, &job->result->words,
                            wordcount_piece(job->options), err);
    if (rc <= 0)
        return rc;
    job->result->resumed = state->tally.documents;
    for (uint64_t i = 0; i < state->shard_count; i++)
        if (state->documents[i] != WORDSTATE_DONE)
            job->result->resumed += state->documents[i];
    share_state(job);
    return 0;
}

static int run_job(struct job *job, const struct manifest *manifest, struct err *err) {
    struct comm *comm = job->comm;
    struct wordcount *result = job->result;
    size_t memory = job->options->memory_bytes;
    size_t raw = memory / 16 < RAW_BYTES_MOST ? memory / 16 : RAW_BYTES_MOST;
    wordstore_init(&result->words, memory / 2, job->options->folder);
    job->raw = rawwords_create(&job->options->normalizer, raw, add_word, job);
    job->clean = clean_create(job->options->config, manifest, err);
    int rc = job->clean ? 0 : -1;
    if (rc == 0)
        rc = identify(manifest, job->options, job->state.identity, err);
    job->state.shard_count = (uint64_t)manifest->shard_count;
    job->state.documents =
        mem_alloc((size_t)manifest->shard_count, sizeof *job->state.documents);
    const struct shard_options how = walk_options(job->options->config, false);
    walk_init(&job->walk, manifest, comm_rank(comm), comm_size(comm), &how);
    rc = comm_agree(comm, rc, err);
    if (rc == 0)
        rc = resume(job, err);
    if (rc == 0)
        rc = run_rounds(job, err);
    walk_fini(&job->walk);
    clean_destroy(job->clean);
    rawwords_destroy(job->raw);
    map_fini(&job->seen);
    mem_free(job->state.documents);
    return rc;
}

int wordcount_run(struct comm *comm, const struct manifest *manifest,
                  const struct wordcount_options *options, struct wordcount *result,
                  struct err *err) {
    struct job job = {.comm = comm, .options = options, .result = result};
    *result = (struct wordcount){0};
    if (run_job(&job, manifest, err) < 0) {
        wordcount_fini(result);
        return -1;
    }
    result->tally = job.state.tally;
    comm_sum_u64(comm, (uint64_t *)&result->tally, TALLY_COUNT);
    double times[] = {result->reading, result->counting, result->exchanging,
                      result->saving};
    comm_max_f64(comm, times, sizeof times / sizeof *times);
    result->reading = times[0], result->counting = times[1];
    result->exchanging = times[2], result->saving = times[3];
    return 0;
}

void wordcount_fini(struct wordcount *result) { wordstore_fini(&result->words); }
