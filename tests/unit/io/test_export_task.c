/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a model with a task's head goes out as the class of transformers that has such
 * a head, with its tensors, without those of pretraining, and with the words of its
 * labels under their numbers; a model without one does not. */
#include "io/convert/huggingface.h"

#include <stdio.h>
#include <string.h>

#include "io/convert/safetensors.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "tests/tap.h"
#include "tests/tiny.h"

enum { LABELS = 3 };

static const struct row {
    const char *what;
    enum export_layout layout;
    bool pooler;
    int labels; /* 0: a number */
    const char *class, *problem;
    int code;
    bool several;
} rows[] = {
    {"labels", EXPORT_CLASSIFY, true, LABELS, "BertForSequenceClassification",
     "single_label_classification", 0, false},
    {"sets of labels", EXPORT_CLASSIFY, true, LABELS, "BertForSequenceClassification",
     "multi_label_classification", 0, true},
    {"a number", EXPORT_CLASSIFY, true, 0, "BertForSequenceClassification",
     "regression", 0, false},
    {"tags", EXPORT_TAG, false, LABELS, "BertForTokenClassification",
     "single_label_classification", 0, false},
    {"choices", EXPORT_CHOOSE, true, 0, "BertForMultipleChoice", NULL, 0, false},
    {"answers", EXPORT_ANSWER, false, 0, "BertForQuestionAnswering", NULL, 0, false},
    {"no pooler", EXPORT_CLASSIFY, false, LABELS, NULL, NULL, ERR_DATA, false},
    {"no head", EXPORT_TAG, true, -1, NULL, NULL, ERR_DATA, false},
};

/* The tiny model with a head of its own after all others. */
static void add_head(struct tiny *tiny, int labels) {
    params_fini(&tiny->weights);
    params_table_add(&tiny->table, "classifier.weight", labels, tiny->shape.H,
                     FIRST_NORMAL, true);
    params_table_add(&tiny->table, "classifier.bias", labels, 0, FIRST_ZERO, false);
    params_init(&tiny->weights, &tiny->table);
    for (size_t i = 0; i < tiny->table.total; i++)
        tiny->weights.data[i] = (float)i;
}

static void check_config(const struct row *row, const char *dir) {
    char path[400];
    struct slice text = {0};
    int64_t number = -1;
    snprintf(path, sizeof path, "%s/config.json", dir);
    struct json *config = json_parse_file(path, 1 << 20, NULL);
    json_get_string(json_at(json_get(config, "architectures"), 0), &text);
    ok(slice_equal(text, slice_of(row->class)), "%s: the class", row->what);
    if (row->problem == NULL) {
        ok(json_get(config, "id2label") == NULL, "without labels");
        json_free(config);
        return;
    }
    json_get_string(json_get(config, "problem_type"), &text);
    ok(slice_equal(text, slice_of(row->problem)), "the problem");
    const struct json *words = json_get(config, "id2label");
    is_int((int64_t)json_count(words), row->labels ? row->labels : 1, "its labels");
    json_get_string(json_get(words, row->labels ? "2" : "0"), &text);
    ok(slice_equal(text, slice_of(row->labels ? "m\xc3\xa4nnlich \"x\"" : "LABEL_0")),
       "by their numbers");
    json_get_int(json_get(json_get(config, "label2id"), row->labels ? "no" : "LABEL_0"),
                 &number);
    is_int(number, 0, "and the numbers by them");
    json_free(config);
}

static void check_weights(const struct row *row, const struct tiny *tiny,
                          const char *dir) {
    char path[400];
    struct safetensors file;
    float values[LABELS * 4];
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    ok(safetensors_open(&file, path, NULL) == 0, "model.safetensors opens");
    ok(!safetensors_find(&file, "cls.predictions.bias") &&
           !safetensors_find(&file, "cls.seq_relationship.weight"),
       "without heads of pretraining");
    ok(row->pooler == (safetensors_find(&file, "bert.pooler.dense.weight") != NULL),
       "with a pooler where it is read");
    const struct safetensors_entry *e =
        safetensors_find(&file, row->layout == EXPORT_ANSWER ? "qa_outputs.weight"
                                                             : "classifier.weight");
    const struct tensor *t = params_find(&tiny->table, "classifier.weight");
    ok(e && safetensors_read(&file, e, 0, e->count, values, NULL) == 0 &&
           memcmp(values, tiny->weights.data + t->offset, t->count * 4) == 0,
       "with the task's");
    safetensors_close(&file);
}

static void check_card(const char *dir) {
    char path[400];
    struct str text = {0};
    snprintf(path, sizeof path, "%s/README.md", dir);
    file_read(path, 1 << 20, &text, NULL);
    ok(text.data && strstr(text.data, "\nFine-tuned for the task toy, 3000 optimizer"),
       "the card says for what it was trained");
    str_fini(&text);
}

/* What was written is read. */
static void check_header(const struct row *row, const char *dir) {
    struct config config;
    struct import_header header;
    struct err err = {0};
    config_init(&config);
    int rc = huggingface_format.read_header(dir, &config, &header, &err);
    is_int(rc, 0, "its words are read %s", err.text);
    if (rc == 0)
        is_int(header.layout, row->layout, "with its layout");
    if (rc == 0 && row->problem == NULL)
        import_header_fini(&header);
    else if (rc == 0) {
        is_int(header.label_count, row->labels ? row->labels : 1, "as many labels");
        is_str(header.labels[header.label_count - 1].data,
               row->labels ? "m\xc3\xa4nnlich \"x\"" : "LABEL_0", "by their words");
        ok(header.regression == (row->labels == 0), "and whether they are numbers");
        ok(header.several == row->several, "or sets");
        import_header_fini(&header);
    }
    config_fini(&config);
}

static void check_row(const struct row *row, size_t i) {
    struct tiny tiny;
    struct str labels[LABELS] = {{0}};
    struct export_plan plan;
    struct err err = {0};
    char dir[300];
    str_printf(&labels[0], "no");
    str_printf(&labels[1], "yes");
    str_printf(&labels[2], "m\xc3\xa4nnlich \"x\"");
    tiny_init(&tiny, row->pooler);
    if (row->labels >= 0)
        add_head(&tiny, row->labels ? row->labels : 1);
    const struct export_source source = {.config = &tiny.config,
                                         .shape = &tiny.shape,
                                         .vocab = &tiny.vocab,
                                         .weights = &tiny.weights,
                                         .task = "toy",
                                         .labels = row->labels ? labels : NULL,
                                         .label_count = row->labels,
                                         .several = row->several};
    snprintf(dir, sizeof dir, "%s/task-%zu", tap_folder(), i);
    int rc = huggingface_format.plan(&source, row->layout, &plan, &err);
    is_int(err.code, row->code, "%s %s", row->what, err.text);
    if (rc == 0) {
        ok(huggingface_format.write(&source, &plan, dir, &err) == 0, "written");
        check_config(row, dir);
        check_weights(row, &tiny, dir);
        check_card(dir);
        check_header(row, dir);
        export_plan_fini(&plan);
    }
    for (int l = 0; l < LABELS; l++)
        str_fini(&labels[l]);
    tiny_fini(&tiny);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], i);
    return tap_done();
}
