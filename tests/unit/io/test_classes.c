/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of each class of transformers a tiny model, written in each layout, has the
 * tensors that the class has there, by names that are written out here, and no others;
 * what comes back is the same bits and, written again, the same bytes; what the class
 * has no place for is named, and what it cannot be is refused with a cure. */
#include "io/convert/classes.h"

#include <stdio.h>
#include <string.h>

#include "io/convert/huggingface.h"
#include "io/convert/names.h"
#include "io/convert/safetensors.h"
#include "src/base/file.h"
#include "tests/edit.h"
#include "tests/tap.h"
#include "tests/tiny.h"

static const struct row {
    enum kind_id kind;
    bool pairs;
    enum export_layout layout;
    const char *architecture, *lost; /* NULL: refused */
    int tensors;
    const char *names[4]; /* some that it has */
} rows[] = {
    {KIND_BERT,
     true,
     EXPORT_FULLEST,
     "BertForPreTraining",
     "",
     46,
     {"bert.embeddings.LayerNorm.bias", "cls.predictions.bias"}},
    {KIND_MEGATRON_BERT,
     true,
     EXPORT_FULLEST,
     "MegatronBertForPreTraining",
     "",
     46,
     {"bert.encoder.ln.weight", "bert.encoder.layer.1.attention.ln.bias",
      "bert.encoder.layer.0.ln.weight", "cls.seq_relationship.bias"}},
    {KIND_MEGATRON_BERT,
     true,
     EXPORT_MLM,
     "MegatronBertForMaskedLM",
     "pooler and next sentence head",
     42,
     {"bert.encoder.ln.bias", "cls.predictions.transform.LayerNorm.bias"}},
    {KIND_MEGATRON_BERT, false, EXPORT_FULLEST, "MegatronBertForMaskedLM", "", 42, {0}},
    {KIND_MEGATRON_BERT,
     true,
     EXPORT_ENCODER,
     "MegatronBertModel",
     "next sentence head and masked language head",
     39,
     {"encoder.ln.bias", "encoder.layer.0.attention.ln.weight", "pooler.dense.bias"}},
    {KIND_MEGATRON_BERT,
     false,
     EXPORT_PRETRAINING,
     NULL,
     "mlm and encoder need less",
     0,
     {0}},
    {KIND_ELECTRA,
     true,
     EXPORT_FULLEST,
     "ElectraForMaskedLM",
     "pooler and next sentence head",
     44,
     {"electra.embeddings_project.weight", "electra.embeddings.LayerNorm.bias",
      "generator_predictions.LayerNorm.weight", "generator_lm_head.bias"}},
    {KIND_ELECTRA,
     false,
     EXPORT_FULLEST,
     "ElectraForMaskedLM",
     "",
     44,
     {"electra.encoder.layer.1.output.LayerNorm.bias",
      "generator_predictions.dense.weight"}},
    {KIND_ELECTRA,
     false,
     EXPORT_ENCODER,
     "ElectraModel",
     "masked language head",
     39,
     {"embeddings_project.bias", "encoder.layer.0.attention.self.key.bias"}},
    {KIND_ELECTRA,
     true,
     EXPORT_PRETRAINING,
     NULL,
     "needs discriminator_predictions.dense.weight",
     0,
     {0}},
    {KIND_ELECTRA,
     false,
     EXPORT_CLASSIFY,
     NULL,
     "needs bert.pooler.dense.weight",
     0,
     {0}},
};

enum { ROWS = sizeof rows / sizeof *rows };

static struct export_source source_of(const struct tiny *tiny) {
    return (struct export_source){.config = &tiny->config,
                                  .shape = &tiny->shape,
                                  .vocab = &tiny->vocab,
                                  .weights = &tiny->weights,
                                  .step = 7};
}

static int export_to(const struct tiny *tiny, enum export_layout layout,
                     const char *dir, struct export_plan *plan, struct err *err) {
    struct export_source source = source_of(tiny);
    *plan = (struct export_plan){0};
    if (huggingface_format.plan(&source, layout, plan, err) < 0)
        return -1;
    return huggingface_format.write(&source, plan, dir, err);
}

static void check_names(const struct row *row, const char *dir) {
    char path[400];
    struct safetensors file;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    if (!ok(safetensors_open(&file, path, NULL) == 0, "  its weights open"))
        return;
    is_int(file.count, row->tensors, "  as many tensors as the class has");
    for (int i = 0; i < 4 && row->names[i]; i++)
        ok(safetensors_find(&file, row->names[i]) != NULL, "  %s", row->names[i]);
    safetensors_close(&file);
}

