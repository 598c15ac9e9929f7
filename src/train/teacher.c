/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a teacher: see teacher.h.  What would teach the wrong thing without a word,
 * as ids that mean other tokens or text that is read otherwise, is refused. */
#include "src/train/teacher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/core/phases.h"
#include "src/data/passage.h"
#include "src/model/bert.h"
#include "src/train/inputs.h"

bool teacher_wanted(const struct config *config) {
    uint32_t set = config_objectives(config);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && objectives_taught(i))
            return true;
    return false;
}

/* ---- whether it fits ---- */

/* The booleans of text, by the names of their options. */
static int check_text(const struct config *own, const struct config *theirs,
                      struct err *err) {
    const struct normalizer_options a = passage_normalizer(own),
                                    b = passage_normalizer(theirs);
    const struct {
        const char *key;
        bool own, theirs;
    } rows[] = {
#define TEXT_FLAG(name, owner) {"data." #name, a.name, b.name},
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].own != rows[i].theirs)
            return err_set(err, ERR_CONFIG,
                           "it was trained with %s %s, and this run has %s: it would "
                           "read another text; set that, or take another teacher",
                           rows[i].key, rows[i].theirs ? "true" : "false",
                           rows[i].own ? "true" : "false");
    return 0;
}

static int check_layer(const struct teacher *t, const struct config *config,
                       struct err *err) {
    int64_t L = t->bundle.shape.L;
    if (t->layer > L)
        return err_set(err, ERR_CONFIG,
                       "teacher.layer: is %lld, but %s has %lld layers",
                       (long long)t->layer, config->teacher_from, (long long)L);
    return 0;
}

static int check_length(const struct teacher *t, const struct config *config,
                        struct err *err) {
    int64_t longest = phases_bounds(config).sequence_length;
    if (longest > t->bundle.shape.P)
        return err_set(err, ERR_CONFIG,
                       "it has %lld positions, and sequences have up to %lld tokens; "
                       "lower train.sequence_length, or take another teacher",
                       (long long)t->bundle.shape.P, (long long)longest);
    return 0;
}

/* cosine needs states of its own width. */
static int check_states(const struct teacher *t, const struct config *config,
                        struct err *err) {
    struct shape own = config_shape(config, t->bundle.vocab.size);
    if (own.H == t->bundle.shape.H)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "train.objectives: cosine compares states of one width, and the "
        "teacher's is %lld, model.hidden %lld; set that, or leave cosine out",
        (long long)t->bundle.shape.H, (long long)own.H);
}

/* soft needs a head after the last layer. */
static int check_logits(const struct teacher *t, const struct config *config,
                        struct err *err) {
    if (!bundle_has(&t->bundle, "cls.predictions.transform.dense.weight"))
        return err_set(err, ERR_CONFIG,
                       "train.objectives: soft learns what a teacher puts for masked "
                       "tokens, and %s has no head for that; leave soft out, or take "
                       "another teacher",
                       config->teacher_from);
    if (t->layer < t->bundle.shape.L)
        return err_set(err, ERR_CONFIG,
                       "teacher.layer: is %lld, but soft needs what the teacher says "
                       "in the end, after layer %lld; leave it out",
                       (long long)t->layer, (long long)t->bundle.shape.L);
    return 0;
}

/* relation needs widths that its heads divide. */
static int check_relations(const struct teacher *t, const struct config *config,
                           struct err *err) {
    struct shape own = config_shape(config, t->bundle.vocab.size);
    int64_t widths[] = {own.A * own.D, t->bundle.shape.A * t->bundle.shape.D};
    for (int i = 0; i < 2; i++)
        if (widths[i] % t->relation_heads != 0)
            return err_set(err, ERR_CONFIG,
                           "teacher.relation_heads: %lld do not divide the %s's width "
                           "of queries, %lld; set as many as divide %lld and %lld",
                           (long long)t->relation_heads, i ? "teacher" : "student",
                           (long long)widths[i], (long long)widths[0],
                           (long long)widths[1]);
    return 0;
}

/* ---- which it is ---- */

/* Whether what it says depends on a tensor. */
static bool counts(const struct teacher *t, uint32_t kinds, const char *name) {
    static const char layer[] = "bert.encoder.layer.";
    if (strncmp(name, layer, strlen(layer)) == 0)
        return strtoll(name + strlen(layer), NULL, 10) < t->layer;
    if (strncmp(name, "bert.encoder.ln.", 16) == 0)
        return t->layer == t->bundle.shape.L;
    if (strncmp(name, "cls.predictions.", 16) == 0)
        return (kinds & TARGET_LOGITS) != 0;
    return strncmp(name, "bert.embeddings", 15) == 0;
}

