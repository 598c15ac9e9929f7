/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says of its steps: see progress.h.  How that comes to a terminal:
 * console.h. */
#include "src/train/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/core/phases.h"
#include "src/train/console.h"
#include "src/train/scorecard.h"

struct progress {
    const struct config *config;
    bool shown;
    int64_t steps, every;
    int sources;
    int phase;           /* of the last step; -1 before any */
    uint64_t tokens;     /* since the run began */
    double last;         /* when the last step ended, or the pause did */
    double paused;       /* when a pause began */
    double step_seconds; /* moving average of the last steps */
    /* since the last line: */
    double seconds, waited, flops;
    uint64_t window_tokens;
    int64_t window_steps;
    double loss;
    struct mean of[OBJECTIVES]; /* sums of the means, of steps */
};

struct progress *progress_create(const struct config *config, uint64_t tokens,
                                 bool shown) {
    struct progress *p = mem_alloc(1, sizeof *p);
    p->shown = shown;
    p->config = config;
    p->phase = -1;
    p->steps = config->train_steps;
    p->every = config->log_every_steps;
    p->sources = config->source_count;
    p->tokens = tokens;
    if (shown)
        console_open(config->log_progress);
    p->last = timer_now();
    return p;
}

/* 12345678 -> "12.3M" */
static const char *count_text(double n, char text[16]) {
    static const char units[] = " kMGT";
    int u = 0;
    while (n >= 999.95 && u < 4)
        n /= 1000, u++;
    snprintf(text, 16, u ? "%.1f%c" : "%.0f", n, units[u]);
    return text;
}

/* A dash where there is none. */
static const char *real_text(double x, int digits, char text[16]) {
    snprintf(text, 16, isnan(x) ? "-" : "%.*f", digits, x);
    return text;
}

static void window_clear(struct progress *p) {
    p->seconds = p->waited = p->flops = 0;
    p->window_tokens = 0;
    p->window_steps = 0;
    p->loss = 0;
    memset(p->of, 0, sizeof p->of);
}

static void window_add(struct progress *p, const struct step_report *r,
                       double seconds) {
    p->seconds += seconds;
    p->waited += r->waited;
    p->flops += r->useful_flops;
    p->window_tokens += r->tokens;
    p->window_steps++;
    p->loss += r->loss;
    for (int i = 0; i < OBJECTIVES; i++) {
        p->of[i].loss += r->of[i].loss;
        p->of[i].accuracy += r->of[i].accuracy;
        p->of[i].count += r->of[i].count;
    }
    double weight = p->step_seconds > 0 ? 0.02 : 1;
    p->step_seconds += weight * (seconds - p->step_seconds);
}

/* Of the objectives, after the three first columns.  What is not trained has none. */
static void fill_objectives(const struct progress *p,
                            struct cell cells[2 * OBJECTIVES]) {
    double n = (double)p->window_steps;
    uint32_t trained = config_objectives(p->config);
    for (int i = 0, nth = 0; i < OBJECTIVES; i++) {
        struct cell *loss = &cells[i], *right = &cells[OBJECTIVES + i];
        bool shown = objectives_has(trained, i);
        bool judged = shown && !objectives_taught(i);
        *loss = (struct cell){objective_words[i].name, 8, shown ? 3 + 3 * nth : 0, ""};
        *right =
            (struct cell){objective_words[i].right, 6, judged ? 7 + 4 * nth : 0, ""};
        nth += shown;
        real_text(p->of[i].loss / n, 4, loss->text);
        real_text(100 * p->of[i].accuracy / n, 2, right->text);
    }
}

/* The table of losses. */
static void print_row(struct progress *p, const struct step_report *r) {
    enum { FIRST = 3, LAST = FIRST + 2 * OBJECTIVES, CELLS = LAST + 6 };
    char tokens[16], speed[16], left[16];
    struct cell cells[CELLS] = {{"step", 8, 1, ""},     {"tokens", 8, 9, ""},
                                {"loss", 8, 2, ""},     [LAST] = {"gnorm", 8, 10, ""},
                                {"lr", 9, 8, ""},       {"tok/s", 7, 5, ""},
                                {"GFLOP/s", 7, 12, ""}, {"wait%", 5, 13, ""},
                                {"eta", 9, 4, ""}};
    enum { SIZE = sizeof cells->text };
    timer_span((double)(p->steps - r->step) * p->step_seconds, left);
    snprintf(cells[0].text, SIZE, "%lld", (long long)r->step);
    snprintf(cells[1].text, SIZE, "%s", count_text((double)p->tokens, tokens));
    snprintf(cells[2].text, SIZE, "%.4f", p->loss / (double)p->window_steps);
    fill_objectives(p, cells + FIRST);
    snprintf(cells[LAST].text, SIZE, "%.4f", r->grad_norm);
    snprintf(cells[LAST + 1].text, SIZE, "%.3e", r->rate);
    snprintf(cells[LAST + 2].text, SIZE, "%s",
             count_text((double)p->window_tokens / p->seconds, speed));
    snprintf(cells[LAST + 3].text, SIZE, "%.1f", 1e-9 * p->flops / p->seconds);
    snprintf(cells[LAST + 4].text, SIZE, "%.1f", 100 * p->waited / p->seconds);
    snprintf(cells[LAST + 5].text, SIZE, "%s", left);
    console_row(cells, CELLS);
}

