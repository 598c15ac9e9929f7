/* SPDX-License-Identifier: Apache-2.0 */
/* What a training says of itself at its end: see summary.h. */
#include "src/train/summary.h"

#include <stdio.h>

#include "src/base/ram.h"
#include "src/data/tallies.h"
#include "src/train/notes.h"

void summary_seconds(const struct session *s, const struct step_seconds *own,
                     double wall, bool tells) {
    enum { PHASES = 5 };
    static const char *const names[] = {"waiting for data", "batches", "compute",
                                        "reduce", "update"};
    double mean[PHASES] = {s->data->waiting, s->data->batching, own->compute,
                           own->reduce, own->update};
    double extremes[2 * PHASES];
    for (int i = 0; i < PHASES; i++)
        extremes[i] = mean[i], extremes[PHASES + i] = -mean[i];
    comm_sum_f64(s->comm, mean, PHASES);
    comm_max_f64(s->comm, extremes, 2 * PHASES);
    if (!tells)
        return;
    double ranks = comm_size(s->comm);
    printf("time      %.1f s;", wall);
    for (int i = 0; i < PHASES; i++)
        printf(" %s %.1f %% (%.1f to %.1f s)%s", names[i], 100 * mean[i] / ranks / wall,
               -extremes[PHASES + i], extremes[i], i < PHASES - 1 ? "," : "\n");
}

void summary_memory(const struct session *s, bool tells) {
    double most[] = {(double)ram_peak(), (double)memory_total(&s->memory)};
    comm_max_f64(s->comm, most, 2);
    if (tells)
        printf("memory    %.0f MiB at most, %.0f planned for the fullest rank\n",
               most[0] / 1048576.0, most[1] / 1048576.0);
}

void summary_data(const struct session *s, const uint64_t *source_tokens, bool tells) {
    struct tally tally = *loader_tally(s->data->loader);
    int64_t least, most;
    loader_epochs(s->data->loader, &least, &most);
    double extremes[] = {-(double)least, (double)most};
    comm_sum_u64(s->comm, (uint64_t *)&tally, TALLY_COUNT);
    comm_max_f64(s->comm, extremes, 2);
    if (!tells)
        return;
    printf("data since this start (what was read of a shard counts once, examples and "
           "documents\n"
           "  for every lane; lanes finished %.0f to %.0f epochs)\n",
           -extremes[0], extremes[1]);
    tallies_print(&tally);
    tallies_print_sources(&s->data->manifest, s->data->loader, source_tokens);
    notes_examples(s->config, &tally);
}
