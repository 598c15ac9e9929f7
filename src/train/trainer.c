/* SPDX-License-Identifier: Apache-2.0 */
/* The loop and nothing else: see trainer.h. */
#include "src/train/trainer.h"

#include <stdio.h>
#include <time.h>

#include "io/metrics.h"
#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/pulse.h"
#include "src/base/timer.h"
#include "src/train/console.h"
#include "src/train/evaluate.h"
#include "src/train/extend.h"
#include "src/train/lapses.h"
#include "src/train/notes.h"
#include "src/train/progress.h"
#include "src/train/pupil.h"
#include "src/train/saver.h"
#include "src/train/scorecard.h"
#include "src/train/stragglers.h"
#include "src/train/summary.h"
#include "src/train/watchdog.h"

struct trainer {
    struct session session;
    struct saver saver;
    struct wishes *wishes;     /* borrowed, as crew */
    struct crew *crew;         /* NULL: it trains alone */
    struct progress *progress; /* rank 0 only, as the two files */
    struct metrics *metrics, *evaluations;
    double start, end;             /* when it was opened, and had trained */
    bool shown;                    /* its steps, and how it went, are printed */
    bool idle;                     /* there was nothing to do */
    struct step_seconds seconds;   /* of all its steps */
    double step_seconds;           /* of its last step */
    uint64_t step_tokens;          /* likewise */
    struct stragglers *stragglers; /* owned */
    struct lapses lapses;
    int64_t evaluated;       /* the step that was, last */
    uint64_t *source_tokens; /* (data.sources) since this start */
    bool pairs_judged;       /* rank 0: its first pairs were looked at */
    bool unknown_judged;     /* and its first tokens */
    struct err
        log_fault; /* rank 0 could not write a log: told to all in the next step */
};

static struct metrics *open_log(const struct session *s, const char *name,
                                struct err *err) {
    struct str path = {0};
    str_printf(&path, "%s/%s", s->config->checkpoint_dir, name);
    struct metrics *metrics = metrics_open(path.data, s->step, err);
    str_fini(&path);
    return metrics;
}

/* Both, cut back to the session's step. */
static int open_logs(struct trainer *t, struct err *err) {
    const struct session *s = &t->session;
    metrics_close(t->metrics);
    metrics_close(t->evaluations);
    t->metrics = open_log(s, "metrics.jsonl", err);
    t->evaluations = t->metrics ? open_log(s, "evaluations.jsonl", err) : NULL;
    return t->evaluations ? 0 : -1;
}

static int begin_telling(struct trainer *t, struct err *err) {
    const struct session *s = &t->session;
    int rc = 0;
    if (comm_rank(s->comm) == 0) {
        if (t->shown) {
            session_print(s);
            wishes_print(t->wishes);
        }
        extend_print(s);
        t->progress = progress_create(s->config, s->tokens, t->shown);
        rc = open_logs(t, err);
    }
    return comm_agree(s->comm, rc, err);
}

/* What became of a checkpoint: 1, it is there. */
static int told(struct trainer *t, int rc) {
    if (rc > 0)
        wishes_spent(t->wishes, WISHES_SAVE, t->saver.seconds);
    if (rc > 0 && t->progress)
        progress_saved(t->progress, t->saver.path.data, t->saver.seconds);
    if (rc > 0 && t->crew)
        crew_tell(t->crew, CREW_SAVED, t->saver.step);
    return rc < 0 ? -1 : 0;
}

/* The checkpoint on its way, to its end. */
static int finish_save(struct trainer *t, struct err *err) {
    return told(t, saver_finish(&t->saver, &t->session, err));
}

/* `must`: it is there when this returns. */
static int save(struct trainer *t, bool asked, bool must, struct err *err) {
    enum pulse_phase outer = pulse_to(PULSE_SAVE);
    if (t->progress)
        progress_pause(t->progress);
    int rc = finish_save(t, err);
    if (rc == 0)
        rc = saver_begin(&t->saver, &t->session, asked, must, err);
    if (rc == 0 && (must || !config_saves_beside(t->session.config)))
        rc = finish_save(t, err);
    if (t->progress)
        progress_resume(t->progress);
    pulse_to(outer);
    return rc;
}

