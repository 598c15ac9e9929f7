/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and byte strings one after the other, as they travel between ranks of one
 * job: no versions, no byte order, read by the same program that wrote them. */
#ifndef MPIBERT_CORPUS_PARCEL_H
#define MPIBERT_CORPUS_PARCEL_H

#include <stdint.h>

#include "src/base/str.h"

void parcel_put(struct str *parcel, uint64_t number);
void parcel_put_bytes(struct str *parcel, struct slice bytes);
void parcel_put_text(struct str *parcel, const char *text);
/* Just the bytes: who takes them knows how many. */
void parcel_put_raw(struct str *parcel, const void *bytes, size_t size);

/* Take off the front of *parcel what was put there; what is not there is a bug.  Bytes
 * and texts are borrowed from the parcel. */
uint64_t parcel_take(struct slice *parcel);
struct slice parcel_take_bytes(struct slice *parcel);
const char *parcel_take_text(struct slice *parcel);
void parcel_take_raw(struct slice *parcel, void *bytes, size_t size);

#endif
