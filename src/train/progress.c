/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and the bar: see progress.h.  Open MPI gives a rank a terminal of no width even when
 * its output goes to a file, so that a width above 0 is what tells a real one. */
#include "src/train/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/core/phases.h"

enum { HEADER_EVERY = 40, BAR_WIDTH = 24 };

struct progress {
    const struct config *config;
    int64_t steps, every, lines;
    int sources;
    int phase;            /* of the last step; -1 before any */
    enum { SHOW_NOTHING, SHOW_LINES, SHOW_BAR } show;
    uint64_t tokens;      /* since the run began */
    double last;          /* when the last step ended, or the pause did */
    double paused;        /* when a pause began */
    double step_seconds;  /* moving average of the last steps */
    /* since the last line: */
    double seconds, waited, flops;
    uint64_t window_tokens;
    int64_t window_steps;
    double loss, mlm, nsp, mlm_accuracy, nsp_accuracy;
};

static bool real_terminal(void) {
    struct winsize size = {0};
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
           size.ws_col > 0 && term && strcmp(term, "dumb") != 0 && !getenv("CI") &&
           !getenv("SLURM_JOB_ID");
}

struct progress *progress_create(const struct config *config, uint64_t tokens) {
    struct progress *p = mem_alloc(1, sizeof *p);
    const char *show = config->log_progress;
    p->config = config;
    p->phase = -1;
    p->steps = config->train_steps;
    p->every = config->log_every_steps;
    p->sources = config->source_count;
    p->tokens = tokens;
    p->show = strcmp(show, "none") == 0 ? SHOW_NOTHING : SHOW_LINES;
    if (strcmp(show, "bar") == 0 || (strcmp(show, "auto") == 0 && real_terminal()))
        p->show = SHOW_BAR;
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
    p->loss = p->mlm = p->nsp = p->mlm_accuracy = p->nsp_accuracy = 0;
}

static void window_add(struct progress *p, const struct step_report *r, double seconds) {
    p->seconds += seconds;
    p->waited += r->waited;
    p->flops += r->useful_flops;
    p->window_tokens += r->tokens;
    p->window_steps++;
    p->loss += r->loss;
    p->mlm += r->mlm_loss;
    p->nsp += r->nsp_loss;
    p->mlm_accuracy += r->mlm_accuracy;
    p->nsp_accuracy += r->nsp_accuracy;
    double weight = p->step_seconds > 0 ? 0.02 : 1;
    p->step_seconds += weight * (seconds - p->step_seconds);
}

static void print_line(struct progress *p, const struct step_report *r) {
    char tokens[16], speed[16], left[16], nsp[16], right[16];
    double n = (double)p->window_steps;
    if (p->lines++ % HEADER_EVERY == 0)
        printf("%8s %8s %8s %8s %8s %6s %6s %8s %9s %7s %7s %5s %9s\n", "step", "tokens",
               "loss", "mlm", "nsp", "mlm%", "nsp%", "gnorm", "lr", "tok/s", "GFLOP/s", "wait%",
               "eta");
    timer_span((double)(p->steps - r->step) * p->step_seconds, left);
    printf("%8lld %8s %8.4f %8.4f %8s %6.2f %6s %8.4f %9.3e %7s %7.1f %5.1f %9s\n",
           (long long)r->step, count_text((double)p->tokens, tokens), p->loss / n, p->mlm / n,
           real_text(p->nsp / n, 4, nsp), 100 * p->mlm_accuracy / n,
           real_text(100 * p->nsp_accuracy / n, 2, right), r->grad_norm,
           r->rate, count_text((double)p->window_tokens / p->seconds, speed),
           1e-9 * p->flops / p->seconds, 100 * p->waited / p->seconds, left);
    fflush(stdout);
}

static void print_bar(struct progress *p, const struct step_report *r) {
    char bar[BAR_WIDTH + 1], speed[16], left[16];
    double n = (double)p->window_steps;
    int filled = p->steps ? (int)(BAR_WIDTH * r->step / p->steps) : BAR_WIDTH;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    timer_span((double)(p->steps - r->step) * p->step_seconds, left);
    printf("\r\033[K[%s] %lld/%lld  loss %.4f  mlm %.4f  %s tok/s  %.1f GFLOP/s  eta %s", bar,
           (long long)r->step, (long long)p->steps, p->loss / n, p->mlm / n,
           count_text((double)p->window_tokens / p->seconds, speed),
           1e-9 * p->flops / p->seconds, left);
    fflush(stdout);
}

