/* SPDX-License-Identifier: Apache-2.0 */
/* Our half of convert.py: what an imported folder answers, number for number.
 *
 *     logits FOLDER IDS OUT
 *
 * IDS is a text, a sequence a line: where segment 1 begins, then the ids.  OUT gets
 * float32s in this machine's byte order, of every sequence the encoder's output (T,H),
 * the logits of all its tokens (T,V), of a discriminator (T), and NSP's (2).  What the
 * folder lacks is random, but NSP's zeros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/infer/bundle.h"
#include "src/model/bert.h"

/* One line as an example whose every token is to be predicted.  The numbers' arrays
 * have room for `longest`. */
static void parse_line(const char *line, struct example *e, int64_t longest) {
    char *end;
    e->split = (int32_t)strtol(line, &end, 10);
    e->length = 0;
    e->next = NEXT_FOLLOWS;
    for (const char *p = end; *p; p = end) {
        long id = strtol(p, &end, 10);
        if (end == p)
            break;
        CHECK(e->length < longest);
        e->ids[e->length] = e->labels[e->length] = (int32_t)id;
        e->positions[e->length] = e->length;
        e->length++;
    }
    e->masked = e->length;
}

static void answer(struct model *model, const struct bundle *bundle,
                   struct batch *batch, const struct example *e, struct str *out) {
    size_t hidden_count = (size_t)(e->length * bundle->shape.H);
    bool detects = objectives_has(bundle->objectives, OBJECTIVE_RTD);
    size_t logits_count = (size_t)(e->length * (detects ? 1 : bundle->shape.V));
    float *hidden = mem_alloc(hidden_count, sizeof *hidden);
    float *logits = mem_alloc(logits_count, sizeof *logits);
    float next[2] = {0};
    batch_clear(batch);
    batch_add(batch, e, (struct origin){0, 0});
    model_predict(model, &bundle->weights, batch, 0, 1, detects ? NULL : logits, hidden,
                  objectives_pair(bundle->objectives) ? next : NULL);
    if (detects)
        model_detect(model, &bundle->weights, batch, 0, 1, logits);
    str_append(out, hidden, hidden_count * sizeof *hidden);
    str_append(out, logits, logits_count * sizeof *logits);
    str_append(out, next, sizeof next);
    mem_free(hidden);
    mem_free(logits);
}

static void answer_all(const struct bundle *bundle, struct slice lines,
                       struct str *out) {
    int64_t longest = bundle->shape.P;
    struct model_options options = {.shape = bundle->shape,
                                    .objectives = bundle->objectives,
                                    .max_tokens = longest,
                                    .max_sequences = 1,
                                    .max_length = longest};
    struct model *model = model_create(&options, &bundle->table);
    struct batch batch;
    struct example e = {.ids = mem_alloc((size_t)longest, sizeof *e.ids),
                        .positions = mem_alloc((size_t)longest, sizeof *e.positions),
                        .labels = mem_alloc((size_t)longest, sizeof *e.labels)};
    batch_init(&batch, 1, longest);
    struct slice line;
    while (slice_line(&lines, &line)) {
        char *text = mem_alloc(line.size + 1, 1);
        memcpy(text, line.data, line.size);
        parse_line(text, &e, longest);
        answer(model, bundle, &batch, &e, out);
        mem_free(text);
    }
    batch_fini(&batch);
    model_destroy(model);
    mem_free(e.ids);
    mem_free(e.positions);
    mem_free(e.labels);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: logits FOLDER IDS OUT\n");
        return ERR_USAGE;
    }
    struct bundle bundle;
    struct str ids = {0}, out = {0};
    struct err err;
    if (bundle_load(argv[1], &bundle, &err) < 0 ||
        file_read(argv[2], 1 << 24, &ids, &err) < 0)
        die("%s", err.text);
    answer_all(&bundle, str_slice(&ids), &out);
    if (file_write_atomic(argv[3], out.data, out.size, &err) < 0)
        die("%s", err.text);
    bundle_fini(&bundle);
    str_fini(&ids);
    str_fini(&out);
    return 0;
}
