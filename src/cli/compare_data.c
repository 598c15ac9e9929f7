/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons for programs: see compare_print.h. */
#include <inttypes.h>
#include <stdio.h>

#include "io/syntax/json.h"
#include "src/cli/compare_print.h"
#include "src/cli/number.h"

/* ---- JSON ---- */

static void put_delta(struct json_writer *w, const struct verdict *v) {
    number_put(w, "delta", v->contest.observed[1] - v->contest.observed[0]);
    number_put(w, "low", v->summary.delta.low);
    number_put(w, "high", v->summary.delta.high);
    number_put(w, "p", v->summary.p);
}

static void put_side(struct json_writer *w, const struct verdict *v, int i) {
    const struct bootstrap_spread *spread = &v->summary.side[i];
    json_open(w, i ? "b" : "a", '{');
    if (json_is_text(slice_of(v->paths[i])))
        json_put_string(w, "path", slice_of(v->paths[i]));
    json_put_int(w, "seeds", v->contest.contender[i].seed_count);
    number_put(w, "score", v->contest.observed[i]);
    number_put(w, "mean", spread->mean);
    number_put(w, "std", spread->deviation);
    number_put(w, "low", spread->low);
    number_put(w, "high", spread->high);
    json_put_int(w, "left_out", v->contest.contender[i].lost);
    if (v->contest.contender[i].rates > 1)
        number_put(w, "rate", v->contest.contender[i].rate);
    json_close(w, '}');
}

static void put_verdict(struct json_writer *w, const struct verdict *v) {
    json_open(w, NULL, '{');
    json_put_string(w, "task", str_slice(&v->contest.set[0]->name));
    json_put_string(w, "metric", slice_of(v->contest.metric->name));
    put_delta(w, v);
    number_put(w, "mean", v->summary.delta.mean);
    number_put(w, "std", v->summary.delta.deviation);
    json_put_bool(w, "paired", v->contest.bootstrap.paired);
    json_put_bool(w, "seeds_drawn", v->contest.bootstrap.draw_seeds);
    json_put_bool(w, "examples_drawn", v->contest.bootstrap.draw_examples);
    json_put_int(w, "examples", v->contest.set[0]->examples);
    json_put_int(w, "replicates", v->summary.replicates);
    json_put_int(w, "undefined", v->summary.undefined);
    put_side(w, v, 0);
    put_side(w, v, 1);
    json_close(w, '}');
}

void compare_print_json(const struct verdicts *verdicts) {
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    put_delta(&w, &verdicts->list[0]);
    json_open(&w, "comparisons", '[');
    for (int i = 0; i < verdicts->count; i++)
        put_verdict(&w, &verdicts->list[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    printf("%s\n", out.data);
    str_fini(&out);
}

/* ---- TSV ---- */

static void print_number(double value, const char *end) {
    if (isfinite(value))
        printf("%.9g%s", value, end);
    else
        printf("%s", end);
}

static void print_line(const struct verdict *v) {
    const struct contest *c = &v->contest;
    const struct bootstrap_summary *s = &v->summary;
    printf("%s\t%s\t", c->set[0]->name.data, c->metric->name);
    for (int i = 0; i < 2; i++) {
        printf("%s\t%d\t%d\t", v->paths[i], c->contender[i].seed_count,
               c->contender[i].lost);
        print_number(c->observed[i], "\t");
    }
    const double numbers[] = {c->observed[1] - c->observed[0], s->delta.low,
                              s->delta.high, s->p};
    for (int i = 0; i < 4; i++)
        print_number(numbers[i], "\t");
    printf("%s\t%" PRId64 "\t%" PRId64 "\n",
           c->bootstrap.paired ? "paired" : "unpaired", c->set[0]->examples,
           s->replicates);
}

void compare_print_tsv(const struct verdicts *verdicts) {
    printf("task\tmetric\ta\ta_seeds\ta_left_out\ta_score\tb\tb_seeds\tb_left_out\t"
           "b_score\tdelta\tlow\thigh\tp\tpairing\texamples\treplicates\n");
    for (int i = 0; i < verdicts->count; i++)
        print_line(&verdicts->list[i]);
}
