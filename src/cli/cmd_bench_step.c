/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench step: how fast the whole step of `train` is, and where its time goes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/bench/step.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/kernels/precision.h"
#include "src/train/inputs.h"
#include "src/train/lanewise.h"
#include "src/train/rounded.h"

struct request {
    struct bench bench;
    const char *preset, *length_text, *precision; /* settings */
    const char *lengths;
    int64_t batch, windows;
};

static const struct arg options[] = {
    ARG_SETTING("--preset", "P", preset, ARG_NEEDED, "model.preset",
                "sizes to start from"),
    ARG_SETTING("--sequence-length", "S", length_text, ARG_NEEDED,
                "train.sequence_length", "tokens a sequence"),
    ARG_SETTING("--precision", "P", precision, NULL, "train.precision",
                "fp32 or bf16: what products are made of"),
    ARG_INT("--batch", 1, 1 << 20, batch, ARG_NEEDED, "sequences a rank"),
    ARG_TEXT("--lengths", "FILE", lengths, NULL,
             "real lengths, one a line (not given: all are S)"),
    ARG_INT("--windows", 1, 1000, windows, "5", "how often to measure"),
    CMD_BENCH_JSON,
    ARG_END};

/* This rank's lengths: all S, or lines of a file in turn over ranks, cut at S. */
static int read_lengths(const struct request *r, int64_t most, int32_t *lengths,
                        struct err *err) {
    const struct comm *comm = r->bench.comm;
    for (int64_t i = 0; i < r->batch; i++)
        lengths[i] = (int32_t)most;
    if (r->lengths == NULL)
        return 0;
    struct str text = {0};
    if (file_read(r->lengths, 64u << 20, &text, err) < 0)
        return -1;
    int64_t first = r->batch * comm_rank(comm), n = 0;
    for (char *p = text.data, *end; n < first + r->batch; p = end, n++) {
        long value = strtol(p, &end, 10);
        if (end == p || value < 2) {
            str_fini(&text);
            return err_set(
                err, ERR_DATA,
                "%s: line %lld: %lld lengths of 2 or more are needed, one a line",
                r->lengths, (long long)n + 1, (long long)(r->batch * comm_size(comm)));
        }
        if (n >= first)
            lengths[n - first] = (int32_t)(value < most ? value : most);
    }
    str_fini(&text);
    return 0;
}

/* ---- what is printed ---- */