static int write_evaluation(struct metrics *m, const struct session *s,
                            const struct evaluation *e, struct err *err) {
    uint32_t trained = config_objectives(s->config);
    metrics_begin(m, s->step);
    for (int i = 0; i < OBJECTIVES; i++) {
        if (!objectives_judged(trained, i))
            continue;
        metrics_real(m, objective_words[i].loss, e->of[i].loss);
        metrics_real(m, objective_words[i].accuracy, e->of[i].accuracy);
    }
    metrics_real(m, "unigram_entropy", e->unigram_entropy);
    metrics_real(m, "unk_share", evaluation_unknown(e));
    metrics_int(m, "tokens", (int64_t)e->tokens);
    metrics_int(m, "documents", (int64_t)e->documents);
    metrics_time(m);
    return metrics_end(m, err);
}

/* After which steps. */
static bool evaluates(const struct session *s, int64_t step) {
    const struct config *c = s->config;
    return s->data->heldout && step > 0 &&
           (step == c->train_steps || (c->evaluation_every_steps != CONFIG_UNSET &&
                                       step % c->evaluation_every_steps == 0));
}

static bool evaluation_due(const struct trainer *t) {
    const struct session *s = &t->session;
    return evaluates(s, s->step) && s->step != t->evaluated;
}

/* Before a step after which is the first evaluation, of which a token takes a third of
 * the time that it takes in a step: whoever looks at the clock must know. */
static void foresee_evaluation(struct trainer *t) {
    const struct session *s = &t->session;
    if (t->step_tokens == 0 || !evaluates(s, s->step + 1))
        return;
    double share = evaluate_tokens(&s->data->heldout_manifest) / (double)t->step_tokens;
    wishes_guess(t->wishes, WISHES_EVALUATION, share / 3 * t->step_seconds);
}

static int evaluate_now(struct trainer *t, struct err *err) {
    struct session *s = &t->session;
    const struct evaluation_input input = {s->config,
                                           stepper_models(s->stepper),
                                           s->data->heldout,
                                           &s->data->vocab,
                                           &s->shape,
                                           stepper_weights(s->stepper),
                                           config_objectives(s->config)};
    struct evaluation result;
    double start = timer_now();
    enum pulse_phase outer = pulse_to(PULSE_EVALUATION);
    t->evaluated = s->step;
    if (t->progress)
        progress_pause(t->progress);
    int rc = evaluate(s->comm, &input, &result, err);
    if (rc == 0 && t->progress) {
        progress_evaluation(t->progress, s->step, &result);
        rc = write_evaluation(t->evaluations, s, &result, err);
    }
    if (t->progress)
        progress_resume(t->progress);
    wishes_spent(t->wishes, WISHES_EVALUATION, timer_now() - start);
    rc = comm_agree(s->comm, rc, err);
    pulse_to(outer);
    return rc;
}

/* What only this rank's first examples tell. */
static void judge_data(struct trainer *t) {
    const struct session *s = &t->session;
    const struct tally *tally = loader_tally(s->data->loader);
    if (!t->progress || !t->shown)
        return;
    if (!t->pairs_judged)
        t->pairs_judged = notes_warn_pairs(s->config, tally);
    if (!t->unknown_judged)
        t->unknown_judged = notes_warn_unknown(tally);
}

static void add_seconds(struct trainer *t) {
    struct step_seconds now = stepper_seconds(t->session.stepper);
    t->seconds.compute += now.compute;
    t->seconds.reduce += now.reduce;
    t->seconds.update += now.update;
    stragglers_add(t->stragglers, t->session.step, &now);
}