/* A line a tensor, as a checkpoint's state hash has them. */
static void hash_weights(const struct teacher *t, uint32_t kinds,
                         char whole[HASH_HEX_SIZE]) {
    const struct bundle *b = &t->bundle;
    struct str lines = {0};
    str_printf(&lines, "%s heads %lld gelu %d eps %.17g layer %lld\n",
               model_kinds[b->shape.kind].name, (long long)b->shape.A, b->shape.gelu,
               b->shape.norm_eps, (long long)t->layer);
    for (int i = 0; i < b->table.count; i++) {
        const struct tensor *tensor = &b->table.tensors[i];
        char hex[HASH_HEX_SIZE];
        if (!counts(t, kinds, tensor->name))
            continue;
        hash_hex(hash128(b->weights.data + tensor->offset,
                         tensor->count * sizeof *b->weights.data),
                 hex);
        str_printf(&lines, "%s %lldx%lld %s\n", tensor->name,
                   (long long)tensor->shape[0], (long long)tensor->shape[1], hex);
    }
    hash_hex(hash128(lines.data, lines.size), whole);
    str_fini(&lines);
}

void teacher_hash_states(const struct teacher *t, char hex[HASH_HEX_SIZE]) {
    hash_weights(t, TARGET_STATES, hex);
}

/* ---- the doors ---- */

static int check(const struct teacher *t, const struct config *config,
                 const struct vocab *vocab, struct err *err) {
    if (bundle_check_vocab(&t->bundle, vocab, config->data_vocab, err) < 0)
        return -1;
    if (check_text(config, &t->bundle.config, err) < 0 ||
        check_length(t, config, err) < 0)
        return err_prefix(err, "%s", config->teacher_from);
    return check_layer(t, config, err);
}

int teacher_open(struct teacher *t, const struct config *config,
                 const struct vocab *vocab, uint32_t kinds, struct err *err) {
    *t = (struct teacher){.kinds = kinds};
    if (config_teaches_itself(config))
        return err_set(err, ERR_CONFIG,
                       "teacher.from: self is for `mpibert train`, which has a "
                       "checkpoint of the run in its place; name one here");
    if (bundle_load(config->teacher_from, &t->bundle, err) < 0)
        return err_prefix(err, "teacher.from");
    t->layer = config->teacher_layer == CONFIG_UNSET ? t->bundle.shape.L
                                                     : config->teacher_layer;
    t->relation_heads = config->teacher_relation_heads == CONFIG_UNSET
                            ? config_shape(config, 1).A
                            : config->teacher_relation_heads;
    if (check(t, config, vocab, err) < 0) {
        teacher_close(t);
        return err_prefix(err, "teacher.from");
    }
    hash_weights(t, t->kinds, t->hash);
    return 0;
}

int teacher_check_needs(const struct teacher *t, const struct config *config,
                        struct err *err) {
    uint32_t set = config_objectives(config);
    int rc = 0;
    if (objectives_has(set, OBJECTIVE_COSINE))
        rc = check_states(t, config, err);
    if (rc == 0 && objectives_has(set, OBJECTIVE_RELATION))
        rc = check_relations(t, config, err);
    if (rc == 0 && objectives_has(set, OBJECTIVE_SOFT))
        rc = check_logits(t, config, err);
    return rc < 0 ? err_prefix(err, "teacher.from") : 0;
}

int teacher_join(struct teacher *t, struct comm *comm, const struct config *config,
                 const struct vocab *vocab, struct err *err) {
    uint32_t kinds = model_targets(config_objectives(config));
    int rc = teacher_open(t, config, vocab, kinds, err);
    if (rc == 0)
        rc = teacher_check_needs(t, config, err);
    if (comm_agree(comm, rc, err) < 0 || inputs_agree_model(comm, &t->bundle, err) < 0)
        return -1;
    rc = teacher_take_dictionary(t, config, err);
    if (comm_agree(comm, rc, err) < 0)
        return -1;
    return inputs_agree_file(comm, "teacher.dictionary", config->teacher_dictionary,
                             err);
}

/* ---- how its student begins ---- */

/* The numbers of a list, count of them; another count is refused, as is what is no
 * layer of the teacher. */
