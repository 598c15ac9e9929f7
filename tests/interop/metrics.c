/* SPDX-License-Identifier: Apache-2.0 */
/* Scores answers for metrics.py.  A line in: metric, kind, labels, lengths, right
 * answers and answers, separated by tabs, the lists by blanks; a line out: the
 * score. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/judge/sheet.h"

enum { FIELDS = 6 };

/* Copies the numbers of a list. */
static void read_list(struct slice list, float *out) {
    struct slice word;
    while (slice_field(&list, ' ', &word)) {
        char text[64];
        snprintf(text, sizeof text, "%.*s", (int)word.size, word.data);
        *out++ = strtof(text, NULL);
    }
}

static void make(struct predictions *set, const struct slice fields[FIELDS]) {
    struct slice list = fields[2], word;
    *set = (struct predictions){
        .kind = (enum predictions_kind)predictions_kind_of(fields[1])};
    str_append(&set->name, "random", 6);
    while (slice_field(&list, ' ', &word))
        predictions_add_label(set, word);
    for (list = fields[3]; slice_field(&list, ' ', &word);)
        predictions_add_example(set, strtoll(word.data, NULL, 10));
    read_list(fields[4], set->gold);
    read_list(fields[5], predictions_add_run(set, &(struct prediction_run){0}));
}

static double score(const struct slice fields[FIELDS]) {
    struct predictions set;
    struct sheet sheet;
    struct err err = {0};
    double value = NAN;
    make(&set, fields);
    const struct metric *metric = metric_find(fields[0], &err);
    if (metric == NULL || sheet_init(&sheet, &set, metric, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    sheet_score(&sheet, &value);
    sheet_fini(&sheet);
    predictions_fini(&set);
    return value;
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, stdin)) > 0) {
        struct slice rest = {line, (size_t)size - 1}, fields[FIELDS];
        for (int i = 0; i < FIELDS; i++)
            if (!slice_field(&rest, '\t', &fields[i]))
                fields[i] = (struct slice){"", 0};
        printf("%.17g\n", score(fields));
    }
    free(line);
    return 0;
}
