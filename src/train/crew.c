/* SPDX-License-Identifier: Apache-2.0 */
/* Who of the ranks does what, and what they say to each other: see crew.h. */
#include "src/train/crew.h"

#include <string.h>

#include "src/train/inputs.h"
#include "src/train/threads.h"

static int64_t judges_of(const struct config *config) {
    return config->evaluation_tasks ? config->evaluation_probe_ranks : 0;
}

static int64_t tutors_of(const struct config *config) {
    return config->teacher_ranks == CONFIG_UNSET ? 0 : config->teacher_ranks;
}

static int share_out(struct crew *crew, const struct config *config, struct err *err) {
    int64_t judges = judges_of(config), tutors = tutors_of(config);
    int64_t size = comm_size(crew->all);
    if (tutors + judges >= size)
        return err_set(err, ERR_CONFIG,
                       "%s: %lld of %lld rank%s would be lent to %s, and none train; "
                       "start more ranks",
                       tutors ? "teacher.ranks" : "evaluation.probe_ranks",
                       (long long)(tutors + judges), (long long)size,
                       size == 1 ? "" : "s",
                       tutors && judges ? "the teacher and evaluation.tasks"
                       : tutors         ? "the teacher"
                                        : "evaluation.tasks");
    crew->training = (int)(size - tutors - judges);
    crew->tutors = (int)tutors;
    return 0;
}

static enum crew_role role_of(const struct crew *crew, int rank) {
    if (rank < crew->training)
        return CREW_TRAINER;
    return rank < crew->training + crew->tutors ? CREW_TUTOR : CREW_JUDGE;
}

int crew_open(struct crew *crew, struct comm *all, const struct config *config,
              struct err *err) {
    *crew = (struct crew){.all = all};
    if (share_out(crew, config, err) < 0)
        return -1;
    crew->role = role_of(crew, comm_rank(all));
    crew->group = comm_split(all, crew->role);
    crew->binding = threads_begin(all);
    crew->mail = judges_of(config) > 0 ? mail_open(all) : NULL;
    crew->lessons = crew->tutors > 0 ? mail_open(all) : NULL;
    if (crew->lessons)
        inputs_note_kernels(all);
    return 0;
}

void crew_close(struct crew *crew) {
    mail_close(crew->mail);
    mail_close(crew->lessons);
    binding_destroy(crew->binding);
    comm_leave(crew->group);
    *crew = (struct crew){0};
}

void crew_tell(struct crew *crew, enum crew_news news, int64_t step) {
    const struct crew_notice notice = {step, crew->round, news};
    if (crew->mail == NULL || crew->ended || comm_rank(crew->all) != 0)
        return;
    for (int to = crew->training + crew->tutors; to < comm_size(crew->all); to++)
        mail_send(crew->mail, to, &notice, sizeof notice);
}

void crew_back(struct crew *crew, int64_t step) {
    crew->round++;
    crew_tell(crew, CREW_SAVED, step);
}

bool crew_hear(struct crew *crew, struct crew_notice *notice) {
    struct str bytes = {0};
    bool heard = mail_take(crew->mail, &bytes);
    if (heard)
        memcpy(notice, bytes.data, sizeof *notice);
    str_fini(&bytes);
    return heard;
}

/* The round, and then the scorecard. */
void crew_report(struct crew *crew, int64_t round, const struct str *scorecard) {
    struct str letter = {0};
    str_append(&letter, (const char *)&round, sizeof round);
    str_append(&letter, scorecard->data, scorecard->size);
    mail_send(crew->mail, 0, letter.data, letter.size);
    str_fini(&letter);
}

/* An empty message. */
void crew_retire(struct crew *crew) {
    if (comm_rank(crew->group) == 0)
        mail_send(crew->mail, 0, NULL, 0);
}

/* Whether a letter has a scorecard of this round. */
static bool open_letter(const struct crew *crew, const struct str *letter,
                        struct str *scorecard) {
    int64_t round;
    memcpy(&round, letter->data, sizeof round);
    str_clear(scorecard);
    str_append(scorecard, letter->data + sizeof round, letter->size - sizeof round);
    return round == crew->round;
}

bool crew_listen(struct crew *crew, struct str *scorecard) {
    struct str letter = {0};
    bool heard = false;
    if (crew->mail == NULL || comm_rank(crew->all) != 0)
        return false;
    while (!heard && !crew->ended && mail_take(crew->mail, &letter)) {
        crew->ended = letter.size == 0;
        heard = !crew->ended && open_letter(crew, &letter, scorecard);
    }
    str_fini(&letter);
    return heard;
}

/* An empty message. */
void crew_dismiss(struct crew *crew) {
    for (int i = 0; i < crew->tutors && comm_rank(crew->all) == 0; i++)
        mail_send(crew->lessons, crew->training + i, NULL, 0);
}
