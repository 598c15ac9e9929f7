/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer in words is worth, by the official rules of SQuAD 1.1 and 2.0
 * (evaluate-v1.1.py, evaluate-v2.0.py): both texts are normalised (lower case, no ASCII
 * punctuation, no articles, single blanks), and compared as a whole or word by word.
 * Of several right answers the best counts. */
#ifndef MPIBERT_JUDGE_SQUAD_H
#define MPIBERT_JUDGE_SQUAD_H

#include "src/base/str.h"

enum squad_version { SQUAD_1_1, SQUAD_2_0 };

struct squad_score {
    double exact, f1; /* 0 to 1 */
};

/* gold[count]: the right answers; none (SQuAD 2.0): the question has no answer, and the
 * right one is "".  In 2.0, right answers that are nothing after normalisation do not
 * count, and two empty texts are equal; in 1.1 they have no word in common. */
struct squad_score squad_score(struct slice answer, const struct slice *gold, int count,
                               enum squad_version version);
/* Appends the normal form of a text. */
void squad_normalize(struct slice text, struct str *out);

#endif