static void print_bar(const struct progress *p, const struct step_report *r) {
    char speed[16], left[16];
    struct bar bar = {.step = r->step, .steps = p->steps};
    timer_span((double)(p->steps - r->step) * p->step_seconds, left);
    snprintf(bar.words[0], sizeof *bar.words, "%lld/%lld", (long long)r->step,
             (long long)p->steps);
    snprintf(bar.words[1], sizeof *bar.words, "eta %s", left);
    snprintf(bar.words[2], sizeof *bar.words, "loss %.4f",
             p->loss / (double)p->window_steps);
    snprintf(bar.words[3], sizeof *bar.words, "%s tok/s",
             count_text((double)p->window_tokens / p->seconds, speed));
    console_bar(&bar);
}

/* Of the tokens that are not special. */
static double unknown_share(const struct progress *p, const struct step_report *r) {
    uint64_t tokens = 0;
    for (int i = 0; i < p->sources; i++)
        tokens += r->source_tokens[i];
    return (double)r->unknown / (double)tokens;
}

static int write_metrics(const struct progress *p, struct metrics *m,
                         const struct step_report *r, double seconds, struct err *err) {
    uint32_t trained = config_objectives(p->config);
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r->batch_hash);
    metrics_begin(m, r->step);
    metrics_int(m, "phase", p->phase + 1);
    metrics_int(m, "tokens", (int64_t)p->tokens);
    metrics_real(m, "loss", r->loss);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_told(trained, i))
            metrics_real(m, objective_words[i].loss, r->of[i].loss);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_judged(trained, i))
            metrics_real(m, objective_words[i].accuracy, r->of[i].accuracy);
    metrics_real(m, "grad_norm", r->grad_norm);
    metrics_real(m, "learning_rate", r->rate);
    metrics_real(m, "tokens_per_s", (double)r->tokens / seconds);
    metrics_real(m, "useful_gflops", 1e-9 * r->useful_flops / seconds);
    metrics_text(m, "batch_hash", hash);
    metrics_real(m, "data_wait", r->waited / seconds);
    metrics_real(m, "unk_share", unknown_share(p, r));
    metrics_ints(m, "source_tokens", r->source_tokens, p->sources);
    metrics_real(m, "step_seconds", seconds);
    if (r->skipped)
        metrics_int(m, "skipped", 1);
    metrics_time(m);
    return metrics_end(m, err);
}

/* Speeds before and after such a line are of different work; a window never spans
 * it. */
static void tell_phase(struct progress *p, int64_t step) {
    int phase = phases_find(p->config, step);
    if (phase == p->phase)
        return;
    p->phase = phase;
    p->step_seconds = 0;
    if (phases_count(p->config) == 1 || !p->shown)
        return;
    struct phase now = phases_get(p->config, phase);
    struct str what = {0};
    phases_describe(&now, &what);
    console_line("phase %d of %d: %s", phase + 1, phases_count(p->config), what.data);
    str_fini(&what);
}

int progress_step(struct progress *p, const struct step_report *r,
                  struct metrics *metrics, struct err *err) {
    double now = timer_now(), seconds = now - p->last;
    p->last = now;
    p->tokens += r->tokens;
    tell_phase(p, r->step);
    window_add(p, r, seconds);
    bool due = r->step % p->every == 0 || r->step == p->steps ||
               phases_find(p->config, r->step + 1) != p->phase;
    if (due && p->shown)
        print_row(p, r);
    if (p->shown && console_bar_due())
        print_bar(p, r);
    if (due)
        window_clear(p);
    return write_metrics(p, metrics, r, seconds, err);
}

void progress_evaluation(struct progress *p, int64_t step, const struct evaluation *e) {
    char line[256] = "", loss[16], right[16];
    int at = 0;
    if (!p->shown)
        return;
    for (int i = 0; i < OBJECTIVES; i++)
        if (e->of[i].count > 0)
            at += snprintf(line + at, sizeof line - (size_t)at, "%s %s (%s %%)  ",
                           objective_words[i].name, real_text(e->of[i].loss, 4, loss),
                           real_text(100 * e->of[i].accuracy, 2, right));
    console_line("held-out at step %lld: %sunigram entropy %s  %llu documents",
                 (long long)step, line, real_text(e->unigram_entropy, 4, loss),
                 (unsigned long long)e->documents);
}

void progress_scorecard(struct progress *p, const struct str *scorecard) {
    struct str line = {0};
    scorecard_tell(scorecard, &line);
    if (p->shown)
        console_line("%s", line.data);
    str_fini(&line);
}

void progress_saved(struct progress *p, const char *path, double seconds) {
    if (p->shown)
        console_line("saved %s in %.2f s", path, seconds);
}

void progress_back(struct progress *p, uint64_t tokens) {
    p->tokens = tokens;
    p->last = timer_now();
    window_clear(p);
}

void progress_pause(struct progress *p) { p->paused = timer_now(); }
void progress_resume(struct progress *p) { p->last += timer_now() - p->paused; }

void progress_destroy(struct progress *p) {
    if (p && p->shown)
        console_close();
    mem_free(p);
}
