/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a file becomes examples whose questions have their rows and answers; labels
 * that are learnt get the order of the list, not of the file; what the list has not, or
 * is no number, is refused with file and line. */
#include "src/task/readers.h"

#include <string.h>

#include "src/base/file.h"
#include "tests/tap.h"

static const char tokens[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n";

static struct encoder encoder;

static const struct task texts = {.kind = TASK_CLASSIFY,
                                  .format = TASK_TSV,
                                  .text = "text",
                                  .pair = "pair",
                                  .label = "label"};
static const struct task marked = {.kind = TASK_CLASSIFY,
                                   .format = TASK_JSONL,
                                   .text = "text",
                                   .mark = " from to",
                                   .label = "right"};
static const struct task marked_pairs = {.kind = TASK_CLASSIFY,
                                         .format = TASK_TSV,
                                         .text = "x",
                                         .pair = "y",
                                         .mark = "a b  c d",
                                         .label = "right"};
static const struct task states = {.kind = TASK_MARKED,
                                   .format = TASK_TSV,
                                   .text = "x",
                                   .pair = "y",
                                   .mark = "a b c d",
                                   .label = "right"};
static const struct task numbers = {
    .kind = TASK_REGRESS, .format = TASK_TSV, .text = "text", .label = "label"};
static const struct task sets = {.kind = TASK_MULTILABEL,
                                 .format = TASK_TSV,
                                 .text = "text",
                                 .label = "labels",
                                 .separator = "|"};
static const struct task lists = {.kind = TASK_MULTILABEL,
                                  .format = TASK_JSONL,
                                  .text = "text",
                                  .label = "labels",
                                  .separator = "|"};
static const struct task choices = {.kind = TASK_CHOOSE,
                                    .format = TASK_CSV,
                                    .text = "text",
                                    .choices = "x  y z",
                                    .label = "right"};
static const struct task started = {.kind = TASK_CHOOSE,
                                    .format = TASK_JSONL,
                                    .text = "text",
                                    .pair = "start",
                                    .choices = "ends",
                                    .labels = "A B C",
                                    .label = "right"};
static const struct task articles = {
    .kind = TASK_ANSWER, .format = TASK_SQUAD, .stride = 1, .longest_answer = 9};
static const struct task words = {.kind = TASK_TAG,
                                  .format = TASK_CONLL,
                                  .names = "word tag",
                                  .text = "word",
                                  .label = "tag"};

/* An example as text: "2 5 3/3 0:1", its ids, split, and row:answer of its questions.
 */
static void print_example(const struct examples *d, const struct task *task, int64_t i,
                          struct str *out) {
    int32_t positions[8], labels[8];
    struct example e = {.positions = positions, .labels = labels};
    examples_get(d, i, &e);
    for (int32_t t = 0; t < e.length; t++)
        str_printf(out, "%d ", e.ids[t]);
    for (int32_t c = 0; c <= e.cut_count; c++)
        str_printf(out, "%s%d", c ? "," : "/", e.splits[c]);
    for (int32_t c = 0; c < e.cut_count; c++)
        str_printf(out, "|%d", e.cuts[c]);
    for (int32_t m = 0; m < e.masked; m++)
        if (task->kind == TASK_REGRESS)
            str_printf(out, " %d:%g", positions[m],
                       (double)d->scores[d->asked_starts[i] + (size_t)m]);
        else
            str_printf(out, " %d:%d", positions[m], labels[m]);
    str_append_char(out, ';');
}

#define SQUAD(context, question, rest)                                                 \
    "{\"data\": [{\"paragraphs\": [{\"context\": \"" context "\",\n\"qas\": [\n{"      \
    "\"id\": \"x\", \"question\": \"" question "\", " rest "}]}]}]}\n"

static const struct row {
    const char *what;
    const struct task *task;
    const char *list; /* NULL: learnt */
    const char *text, *want;
} rows[] = {
    {"pairs", &texts, "no yes", "label\ttext\tpair\nyes\ta\tb\nno\tb\t\n",
     "2 5 3 6 3 /3 0:1;2 6 3 3 /3 0:0;"},
    {"labels that are learnt", &texts, NULL, "label\ttext\tpair\nyes\ta\tb\nno\tb\tb\n",
     "2 5 3 6 3 /3 0:1;2 6 3 6 3 /3 0:0;"},
    {"a marked word, by characters", &marked, "no yes",
     "{\"text\": \"\u00e9 b a\", \"from\": 2, \"to\": 3, \"right\": \"yes\"}\n",
     "2 1 1 6 1 5 3 /7 0:1;"},
    {"the whole text", &marked, "no yes",
     "{\"text\": \"b\", \"from\": 0, \"to\": 1, \"right\": \"no\"}\n",
     "2 1 6 1 3 /5 0:0;"},
    {"marked pairs", &marked_pairs, "no yes",
     "right\tx\ty\ta\tb\tc\td\nyes\ta\tb\t0\t1\t0\t1\n", "2 1 5 3 1 6 3 /4 0:1;"},
    {"words by their places", &states, "no yes",
     "right\tx\ty\ta\tb\tc\td\nyes\ta b\taa\t2\t3\t0\t1\n"
     "no\ta\tb\t0\t1\t0\t1\n",
     "2 5 6 3 5 7 3 /4 0:1 2:1 4:1;2 5 3 6 3 /3 0:0 1:0 3:0;"},
    {"one after the cut", &states, "no yes",
     "right\tx\ty\ta\tb\tc\td\nyes\tb b b a\tb b\t6\t7\t2\t3\n",
     "2 6 6 3 6 6 3 /4 0:1 3:1 5:1;"},
    {"a place that is none", &states, "no yes",
     "right\tx\ty\ta\tb\tc\td\nyes\ta\tb\t0\t1\t1\t2\n",
     "65 :2: c and d are no place in its y"},
    {"a mark after the end", &marked, "no yes",
     "{\"text\": \"a b\", \"from\": 2, \"to\": 4, \"right\": \"yes\"}\n",
     "65 :1: from and to are no place in its text"},
    {"a mark of nothing", &marked, "no yes",
     "{\"text\": \"a b\", \"from\": 2, \"to\": 2, \"right\": \"yes\"}\n",
     "65 :1: from and to are no place in its text"},
    {"a mark that is no number", &marked_pairs, "no yes",
     "right\tx\ty\ta\tb\tc\td\nyes\ta\tb\t0\t1\t0\tx\n",
     "65 :2: c and d are no place in its y"},
    {"numbers", &numbers, NULL, "text\tlabel\na\t2.5\nb\t-1e-1\n",
     "2 5 3 /3 0:2.5;2 6 3 /3 0:-0.1;"},
    {"words, one after the cut", &words, NULL, "aaa X\nb N\nb N\naa X\na N\n\nb X\n",
     "2 5 7 7 6 6 3 /7 1:1 4:0 5:0;2 6 3 /3 1:1;"},
    {"sets, ascending, without doubles", &sets, "x y z",
     "text\tlabels\na\tz|x|z\nb\t\na\t y | x\n",
     "2 5 3 /3 0:0 0:2;2 6 3 /3;2 5 3 /3 0:0 0:1;"},
    {"sets that are learnt", &sets, NULL, "text\tlabels\na\tz|x\nb\ty\n",
     "2 5 3 /3 0:0 0:2;2 6 3 /3 0:1;"},
    {"sets as lists", &lists, NULL,
     "{\"text\": \"a\", \"labels\": [\"z|\", 3]}\n{\"text\": \"b\", \"labels\": []}\n"
     "{\"text\": \"b\", \"labels\": \"3| 4\"}\n",
     "2 5 3 /3 0:0 0:2;2 6 3 /3;2 6 3 /3 0:0 0:1;"},
    {"a label of a set that is none", &sets, "x y", "text\tlabels\na\tx|w\n",
     "65 :2: label 'w' is not one of 'x', 'y'"},
    {"a list in a list", &lists, NULL,
     "{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"text\": \"a\", \"labels\": "
     "[[\"x\"]]}\n",
     "65 :2: has no \"labels\" that is a string, number or boolean, or a list of "
     "these"},
    {"a list where there may be none", &lists, NULL,
     "{\"text\": [\"a\"], \"labels\": [\"x\"]}\n",
     "65 :1: has no \"text\" that is a string, number or boolean"},
    {"choices, two and three", &choices, NULL,
     "text,x,y,z,right\na,b,a,,1\nb,a,b,aa,2\n",
     "2 5 3 6 3 2 5 3 5 3 /3,8|5 5:1;2 6 3 5 3 2 6 3 6 3 2 6 3 5 7 3 /3,8,13|5|10 "
     "10:2;"},
    {"choices in a list, by letters, after what they begin with", &started, "A B C",
     "{\"text\": \"a\", \"start\": \"b\", \"ends\": [\"a\", \"\"], \"right\": \"A\"}\n",
     "2 5 3 6 5 3 2 5 3 6 3 /3,9|6 0:0;"},
    {"a choice that is none", &choices, NULL, "text,x,y,z,right\na,b,a,,2\n",
     "65 :2: label '2' is none of its 2 choices, which are '0' to '1'"},
    {"an example without choices", &choices, NULL, "text,x,y,z,right\na,,,,0\n",
     "65 :2: has no choices"},
    {"an empty list", &started, "A B C",
     "{\"text\": \"a\", \"start\": \"b\", \"ends\": [], \"right\": \"A\"}\n",
     "65 :1: has no choices"},
    {"an empty choice before others", &choices, NULL, "text,x,y,z,right\na,b,,b,0\n",
     "65 :2: has an empty choice before one that is not"},
    {"more choices than names", &started, "A",
     "{\"text\": \"a\", \"start\": \"b\", \"ends\": [1, 2], \"right\": \"A\"}\n",
     "65 :1: has 2 choices, task.labels names 1"},
    {"windows of a text, in one of which is the answer", &articles, NULL,
     SQUAD("a b a b a", "b", "\"answers\": [{\"text\": \"b\", \"answer_start\": 2}]"),
     "2 6 3 5 6 5 3 /3 4:0 4:0;2 6 3 5 6 5 3 /3 0:0 0:0;"},
    {"an answer that windows share, of two tokens, by characters", &articles, NULL,
     SQUAD("\xc2\xab a b aa", "b b b",
           "\"answers\": [{\"text\": \"aa\", \"answer_start\": 6}]"),
     "2 6 6 3 1 5 3 /4 0:0 0:0;2 6 6 3 5 6 3 /4 0:0 0:0;2 6 6 3 6 5 3 /4 0:0 0:0;"
     "2 6 6 3 5 7 3 /4 4:0 5:0;"},
    {"no answer", &articles, NULL, SQUAD("a b", "a", "\"is_impossible\": true"),
     "2 5 3 5 6 3 /3 0:0 0:0;"},
    {"an answer that is elsewhere", &articles, NULL,
     SQUAD("a b", "a", "\"answers\": [{\"text\": \"b\", \"answer_start\": 1}]"),
     "65 :3: question 'x': its answer is not at answer_start, which counts characters"},
    {"one after the end", &articles, NULL,
     SQUAD("a b", "a", "\"answers\": [{\"text\": \"b\", \"answer_start\": 99}]"),
     "65 :3: question 'x': its answer is not at answer_start, which counts characters"},
    {"a label that is none", &texts, "no yes",
     "label\ttext\tpair\nyes\ta\tb\nmaybe\tb\t\n",
     "65 :3: label 'maybe' is not one of 'no', 'yes'"},
    {"an empty one", &texts, "no yes", "label\ttext\tpair\n\ta\tb\n",
     "65 :2: label '' is not one of 'no', 'yes'"},
    {"a number that is none", &numbers, NULL, "text\tlabel\na\t2.5\nb\tx\n",
     "65 :3: score 'x' is no number"},
    {"one of a float too many", &numbers, NULL, "text\tlabel\na\t1e99\n",
     "65 :2: score '1e99' is no number"},
    {"a tag that is none", &words, "X", "a X\nb N\n",
     "65 :2: label 'N' is not one of 'X'"},
    {"a header alone", &texts, "no", "label\ttext\tpair\n", "65 : has no example"},
    {"nothing", &words, "no", "", "65 : has no example"},
};

static void check_row(const struct row *row) {
    struct examples d = {0};
    struct labels labels = {0};
    struct str path = {0}, got = {0};
    struct err err = {0};
    str_printf(&path, "%s/file", tap_folder());
    file_write_atomic(path.data, row->text, strlen(row->text), NULL);
    if (row->list)
        labels_parse(&labels, row->list);
    int rc = readers_file(&d, row->task, path.data, &labels,
                          row->list ? READERS_GIVEN : READERS_LEARNT, &encoder, &err);
    for (int64_t i = 0; rc == 0 && i < d.count; i++)
        print_example(&d, row->task, i, &got);
    if (rc < 0)
        str_printf(&got, "%d %s", err.code, err.text + path.size);
    is_str(got.data, row->want, "%s", row->what);
    if (row->task == &words && rc == 0) {
        is_int(d.lost_words, 2, "words that have no place are counted");
        is_int(d.cut_examples, 1, "as are examples that were cut");
        is_int(examples_asked(&d), 6, "and all are asked");
        is_int(d.longest, 7, "and the longest is known");
    }
    examples_fini(&d);
    labels_fini(&labels);
    str_fini(&path);
    str_fini(&got);
}

static const struct lines {
    enum task_kind kind;
    const char *text, *want;
    const char *mark, *pair;
} lines[] = {
    {TASK_CLASSIFY, "a\nb\ta\r\n\nb",
     "2 5 3 /3 0:0;2 6 3 5 3 /3 0:0;2 3 /2 0:0;2 6 3 /3 0:0;", NULL, NULL},
    {TASK_TAG, "aaa  b\n\nb b b b b b\n",
     "2 5 7 7 6 3 /6 1:0 4:0;2 3 /2;2 6 6 6 6 6 3 /7 1:0 2:0 3:0 4:0 5:0;", NULL, NULL},
    {TASK_CHOOSE, "a\tb\ta\n", "2 5 3 6 3 2 5 3 5 3 /3,8|5 0:0;", NULL, NULL},
    {TASK_CHOOSE, "a\tb\na\n",
     "65 :2: has no choices: a tab is before each, after the text", NULL, NULL},
    {TASK_MULTILABEL, "a\nb\ta\n", "2 5 3 /3;2 6 3 5 3 /3;", NULL, NULL},
    {TASK_CLASSIFY, "", "65 : has no line", NULL, NULL},
    {TASK_CLASSIFY, "a b\t2\t3\n", "2 5 1 6 1 3 /6 0:0;", "from to", NULL},
    {TASK_CLASSIFY, "a b\t2\t3\nb\n",
     "65 :2: has 1 fields, not 3: the model knows words that are marked (task.mark), "
     "so "
     "a line is a text, and where in it the word begins and ends, with tabs between",
     "from to", NULL},
    {TASK_CLASSIFY, "a b\t2\t4\n", "65 :1: '2' to '4' is no place of a word in text 1",
     "from to", NULL},
    {TASK_MULTILABEL, "a\tb\t0\t1\t0\t1\n", "2 1 5 3 1 6 3 /4;", "a b c d", ""},
    {TASK_CLASSIFY, "a\tb\t0\t1\t0\tx\n",
     "65 :1: '0' to 'x' is no place of a word in text 2", "a b c d", ""},
    {TASK_CLASSIFY, "a\tb\t0\t1\t0\t1\tx\n",
     "65 :1: has 7 fields, not 6: the model knows words that are marked (task.mark), "
     "so "
     "a line is two texts, and where in each its word begins and ends, with tabs "
     "between",
     "a b c d", ""},
};

static void check_lines(const struct lines *row) {
    const struct task task = {.kind = row->kind, .mark = row->mark, .pair = row->pair};
    struct examples d = {0};
    struct str path = {0}, got = {0};
    struct err err = {0};
    str_printf(&path, "%s/file", tap_folder());
    file_write_atomic(path.data, row->text, strlen(row->text), NULL);
    int rc = readers_lines(&d, &task, path.data, &encoder, &err);
    for (int64_t i = 0; rc == 0 && i < d.count; i++)
        print_example(&d, &texts, i, &got);
    if (rc < 0)
        str_printf(&got, "%d %s", err.code, err.text + path.size);
    is_str(got.data, row->want, "lines without answers");
    if (row->kind == TASK_TAG)
        is_int(d.lost_words, 1, "a word after the cut is counted");
    examples_fini(&d);
    str_fini(&path);
    str_fini(&got);
}

int main(void) {
    struct vocab vocab;
    const struct normalizer_options options = {.clean_text = true};
    vocab_parse(&vocab, slice_of(tokens), "vocab", NULL);
    encoder = (struct encoder){.tokenizer = tokenizer_create(&vocab, &options),
                               .vocab = &vocab,
                               .normalizer = &options,
                               .length = 7};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        check_lines(&lines[i]);
    tokenizer_destroy(encoder.tokenizer);
    encoder_fini(&encoder);
    vocab_fini(&vocab);
    return tap_done();
}
