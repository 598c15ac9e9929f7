/* SPDX-License-Identifier: Apache-2.0 */
/* Sharing out a host's cores, and saying how: see place.h.  All ranks take the same
 * number of threads, because a step ends when its slowest rank does. */
#include "mpi/place.h"

#include <stdint.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/mem.h"

const uint8_t *place_allowed(const struct place_host *h, int rank) {
    return h->allowed + (size_t)rank * (size_t)h->topology->core_count;
}

static bool same_cores(const struct place_host *h, int a, int b) {
    return memcmp(place_allowed(h, a), place_allowed(h, b),
                  (size_t)h->topology->core_count) == 0;
}

static bool overlap(const struct place_host *h, int a, int b) {
    for (int c = 0; c < h->topology->core_count; c++)
        if (place_allowed(h, a)[c] && place_allowed(h, b)[c])
            return true;
    return false;
}

/* How many ranks may run where this one may, and how many of them come before it; false
 * when some rank may run on a part of its cores. */
static bool find_peers(const struct place_host *h, int rank, int *peers, int *before) {
    bool clean = true;
    *peers = *before = 0;
    for (int r = 0; r < h->ranks; r++) {
        bool same = same_cores(h, rank, r);
        *peers += same;
        *before += same && r < rank;
        clean = clean && (same || !overlap(h, rank, r));
    }
    return clean;
}

/* The cores that a rank may run on, into cores[]; returns how many. */
static int list_cores(const struct place_host *h, int rank, int *cores) {
    int count = 0;
    for (int c = 0; c < h->topology->core_count; c++)
        if (place_allowed(h, rank)[c])
            cores[count++] = c;
    return count;
}

int place_usable(const struct place_host *h) {
    int count = 0;
    for (int c = 0; c < h->topology->core_count; c++)
        count += h->usable[c];
    return count;
}

/* Cores that fall to a rank when each is divided among all that may run on it. */
static int fair_share(const struct place_host *h, const struct place *place) {
    double share = h->bound_by_user ? (double)place_usable(h) / h->ranks : 0;
    for (int i = 0; i < place->core_count && !h->bound_by_user; i++) {
        int ranks = 0;
        for (int r = 0; r < h->ranks; r++)
            ranks += place_allowed(h, r)[place->cores[i]];
        share += 1.0 / ranks;
    }
    return share > 1 ? (int)(share + 1e-9) : 1;
}

void place_init(struct place *place, const struct place_host *h, int rank) {
    int peers, before, asked = h->asked[rank];
    place->cores = mem_alloc((size_t)h->topology->core_count, sizeof *place->cores);
    place->core_count = list_cores(h, rank, place->cores);
    bool clean = find_peers(h, rank, &peers, &before);
    place->threads = asked > 0 ? asked : fair_share(h, place);
    bool beside = h->ranks == 1 && place->threads < place->core_count;
    place->own = clean && !h->bound_by_user && !beside &&
                 place->threads <= place->core_count / peers;
    if (!place->own)
        return;
    int first = (int)partition(place->core_count, before, peers).first;
    place->core_count = place->threads;
    memmove(place->cores, place->cores + first,
            (size_t)place->core_count * sizeof *place->cores);
}

void place_fini(struct place *place) {
    mem_free(place->cores);
    *place = (struct place){0};
}
