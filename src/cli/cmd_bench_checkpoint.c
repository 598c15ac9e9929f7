/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench checkpoint: writing and reading a preset's state in a folder. */
#include <stdio.h>

#include "src/bench/checkpoint.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/command.h"
#include "src/cli/job.h"

struct request {
    struct bench bench;
    const char *preset; /* a setting */
    int64_t windows;
};

static const struct arg options[] = {
    ARG_SETTING("--preset", "P", preset, ARG_NEEDED, "model.preset",
                "sizes to start from"),
    ARG_INT("--windows", 1, 1000, windows, "5", "how often"), CMD_BENCH_JSON, ARG_END};

static void print_result(const struct request *request, const char *folder,
                         const struct bench_checkpoint *r) {
    if (request->bench.json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(&request->bench, &w, "checkpoint");
        json_put_string(&w, "preset", slice_of(request->preset));
        json_put_string(&w, "folder", slice_of(folder));
        json_put_real(&w, "bytes", r->bytes);
        json_put_real(&w, "write_seconds", r->write_seconds);
        json_put_real(&w, "write_gbytes_per_s", 1e-9 * r->bytes / r->write_seconds);
        json_put_real(&w, "read_seconds", r->read_seconds);
        json_put_real(&w, "read_gbytes_per_s", 1e-9 * r->bytes / r->read_seconds);
        cmd_bench_close(&w);
        return;
    }
    cmd_bench_machine(&request->bench);
    printf(
        "%s, %.1f MB of weights and moments, in %s\n"
        "  write, sync  %8.3f s %8.2f GB/s\n  read, check  %8.3f s %8.2f GB/s a rank\n",
        request->preset, 1e-6 * r->bytes, folder, r->write_seconds,
        1e-9 * r->bytes / r->write_seconds, r->read_seconds,
        1e-9 * r->bytes / r->read_seconds);
}

static int measure(const struct args *args, struct err *err) {
    const struct request *request = args->request;
    const char *folder = args->words.count > 0 ? args->words.list[0] : ".";
    struct comm *comm = request->bench.comm;
    struct config config;
    struct bench_checkpoint r;
    if (job_config(comm, &args->settings, NULL, &config, err) < 0)
        return -1;
    int rc = bench_checkpoint(comm, &config, CMD_BENCH_VOCABULARY, folder,
                              (int)request->windows, &r, err);
    if (rc == 0 && comm_rank(comm) == 0)
        print_result(request, folder, &r);
    config_fini(&config);
    return rc;
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    return cmd_bench_run(comm, args, CMD_BENCH_BOUND, measure, err);
}

const struct command cmd_bench_checkpoint = {
    .name = "bench checkpoint",
    .words = "[FOLDER]",
    .summary = "Writing and reading a preset's state in a folder",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .job = job};
