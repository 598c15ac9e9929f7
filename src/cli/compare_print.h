/* SPDX-License-Identifier: Apache-2.0 */
/* What comparisons came to, on standard output: for a human (compare_text.c) and for
 * programs (compare_data.c).  Nothing here depends on ranks or time. */
#ifndef MPIBERT_CLI_COMPARE_PRINT_H
#define MPIBERT_CLI_COMPARE_PRINT_H

#include "src/judge/contest.h"

/* One contest that was held. */
struct verdict {
    const char *paths[2];
    struct contest contest;
    struct bootstrap_summary summary;
};

struct verdicts {
    struct verdict *list; /* owned */
    int count;
};

/* `table`: with the score of each run, a row a seed. */
void compare_print_text(const struct verdicts *verdicts, bool table);
/* One object: the first comparison's numbers, then all comparisons. */
void compare_print_json(const struct verdicts *verdicts);
/* A line a comparison after one that names the columns. */
void compare_print_tsv(const struct verdicts *verdicts);

#endif
