/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a JSON text that is not an object a line: elements of a list, indented
 * ones, ones with nothing between them. */
#ifndef MPIBERT_IO_READERS_OBJECTS_H
#define MPIBERT_IO_READERS_OBJECTS_H

#include "io/readers/input.h"

/* Zero it to begin a member; it holds what it took of `in`, so that nobody else may
 * take anything before its end. */
struct objects {
    struct slice rest; /* taken and not looked at yet; borrowed from the input */
    int64_t open;      /* lists that have no end so far */
    bool ended;
};

/* The next object, as it stands, in *out: 1, 0 end, -1.  What lies around it is counted
 * as markup; what is no object, or has no end, or is longer than a line may be, as
 * damage.  Whether it is good JSON is not judged. */
int objects_next(struct objects *objects, struct input *in, struct str *out,
                 struct err *err);

#endif
