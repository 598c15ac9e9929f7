/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: odd answers (articles, punctuation, accents, none) get the scores and the
 * normal form that the official rules give, written out in Python. */
#include "src/judge/squad.h"

#include <math.h>

#include "tests/tap.h"

enum { MOST = 3 };

static const struct {
    const char *answer, *gold[MOST + 1];
    enum squad_version version;
    double exact, f1;
    const char *normal; /* form of the answer */
} rows[] = {
    {"Denver Broncos", {"the Denver Broncos."}, SQUAD_1_1, 1, 1, "denver broncos"},
    {"Denver Broncos", {"the Denver Broncos."}, SQUAD_2_0, 1, 1, "denver broncos"},
    {"The  denver-broncos", {"Denver Broncos"}, SQUAD_1_1, 0, 0, "denverbroncos"},
    {"The  denver-broncos", {"Denver Broncos"}, SQUAD_2_0, 0, 0, "denverbroncos"},
    {"a an the", {"the"}, SQUAD_1_1, 1, 0, ""},
    {"a an the", {"the"}, SQUAD_2_0, 1, 1, ""},
    {"", {NULL}, SQUAD_2_0, 1, 1, ""},
    {"", {"a"}, SQUAD_1_1, 1, 0, ""},
    {"", {"a"}, SQUAD_2_0, 1, 1, ""},
    {"x", {NULL}, SQUAD_2_0, 0, 0, "x"},
    {"", {"Paris"}, SQUAD_1_1, 0, 0, ""},
    {"", {"Paris"}, SQUAD_2_0, 0, 0, ""},
    {"theatre", {"the atre"}, SQUAD_1_1, 0, 0, "theatre"},
    {"theatre", {"the atre"}, SQUAD_2_0, 0, 0, "theatre"},
    {"the man the man", {"man man man"}, SQUAD_1_1, 0, 0.80000000000000004, "man man"},
    {"the man the man", {"man man man"}, SQUAD_2_0, 0, 0.80000000000000004, "man man"},
    {"Caf\303\251 \303\211",
     {"caf\303\251 \303\251"},
     SQUAD_1_1,
     1,
     1,
     "caf\303\251 \303\251"},
    {"Caf\303\251 \303\211",
     {"caf\303\251 \303\251"},
     SQUAD_2_0,
     1,
     1,
     "caf\303\251 \303\251"},
    {"\303\211COLE", {"\303\251cole"}, SQUAD_1_1, 1, 1, "\303\251cole"},
    {"\303\211COLE", {"\303\251cole"}, SQUAD_2_0, 1, 1, "\303\251cole"},
    {"in 1066, the year", {"1066"}, SQUAD_1_1, 0, 0.5, "in 1066 year"},
    {"in 1066, the year", {"1066"}, SQUAD_2_0, 0, 0.5, "in 1066 year"},
    {"$5", {"5"}, SQUAD_1_1, 1, 1, "5"},
    {"$5", {"5"}, SQUAD_2_0, 1, 1, "5"},
    {"a,b", {"ab"}, SQUAD_1_1, 1, 1, "ab"},
    {"a,b", {"ab"}, SQUAD_2_0, 1, 1, "ab"},
    {"\342\200\234the end\342\200\235",
     {"\342\200\234end\342\200\235"},
     SQUAD_1_1,
     0,
     0,
     "\342\200\234 end\342\200\235"},
    {"\342\200\234the end\342\200\235",
     {"\342\200\234end\342\200\235"},
     SQUAD_2_0,
     0,
     0,
     "\342\200\234 end\342\200\235"},
    {"the\302\240end\011of it", {"end of it"}, SQUAD_1_1, 1, 1, "end of it"},
    {"the\302\240end\011of it", {"end of it"}, SQUAD_2_0, 1, 1, "end of it"},
    {"one two", {"two one"}, SQUAD_1_1, 0, 1, "one two"},
    {"one two", {"two one"}, SQUAD_2_0, 0, 1, "one two"},
    {"one two",
     {"three", "two", "one two three"},
     SQUAD_1_1,
     0,
     0.80000000000000004,
     "one two"},
    {"one two",
     {"three", "two", "one two three"},
     SQUAD_2_0,
     0,
     0.80000000000000004,
     "one two"},
    {"a_b", {"ab"}, SQUAD_1_1, 1, 1, "ab"},
    {"a_b", {"ab"}, SQUAD_2_0, 1, 1, "ab"},
    {"\303\274ber alles",
     {"\303\234ber Alles", "x"},
     SQUAD_1_1,
     1,
     1,
     "\303\274ber alles"},
    {"\303\274ber alles",
     {"\303\234ber Alles", "x"},
     SQUAD_2_0,
     1,
     1,
     "\303\274ber alles"},
    {"na\303\257ve the\314\201", {"naive"}, SQUAD_1_1, 0, 0, "na\303\257ve \314\201"},
    {"na\303\257ve the\314\201", {"naive"}, SQUAD_2_0, 0, 0, "na\303\257ve \314\201"},
    {"\346\227\245\346\234\254 the \345\233\275",
     {"\346\227\245\346\234\254 \345\233\275"},
     SQUAD_1_1,
     1,
     1,
     "\346\227\245\346\234\254 \345\233\275"},
    {"\346\227\245\346\234\254 the \345\233\275",
     {"\346\227\245\346\234\254 \345\233\275"},
     SQUAD_2_0,
     1,
     1,
     "\346\227\245\346\234\254 \345\233\275"},
    {"the\346\227\245\346\234\254",
     {"\346\227\245\346\234\254"},
     SQUAD_1_1,
     0,
     0,
     "the\346\227\245\346\234\254"},
    {"the\346\227\245\346\234\254",
     {"\346\227\245\346\234\254"},
     SQUAD_2_0,
     0,
     0,
     "the\346\227\245\346\234\254"},
    {"\304\260stanbul", {"istanbul"}, SQUAD_1_1, 0, 0, "i\314\207stanbul"},
    {"\304\260stanbul", {"istanbul"}, SQUAD_2_0, 0, 0, "i\314\207stanbul"},
    {"x\302\262 the", {"x\302\262"}, SQUAD_1_1, 1, 1, "x\302\262"},
    {"x\302\262 the", {"x\302\262"}, SQUAD_2_0, 1, 1, "x\302\262"},
};

static void test_row(size_t i) {
    struct slice gold[MOST];
    struct str normal = {0};
    int count = 0;
    while (rows[i].gold[count]) {
        gold[count] = slice_of(rows[i].gold[count]);
        count++;
    }
    struct squad_score score =
        squad_score(slice_of(rows[i].answer), gold, count, rows[i].version);
    squad_normalize(slice_of(rows[i].answer), &normal);
    is_str(normal.data, rows[i].normal, "row %zu: normal form", i);
    ok(score.exact == rows[i].exact, "row %zu: exact %g", i, score.exact);
    ok(fabs(score.f1 - rows[i].f1) < 1e-12, "row %zu: F1 %.17g", i, score.f1);
    str_fini(&normal);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(i);
    return tap_done();
}
