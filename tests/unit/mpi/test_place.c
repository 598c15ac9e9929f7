/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: on machines that hwloc makes up, every rank must get cores of its own where
 * there are enough, whoever bound it before, as many as its peers; and what is said
 * must name each way in which threads come to wait for each other. */
#include "mpi/place_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/tap.h"

static const struct row {
    const char *machine, *usable; /* "": all cores */
    const char *allowed;          /* a rank each; "" for all cores */
    int asked;                    /* by every rank */
    bool by_user;
    const char *text, *warning; /* "": none */
} rows[] = {
    /* free to run anywhere */
    {"core:2 pu:1", "", "|", 0, false,
     "2 ranks × 1 thread: cores 0 | 1 (one NUMA domain)", ""},
    {"core:2 pu:1", "", "", 0, false, "1 rank × 2 threads: cores 0-1 (one NUMA domain)",
     ""},
    {"core:1 pu:1", "", "", 0, false, "1 rank × 1 thread: core 0 (one NUMA domain)",
     ""},
    {"core:4 pu:2", "", "", 0, false,
     "1 rank × 4 threads: cores 0,2,4,6 (one NUMA domain)", ""},
    {"core:8 pu:1", "", "||", 0, false,
     "3 ranks × 2 threads: cores 0-1 | 2-3 | 5-6 (one NUMA domain)", ""},
    {"numa:2 core:4 pu:1", "", "|", 0, false,
     "2 ranks × 4 threads: cores 0-3 | 4-7 (2 NUMA domains)", ""},
    {"numa:2 core:4 pu:1", "", "||", 0, false,
     "3 ranks × 2 threads: cores 0-1 | 2-3 | 5-6 (2 NUMA domains)", ""},
    {"numa:2 core:4 pu:1", "", "", 0, false,
     "1 rank × 8 threads: cores 0-7 (2 NUMA domains)", "in 2 NUMA domains"},
    {"numa:2 core:4 pu:1", "", "", 4, false,
     "1 rank × 4 threads: not bound, on cores 0-7 (2 NUMA domains)", ""},
    {"numa:2 core:4 pu:1", "", "0-3", 4, false,
     "1 rank × 4 threads: cores 0-3 (one NUMA domain); 4 of 8 cores idle", ""},
    {"numa:2 core:4 pu:1", "", "|", 2, false,
     "2 ranks × 2 threads: cores 0-1 | 4-5 (2 NUMA domains)", ""},
    {"core:10 pu:1", "", "|||||||||", 0, false,
     "10 ranks × 1 thread: cores 0 | 1 | 2 | 3 | … | 9 (one NUMA domain)", ""},
    /* bound before */
    {"core:4 pu:1", "", "0-1|2-3", 0, false,
     "2 ranks × 2 threads: cores 0-1 | 2-3 (one NUMA domain)", ""},
    {"core:4 pu:1", "", "0|1", 0, false,
     "2 ranks × 1 thread: cores 0 | 1 (one NUMA domain); 2 of 4 cores idle",
     "2 of the host's 4 cores are idle"},
    {"core:4 pu:1", "", "0|1", 1, false,
     "2 ranks × 1 thread: cores 0 | 1 (one NUMA domain); 2 of 4 cores idle", ""},
    {"core:4 pu:1", "0-1", "0|1", 0, false,
     "2 ranks × 1 thread: cores 0 | 1 (one NUMA domain)", ""},
    {"numa:2 core:4 pu:1", "", "0-3|0-3|4-7|4-7", 0, false,
     "4 ranks × 2 threads: cores 0-1 | 2-3 | 4-5 | 6-7 (2 NUMA domains)", ""},
    {"numa:2 core:4 pu:1", "4-7", "4-7|4-7", 0, false,
     "2 ranks × 2 threads: cores 4-5 | 6-7 (one NUMA domain)", ""},
    {"core:4 pu:1", "", "0-2|2-3", 0, false,
     "2 ranks × 1 to 2 threads: not bound, on cores 0-3 (one NUMA domain)", ""},
    {"core:4 pu:1", "", "0,2|1,3", 0, false,
     "2 ranks × 2 threads: cores 0,2 | 1,3 (one NUMA domain)", ""},
    /* too many */
    {"core:2 pu:1", "", "||", 0, false,
     "3 ranks × 1 thread: not bound, on cores 0-1 (one NUMA domain)",
     "3 ranks × 1 thread on a host of 2 cores"},
    {"core:2 pu:2", "", "", 4, false,
     "1 rank × 4 threads: not bound, on cores 0,2 (one NUMA domain)",
     "1 rank × 4 threads on a host of 2 cores"},
    {"core:4 pu:1", "", "0", 2, false,
     "1 rank × 2 threads: not bound, on core 0 (one NUMA domain); 3 of 4 cores idle",
     "bound to 1 of the host's 4 cores, will wait"},
    {"core:4 pu:1", "", "0|0", 0, false,
     "2 ranks × 1 thread: not bound, on core 0 (one NUMA domain); 3 of 4 cores idle",
     "bound to 1 of the host's 4 cores, will wait"},
    /* OpenMP binds */
    {"core:4 pu:1", "", "0|2", 2, true,
     "2 ranks × 2 threads: bound as OpenMP's variables say", ""},
    {"core:4 pu:1", "", "0|0", 0, true,
     "2 ranks × 2 threads: bound as OpenMP's variables say", "unset OMP_PROC_BIND"},
    {"core:4 pu:1", "", "0|1", 4, true,
     "2 ranks × 4 threads: bound as OpenMP's variables say",
     "2 ranks × 4 threads on a host of 4 cores"},
};

