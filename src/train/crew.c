/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that train, and ranks that are lent: see crew.h. */
#include "src/train/crew.h"

#include <string.h>

#include "src/train/threads.h"

/* How many ranks are lent. */
static int64_t lent_by(const struct config *config) {
    return config->evaluation_tasks ? config->evaluation_probe_ranks : 0;
}

int crew_open(struct crew *crew, struct comm *all, const struct config *config,
              struct err *err) {
    int64_t lent = lent_by(config), size = comm_size(all);
    *crew = (struct crew){.all = all};
    if (lent >= size)
        return err_set(err, ERR_CONFIG,
                       "evaluation.probe_ranks: %lld of %lld rank%s would be lent to "
                       "evaluation.tasks, and none train; start more ranks",
                       (long long)lent, (long long)size, size == 1 ? "" : "s");
    crew->training = (int)(size - lent);
    crew->lent = comm_rank(all) >= crew->training;
    crew->group = comm_split(all, crew->lent);
    crew->binding = threads_begin(all);
    crew->mail = lent > 0 ? mail_open(all) : NULL;
    return 0;
}

void crew_close(struct crew *crew) {
    mail_close(crew->mail);
    binding_destroy(crew->binding);
    comm_leave(crew->group);
    *crew = (struct crew){0};
}

void crew_tell(struct crew *crew, enum crew_news news, int64_t step) {
    const struct crew_notice notice = {step, crew->round, news};
    if (crew->mail == NULL || crew->ended || comm_rank(crew->all) != 0)
        return;
    for (int to = crew->training; to < comm_size(crew->all); to++)
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
