/* SPDX-License-Identifier: Apache-2.0 */
/* The line rules of C4, on what measure.h knows of a line, and the lines of e-books
 * that tell who made them. */
#include "src/filter/lines.h"

#include <string.h>
#include <strings.h>

static struct slice trim(struct slice line) {
    while (line.size > 0 && strchr(" \t[*_", *line.data) != NULL &&
           *line.data != '\0') {
        line.data++;
        line.size--;
    }
    return line;
}

/* How Project Gutenberg's volunteers begin what they say of their work. */
static bool is_producers(struct slice line) {
    static const char *const beginnings[] = {
        "produced by ",          "e-text prepared by ",
        "etext prepared by ",    "this etext was p",
        "this ebook was p",      "this e-text was p",
        "transcribed from the ", "transcribed by ",
        "transcriber's note",    "transcriber\xe2\x80\x99s note",
        "transcribers' note",    "transcription note",
        "html version by ",      "scanned by ",
        "distributed proofread",
    };
    line = trim(line);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t size = strlen(beginnings[i]);
        if (line.size >= size && strncasecmp(line.data, beginnings[i], size) == 0)
            return true;
    }
    return false;
}

enum rule lines_judge(const struct limits *limits, struct slice line,
                      const struct line_facts *facts) {
    double values[RULE_COUNT] = {0};
    values[RULE_producer_lines] =
        limits_has(limits, RULE_producer_lines) && is_producers(line);
    values[RULE_javascript_lines] = facts->javascript;
    values[RULE_policy_lines] = facts->policy;
    values[RULE_max_word_chars] = (double)facts->longest_word;
    values[RULE_min_line_words] = (double)facts->words;
    values[RULE_unended_lines] = !facts->ended || facts->ellipsis;
    return limits_beyond(limits, values, RULE_producer_lines, RULE_unended_lines);
}