/* The run stands at an earlier step again. */
static int tell_back(struct trainer *t, struct err *err) {
    int rc = t->progress ? open_logs(t, err) : 0;
    t->evaluated = t->session.step;
    if (t->progress)
        progress_back(t->progress, t->session.tokens);
    if (t->crew)
        crew_back(t->crew, t->session.step);
    return comm_agree(t->session.comm, rc, err);
}

static bool proof_due(const struct session *s, int64_t step) {
    int64_t every = s->config->train_replicas_every;
    return every != CONFIG_UNSET && step % every == 0;
}

/* What the step did is the session's. */
static int take_step(struct trainer *t, const struct step_report *report,
                     struct err *err) {
    struct session *s = &t->session;
    if (report->skipped && finish_save(t, err) < 0) /* it may be what to go back to */
        return -1;
    int lapse = lapses_take(&t->lapses, s, report, err);
    if (lapse == LAPSE_BACK)
        return tell_back(t, err);
    if (lapse < 0 ||
        (proof_due(s, report->step) && stepper_check_replicas(s->stepper, err) < 0))
        return -1;
    s->step = report->step;
    s->tokens += report->tokens;
    for (int i = 0; i < s->config->source_count; i++)
        t->source_tokens[i] += report->source_tokens[i];
    judge_data(t);
    if (t->progress)
        progress_step(t->progress, report, t->metrics, &t->log_fault);
    return 0;
}

/* Writes down what those lent found, if they did: rank 0's affair. */
static void hear_scores(struct trainer *t) {
    struct str card = {0};
    while (t->crew && crew_listen(t->crew, &card)) {
        progress_scorecard(t->progress, &card);
        if (t->evaluations) /* NULL: it could not be opened again */
            scorecard_write(&card, t->evaluations, &t->log_fault);
    }
    str_fini(&card);
}

/* One step; *wished: what ranks wish to be done after it. */
static int step(struct trainer *t, const struct step_input *input, uint32_t *wished,
                struct err *err) {
    struct session *s = &t->session;
    struct step_report report;
    struct step_input in = *input;
    double start = timer_now();
    foresee_evaluation(t);
    in.wishes = wishes_look(t->wishes);
    if (saver_asks(&t->saver, s))
        in.wishes |= 1u << WISH_SAVE;
    if (saver_is_busy(&t->saver))
        in.wishes |= 1u << WISH_WRITE;
    if (t->log_fault.code != ERR_NONE) {
        in.data_rc = -1;
        *err = t->log_fault;
    }
    if (stepper_run(s->stepper, s->step + 1, &in, &report, err) < 0)
        return -1;
    *wished = report.wishes;
    if (take_step(t, &report, err) < 0)
        return -1;
    add_seconds(t);
    t->step_seconds = timer_now() - start + input->seconds;
    t->step_tokens = report.tokens;
    wishes_spent(t->wishes, WISHES_STEP, t->step_seconds);
    hear_scores(t);
    return 0;
}

bool trainer_is_done(const struct trainer *t) {
    return t->session.step >= t->session.config->train_steps;
}

/* What it would save lies in a checkpoint already. */
int trainer_begin(struct trainer *t, struct err *err) {
    uint32_t wished = wishes_before(t->wishes, t->session.comm);
    if (wished == 0 || trainer_is_done(t))
        return 0;
    wishes_served(t->wishes);
    return wishes_stopped(wished, t->session.step, err);
}

/* What matters comes first: there may be little time. */
static int stop(struct trainer *t, uint32_t wished, struct err *err) {
    if (save(t, true, true, err) < 0)
        return -1;
    wishes_served(t->wishes);
    if (evaluation_due(t) && evaluate_now(t, err) < 0)
        return -1;
    return wishes_stopped(wished, t->session.step, err);
}

