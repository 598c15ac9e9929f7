/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a rank that trains takes no more from a tutor than it needs: while it waits
 * for a slow one, what a fast one sent stays on its way, so that this one waits, too,
 * and nobody's memory fills.  A fault of a tutor is told in its words.  That its
 * processor is of another kind, which changes last bits, is said. */
#include "src/train/pupil.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/dispatch.h"
#include "tests/tap.h"

enum { AHEAD = 10, SLOW = 100000 }; /* letters; microseconds */

static const char words[] = "it is the slow one's";

/* The first tutor: late, and with a fault.  Others: at once, and often. */
static void teach(const struct crew *crew) {
    const struct pupil_letter fault = {.fault = ERR_DATA}, lesson = {0};
    struct str letter = {0};
    if (comm_rank(crew->group) == 0) {
        usleep(SLOW);
        str_append(&letter, &fault, sizeof fault);
        str_append(&letter, words, strlen(words));
        mail_send(crew->lessons, 0, letter.data, letter.size);
    } else {
        for (int i = 0; i < AHEAD; i++)
            mail_send(crew->lessons, 0, &lesson, sizeof lesson);
    }
    str_fini(&letter);
}

static void learn(struct crew *crew, const struct config *config) {
    struct pupil *pupil = pupil_create(crew, config);
    const struct batch text = {0};
    struct lesson lesson = {0};
    struct err err = {0};
    int rc = pupil_fetch(pupil, &text, &lesson, &err);
    is_int(rc < 0 ? (int)err.code : 0, ERR_DATA, "a fault is heard");
    is_str(err.text, "rank 1, which holds the teacher: it is the slow one's",
           "  in its words");
    lesson_fini(&lesson);
    pupil_destroy(pupil);
}

static void talk(struct crew *crew, const struct config *config) {
    if (crew->role == CREW_TUTOR)
        teach(crew);
    else
        learn(crew, config);
    comm_barrier(crew->all);
    bool fast = crew->role == CREW_TUTOR && comm_rank(crew->group) > 0;
    double waiting = fast ? mail_waiting(crew->lessons) : 0;
    comm_sum_f64(crew->all, &waiting, 1);
    is_int((int64_t)waiting, (crew->tutors - 1) * AHEAD,
           "what the others sent was not taken meanwhile");
}

/* A tutor whose processor is of another kind: how often rank 0 says so. */
static void test_kernels(struct comm *comm, const struct config *config) {
    int last = comm_size(comm) - 1, errors = dup(STDERR_FILENO), said = 0;
    struct crew crew;
    struct err err = {0};
    FILE *file = tmpfile();
    bool odd = dispatch_isa() != ISA_BASELINE;
    char line[1000];
    if (comm_rank(comm) == last)
        dispatch_limit(ISA_BASELINE);
    dup2(fileno(file), STDERR_FILENO);
    int rc = crew_open(&crew, comm, config, &err);
    dup2(errors, STDERR_FILENO);
    is_int(rc, 0, "another crew %s", err.text);
    for (rewind(file); fgets(line, sizeof line, file);)
        said += strstr(line, "note: ") && strstr(line, "kernels");
    is_int(said, odd && comm_rank(comm) == 0, "a tutor with other kernels is noted");
    crew_close(&crew);
    fclose(file);
    close(errors);
}

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    struct config config;
    struct crew crew;
    struct err err = {0};
    char tutors[24];
    tap_quiet(comm_rank(comm) != 0);
    if (comm_size(comm) == 1) {
        skip("one rank has no tutors", 1);
        comm_destroy(comm);
        return tap_done();
    }
    config_init(&config);
    snprintf(tutors, sizeof tutors, "%d", comm_size(comm) - 1);
    config_set(&config, "teacher.ranks", tutors, "test", NULL);
    if (ok(crew_open(&crew, comm, &config, &err) == 0, "one rank trains %s",
           err.text)) {
        talk(&crew, &config);
        crew_close(&crew);
    }
    test_kernels(comm, &config);
    config_fini(&config);
    comm_destroy(comm);
    return tap_done();
}