/* "0-3,6" up to `end`; nothing means all. */
static void read_cores(const char *text, const char *end, uint8_t *cores, int count) {
    if (text == end)
        memset(cores, 1, (size_t)count);
    while (text < end) {
        char *next;
        long first = strtol(text, &next, 10), last = first;
        if (*next == '-')
            last = strtol(next + 1, &next, 10);
        for (long c = first; c <= last && c < count; c++)
            cores[c] = 1;
        text = *next == ',' ? next + 1 : next;
    }
}

static int count_ranks(const char *allowed) {
    int ranks = 1;
    for (; *allowed; allowed++)
        ranks += *allowed == '|';
    return ranks;
}

/* Ranks that own their cores share none, and have one for each thread. */
static void test_places(const struct row *row, const struct place_host *h) {
    uint8_t *taken = mem_alloc((size_t)h->topology->core_count, 1);
    bool good = true;
    for (int r = 0; r < h->ranks; r++) {
        struct place p;
        place_init(&p, h, r);
        for (int i = 0; p.own && i < p.threads; i++) {
            int core = p.cores[i];
            good =
                good && i < p.core_count && !taken[core] && place_allowed(h, r)[core];
            taken[core] = 1;
        }
        good = good && p.threads > 0 && (row->asked == 0 || p.threads == row->asked);
        place_fini(&p);
    }
    ok(good, "%s, \"%s\": own cores are allowed and nobody else's", row->machine,
       row->allowed);
    mem_free(taken);
}

static void test_row(const struct row *row) {
    struct topology t;
    struct str text = {0}, warnings = {0};
    setenv("HWLOC_SYNTHETIC", row->machine, 1);
    topology_init(&t);
    int ranks = count_ranks(row->allowed);
    size_t cores = (size_t)t.core_count;
    uint8_t *allowed = mem_alloc((size_t)ranks, cores), *usable = mem_alloc(cores, 1);
    int32_t *asked = mem_alloc((size_t)ranks, sizeof *asked);
    const char *at = row->allowed;
    for (int r = 0; r < ranks; r++, at++) {
        const char *end = at + strcspn(at, "|");
        read_cores(at, end, allowed + (size_t)r * cores, t.core_count);
        asked[r] = row->asked;
        at = end;
    }
    read_cores(row->usable, row->usable + strlen(row->usable), usable, t.core_count);
    const struct place_host host = {&t, ranks, usable, allowed, asked, row->by_user};
    test_places(row, &host);
    place_describe(&host, &text);
    is_str(text.data, row->text, "%s, \"%s\"", row->machine, row->allowed);
    place_warn(&host, &warnings);
    const char *got = warnings.size > 0 ? warnings.data : "";
    ok(*row->warning ? strstr(got, row->warning) != NULL : *got == '\0',
       "  warns: %s%s", row->warning, *got ? "" : "(nothing)");
    str_fini(&text), str_fini(&warnings);
    mem_free(allowed), mem_free(usable), mem_free(asked);
    topology_fini(&t);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(&rows[i]);
    return tap_done();
}
