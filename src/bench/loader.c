/* SPDX-License-Identifier: Apache-2.0 */
/* Judging the loader: see loader.h. */
#include "src/bench/loader.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/ram.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/core/phases.h"
#include "src/model/bert.h"
#include "src/train/program.h"
#include "src/train/rounded.h"

/* ---- the file of cursors ---- */

struct cursor_header {
    char magic[24];
    char data_hash[HASH_HEX_SIZE + 7]; /* to a multiple of 8 */
    int64_t step;
    uint64_t order;
};

static const char magic[] = "mpibert cursors 1";

/* What the file holds, of this data, or why not. */
static int check_file(const struct dataset *d, const char *path, const struct str *file,
                      struct cursor_header *header, struct err *err) {
    size_t lanes = (size_t)d->config->train_lanes * loader_cursor_bytes(d->loader);
    if (file->size >= sizeof *header)
        memcpy(header, file->data, sizeof *header);
    if (file->size != sizeof *header + lanes ||
        memcmp(header->magic, magic, sizeof magic) != 0)
        return err_set(
            err, ERR_DATA,
            "%s: is not a file that --cursor wrote for %lld lanes; remove it", path,
            (long long)d->config->train_lanes);
    if (memcmp(header->data_hash, d->hash, sizeof d->hash) != 0)
        return err_set(err, ERR_CONFIG, "%s: is of other data; remove it", path);
    return 0;
}

/* Goes to where the file says, if it is there. */
static int take_cursors(struct dataset *d, const char *path, struct bench_loader *r,
                        struct err *err) {
    struct str file = {0};
    struct cursor_header header;
    if (fs->access(path, F_OK) != 0)
        return 0;
    int rc = file_read(path, (size_t)1 << 30, &file, err);
    if (rc == 0)
        rc = check_file(d, path, &file, &header, err);
    if (rc == 0) {
        r->first = header.step;
        r->order = header.order;
        size_t place = (size_t)d->lanes.first * loader_cursor_bytes(d->loader);
        rc = loader_restore(d->loader, (uint8_t *)file.data + sizeof header + place,
                            err);
    }
    str_fini(&file);
    return rc;
}

static int put_cursors(struct dataset *d, const char *path,
                       const struct bench_loader *r, struct err *err) {
    uint8_t *cursors = dataset_cursors(d);
    struct cursor_header header = {.step = r->step, .order = r->order};
    memcpy(header.magic, magic, sizeof magic);
    memcpy(header.data_hash, d->hash, sizeof d->hash);
    size_t lanes = (size_t)d->config->train_lanes * loader_cursor_bytes(d->loader);
    const struct slice pieces[] = {{(const char *)&header, sizeof header},
                                   {(const char *)cursors, lanes}};
    int rc = 0;
    if (comm_rank(d->comm) == 0)
        rc = file_write_pieces(path, pieces, 2, err);
    mem_free(cursors);
    return comm_agree(d->comm, rc, err);
}

/* ---- batches alone ---- */

static int load_step(struct dataset *d, struct bench_loader *r, struct err *err) {
    int rc = loader_next(d->loader, &d->batch, err);
    uint64_t packet[] = {rc < 0, 0, 0, 0, 0};
    if (rc == 0) {
        packet[1] = (uint64_t)d->batch.T;
        packet[2] = (uint64_t)d->batch.B;
        packet[3] = (uint64_t)d->batch.M;
        packet[4] = loader_batch_hash(d->loader, &d->batch);
    }
    comm_sum_u64(d->comm, packet, 5);
    if (packet[0] > 0)
        return comm_agree(d->comm, rc, err);
    r->tokens += packet[1];
    r->sequences += packet[2];
    r->masked += packet[3];
    r->order = hash64(&packet[4], sizeof packet[4], r->order);
    r->step++;
    for (int i = 0; i < d->config->source_count; i++)
        r->source_tokens[i] += loader_source_tokens(d->loader)[i];
    return 0;
}

/* Seconds of processors that this rank has used. */
static double processor_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* From this rank's share to all ranks'. */
static void sum_up(const struct dataset *d, struct bench_loader *r) {
    int64_t least, most;
    r->waited = loader_waited(d->loader) / comm_size(d->comm);
    r->reading = *loader_reading(d->loader);
    loader_epochs(d->loader, &least, &most);
    double extremes[] = {-(double)least, (double)most};
    uint64_t documents[] = {r->reading.text_bytes, r->reading.documents,
                            r->reading.document_sum};
    comm_max_f64(d->comm, extremes, 2);
    comm_sum_u64(d->comm, documents, 3);
    comm_sum_u64(d->comm, (uint64_t *)&r->reading.tally, TALLY_COUNT);
    comm_sum_f64(d->comm, (double *)&r->reading.cost, COST_COUNT);
    comm_sum_f64(d->comm, &r->waited, 1);
    comm_sum_f64(d->comm, &r->processor, 1);
    comm_sum_f64(d->comm, &r->peak_bytes, 1);
    comm_sum_u64(d->comm, r->source_tokens, (size_t)d->config->source_count);
    r->reading.text_bytes = documents[0];
    r->reading.documents = documents[1];
    r->reading.document_sum = documents[2];
    r->least = -extremes[0];
    r->most = extremes[1];
}

int bench_loader(struct dataset *d, int64_t steps, const char *cursor,
                 struct bench_loader *r, struct err *err) {
    *r = (struct bench_loader){0};
    r->source_tokens = mem_alloc((size_t)d->config->source_count, sizeof(uint64_t));
    int rc = cursor ? take_cursors(d, cursor, r, err) : 0;
    if (comm_agree(d->comm, rc, err) < 0)
        return -1;
    r->step = r->first;
    double start = timer_now(), used = processor_seconds();
    while (r->step < steps)
        if (load_step(d, r, err) < 0)
            return -1;
    r->seconds = timer_now() - start;
    r->processor = processor_seconds() - used;
    r->peak_bytes = (double)ram_peak();
    sum_up(d, r);
    return cursor ? put_cursors(d, cursor, r, err) : 0;
}

