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
    const struct crew_notice notice = {step, news};
    if (crew->mail == NULL || crew->ended || comm_rank(crew->all) != 0)
        return;
    for (int to = crew->training; to < comm_size(crew->all); to++)
        mail_send(crew->mail, to, &notice, sizeof notice);
}

bool crew_hear(struct crew *crew, struct crew_notice *notice) {
    struct str bytes = {0};
    bool heard = mail_take(crew->mail, &bytes);
    if (heard)
        memcpy(notice, bytes.data, sizeof *notice);
    str_fini(&bytes);
    return heard;
}

void crew_report(struct crew *crew, const struct str *scorecard) {
    mail_send(crew->mail, 0, scorecard->data, scorecard->size);
}

/* An empty message. */
void crew_retire(struct crew *crew) {
    if (comm_rank(crew->group) == 0)
        mail_send(crew->mail, 0, NULL, 0);
}

bool crew_listen(struct crew *crew, struct str *scorecard) {
    if (crew->mail == NULL || crew->ended || comm_rank(crew->all) != 0 ||
        !mail_take(crew->mail, scorecard))
        return false;
    crew->ended = scorecard->size == 0;
    return !crew->ended;
}
