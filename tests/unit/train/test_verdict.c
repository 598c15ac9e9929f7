/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a job is judged by a table of what its ranks last said: whether it stands
 * still long enough, and who is to blame.  The rows that must not fire are the slow
 * ones: a disk, a long step on another host, a rank that still moves. */
#include "src/train/verdict.h"

#include <string.h>

#include "tests/tap.h"

enum { RANKS = 4 };

struct row {
    const char *what;
    bool several; /* there are other hosts */
    bool due;
    const char *blame; /* how the words begin */
    struct verdict_rank ranks[RANKS];
};

#define AT(phase_, wait_, met_)                                                        \
    .last = {.step = 7, .phase = PULSE_##phase_, .wait = PULSE_##wait_, .met = (met_)}
#define WAITS(still_) .still = (still_), AT(STEP, SUM, 40)

static const struct row rows[] = {
    {"a rank is stopped", .due = true,
     .blame = "rank 2 (step 7, the step) is silent: stopped, or dead",
     .ranks = {{WAITS(10)}, {WAITS(11)}, {.heard = 10, WAITS(10)}, {WAITS(10)}}},
    {"  while it read", .due = true, .blame = "rank 1 (step 7, reading data) is silent",
     .ranks = {{WAITS(10)},
               {.heard = 12, .still = 12, AT(DATA, FREE, 39)},
               {WAITS(10)},
               {WAITS(10)}}},
    {"  not for long enough",
     .ranks = {{WAITS(9)}, {WAITS(9)}, {.heard = 9, WAITS(9)}, {WAITS(9)}}},
    {"a rank loops", .due = true, .blame = "rank 3 (step 7, the step) does not come on",
     .ranks =
         {{WAITS(10)}, {WAITS(10)}, {WAITS(10)}, {.still = 14, AT(STEP, FREE, 39)}}},
    {"a rank works", .ranks = {{WAITS(100)},
                               {WAITS(100)},
                               {WAITS(100)},
                               {.still = 1, AT(STEP, FREE, 39)}}},
    {"a rank reads", .ranks = {{WAITS(50)},
                               {WAITS(50)},
                               {.still = 50, AT(DATA, FREE, 39)},
                               {WAITS(50)}}},
    {"  for ever", .due = true,
     .blame = "rank 2 (step 7, reading data) does not come on",
     .ranks =
         {{WAITS(60)}, {WAITS(60)}, {.still = 60, AT(DATA, FREE, 39)}, {WAITS(60)}}},
    {"all save", .ranks = {{.still = 59, AT(SAVE, FREE, 1)},
                           {.still = 59, AT(SAVE, FREE, 1)},
                           {.still = 59, AT(SAVE, FREE, 1)},
                           {.still = 59, AT(SAVE, FREE, 1)}}},
    {"a rank is lost", .due = true,
     .blame = "rank 0 (step 7, the step) waits elsewhere than most, who wait in a sum, "
              "collective 40",
     .ranks = {{.still = 12, AT(STEP, GRADIENTS, 40)},
               {WAITS(10)},
               {WAITS(10)},
               {WAITS(10)}}},
    {"two and two", .due = true,
     .blame =
         "rank 0 (step 7, the step), rank 1 (step 7, the step) waits elsewhere than "
         "most, who wait in a sum, collective 40",
     .ranks = {{.still = 12, AT(STEP, SUM, 39)},
               {.still = 12, AT(STEP, SUM, 39)},
               {WAITS(10)},
               {WAITS(10)}}},
    {"a rank has left", .due = true,
     .blame = "rank 1 (step 7, the end) has left the others",
     .ranks =
         {{WAITS(10)}, {.left = true, AT(END, FREE, 40)}, {WAITS(10)}, {WAITS(10)}}},
    {"all wait for the same", .due = true,
     .blame = "all ranks wait in a sum: MPI has lost something",
     .ranks = {{WAITS(10)}, {WAITS(10)}, {WAITS(10)}, {WAITS(10)}}},
    {"for another host, whose step is long", .several = true,
     .ranks = {{.longest = 30, WAITS(89)},
               {.longest = 30, WAITS(89)},
               {.longest = 30, WAITS(89)},
               {.longest = 30, WAITS(89)}}},
    {"  too long", .several = true, .due = true,
     .blame = "all ranks of this host wait in a sum, for another host",
     .ranks = {{.longest = 30, WAITS(90)},
               {.longest = 30, WAITS(90)},
               {.longest = 30, WAITS(90)},
               {.longest = 30, WAITS(90)}}},
    {"  in the first step", .several = true,
     .ranks = {{WAITS(59)}, {WAITS(59)}, {WAITS(59)}, {WAITS(59)}}},
    {"all have left",
     .ranks = {{.left = true}, {.left = true}, {.left = true}, {.left = true}}},
};

static void test_row(const struct row *row) {
    struct verdict_rank ranks[RANKS];
    char text[VERDICT_TEXT];
    const struct verdict_patience patience = {10, !row->several};
    for (int i = 0; i < RANKS; i++) {
        ranks[i] = row->ranks[i];
        ranks[i].rank = i;
    }
    is_int(verdict_is_due(ranks, RANKS, &patience), row->due, "%s", row->what);
    if (!row->due)
        return;
    verdict_find(ranks, RANKS, &patience, text);
    if (!ok(strncmp(text, row->blame, strlen(row->blame)) == 0,
            "  and whose fault it is"))
        diag("%s", text);
}

/* However many there are, there is room for the words. */
static void test_many(void) {
    enum { MANY = 200 };
    struct verdict_rank ranks[MANY] = {{0}};
    char text[VERDICT_TEXT];
    const struct verdict_patience patience = {10, true};
    for (int i = 0; i < MANY; i++)
        ranks[i] = (struct verdict_rank){.rank = i, .heard = 99, WAITS(99)};
    ranks[0].heard = 0;
    ok(verdict_is_due(ranks, MANY, &patience), "one of %d is not silent", MANY);
    verdict_find(ranks, MANY, &patience, text);
    ok(strstr(text, "rank 4 (step 7, the step) and 195 more is silent") != NULL,
       "  the first of the others are named: %s", text);
    verdict_find(ranks, 1, &patience, text);
    is_str(text, "all ranks wait in a sum: MPI has lost something", "a rank alone");
    ranks[0].last.wait = PULSE_FREE;
    verdict_find(ranks, 1, &patience, text);
    is_str(text, "rank 0 (step 7, the step) stands still", "  that works");
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(&rows[i]);
    test_many();
    return tap_done();
}