void bench_loader_fini(struct bench_loader *r) { mem_free(r->source_tokens); }

/* ---- batches and steps ---- */

struct against {
    struct dataset *data;
    struct params_table table;
    struct stepper *stepper;
    struct batch *batches; /* (steps) of a window */
    int64_t steps, step;   /* a window's; done so far */
};

static void against_init(struct against *a, struct dataset *d, int64_t steps) {
    const struct config *c = d->config;
    struct shape shape = config_shape(c, d->vocab.size);
    *a = (struct against){.data = d, .steps = steps};
    int64_t length = phases_bounds(c).sequence_length;
    const struct program *program = program_of(c);
    program->layout(&a->table, c, &shape);
    struct stepper_options options = {.config = c,
                                      .shape = shape,
                                      .table = &a->table,
                                      .max_sequences = d->batch.max_B,
                                      .max_length = length,
                                      .program = program};
    a->stepper = stepper_create(&options, d->comm);
    model_init(stepper_weights(a->stepper), 0, c->model_init_range);
    a->batches = mem_alloc((size_t)steps, sizeof *a->batches);
    for (int64_t i = 0; i < steps; i++)
        batch_init(&a->batches[i], d->batch.max_B, length);
}

static void against_fini(struct against *a) {
    for (int64_t i = 0; i < a->steps; i++)
        batch_fini(&a->batches[i]);
    mem_free(a->batches);
    stepper_destroy(a->stepper);
    params_table_fini(&a->table);
}

/* One step on batch i of the window; `read`: which is read now. */
static int against_step(struct against *a, int64_t i, bool read, double *batched,
                        struct err *err) {
    struct dataset *d = a->data;
    struct step_input input = {.batch = &a->batches[i]};
    struct step_report report;
    if (read) {
        double start = timer_now() - loader_waited(d->loader);
        input.data_rc = loader_next(d->loader, &a->batches[i], err);
        if (input.data_rc == 0)
            input.hash = loader_batch_hash(d->loader, &a->batches[i]);
        *batched += timer_now() - start - loader_waited(d->loader);
    }
    return stepper_run(a->stepper, ++a->step, &input, &report, err);
}

/* What a window took: wall seconds of the slowest rank, processors' of all. */
struct took {
    double wall, processor;
};

/* A window of steps.  What the thread is to read ahead because of them is read before
 * it ends, so that no other window pays for it. */
static int against_window(struct against *a, bool read, struct took *took,
                          double *batched, struct err *err) {
    struct comm *comm = a->data->comm;
    comm_barrier(comm);
    double start = timer_now(), used = processor_seconds();
    for (int64_t i = 0; i < a->steps; i++)
        if (against_step(a, i, read, batched, err) < 0)
            return -1;
    if (read)
        loader_settle(a->data->loader);
    took->wall = timer_now() - start;
    took->processor = processor_seconds() - used;
    comm_max_f64(comm, &took->wall, 1);
    comm_sum_f64(comm, &took->processor, 1);
    return 0;
}

/* A pair of windows: on data as it is read, and on the batches it gave. */
static int against_pair(struct against *a, struct took pair[2], double *batched,
                        struct err *err) {
    if (against_window(a, true, &pair[0], batched, err) < 0)
        return -1;
    return against_window(a, false, &pair[1], NULL, err);
}

static void against_conclude(const struct against *a, int64_t windows,
                             const struct took (*pairs)[2], double shares[3],
                             struct bench_against *r) {
    struct comm *comm = a->data->comm;
    double *slower = mem_alloc((size_t)windows, sizeof *slower);
    double *dearer = mem_alloc((size_t)windows, sizeof *dearer);
    double count = (double)(windows * a->steps);
    *r = (struct bench_against){0};
    for (int64_t w = 0; w < windows; w++) {
        r->read += pairs[w][0].wall / count;
        r->kept += pairs[w][1].wall / count;
        slower[w] = pairs[w][0].wall / pairs[w][1].wall - 1;
        dearer[w] = pairs[w][0].processor / pairs[w][1].processor - 1;
    }
    comm_sum_f64(comm, shares, 3);
    double all = r->read * count * comm_size(comm);
    r->slower = bench_median(slower, (int)windows);
    r->dearer = bench_median(dearer, (int)windows);
    r->waited = shares[0] / all;
    r->batched = shares[1] / all;
    r->used = shares[2] / all;
    mem_free(slower);
    mem_free(dearer);
}

int bench_loader_against(struct dataset *d, int64_t windows, int64_t steps,
                         struct bench_against *result, struct err *err) {
    struct against a;
    struct took warm[2], (*pairs)[2];
    double unused = 0, batched = 0;
    if (rounded_start(d->config, d->comm, err) < 0)
        return -1;
    pairs = mem_alloc((size_t)windows, sizeof *pairs);
    against_init(&a, d, steps);
    int rc = against_pair(&a, warm, &unused, err);
    double waited = loader_waited(d->loader), used = loader_used(d->loader);
    for (int64_t w = 0; rc == 0 && w < windows; w++)
        rc = against_pair(&a, pairs[w], &batched, err);
    double shares[] = {loader_waited(d->loader) - waited, batched,
                       loader_used(d->loader) - used};
    if (rc == 0)
        against_conclude(&a, windows, (const struct took(*)[2])pairs, shares, result);
    mem_free(pairs);
    against_fini(&a);
    return rc;
}
