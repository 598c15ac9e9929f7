/* SPDX-License-Identifier: Apache-2.0 */
/* The same on all ranks: see same.h.  Facts are texts "name NUL value NUL …"; rank 0's
 * go to all, and each rank compares its own.  What is known already is not agreed on
 * twice, so a job of one rank has nothing to do. */
#include "mpi/same.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mpi/agree.h"

void same_add(struct str *facts, const char *name, const char *format, ...) {
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    size_t size = (size_t)vsnprintf(NULL, 0, format, again) + 1;
    va_end(again);
    str_append(facts, name, strlen(name) + 1);
    str_reserve(facts, size);
    vsnprintf(facts->data + facts->size, size, format, list);
    facts->size += size;
    facts->data[facts->size] = '\0';
    va_end(list);
}

/* ---- rows ---- */

struct fact {
    const char *name, *value;
};

/* Takes the first row off *rest; false when none is left. */
static bool fact_take(struct slice *rest, struct fact *fact) {
    if (rest->size == 0)
        return false;
    fact->name = rest->data;
    fact->value = fact->name + strlen(fact->name) + 1;
    size_t size = (size_t)(fact->value + strlen(fact->value) + 1 - rest->data);
    rest->data += size;
    rest->size -= size;
    return true;
}

/* The value of a name, or NULL. */
static const char *value_of(struct slice facts, const char *name) {
    struct fact fact;
    while (fact_take(&facts, &fact))
        if (strcmp(fact.name, name) == 0)
            return fact.value;
    return NULL;
}

/* ---- a difference, in words ---- */

struct difference {
    const char *name;
    const char *here, *there; /* values; NULL: no such row.  there: on rank 0 */
};

static int tell(const struct difference *d, const char *first, const char *cure,
                struct err *err) {
    if (d->here == NULL)
        return err_set(err, ERR_CONFIG,
                       "%s: is missing there, but '%s' on rank 0 (%s); %s", d->name,
                       d->there, first, cure);
    if (d->there == NULL)
        return err_set(err, ERR_CONFIG, "%s: is '%s', but missing on rank 0 (%s); %s",
                       d->name, d->here, first, cure);
    return err_set(err, ERR_CONFIG, "%s: is '%s', but '%s' on rank 0 (%s); %s", d->name,
                   d->here, d->there, first, cure);
}

/* Row by row; where the names part, one of the two lacks the other's row. */
static bool find(struct slice own, struct slice first, struct difference *d) {
    struct slice here = own, there = first;
    struct fact mine = {0}, other = {0};
    for (;;) {
        bool more = fact_take(&here, &mine), more_there = fact_take(&there, &other);
        if (!more && !more_there)
            return false;
        if (more && more_there && strcmp(mine.name, other.name) == 0) {
            *d = (struct difference){mine.name, mine.value, other.value};
            if (strcmp(mine.value, other.value) != 0)
                return true;
            continue;
        }
        if (more_there && (!more || value_of(own, other.name) == NULL))
            *d = (struct difference){other.name, NULL, other.value};
        else
            *d = (struct difference){mine.name, mine.value, NULL};
        return true;
    }
}

static bool find_within(struct slice own, struct slice first, struct difference *d) {
    struct fact mine;
    while (fact_take(&own, &mine)) {
        const char *there = value_of(first, mine.name);
        *d = (struct difference){mine.name, mine.value, there};
        if (there == NULL || strcmp(mine.value, there) != 0)
            return true;
    }
    return false;
}

/* ---- the doors ---- */

typedef bool find_fn(struct slice own, struct slice first, struct difference *d);

static int check(struct comm *comm, const struct str *facts, find_fn *find_difference,
                 const char *cure, struct err *err) {
    struct str first = {0}, host = {0};
    struct difference d;
    int rc = 0;
    if (comm_size(comm) == 1)
        return 0;
    str_append(&first, facts->data, facts->size);
    str_printf(&host, "%s", comm_host(comm));
    comm_broadcast_str(comm, &first, 0);
    comm_broadcast_str(comm, &host, 0);
    if (find_difference(str_slice(facts), str_slice(&first), &d)) {
        rc = tell(&d, host.data, cure, err);
        err_prefix(err, "rank %d on %s", comm_rank(comm), comm_host(comm));
    }
    rc = comm_agree(comm, rc, err);
    str_fini(&first);
    str_fini(&host);
    return rc;
}

int same_check(struct comm *comm, const struct str *facts, const char *cure,
               struct err *err) {
    return check(comm, facts, find, cure, err);
}

int same_check_within(struct comm *comm, const struct str *facts, const char *cure,
                      struct err *err) {
    return check(comm, facts, find_within, cure, err);
}
