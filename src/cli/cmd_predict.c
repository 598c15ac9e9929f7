/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert predict: what a fine-tuned model says of the lines of a file.  A line out for
 * each line in: a label and its probability, several of them or none, a number, the
 * number of a choice, or a label for each word.  Of questions in SQuAD's
 * form the answers, by their ids. */
#include <stdio.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/base/mem.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/tune/predict.h"

static const char *label_of(const struct bundle *bundle, struct predict_answer answer) {
    return answer.label < 0 ? "?" : bundle->labels[answer.label].data;
}

/* Labels of words stand side by side as the words do; others each with its score. */
static void print_answer(const struct bundle *bundle, const struct predict *p,
                         struct predict_answer answer, bool first) {
    const char *gap = first ? "" : p->kind == TASK_TAG ? " " : "\t";
    if (p->kind == TASK_REGRESS)
        printf("%s%.6g", gap, answer.value);
    else if (p->kind == TASK_CHOOSE)
        printf("%s%d\t%.4f", gap, (int)answer.label, answer.value);
    else if (p->kind == TASK_TAG)
        printf("%s%s", gap, label_of(bundle, answer));
    else
        printf("%s%s\t%.4f", gap, label_of(bundle, answer), answer.value);
}

static void put_answer(struct json_writer *w, const struct bundle *bundle,
                       const struct predict *p, struct predict_answer answer) {
    json_open(w, NULL, '{');
    if (p->kind == TASK_CHOOSE)
        json_put_int(w, "choice", answer.label);
    else if (answer.label >= 0 && p->kind != TASK_REGRESS)
        json_put_string(w, "label", str_slice(&bundle->labels[answer.label]));
    if (answer.label >= 0)
        json_put_real(w, "score", answer.value);
    json_close(w, '}');
}

static void print_lines(const struct bundle *bundle, const struct predict *p,
                        struct predict_answer *answers) {
    for (int64_t i = 0; i < p->examples.count; i++) {
        size_t n = predict_answers(p, i, answers);
        for (size_t k = 0; k < n; k++)
            print_answer(bundle, p, answers[k], k == 0);
        printf("\n");
    }
}

/* An object a line, or a list of them. */
static void print_json(const struct bundle *bundle, const struct predict *p,
                       struct predict_answer *answers) {
    struct str text = {0};
    struct json_writer w = {.out = &text};
    json_open(&w, NULL, '{');
    json_open(&w, "predictions", '[');
    for (int64_t i = 0; i < p->examples.count; i++) {
        size_t n = predict_answers(p, i, answers);
        if (predict_lists(p))
            json_open(&w, NULL, '[');
        for (size_t k = 0; k < n; k++)
            put_answer(&w, bundle, p, answers[k]);
        if (predict_lists(p))
            json_close(&w, ']');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}

/* What the folder says, or should, of questions: how answers are taken. */
static bool is_open(const char *key) {
    static const char *const open[] = {"task.stride", "task.longest_answer",
                                       "task.null_threshold", "task.no_answer"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (strcmp(key, open[i]) == 0)
            return true;
    return false;
}

static int take_settings(const struct settings *settings, struct config *config,
                         struct err *err) {
    for (int i = 0; i < settings->count; i++)
        if (!is_open(settings->list[i].key))
            return err_set(err, ERR_CONFIG,
                           "--set %s=%s: is the model's, or predict does not depend on "
                           "it; task.stride, task.longest_answer, task.null_threshold "
                           "and task.no_answer may be set",
                           settings->list[i].key, settings->list[i].value);
    return settings_apply(settings, config, err);
}

static int predict(const char *dir, const char *path, bool json,
                   const struct settings *settings, struct err *err) {
    struct bundle bundle;
    struct predict p = {0};
    if (bundle_load_task(dir, &bundle, err) < 0)
        return -1;
    int rc = take_settings(settings, &bundle.config, err);
    if (rc == 0)
        rc = predict_file(&p, &bundle, path, err);
    if (rc == 0 && p.kind == TASK_ANSWER) {
        struct str text = {0};
        predict_said(&p, &text);
        printf("%s", text.data);
        str_fini(&text);
    } else if (rc == 0) {
        struct predict_answer *answers =
            mem_alloc(predict_most(&p) + 1, sizeof *answers);
        (json ? print_json : print_lines)(&bundle, &p, answers);
        mem_free(answers);
    }
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
    return predict(args->words.list[0], args->words.list[1], r->json, &args->settings,
                   err);
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
    .settings = true,
    .run = run};