int trainer_step(struct trainer *t, const struct step_input *input, struct err *err) {
    struct session *s = &t->session;
    uint32_t wished;
    if (step(t, input, &wished, err) < 0)
        return -1;
    if (!wishes_has(wished, WISH_WRITE) && told(t, saver_poll(&t->saver, s, err)) < 0)
        return -1;
    if (wishes_stop(wished) && !trainer_is_done(t))
        return stop(t, wished, err);
    bool asked = wishes_has(wished, WISH_SAVE);
    if (evaluation_due(t) && evaluate_now(t, err) < 0)
        return -1;
    return saver_due(&t->saver, s, asked) ? save(t, asked, trainer_is_done(t), err) : 0;
}

/* ---- the end ---- */

/* Waits until those lent have ended, which is at once where training failed or was
 * stopped; else the last checkpoint is judged. */
static void part(struct trainer *t, int rc) {
    const struct timespec pause = {.tv_nsec = 5000000};
    bool hurried = rc < 0;
    if (t->crew == NULL || t->crew->mail == NULL || comm_rank(t->crew->all) != 0)
        return;
    crew_tell(t->crew, hurried ? CREW_STOP : CREW_OVER, t->session.step);
    while (hear_scores(t), !t->crew->ended) {
        if (!hurried && wishes_stop(wishes_look(t->wishes))) {
            hurried = true;
            crew_tell(t->crew, CREW_STOP, t->session.step);
            log_warn("the last checkpoint is not judged by evaluation.tasks: there is "
                     "no time left; the same command does that");
        }
        nanosleep(&pause, NULL);
    }
}

/* A log that could not be written, which no step told any more: also of a run that
 * stopped, and saved what it did. */
static void tell_log_fault(struct trainer *t, int rc, struct err *err) {
    if (t->log_fault.code == ERR_NONE || (rc < 0 && err->code != ERR_STOPPED))
        return;
    if (rc < 0)
        err_prefix(&t->log_fault, "stopped and saved at step %lld, but",
                   (long long)t->session.step);
    *err = t->log_fault;
}

static int conclude(struct trainer *t, int rc, struct err *err) {
    struct session *s = &t->session;
    struct err unsaved = {0};
    if (finish_save(t, &unsaved) < 0 && rc == 0) {
        *err = unsaved;
        rc = -1;
    }
    pulse_to(PULSE_END);
    t->end = timer_now();
    part(t, rc);
    tell_log_fault(t, rc, err);
    rc = comm_agree(s->comm, rc < 0 || t->log_fault.code != ERR_NONE ? -1 : 0, err);
    if (rc < 0)
        return -1;
    if (t->progress && t->shown)
        console_clear();
    if (!t->idle && t->shown) {
        summary_data(s, t->source_tokens, t->progress);
        summary_seconds(s, &t->seconds, t->end - t->start, t->progress);
        stragglers_print(t->stragglers, timer_now() - t->start, t->shown);
        summary_memory(s, t->progress);
        if (t->progress)
            lapses_print(&t->lapses);
    }
    if (t->progress)
        printf("JOB DONE: %lld steps, %llu tokens, in %s%s\n", (long long)s->step,
               (unsigned long long)s->tokens, s->config->checkpoint_dir,
               t->idle ? "; already complete" : "");
    return 0;
}

/* ---- the doors ---- */

static void destroy(struct trainer *t) {
    progress_destroy(t->progress);
    metrics_close(t->metrics);
    metrics_close(t->evaluations);
    mem_free(t->source_tokens);
    saver_fini(&t->saver);
    stragglers_destroy(t->stragglers);
    session_close(&t->session);
    mem_free(t);
}

