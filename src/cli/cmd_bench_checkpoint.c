/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert bench checkpoint: writing and reading a preset's state in a folder. */
#include <stdio.h>

#include "src/bench/checkpoint.h"
#include "src/cli/cmd_bench.h"
#include "src/cli/job.h"

static void print_result(const struct bench *b, const char *folder,
                         const struct bench_checkpoint *r) {
    if (b->json) {
        struct str text = {0};
        struct json_writer w = {.out = &text};
        cmd_bench_open(b, &w, "checkpoint");
        json_put_string(&w, "preset", slice_of(b->preset));
        json_put_string(&w, "folder", slice_of(folder));
        json_put_real(&w, "bytes", r->bytes);
        json_put_real(&w, "write_seconds", r->write_seconds);
        json_put_real(&w, "write_gbytes_per_s", 1e-9 * r->bytes / r->write_seconds);
        json_put_real(&w, "read_seconds", r->read_seconds);
        json_put_real(&w, "read_gbytes_per_s", 1e-9 * r->bytes / r->read_seconds);
        cmd_bench_close(&w);
        return;
    }
    cmd_bench_machine(b);
    printf(
        "%s, %.1f MB of weights and moments, in %s\n"
        "  write, sync  %8.3f s %8.2f GB/s\n  read, check  %8.3f s %8.2f GB/s a rank\n",
        b->preset, 1e-6 * r->bytes, folder, r->write_seconds,
        1e-9 * r->bytes / r->write_seconds, r->read_seconds,
        1e-9 * r->bytes / r->read_seconds);
}

int cmd_bench_checkpoint(struct bench *b, struct err *err) {
    struct config config;
    struct bench_checkpoint r;
    const struct words *words = &b->args->words;
    const char *folder = words->count > 1 ? words->list[1] : ".";
    if (b->preset == NULL || words->count > 2 || b->windows < 1 || b->windows > 1000)
        return err_set(
            err, ERR_USAGE,
            "bench checkpoint: --preset P [--windows N] [FOLDER] are wanted");
    if (job_config(b->comm, b->args, NULL, &config, err) < 0)
        return -1;
    int rc = config_set(&config, "model.preset", b->preset, "--preset", err);
    if (rc == 0)
        rc = config_check(&config, err);
    if (rc == 0)
        rc = bench_checkpoint(b->comm, &config, CMD_BENCH_VOCABULARY, folder,
                              (int)b->windows, &r, err);
    if (rc == 0 && comm_rank(b->comm) == 0)
        print_result(b, folder, &r);
    config_fini(&config);
    return rc;
}
