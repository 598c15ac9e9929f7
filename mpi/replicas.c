/* SPDX-License-Identifier: Apache-2.0 */
/* Weights compared over nodes: see replicas.h.  A node's hash is the sum of those of
 * its pieces, each hashed with its place: so the ranks of a node share the pieces out,
 * and it does not matter how many they are. */
#include "mpi/replicas.h"

#include "mpi/reducer_parts.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

enum { PIECE = 1 << 18 }; /* elements */

/* Of this rank's part of its node's weights. */
static uint64_t hash_part(const struct reducer *r) {
    size_t step = (size_t)r->team.locals, total = r->options.total, piece = PIECE;
    uint64_t sum = 0;
    for (size_t i = (size_t)r->team.local; i * piece < total; i += step) {
        size_t left = total - i * piece, n = left < piece ? left : piece;
        sum += hash64(r->weights + i * piece, n * sizeof(float), i);
    }
    return sum;
}

/* The node whose hash fewest others have; -1: all are the same. */
static int find_odd(const uint64_t *hashes, int nodes) {
    int odd = -1, least = nodes;
    for (int i = nodes - 1; i >= 0; i--) { /* of as many, the last: not rank 0's */
        int same = 0;
        for (int k = 0; k < nodes; k++)
            same += hashes[k] == hashes[i];
        if (same < least)
            odd = i, least = same;
    }
    return odd;
}

int replicas_check(struct reducer *r, struct err *err) {
    const struct team *team = &r->team;
    if (team->nodes == 1)
        return 0;
    uint64_t *hashes = mem_alloc((size_t)team->nodes, sizeof *hashes);
    hashes[team->own_node] = hash_part(r);
    comm_sum_u64(r->comm, hashes, (size_t)team->nodes);
    int odd = find_odd(hashes, team->nodes);
    mem_free(hashes);
    if (odd < 0)
        return 0;
    struct str host = {0};
    str_printf(&host, "%s", comm_host(r->comm));
    int first = team->members[team->starts[odd]];
    comm_broadcast_str(r->comm, &host, first);
    err_set(err, ERR_INTERNAL,
            "host %s (rank %d and those beside it) has other weights than most, though "
            "all made the same steps: its memory or network is broken; nothing was "
            "saved since; take it out and start again",
            host.data, first);
    str_fini(&host);
    return -1;
}