struct trainer *trainer_open(struct comm *comm, const struct binding *binding,
                             const struct config *config, struct dataset *data,
                             struct wishes *wishes, bool shown, struct err *err) {
    struct trainer *t = mem_alloc(1, sizeof *t);
    pulse_to(PULSE_START);
    t->start = timer_now();
    t->wishes = wishes;
    t->shown = shown;
    if (session_open(&t->session, comm, binding, config, data, err) < 0) {
        mem_free(t);
        return NULL;
    }
    wishes_guess(wishes, WISHES_SAVE, timer_now() - t->start); /* it read as much */
    saver_init(&t->saver, config, t->session.branched ? -1 : t->session.step);
    t->stragglers = stragglers_create(comm);
    t->idle = extend_is_complete(&t->session);
    t->source_tokens =
        mem_alloc((size_t)config->source_count, sizeof *t->source_tokens);
    bool fresh = t->session.step == 0 || t->session.branched;
    if (begin_telling(t, err) == 0 && (!fresh || save(t, true, true, err) == 0)) {
        if (t->progress && !t->idle)
            saver_warn_room(&t->saver, &t->session,
                            fresh ? t->saver.path.data : t->session.origin.data);
        return t;
    }
    destroy(t);
    return NULL;
}

/* From now on ranks that are lent hear of its checkpoints, of the one that it stands at
 * first, and their scorecards are written down. */
static void lend(struct trainer *t, struct crew *crew) {
    const struct session *s = &t->session;
    t->crew = crew;
    if (crew->mail && t->shown && t->progress)
        printf("lent      %d of %d ranks, to judge checkpoints by %s\n",
               comm_size(crew->all) - crew->training - crew->tutors,
               comm_size(crew->all), s->config->evaluation_tasks);
    crew_tell(crew, CREW_SAVED, s->step);
}

struct session *trainer_session(struct trainer *t) {
    return &t->session;
}

int trainer_close(struct trainer *t, int rc, struct err *err) {
    rc = conclude(t, rc, err);
    destroy(t);
    return rc;
}

int trainer_loop(struct trainer *t, struct err *err) {
    struct session *s = &t->session;
    if (trainer_begin(t, err) < 0 || session_seek(s, err) < 0)
        return -1;
    while (!trainer_is_done(t)) {
        struct step_input input;
        dataset_next(s->data, &input, err);
        if (trainer_step(t, &input, err) < 0)
            return -1;
    }
    return 0;
}

/* Where there are judges the watchdog ends with the loop: who waits for them at the end
 * stands still. */
static int run_on(struct crew *crew, const struct config *config, struct dataset *data,
                  struct wishes *wishes, struct err *err) {
    struct watchdog *watchdog = watchdog_begin(crew->group, config);
    struct trainer *t =
        trainer_open(crew->group, crew->binding, config, data, wishes, true, err);
    int rc = -1;
    if (t) {
        lend(t, crew);
        rc = trainer_loop(t, err);
    }
    if (crew->mail) {
        watchdog_end(watchdog);
        watchdog = NULL;
    }
    if (t)
        rc = trainer_close(t, rc, err);
    watchdog_end(watchdog);
    return rc;
}

/* On data of which tutors tell. */
static int run_taught(struct crew *crew, const struct config *config,
                      struct wishes *wishes, struct err *err) {
    struct pupil *pupil = pupil_create(crew, config);
    struct dataset data;
    int rc = dataset_open(&data, crew->group, config, err);
    if (rc == 0) {
        data.pupil = pupil;
        rc = run_on(crew, config, &data, wishes, err);
        dataset_close(&data);
    }
    pupil_destroy(pupil);
    return rc;
}

static int run(struct crew *crew, const struct config *config, struct wishes *wishes,
               struct err *err) {
    return crew->lessons ? run_taught(crew, config, wishes, err)
                         : run_on(crew, config, NULL, wishes, err);
}

int trainer_run(struct crew *crew, const struct config *config, struct err *err) {
    struct wishes wishes;
    int rc = wishes_open(&wishes, config, comm_rank(crew->group), err);
    rc = comm_agree(crew->group, rc, err);
    if (rc == 0)
        rc = run(crew, config, &wishes, err);
    crew_tell(crew, CREW_STOP, 0); /* where it never began */
    crew_dismiss(crew);
    wishes_close(&wishes);
    return rc;
}
