/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is what rank 0 and what the last rank has; all ranks come out with the
 * same verdict, and its words name the rank, its host and the first fact that
 * differs. */
#include "mpi/same.h"

#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "tests/tap.h"

/* "name=value name=value …" */
static const struct {
    const char *first, *last;
    bool within;      /* the last rank may lack rows */
    const char *part; /* of the message; NULL: no difference */
} rows[] = {
    {"", "", false, NULL},
    {"a=1 b=2", "a=1 b=2", false, NULL},
    {"a=1 b=2", "a=1 b=3", false, "b: is '3', but '2' on rank 0 ("},
    {"a=1 b=2", "b=2", false, "a: is missing there, but '1' on rank 0 ("},
    {"a=1 b=2", "a=1", false, "b: is missing there, but '2'"},
    {"a=1 b=2 c=3", "a=1 c=3", false, "b: is missing there"},
    {"a=1 c=3", "a=1 b=2 c=3", false, "b: is '2', but missing on rank 0 ("},
    {"", "a=1", false, "a: is '1', but missing on rank 0"},
    {"a=1 a=1", "a=1", false, "a: is missing there"},
    {"a=1", "a=1 a=1", false, "a: is '1', but missing on rank 0"},
    {"a=1 b=2", "b=2 a=1", false, ""},
    {"a=1 b=2", "a=1 b=", false, "b: is '', but '2'"},
    {"a=1 b=2", "", true, NULL},
    {"a=1 b=2", "b=2", true, NULL},
    {"a=1 b=2", "b=2 a=1", true, NULL},
    {"a=1 b=2", "b=1", true, "b: is '1', but '2'"},
    {"", "b=1", true, "b: is '1', but missing on rank 0"},
};

static void add_all(struct str *facts, const char *text) {
    struct slice rest = slice_of(text), word;
    while (slice_field(&rest, ' ', &word)) {
        char copy[32];
        snprintf(copy, sizeof copy, "%.*s", (int)word.size, word.data);
        char *equals = strchr(copy, '=');
        *equals = '\0';
        same_add(facts, copy, "%s", equals + 1);
    }
}

/* Two values that part after their 5000th byte. */
static void test_long(struct comm *comm) {
    int last = comm_size(comm) - 1;
    struct str facts = {0}, value = {0};
    struct err err = {0};
    for (int i = 0; i < 5000; i++)
        str_append_char(&value, 'x');
    str_append_char(&value, comm_rank(comm) == last ? 'a' : 'b');
    same_add(&facts, "long", "%s", value.data);
    same_add(&facts, "next", "%d", 1);
    is_int((int64_t)facts.size, 5 + 5002 + 5 + 2, "a value is kept whole");
    is_int(same_check(comm, &facts, "do this", &err) < 0 ? err.code : 0,
           last == 0 ? 0 : ERR_CONFIG, "and compared to its end");
    str_fini(&value);
    str_fini(&facts);
}

static void test_row(struct comm *comm, size_t i) {
    int last = comm_size(comm) - 1;
    struct str facts = {0};
    struct err err = {0};
    add_all(&facts, comm_rank(comm) == last ? rows[i].last : rows[i].first);
    int rc = (rows[i].within ? same_check_within : same_check)(comm, &facts, "do this",
                                                               &err);
    bool same = last == 0 || rows[i].part == NULL;
    is_int(rc < 0 ? err.code : 0, same ? 0 : ERR_CONFIG, "'%s' and '%s'", rows[i].first,
           rows[i].last);
    char who[300];
    snprintf(who, sizeof who, "rank %d on %s: ", last, comm_host(comm));
    if (!same)
        ok(strstr(err.text, rows[i].part) && strncmp(err.text, who, strlen(who)) == 0 &&
               strstr(err.text, "; do this"),
           "  says %s", err.text);
    str_fini(&facts);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(comm, i);
    test_long(comm);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
