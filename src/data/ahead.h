/* SPDX-License-Identifier: Apache-2.0 */
/* Builds decks ahead of need, in a thread of its own: one for all lanes of a loader. */
#ifndef MPIBERT_DATA_AHEAD_H
#define MPIBERT_DATA_AHEAD_H

#include <stdint.h>

#include "src/data/builder.h"
#include "src/data/deck.h"

struct ahead; /* opaque */

/* Starts the thread.  The builders, one a lane, are borrowed until ahead_destroy; none
 * but ahead may use them, and what they share, while a deck is owed. */
struct ahead *ahead_create(struct builder *builders, int64_t lanes);
/* Asks for a lane's deck, of which number, first, starts and again are set; nobody may
 * touch it until it is taken or dropped.  A lane owes one at a time. */
void ahead_ask(struct ahead *ahead, int64_t lane, struct deck *deck);
/* Sees to it that the deck asked for is built; its fault is in it. */
void ahead_take(struct ahead *ahead, int64_t lane);
/* Forgets what was asked for, if anything. */
void ahead_drop(struct ahead *ahead, int64_t lane);
/* Builds all that is owed, so that the thread has nothing to do. */
void ahead_settle(struct ahead *ahead);
/* Seconds that callers waited for decks so far; seconds of a processor that they built
 * meanwhile; and that the thread has used. */
double ahead_waited(const struct ahead *ahead);
double ahead_helped(const struct ahead *ahead);
double ahead_used(const struct ahead *ahead);
/* Leaves what is being built and ends the thread.  Accepts NULL. */
void ahead_destroy(struct ahead *ahead);

#endif
