/* SPDX-License-Identifier: Apache-2.0 */
/* Places in words: see place_text.h. */
#include "mpi/place_text.h"

#include <stdint.h>

#include "src/base/mem.h"

/* Ranks that a line names; of more, the first ones and the last. */
enum { NAMED = 8 };

/* "0-3,8" */
static void list_processors(const struct topology *t, const struct place *p,
                            struct str *text) {
    for (int i = 0, end; i < p->core_count; i = end) {
        int first = t->cores[p->cores[i]].processor, last = first;
        for (end = i + 1; end < p->core_count; end++, last++)
            if (t->cores[p->cores[end]].processor != last + 1)
                break;
        str_printf(text, "%s%d", i > 0 ? "," : "", first);
        if (last > first)
            str_printf(text, "-%d", last);
    }
}

static int domains_of(const struct topology *t, const struct place *p) {
    int count = 0, last = -1;
    for (int i = 0; i < p->core_count; i++) {
        count += t->cores[p->cores[i]].domain != last;
        last = t->cores[p->cores[i]].domain;
    }
    return count;
}

/* What all ranks of a host have together. */
struct sum {
    int least, most, threads; /* threads of a rank; of all */
    struct place used;        /* cores that some rank may run on */
    int usable;               /* how many any could */
    int span;                 /* NUMA domains of a rank's own cores, at most */
    bool own, asked;          /* all own theirs; some rank asked */
    bool crowded;             /* some rank has more threads than it may use cores */
};

static int larger(int a, int b) { return a > b ? a : b; }

static void sum_cores(struct sum *s, const struct place_host *h) {
    int cores = h->topology->core_count;
    s->used.cores = mem_alloc((size_t)cores, sizeof *s->used.cores);
    for (int c = 0; c < cores; c++) {
        bool used = false;
        for (int r = 0; r < h->ranks; r++)
            used = used || place_allowed(h, r)[c];
        if (used)
            s->used.cores[s->used.core_count++] = c;
    }
}

static void sum_init(struct sum *s, const struct place_host *h) {
    *s = (struct sum){.least = INT32_MAX, .own = true};
    for (int r = 0; r < h->ranks; r++) {
        struct place p;
        place_init(&p, h, r);
        s->least = p.threads < s->least ? p.threads : s->least;
        s->most = larger(s->most, p.threads);
        s->threads += p.threads;
        s->span = larger(s->span, p.own ? domains_of(h->topology, &p) : 0);
        s->own = s->own && p.own;
        s->asked = s->asked || h->asked[r] > 0;
        s->crowded = s->crowded || (p.threads > p.core_count && !h->bound_by_user);
        place_fini(&p);
    }
    sum_cores(s, h);
    s->usable = place_usable(h);
    s->crowded =
        s->crowded || (h->bound_by_user ? h->ranks : s->threads) > s->used.core_count;
}

static void sum_fini(struct sum *s) { place_fini(&s->used); }

static const char *plural(int n) { return n == 1 ? "" : "s"; }

/* "4 ranks × 2 threads" */
static void count_threads(const struct place_host *h, const struct sum *s,
                          struct str *text) {
    str_printf(text, "%d rank%s × %d", h->ranks, plural(h->ranks), s->least);
    if (s->most > s->least)
        str_printf(text, " to %d", s->most);
    str_printf(text, " thread%s", plural(s->most));
}

/* "0-3 | 4-7 | … | 60-63" */
static void list_ranks(const struct place_host *h, struct str *text) {
    for (int r = 0; r < h->ranks; r++) {
        struct place p;
        if (h->ranks > NAMED && r == NAMED / 2) {
            str_printf(text, " | …");
            r = h->ranks - 1;
        }
        place_init(&p, h, r);
        str_printf(text, "%s", r > 0 ? " | " : "");
        list_processors(h->topology, &p, text);
        place_fini(&p);
    }
}

static void list_cores_of_all(const struct place_host *h, const struct sum *s,
                              struct str *text) {
    int domains = domains_of(h->topology, &s->used),
        idle = s->usable - s->used.core_count;
    str_printf(text, "%score%s ", s->own ? "" : "not bound, on ",
               plural(s->own ? s->threads : s->used.core_count));
    if (s->own)
        list_ranks(h, text);
    else
        list_processors(h->topology, &s->used, text);
    if (domains == 1)
        str_printf(text, " (one NUMA domain)");
    else
        str_printf(text, " (%d NUMA domains)", domains);
    if (idle > 0)
        str_printf(text, "; %d of %d cores idle", idle, s->usable);
}

void place_describe(const struct place_host *h, struct str *text) {
    struct sum s;
    sum_init(&s, h);
    count_threads(h, &s, text);
    str_printf(text, ": ");
    if (h->bound_by_user)
        str_printf(text, "bound as OpenMP's variables say");
    else
        list_cores_of_all(h, &s, text);
    sum_fini(&s);
}

static void warn_of_cores(const struct place_host *h, const struct sum *s,
                          struct str *lines) {
    int used = s->used.core_count, idle = s->usable - used;
    if (s->threads > s->usable) {
        count_threads(h, s, lines);
        str_printf(lines,
                   " on a host of %d core%s: they will wait for each other; set "
                   "OMP_NUM_THREADS lower or start fewer ranks\n",
                   s->usable, plural(s->usable));
    } else if (s->crowded && h->bound_by_user) {
        str_printf(lines,
                   "several ranks have their first thread on the same core; unset "
                   "OMP_PROC_BIND and OMP_PLACES, and mpibert binds them\n");
    } else if (s->crowded) {
        count_threads(h, s, lines);
        str_printf(
            lines,
            ", bound to %d of the host's %d cores, will wait for each other; with "
            "mpirun --bind-to none they share all\n",
            used, s->usable);
    } else if (idle > 0 && !s->asked && !h->bound_by_user) {
        str_printf(
            lines,
            "%d of the host's %d cores %s idle, because no rank is bound to them; "
            "with mpirun --bind-to none the ranks share all\n",
            idle, s->usable, idle == 1 ? "is" : "are");
    }
}

void place_warn(const struct place_host *h, struct str *lines) {
    struct sum s;
    sum_init(&s, h);
    warn_of_cores(h, &s, lines);
    if (s.span > 1)
        str_printf(lines,
                   "a rank's threads are in %d NUMA domains and wait for each other's "
                   "memory; start a multiple of %d ranks on this host\n",
                   s.span, domains_of(h->topology, &s.used));
    sum_fini(&s);
}
