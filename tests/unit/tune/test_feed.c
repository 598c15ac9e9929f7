/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an epoch has every example once, whatever the size of its batches; its order
 * is a function of the seed and the epoch alone, so that any step can be asked for; and
 * no two visits of an example share their dropout. */
#include "src/tune/feed.h"

#include <string.h>

#include "src/base/mem.h"
#include "tests/tap.h"

enum { COUNT = 23 };

/* Example i is [i, i + 1], asked at row 0 for label i % 3. */
static void make_examples(struct examples *d) {
    *d = (struct examples){0};
    for (int32_t i = 0; i < COUNT; i++) {
        examples_begin(d);
        ids_append(&d->ids, i);
        ids_append(&d->ids, i + 1);
        size_t at = examples_ask(d, 1, 0);
        d->labels[at] = i % 3;
        examples_end(d, (struct encoded){.length = 2, .split = 2});
    }
}

/* How often each example is in the steps of an epoch (from 0), and in which order. */
static bool check_epoch(struct tune_feed *feed, int64_t epoch, int32_t order[COUNT]) {
    int times[COUNT] = {0}, n = 0;
    bool good = true;
    int64_t steps = feed_epoch_steps(feed);
    for (int64_t s = epoch * steps + 1; s <= (epoch + 1) * steps; s++) {
        const struct batch *batch = feed_step(feed, s);
        for (int64_t b = 0; b < batch->B; b++) {
            int32_t i = batch->ids[batch->starts[b]];
            times[i]++;
            order[n] = i;
            good &= batch->labels[b] == i % 3;
            good &= batch->origins[b].number == (uint64_t)(epoch * COUNT + n++);
        }
    }
    for (int i = 0; i < COUNT; i++)
        good &= times[i] == 1;
    return good && n == COUNT;
}

static void check_size(const struct examples *d, int64_t size) {
    struct tune_feed feed, other;
    int32_t first[COUNT], second[COUNT], again[COUNT];
    feed_init(&feed, d, size, 7);
    is_int(feed_epoch_steps(&feed), (COUNT + size - 1) / size, "steps of batches of %d",
           (int)size);
    ok(check_epoch(&feed, 0, first), "an epoch has every example once");
    ok(check_epoch(&feed, 1, second), "so has the next");
    ok(memcmp(first, second, sizeof first) != 0, "in another order");
    ok(check_epoch(&feed, 0, again) && memcmp(first, again, sizeof first) == 0,
       "and going back gives the same");
    feed_init(&other, d, 5, 7);
    ok(check_epoch(&other, 0, again) && memcmp(first, again, sizeof first) == 0,
       "the order does not depend on the size");
    feed_fini(&other);
    feed_init(&other, d, size, 8);
    ok(check_epoch(&other, 0, again) && memcmp(first, again, sizeof first) != 0,
       "but on the seed");
    feed_fini(&other);
    feed_init(&other, d, size, 8);
    other.in_order = true;
    bool good = check_epoch(&other, 0, again) && check_epoch(&other, 1, second);
    for (int32_t i = 0; i < COUNT; i++)
        good &= again[i] == i && second[i] == i;
    ok(good, "nor is there one but the file's, if so wished, in any epoch");
    feed_fini(&other);
    is_int(feed_run(&feed, 0)->ids[0], 0, "without an order: the file's");
    is_int(feed_run(&feed, 22)->B, 1, "and its end");
    feed_fini(&feed);
}

int main(void) {
    static const int64_t sizes[] = {1, 4, 23, 100};
    struct examples d;
    make_examples(&d);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_size(&d, sizes[i]);
    examples_fini(&d);
    return tap_done();
}
