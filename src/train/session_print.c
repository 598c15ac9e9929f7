/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says of itself before its first step. */
#include <stdio.h>

#include "src/core/phases.h"
#include "src/model/generator.h"
#include "src/train/machine.h"
#include "src/train/notes.h"
#include "src/train/pupil.h"
#include "src/train/session.h"
#include "src/train/threads.h"

static int64_t most_lanes(const struct session *s) {
    int size = comm_size(s->comm);
    return (s->config->train_lanes + size - 1) / size;
}

static void print_phase(const struct config *c, int i) {
    struct phase p = phases_get(c, i);
    struct str what = {0};
    if (c->phase_count > 0)
        printf("phase %-3d %lld steps; ", i + 1, (long long)p.steps);
    else
        printf("batch     ");
    phases_describe(&p, &what);
    printf("%lld = %lld lanes × %lld %s\n", (long long)(c->train_lanes * p.lane_batch),
           (long long)c->train_lanes, (long long)p.lane_batch, what.data);
    str_fini(&what);
}

static void print_model(const char *label, const struct shape *shape, size_t count) {
    printf("%-9s %s: L %lld  H %lld  E %lld  A %lld  D %lld  F %lld  V %lld: %.2f M "
           "parameters\n",
           label, model_kinds[shape->kind].name, (long long)shape->L,
           (long long)shape->H, (long long)shape->E, (long long)shape->A,
           (long long)shape->D, (long long)shape->F, (long long)shape->V,
           1e-6 * (double)count);
}

/* What the generator has beside the embeddings that it may share. */
static void print_models(const struct session *s) {
    size_t begin = generator_begin(&s->table), total = s->table.total;
    print_model("model", &s->shape, begin);
    if (begin < total) {
        const struct shape generator = config_generator(s->config, &s->shape);
        print_model("generator", &generator, total - begin);
    }
}

void session_print(const struct session *s) {
    const struct config *c = s->config;
    int size = comm_size(s->comm);
    int64_t bytes = 0;
    for (int i = 0; i < s->data->manifest.shard_count; i++)
        bytes += s->data->manifest.shards[i].bytes;
    machine_print(s->comm);
    threads_print(s->binding);
    print_models(s);
    if (teacher_is_there(&s->teacher))
        teacher_print(&s->teacher);
    if (s->teacher.cache)
        cache_print(&s->cache);
    if (s->teacher.pupil)
        pupil_print(s->teacher.pupil);
    memory_print(&s->memory, "a rank");
    printf("data      %d shards, %.1f MB stored; data hash %s\n",
           s->data->manifest.shard_count, 1e-6 * (double)bytes, s->data->hash);
    printf("loader    reads ahead in a thread: 2 blocks a lane of about %.1f MiB\n",
           (double)loader_block_bytes(c) / 1048576.0);
    for (int i = 0; i < phases_count(c); i++)
        print_phase(c, i);
    if (c->train_lanes % size != 0)
        printf("          %lld lanes do not divide over %d ranks: the fullest has "
               "%lld, so at "
               "most %.0f %% of the time is work\n",
               (long long)c->train_lanes, size, (long long)most_lanes(s),
               100.0 * (double)c->train_lanes / (double)(most_lanes(s) * size));
    printf("schedule  %lld steps, %lld of warm-up, %s, learning rate %g; seed %lld\n",
           (long long)c->train_steps, (long long)c->train_warmup_steps,
           c->train_schedule, c->train_learning_rate, (long long)c->train_seed);
    notes_schedule(c);
    printf("from      %s, step %lld\n", s->origin.data, (long long)s->step);
    fflush(stdout);
}