static int import_from(const char *dir, struct tiny *copy, struct str *missing,
                       struct err *err) {
    struct import_header header;
    struct str unused = {0};
    *copy = (struct tiny){0};
    config_init(&copy->config);
    if (huggingface_format.read_header(dir, &copy->config, &header, err) < 0)
        return -1;
    int rc = vocab_parse(&copy->vocab, str_slice(&header.vocab), dir, err);
    bool pairs = params_find(&header.tensors, NAMES_POOLER) ||
                 params_find(&header.tensors, NAMES_NSP);
    copy->shape = config_shape(&copy->config, copy->vocab.size);
    tiny_table(&copy->table, &copy->shape, pairs);
    params_init(&copy->weights, &copy->table);
    if (rc == 0)
        rc = huggingface_format.read_weights(dir, &header, &copy->weights, missing,
                                             &unused, err);
    is_int((int64_t)unused.size, 0, "  nothing is left over");
    import_header_fini(&header);
    str_fini(&unused);
    return rc;
}

/* How many tensors of the copy, but for those that were missing, are the same bits. */
static void check_copy(const struct tiny *tiny, const struct tiny *copy,
                       const struct str *missing) {
    int same = 0, differ = 0;
    for (int i = 0; i < copy->table.count; i++) {
        const struct tensor *to = &copy->table.tensors[i];
        const struct tensor *from = params_find(&tiny->table, to->name);
        if (missing->size > 0 && strstr(missing->data, to->name))
            continue;
        bool equal =
            from && memcmp(tiny->weights.data + from->offset,
                           copy->weights.data + to->offset, to->count * 4) == 0;
        same += equal;
        differ += !equal;
    }
    ok(same > 0 && differ == 0, "  %d tensors come back, %d differ", same, differ);
}

static void check_bytes(const char *dir, const char *again, const char *name) {
    char a[400], b[400];
    struct str left = {0}, right = {0};
    snprintf(a, sizeof a, "%s/%s", dir, name);
    snprintf(b, sizeof b, "%s/%s", again, name);
    file_read(a, 1 << 20, &left, NULL);
    file_read(b, 1 << 20, &right, NULL);
    ok(left.size > 0 && slice_equal(str_slice(&left), str_slice(&right)),
       "  %s has the same bytes again", name);
    str_fini(&left);
    str_fini(&right);
}

static void check_back(const struct row *row, const struct tiny *tiny, const char *dir,
                       const char *again) {
    struct tiny copy;
    struct str missing = {0};
    struct export_plan plan;
    struct err err = {0};
    if (!ok(import_from(dir, &copy, &missing, &err) == 0, "  imports %s", err.text)) {
        tiny_fini(&copy);
        return;
    }
    is_str(model_kinds[copy.shape.kind].name, model_kinds[row->kind].name,
           "  its kind");
    check_copy(tiny, &copy, &missing);
    enum export_layout layout =
        row->layout == EXPORT_FULLEST ? EXPORT_FULLEST : row->layout;
    ok(export_to(&copy, layout, again, &plan, &err) == 0, "  exports again %s",
       err.text);
    check_bytes(dir, again, "model.safetensors");
    check_bytes(dir, again, "config.json");
    export_plan_fini(&plan);
    str_fini(&missing);
    tiny_fini(&copy);
}

static void test_rows(void) {
    for (int i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        struct tiny tiny;
        struct export_plan plan;
        struct err err = {0};
        char dir[300], again[300];
        snprintf(dir, sizeof dir, "%s/row-%d", tap_folder(), i);
        snprintf(again, sizeof again, "%s/row-%d-again", tap_folder(), i);
        tiny_init_kind(&tiny, row->kind, row->pairs);
        int rc = export_to(&tiny, row->layout, dir, &plan, &err);
        is_int(rc < 0 ? err.code : 0, row->architecture ? 0 : ERR_DATA, "row %d %s", i,
               err.text);
        if (row->architecture == NULL)
            ok(strstr(err.text, row->lost) != NULL, "  says %s", row->lost);
        if (row->architecture && rc == 0) {
            is_str(plan.architecture, row->architecture, "  becomes");
            is_str(plan.lost.data ? plan.lost.data : "", row->lost, "  loses");
            check_names(row, dir);
            check_back(row, &tiny, dir, again);
        }
        export_plan_fini(&plan);
        tiny_fini(&tiny);
    }
}

