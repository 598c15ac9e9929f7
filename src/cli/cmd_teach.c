/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert teach: what a teacher says of all examples of a run, kept for runs that learn
 * from it. */
#include <stdio.h>

#include "io/syntax/json.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/cli/job.h"
#include "src/train/teach.h"
#include "src/train/threads.h"

struct request {
    bool json;
};

static void print_json(const struct teach_result *r) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_put_int(&w, "lanes", r->lanes);
    json_put_int(&w, "examples", r->examples);
    json_put_int(&w, "examples_in_a_file", r->part);
    json_put_int(&w, "asked", (int64_t)r->asked);
    json_put_real(&w, "bytes", r->bytes);
    json_put_real(&w, "seconds", r->seconds);
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

static void print_text(const char *dir, const struct teach_result *r) {
    printf("%s: %lld examples of each of %lld lanes, %.1f MB; asked about %.0f of them "
           "in %.1f s\n",
           dir, (long long)r->examples, (long long)r->lanes, 1e-6 * r->bytes, r->asked,
           r->seconds);
}

static int job(struct comm *comm, const struct args *args, struct err *err) {
    const struct request *r = args->request;
    struct teach_result result;
    struct config config;
    if (job_config(comm, &args->settings, args->words.list[0], &config, err) < 0)
        return -1;
    mem_advise(
        "lower teacher.cache_part_bytes, train.chunk_tokens or data.block_bytes, "
        "or start fewer ranks on a host and use more hosts");
    struct binding *binding = threads_begin(comm);
    int rc = teach_run(comm, &config, r->json, &result, err);
    if (rc == 0 && comm_rank(comm) == 0) {
        if (r->json)
            print_json(&result);
        else
            print_text(config.teacher_cache, &result);
    }
    binding_destroy(binding);
    config_fini(&config);
    return rc;
}

static const struct arg options[] = {
    ARG_FLAG("--json", json, "the report as one JSON object"), ARG_END};

const struct command cmd_teach = {
    .name = "teach",
    .words = "CONFIG.yaml",
    .summary = "Keep what a teacher says of the examples of a run",
    .example =
        "  mpirun -n 8 mpibert teach run.yaml          # again: goes on\n"
        "  mpirun -n 4 mpibert train run.yaml          # without the teacher's pass\n\n"
        "run.yaml, beside what the run has:\n\n"
        "  train:   {objectives: [mlm, soft]}\n"
        "  teacher: {from: my-bert, top: 64, cache: targets}\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .settings = true,
    .listens = true,
    .job = job};
