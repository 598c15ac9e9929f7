/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert predict: what a fine-tuned model says of the lines of a file.  A line out for
 * each line in: a label and its probability, a number, or a label for each word. */
#include <stdio.h>

#include "io/syntax/json.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/tune/predict.h"

static const char *label_of(const struct bundle *bundle, struct predict_answer answer) {
    return answer.label < 0 ? "?" : bundle->labels[answer.label].data;
}

static void print_line(const struct bundle *bundle, const struct predict *p,
                       int64_t i) {
    int64_t first = (int64_t)p->examples.asked_starts[i];
    int64_t end = (int64_t)p->examples.asked_starts[i + 1];
    for (int64_t q = first; q < end; q++) {
        struct predict_answer answer = predict_answer(p, q);
        if (p->kind == TASK_REGRESS)
            printf("%.6g", answer.value);
        else if (p->kind == TASK_CLASSIFY)
            printf("%s\t%.4f", label_of(bundle, answer), answer.value);
        else
            printf("%s%s", q > first ? " " : "", label_of(bundle, answer));
    }
    printf("\n");
}

static void put_answer(struct json_writer *w, const struct bundle *bundle,
                       const struct predict *p, int64_t q) {
    struct predict_answer answer = predict_answer(p, q);
    json_open(w, NULL, '{');
    if (answer.label >= 0 && p->kind != TASK_REGRESS)
        json_put_string(w, "label", str_slice(&bundle->labels[answer.label]));
    if (answer.label >= 0)
        json_put_real(w, "score", answer.value);
    json_close(w, '}');
}

/* An object a line, or for words a list of them. */
static void print_json(const struct bundle *bundle, const struct predict *p) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_open(&w, "predictions", '[');
    for (int64_t i = 0; i < p->examples.count; i++) {
        if (p->kind == TASK_TAG)
            json_open(&w, NULL, '[');
        for (size_t q = p->examples.asked_starts[i];
             q < p->examples.asked_starts[i + 1]; q++)
            put_answer(&w, bundle, p, (int64_t)q);
        if (p->kind == TASK_TAG)
            json_close(&w, ']');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

static int predict(const char *dir, const char *path, bool json, struct err *err) {
    struct bundle bundle;
    struct predict p = {0};
    if (bundle_load_task(dir, &bundle, err) < 0)
        return -1;
    int rc = predict_file(&p, &bundle, path, err);
    if (rc == 0 && json)
        print_json(&bundle, &p);
    for (int64_t i = 0; rc == 0 && !json && i < p.examples.count; i++)
        print_line(&bundle, &p, i);
    predict_fini(&p);
    bundle_fini(&bundle);
    return rc;
}

struct request {
    bool json;
};

static const struct arg options[] = {ARG_FLAG("--json", json, "one JSON object"),
                                     ARG_END};

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    return predict(args->words.list[0], args->words.list[1], r->json, err);
}

const struct command cmd_predict = {
    .name = "predict",
    .words = "DIR FILE",
    .summary = "What a fine-tuned model says of texts",
    .example =
        "  mpibert predict sst2/seed-0 lines.txt    # a text a line, or two with "
        "a tab\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .run = run};