static int parse_layers(const char *text, int64_t count, int64_t L, int64_t *layers,
                        struct err *err) {
    struct slice rest = slice_of(text), word;
    int64_t n = 0;
    while (slice_field(&rest, ',', &word)) {
        char number[24];
        word = slice_trim(word);
        snprintf(number, sizeof number, "%.*s", (int)word.size, word.data);
        if (n < count &&
            (parse_int(number, &layers[n]) < 0 || layers[n] < 0 || layers[n] >= L))
            return err_set(err, ERR_CONFIG,
                           "teacher.init_layers: '%s' is no layer of the teacher, "
                           "which has 0 to %lld",
                           number, (long long)L - 1);
        n++;
    }
    if (n == count)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "teacher.init_layers: names %lld layers, and the model has %lld: one "
        "for each",
        (long long)n, (long long)count);
}

int teacher_begin(const struct teacher *t, const struct config *config,
                  struct params *weights, struct str *fresh, struct err *err) {
    int64_t L = config_shape(config, t->bundle.vocab.size).L;
    int64_t *layers = mem_alloc((size_t)L, sizeof *layers);
    int rc =
        parse_layers(config->teacher_init_layers, L, t->bundle.shape.L, layers, err);
    if (rc == 0)
        rc = bundle_copy_layers(&t->bundle, layers, L, weights, fresh, err);
    mem_free(layers);
    return rc;
}

struct lesson_shape teacher_shape(const struct teacher *t) {
    const struct shape *shape = &t->bundle.shape;
    return (struct lesson_shape){
        .kinds = t->kinds,
        .width = shape->H,
        .tokens = shape->V,
        .atoms = t->dictionary.K,
        .attended = t->kinds & TARGET_ATTENTION ? shape->A * shape->D : 0};
}

/* Atoms in a code, of those that the dictionary was learnt from in the end. */
static double atoms_of(const struct dictionary *d) {
    int64_t n = d->iterations / 10 + 1, first = d->iteration > n ? d->iteration - n : 0;
    double sum = 0;
    for (int64_t i = first; i < d->iteration; i++)
        sum += d->curve[2 * i + 1];
    return d->iteration > 0 ? sum / (double)(d->iteration - first) : 0;
}

struct lesson_counts teacher_expect(const struct teacher *t,
                                    const struct config *config, double examples) {
    struct phases_sum sum = phases_sum(config);
    double share = sum.examples > 0 ? examples / (double)sum.examples : 0;
    return (struct lesson_counts){.sequences = examples,
                                  .rows = share * sum.masked,
                                  .tokens = share * sum.tokens,
                                  .logits = (double)config->teacher_top,
                                  .codes = atoms_of(&t->dictionary)};
}

bool teacher_is_there(const struct teacher *t) { return t->bundle.name != NULL; }

bool teacher_is_asked(const struct teacher *t) {
    return t && t->cache == NULL && t->pupil == NULL;
}

size_t teacher_bytes(const struct teacher *t) {
    return t->bundle.table.total * sizeof(float);
}

void teacher_forget(struct teacher *t) { params_fini(&t->bundle.weights); }

void teacher_close(struct teacher *t) {
    if (t->bundle.name)
        bundle_fini(&t->bundle);
    dictionary_fini(&t->dictionary);
    *t = (struct teacher){0};
}

int teacher_check(const struct teacher *t, struct slice versions, const char *path,
                  struct err *err) {
    struct slice line, then = slice_of("nobody");
    const size_t begin = strlen(TEACHER_HASH);
    if (strcmp(path, t->bundle.name) == 0)
        return 0;
    while (slice_line(&versions, &line))
        if (slice_starts(line, TEACHER_HASH))
            then = (struct slice){line.data + begin, line.size - begin};
    if (slice_equal(then, slice_of(t->hash)))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "teacher.from: %s is not who taught this run (hash %s, of the "
                   "teacher in %s %.*s); bring that one back, or start another run in "
                   "another checkpoint.dir",
                   t->bundle.name, t->hash, path, (int)then.size, then.data);
}

void teacher_print(const struct teacher *t) {
    const struct shape *shape = &t->bundle.shape;
    printf("teacher   %s: %s of L %lld  H %lld  A %lld, asked after layer %lld; hash "
           "%s\n",
           t->bundle.name, model_kinds[shape->kind].name, (long long)shape->L,
           (long long)shape->H, (long long)shape->A, (long long)t->layer, t->hash);
}