/* What a class cannot be, by the words that name the cure. */
static void test_refused(void) {
    static const struct {
        enum kind_id kind;
        int64_t D, E;
        enum gelu_kind gelu;
        enum export_layout layout;
        const char *words; /* NULL: can be */
    } cases[] = {
        {KIND_BERT, 4, 4, GELU_ERF, EXPORT_FULLEST, "without model.head_size"},
        {KIND_ELECTRA, 4, 6, GELU_ERF, EXPORT_FULLEST, "without model.head_size"},
        {KIND_BERT, 2, 6, GELU_ERF, EXPORT_FULLEST, "with model.kind electra"},
        {KIND_MEGATRON_BERT, 2, 6, GELU_ERF, EXPORT_ENCODER, "with model.kind electra"},
        {KIND_ELECTRA, 2, 6, GELU_TANH, EXPORT_FULLEST, "layout encoder goes without"},
        {KIND_ELECTRA, 2, 6, GELU_TANH, EXPORT_ENCODER, NULL},
        {KIND_MEGATRON_BERT, 2, 4, GELU_TANH, EXPORT_FULLEST, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tiny tiny;
        struct export_plan plan = {0};
        struct err err = {0};
        tiny_init_kind(&tiny, cases[i].kind, true);
        tiny.shape.D = cases[i].D;
        tiny.shape.E = cases[i].E;
        tiny.shape.gelu = cases[i].gelu;
        struct export_source source = source_of(&tiny);
        int rc = huggingface_format.plan(&source, cases[i].layout, &plan, &err);
        ok(cases[i].words ? rc < 0 && err.code == ERR_DATA &&
                                strstr(err.text, cases[i].words) != NULL
                          : rc == 0,
           "refused %zu: %s", i, err.text);
        export_plan_fini(&plan);
        tiny_fini(&tiny);
    }
}

/* A folder of kind electra with one change in config.json. */
static void test_edited(void) {
    static const struct {
        enum export_layout layout;
        const char *old, *new, *words; /* NULL: is read */
    } edits[] = {
        {EXPORT_MLM, "\"gelu\"", "\"gelu_new\"", "hidden_act is not gelu"},
        {EXPORT_MLM, "\"gelu\"", "\"gelu_python\"", NULL},
        {EXPORT_ENCODER, "\"gelu\"", "\"gelu_new\"", NULL},
        {EXPORT_MLM, "\"embedding_size\": 6,", "", "[11, 128] by config.json"},
        {EXPORT_MLM, "\"embedding_size\": 6", "\"embedding_size\": 4",
         "[11, 4] by config.json"},
        {EXPORT_MLM, "\"embedding_size\": 6", "\"embedding_size\": true",
         "embedding_size is not a number"},
        {EXPORT_MLM, "\"model_type\": \"electra\",", "", NULL},
    };
    struct tiny tiny;
    tiny_init_kind(&tiny, KIND_ELECTRA, false);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char dir[300], path[400];
        struct tiny copy;
        struct str missing = {0};
        struct export_plan plan;
        struct err err = {0};
        snprintf(dir, sizeof dir, "%s/edit-%zu", tap_folder(), i);
        snprintf(path, sizeof path, "%s/config.json", dir);
        ok(export_to(&tiny, edits[i].layout, dir, &plan, &err) == 0, "edit %zu", i);
        edit_file(path, edits[i].old, edits[i].new, 0);
        int rc = import_from(dir, &copy, &missing, &err);
        ok(edits[i].words ? rc < 0 && err.code == ERR_DATA &&
                                strstr(err.text, edits[i].words) != NULL
                          : rc == 0,
           "  %s", err.text);
        export_plan_fini(&plan);
        str_fini(&missing);
        tiny_fini(&copy);
    }
    tiny_fini(&tiny);
}

static void test_tables(void) {
    static const struct {
        const char *architecture, *kind; /* NULL: none */
    } found[] = {{"BertModel", "bert"},
                 {"MegatronBertForMaskedLM", "megatron-bert"},
                 {"ElectraForMaskedLM", "electra"},
                 {"RobertaModel", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        const struct class *class = classes_of(slice_of(found[i].architecture));
        ok(found[i].kind ? class && strcmp(class->kind, found[i].kind) == 0
                         : class == NULL,
           "'%s' is of %s", found[i].architecture,
           found[i].kind ? found[i].kind : "no class");
    }
    for (int i = 0; i < MODEL_KINDS; i++)
        ok(classes_find(slice_of(model_kinds[i].name)) != NULL,
           "transformers has a class of kind %s", model_kinds[i].name);
}

int main(void) {
    test_rows();
    test_refused();
    test_edited();
    test_tables();
    return tap_done();
}