static int write_metrics(const struct progress *p, struct metrics *m,
                         const struct step_report *r, double seconds, struct err *err) {
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r->batch_hash);
    metrics_begin(m, r->step);
    metrics_int(m, "phase", p->phase + 1);
    metrics_int(m, "tokens", (int64_t)p->tokens);
    metrics_real(m, "loss", r->loss);
    metrics_real(m, "mlm_loss", r->mlm_loss);
    metrics_real(m, "nsp_loss", r->nsp_loss);
    metrics_real(m, "mlm_accuracy", r->mlm_accuracy);
    metrics_real(m, "nsp_accuracy", r->nsp_accuracy);
    metrics_real(m, "grad_norm", r->grad_norm);
    metrics_real(m, "learning_rate", r->rate);
    metrics_real(m, "tokens_per_s", (double)r->tokens / seconds);
    metrics_real(m, "useful_gflops", 1e-9 * r->useful_flops / seconds);
    metrics_text(m, "batch_hash", hash);
    metrics_real(m, "data_wait", r->waited / seconds);
    metrics_ints(m, "source_tokens", r->source_tokens, p->sources);
    metrics_real(m, "step_seconds", seconds);
    metrics_time(m);
    return metrics_end(m, err);
}

static void leave_bar(const struct progress *p) {
    if (p->show == SHOW_BAR)
        printf("\r\033[K");
}

/* Speeds before and behind such a line are of different work; a window never spans it. */
static void tell_phase(struct progress *p, int64_t step) {
    int phase = phases_find(p->config, step);
    if (phase == p->phase)
        return;
    p->phase = phase;
    p->step_seconds = 0;
    if (p->show == SHOW_NOTHING || phases_count(p->config) == 1)
        return;
    struct phase now = phases_get(p->config, phase);
    leave_bar(p);
    printf("phase %d of %d: sequences of at most %lld tokens, %g %% masked\n", phase + 1,
           phases_count(p->config), (long long)now.sequence_length, 100 * now.mask_prob);
}

int progress_step(struct progress *p, const struct step_report *r, struct metrics *metrics,
                  struct err *err) {
    double now = timer_now(), seconds = now - p->last;
    p->last = now;
    p->tokens += r->tokens;
    tell_phase(p, r->step);
    window_add(p, r, seconds);
    bool due = r->step % p->every == 0 || r->step == p->steps ||
               phases_find(p->config, r->step + 1) != p->phase;
    if (due && p->show == SHOW_LINES)
        print_line(p, r);
    if (due && p->show == SHOW_BAR)
        print_bar(p, r);
    if (due)
        window_clear(p);
    return write_metrics(p, metrics, r, seconds, err);
}

void progress_evaluation(struct progress *p, int64_t step, const struct evaluation *e) {
    leave_bar(p);
    if (p->show == SHOW_NOTHING)
        return;
    char loss[16], right[16];
    printf("held-out at step %lld: mlm %.4f (%.2f %%)  nsp %s (%s %%)  unigram entropy "
           "%.4f  %llu documents\n",
           (long long)step, e->mlm_loss, 100 * e->mlm_accuracy,
           real_text(e->nsp_loss, 4, loss), real_text(100 * e->nsp_accuracy, 2, right),
           e->unigram_entropy, (unsigned long long)e->documents);
    fflush(stdout);
}

void progress_saved(struct progress *p, const char *path, double seconds) {
    leave_bar(p);
    if (p->show == SHOW_NOTHING)
        return;
    printf("saved %s in %.2f s\n", path, seconds);
    fflush(stdout);
}

void progress_pause(struct progress *p) { p->paused = timer_now(); }
void progress_resume(struct progress *p) { p->last += timer_now() - p->paused; }

void progress_destroy(struct progress *p) {
    if (p == NULL)
        return;
    if (p->show == SHOW_BAR)
        printf("\n");
    mem_free(p);
}