static void put_stages(struct json_writer *w, const struct bench_step *r) {
    json_open(w, "stages", '[');
    for (int i = 0; i < STAGES_COUNT; i++) {
        const struct bench_stage *s = &r->stages[i];
        if (s->most <= 0)
            continue;
        json_open(w, NULL, '{');
        json_put_string(w, "phase", slice_of(stage_phase_name(stage_phase_of(i))));
        json_put_string(w, "stage", slice_of(stage_name(i)));
        json_put_real(w, "seconds_min", s->least);
        json_put_real(w, "seconds_mean", s->mean);
        json_put_real(w, "seconds_max", s->most);
        json_put_real(w, "share", s->mean / r->mean_seconds);
        json_put_real(w, "gflops", s->gflops);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_step(const struct request *request, const struct config *config,
                     const struct bench_step *r) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    cmd_bench_open(&request->bench, &w, "step");
    json_put_string(&w, "preset", slice_of(request->preset));
    json_put_int(&w, "sequence_length", config->train_sequence_length);
    json_put_int(&w, "batch", request->batch);
    json_put_string(&w, "precision",
                    slice_of(rounded_is(config) ? precision_describe() : "fp32"));
    json_put_real(&w, "tokens_per_s", r->tokens_per_s);
    json_put_real(&w, "useful_gflops", r->useful_gflops);
    json_put_real(&w, "executed_gflops", r->executed_gflops);
    json_put_real(&w, "fma_peak_gflops", r->fma_peak_gflops);
    json_put_real(&w, "percent_of_peak", r->percent_of_peak);
    json_put_real(&w, "step_seconds", r->step_seconds);
    json_put_real(&w, "state_bytes_per_parameter", r->state_bytes);
    json_put_real(&w, "activation_bytes", r->activation_bytes);
    put_stages(&w, r);
    cmd_bench_close(&w);
}

static void print_row(const char *name, const struct bench_stage *s,
                      const struct bench_step *r) {
    printf("  %-24s %8.2f %8.2f %8.2f %7.1f", name, 1e3 * s->least, 1e3 * s->mean,
           1e3 * s->most, 100 * s->mean / r->mean_seconds);
    if (s->gflops > 0)
        printf(" %9.1f %7.1f", s->gflops, 100 * s->gflops / r->fma_peak_gflops);
    printf("\n");
}

/* A phase: its sum, then its stages. */
static void print_phase(enum stage_phase phase, const struct bench_step *r) {
    struct bench_stage sum = {0};
    double gflop = 0;
    for (int i = 0; i < STAGES_COUNT; i++) {
        if (stage_phase_of(i) != phase)
            continue;
        sum.least += r->stages[i].least;
        sum.mean += r->stages[i].mean;
        sum.most += r->stages[i].most;
        gflop += r->stages[i].gflops * r->stages[i].mean;
    }
    if (sum.most <= 0)
        return;
    sum.gflops = gflop / sum.mean;
    print_row(phase == PHASE_NONE ? stage_name(STAGE_NONE) : stage_phase_name(phase),
              &sum, r);
    for (int i = 0; i < STAGES_COUNT; i++)
        if (stage_phase_of(i) == phase && phase != PHASE_NONE &&
            r->stages[i].most > 0) {
            char name[48];
            snprintf(name, sizeof name, "  %s", stage_name(i));
            print_row(name, &r->stages[i], r);
        }
}

static void print_step(const struct request *request, const struct config *config,
                       const struct bench_step *r) {
    cmd_bench_machine(&request->bench);
    printf("%s, %lld sequences of %s%lld tokens a rank: %.1f ms a step\n",
           request->preset, (long long)request->batch,
           request->lengths ? "at most " : "", (long long)config->train_sequence_length,
           1e3 * r->step_seconds);
    printf("  %10.0f tokens/s\n  %10.1f useful GFLOP/s\n  %10.1f executed GFLOP/s\n"
           "  %10.1f %s peak, GFLOP/s\n  %10.1f %% of the peak\n"
           "  %10.2f bytes of state a parameter\n"
           "  %10.0f MiB of activations a rank\n",
           r->tokens_per_s, r->useful_gflops, r->executed_gflops, r->fma_peak_gflops,
           rounded_is(config) ? "bf16" : "FMA", r->percent_of_peak, r->state_bytes,
           r->activation_bytes / 1048576);
    printf("  %-24s %8s %8s %8s %7s %9s %7s\n", "ms a step, over ranks", "least",
           "mean", "most", "% step", "GFLOP/s", "% peak");
    for (int phase = PHASE_FORWARD; phase < PHASES_COUNT; phase++)
        print_phase(phase, r);
    print_phase(PHASE_NONE, r);
}

/* ---- the command ---- */

/* The batch is shared out over a rank's lanes, of which bitwise mode takes one at a
 * time, in the room of train.lane_batch sequences. */
static int check_lanes(const struct request *r, const struct config *c,
                       struct err *err) {
    if (lanewise_check(c, err) < 0)
        return -1;
    int64_t lanes = c->train_lanes / comm_size(r->bench.comm);
    if (!lanewise_is(c) || r->batch <= lanes * c->train_lane_batch)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--batch %lld: with train.reproducible: bitwise at most %lld, which "
                   "are a rank's %lld lanes (train.lanes / ranks) × train.lane_batch "
                   "%lld; set more lanes, or a larger train.lane_batch",
                   (long long)r->batch, (long long)(lanes * c->train_lane_batch),
                   (long long)lanes, (long long)c->train_lane_batch);
}

static int measure_step(const struct request *request, const struct config *config,
                        int32_t *lengths, struct err *err) {
    struct comm *comm = request->bench.comm;
    struct bench_step r;
    int rc = check_lanes(request, config, err);
    if (rc == 0)
        rc = rounded_start(config, comm, err);
    if (rc == 0)
        rc = inputs_agree_file(comm, "--lengths", request->lengths, err);
    if (rc == 0)
        rc = comm_agree(
            comm, read_lengths(request, config->train_sequence_length, lengths, err),
            err);
    if (rc < 0)
        return -1;
    bench_step(comm, config, CMD_BENCH_VOCABULARY, lengths, request->batch,
               (int)request->windows, &r);
    if (comm_rank(comm) == 0)
        (request->bench.json ? put_step : print_step)(request, config, &r);
    return 0;
}

static int measure(const struct args *args, struct err *err) {
    const struct request *request = args->request;
    struct config config;
    if (job_config(request->bench.comm, &args->settings, NULL, &config, err) < 0)
        return -1;
    int32_t *lengths = mem_alloc((size_t)request->batch, sizeof *lengths);
    int rc = measure_step(request, &config, lengths, err);
    mem_free(lengths);
    config_fini(&config);
    return rc;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_step = {
    .name = "bench step",
    .summary = "The whole step of `train` on random ids, and where its time goes",
    .example = "  mpirun -n 2 mpibert bench step --preset base --sequence-length 128 "
               "--batch 16\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
