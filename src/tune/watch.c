/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of epochs: see watch.h. */
#include "src/tune/watch.h"

#include <math.h>

#include "src/base/mem.h"

/* Of two scores the first is better. */
static bool is_better(double a, double b) { return a > b || (isnan(b) && !isnan(a)); }

bool watch_add(struct watch *w, double score) {
    int64_t i = w->epochs++;
    w->scores = mem_resize(w->scores, (size_t)w->epochs, sizeof *w->scores);
    w->scores[i] = score;
    bool best = i == 0 || is_better(score, w->scores[w->best - 1]);
    if (best)
        w->best = w->epochs;
    return best;
}

bool watch_is_over(const struct watch *w, int64_t patience) {
    return w->epochs - w->best >= patience;
}

void watch_fini(struct watch *w) {
    mem_free(w->scores);
    *w = (struct watch){0};
}
