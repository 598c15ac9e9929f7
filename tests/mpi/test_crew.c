/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: who trains and who is lent hear of each other in the order in which they
 * spoke; and a scorecard counts in its own round only, because a step that a run went
 * back from is made again, with other weights. */
#include "src/train/crew.h"

#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

/* What rank 0 does, what the last rank then hears, and what that reports. */
static const struct {
    enum { SAVES, GOES_BACK, ENDS } does;
    int64_t step;
    int64_t round;       /* of the notice */
    const char *reports; /* NULL: nothing */
    int64_t of;          /* the round of it */
    const char *heard;   /* what rank 0 then hears; NULL: nothing */
} rows[] = {
    {SAVES, 8, 0, "eight", 0, "eight"},
    {SAVES, 12, 0, "", 0, ""},
    {GOES_BACK, 4, 1, "twelve", 0, NULL}, /* of weights that are no more */
    {SAVES, 8, 1, "eight again", 1, "eight again"},
    {GOES_BACK, 4, 2, NULL, 0, NULL},
    {GOES_BACK, 4, 3, "four", 1, NULL},
    {ENDS, 4, 3, "last", 3, "last"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void speak(struct crew *crew, int i) {
    if (rows[i].does == GOES_BACK)
        crew_back(crew, rows[i].step);
    else
        crew_tell(crew, rows[i].does == ENDS ? CREW_OVER : CREW_SAVED, rows[i].step);
}

static void hear(struct crew *crew, int i) {
    struct crew_notice notice = {.step = -1};
    for (int look = 0; look < 20000 && !crew_hear(crew, &notice); look++)
        usleep(100);
    is_int(notice.step, rows[i].step, "row %d: the step is heard", i);
    is_int(notice.round, rows[i].round, "  and its round");
    is_int(notice.news, rows[i].does == ENDS ? CREW_OVER : CREW_SAVED, "  and news");
}

static void report(struct crew *crew, int i) {
    struct str card = {0};
    str_printf(&card, "%s", rows[i].reports);
    crew_report(crew, rows[i].of, &card);
    str_fini(&card);
}

/* Of a row whose report counts: waits for it. */
static void listen(struct crew *crew, int i) {
    struct str card = {0};
    bool heard = false;
    for (int look = 0; look < 20000 && rows[i].heard && !heard; look++) {
        heard = crew_listen(crew, &card);
        usleep(heard ? 0 : 100);
    }
    if (rows[i].heard)
        is_str(heard ? card.data : "nothing", rows[i].heard, "row %d: is reported", i);
    ok(!crew_listen(crew, &card), "row %d: and nothing else", i);
    str_fini(&card);
}

static void talk(struct crew *crew, struct comm *comm) {
    int rank = comm_rank(comm), last = comm_size(comm) - 1;
    for (int i = 0; i < ROWS; i++) {
        if (rank == 0)
            speak(crew, i);
        if (rank == last)
            hear(crew, i);
        if (rank == last && rows[i].reports)
            report(crew, i);
        comm_barrier(comm);
        if (rank == 0)
            listen(crew, i);
    }
    if (rank == last)
        crew_retire(crew);
    struct str card = {0};
    for (int look = 0; rank == 0 && look < 20000 && !crew->ended; look++) {
        crew_listen(crew, &card);
        usleep(100);
    }
    ok(rank > 0 || crew->ended, "those lent have ended");
    str_fini(&card);
}

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    struct config config;
    struct crew crew;
    struct err err = {0};
    tap_quiet(comm_rank(comm) != 0);
    config_init(&config);
    config_set(&config, "evaluation.tasks", "rte", "test", NULL);
    if (crew_open(&crew, comm, &config, &err) == 0) {
        is_int(crew.training, comm_size(comm) - 1, "one rank is lent");
        talk(&crew, comm);
        crew_close(&crew);
    } else {
        is_int(err.code, ERR_CONFIG, "none would be left to train");
        is_int(comm_size(comm), 1, "  of one");
    }
    config_fini(&config);
    comm_destroy(comm);
    return tap_done();
}
