/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of readings: see reading.h.  A deck carries its own reading along, and only
 * with its first example is that added to the lanes': so that what is reported is a
 * function of what was used, not of how far ahead the thread has come. */
#include "src/data/reading.h"

void reading_add(struct reading_sum *to, const struct reading_sum *more) {
    tally_add(&to->tally, &more->tally);
    cost_add(&to->cost, &more->cost);
    to->text_bytes += more->text_bytes;
    to->documents += more->documents;
    to->document_sum += more->document_sum;
}
