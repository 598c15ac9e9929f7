/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a run out of its files: see story.h. */
#include "io/convert/story.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/base/fstream.h"
#include "src/base/mem.h"

/* Takes one line of a file of JSON lines. */
typedef void take_fn(struct story *story, int64_t step, const struct json *line);

/* Hands out the lines whose step is at most `last`. */
static void each_line(struct story *story, const char *dir, const char *name,
                      int64_t last, take_fn *take) {
    struct str path = {0};
    str_printf(&path, "%s/%s", dir, name);
    FILE *file = fstream_open(path.data, O_RDONLY, NULL);
    char *text = NULL;
    size_t room = 0;
    ssize_t n;
    while (file && (n = getline(&text, &room, file)) > 0) {
        struct json *line = json_parse((struct slice){text, (size_t)n}, name, NULL);
        int64_t step;
        if (line && json_get_int(json_get(line, "step"), &step) == 0 && step <= last)
            take(story, step, line);
        json_free(line);
    }
    free(text);
    if (file)
        fclose(file);
    str_fini(&path);
}

static double real_of(const struct json *line, const char *key) {
    double value = NAN;
    json_get_real(json_get(line, key), &value);
    return value;
}

static void take_step(struct story *story, int64_t step, const struct json *line) {
    (void)step;
    double seconds = real_of(line, "step_seconds");
    story->seconds += seconds > 0 ? seconds : 0;
    const struct json *tokens = json_get(line, "source_tokens");
    int count = (int)json_count(tokens);
    if (story->sources == 0 && count > 0) {
        story->source_tokens = mem_alloc((size_t)count, sizeof *story->source_tokens);
        story->sources = count;
    }
    for (int i = 0; i < count && i < story->sources; i++) {
        double n = 0;
        json_get_real(json_at(tokens, (size_t)i), &n);
        story->source_tokens[i] += n;
    }
}

/* Of the checkpoint's own step: later results are of other weights, and so are earlier.
 */
static void take_evaluation(struct story *story, int64_t step,
                            const struct json *line) {
    if (step != story->step)
        return;
    for (int i = 0; i < OBJECTIVES; i++) {
        double loss = real_of(line, objective_words[i].loss);
        story->of[i] =
            (struct mean){.loss = loss,
                          .accuracy = real_of(line, objective_words[i].accuracy),
                          .count = isfinite(loss)};
    }
    story->unigram_entropy = real_of(line, "unigram_entropy");
    story->evaluated = story->of[OBJECTIVE_MLM].count > 0;
    json_get_int(json_get(line, "documents"), &story->documents);
}

/* "ranks: 2", "processor: AMD EPYC" and "kernels: AVX2" as one line. */
static void take_machine(struct story *story, struct slice versions) {
    static const struct {
        const char *begin, *word;
    } rows[] = {
        {"ranks: ", "MPI ranks: "}, {"processor: ", ""}, {"kernels: ", "kernels "}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = versions, line;
        size_t n = strlen(rows[i].begin);
        while (slice_line(&rest, &line)) {
            char value[200];
            if (!slice_starts(line, rows[i].begin))
                continue;
            snprintf(value, sizeof value, "%.*s", (int)(line.size - n), line.data + n);
            str_printf(&story->machine, "%s%s%s", story->machine.size ? "; " : "",
                       rows[i].word, value);
        }
    }
}

void story_read(struct story *story, const char *dir, int64_t step,
                struct slice versions) {
    story->step = step;
    take_machine(story, versions);
    each_line(story, dir, "evaluations.jsonl", step, take_evaluation);
    each_line(story, dir, "metrics.jsonl", step, take_step);
}

void story_fini(struct story *story) {
    mem_free(story->source_tokens);
    str_fini(&story->machine);
    *story = (struct story){0};
}
