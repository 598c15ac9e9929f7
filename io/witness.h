/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to know more of a shard than its documents: where it is damaged, and what
 * kinds of things lie in it. */
#ifndef MPIBERT_IO_WITNESS_H
#define MPIBERT_IO_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/map.h"

/* Something that a user should know.  Text is borrowed for the call. */
struct notice {
    bool is_damage;     /* else the place is whole, but no use is made of it */
    const char *member; /* "" for a plain file; any bytes */
    uint64_t offset;    /* in the member, unpacked */
    const char *text;
};

struct witness {
    void *context;
    void (*notice)(void *context, const struct notice *notice); /* may be NULL */
    struct map kinds; /* "WARC conversion" -> how many; map_fini is the owner's */
};

#endif
