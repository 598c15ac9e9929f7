/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a span or an n-gram that may be as long as it likes has the lengths of its
 * paper; what a whole example looks like, in which they cut each other short, is what
 * the published procedure gives, written out here plainly with other random numbers.
 * In every example as much is masked as is to be predicted, no special token, and no
 * word in part.  Tokens of a span share their fate; those of an n-gram do not. */
#include "src/data/mask.h"

#include <math.h>
#include <string.h>

#include "src/core/config.h"
#include "tests/tap.h"

enum { CLS = 2, SEP = 3, MASK = 4, V = 5000, LONGEST = 512 };

static int32_t ids[LONGEST], positions[LONGEST], labels[LONGEST], original[LONGEST];
static bool continues[V]; /* ids from GOES_ON on */
enum { WORD = 100, GOES_ON = 2500 };

/* What an example is made of. */
struct form {
    const char *name;
    int32_t length;
    int segments;  /* each is closed by a [SEP] */
    int pieces;    /* words are of 1 … pieces pieces; 0: each segment is one word */
    bool isolated; /* each segment opens with a [CLS] */
};

static struct mask_rules rules_of(const struct mask_kind *kind, double prob) {
    for (int32_t i = GOES_ON; i < V; i++)
        continues[i] = true;
    return (struct mask_rules){.kind = kind,
                               .prob = prob,
                               .replace = .8,
                               .random = .1,
                               .continues = continues,
                               .cls = CLS,
                               .sep = SEP,
                               .mask = MASK,
                               .V = V};
}

static bool is_special(int32_t id) { return id == CLS || id == SEP; }

/* No two ids of text are the same. */
static struct example make_example(const struct form *shape, struct rng *rng) {
    int32_t left = 0, text = (shape->length - 1) / shape->segments;
    for (int32_t i = 0; i < shape->length; i++) {
        bool last = i == shape->length - 1 || (i > 0 && i % text == 0 && text > 1);
        bool opens = i == 0 || (shape->isolated && original[i - 1] == SEP && !last);
        ids[i] = opens ? CLS : last ? SEP : left > 0 ? GOES_ON + i : WORD + i;
        original[i] = ids[i];
        left = is_special(ids[i])   ? 0
               : shape->pieces == 0 ? 1
               : left > 0           ? left - 1
                                    : (int32_t)rng_below(rng, (uint64_t)shape->pieces);
    }
    return (struct example){.length = shape->length,
                            .split = shape->length,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
}

static int32_t word_end(int32_t first, int32_t length) {
    int32_t end = first + 1;
    while (end < length && continues[original[end]])
        end++;
    return end;
}

/* ---- the law of a single one ---- */

static void is_share(double count, double n, double p, const char *what) {
    double far = fabs(count - n * p), sigma = sqrt(n * p * (1 - p));
    ok(far <= 3 * sigma, "  %s: %.5f of %.0f for %.5f", what, count / n, n, p);
}

/* How often each length was taken from token 1 of a segment of `words` words, of which
 * `left` may be. */
static void draw(const struct mask_kind *kind, int32_t words, int32_t left, int n,
                 int counts[11]) {
    const struct mask_rules rules = rules_of(kind, .15);
    const struct form shape = {"", words + 2, 1, 1, false};
    memset(counts, 0, 11 * sizeof *counts);
    for (int i = 0; i < n; i++) {
        struct rng rng;
        rng_init(&rng, 1, RNG_MASK, (uint32_t)words, (uint64_t)i);
        struct example e = make_example(&shape, &rng);
        struct masking masking = {&rules, &e, left};
        memset(labels, 0, sizeof labels);
        kind->take(&masking, 1, &rng);
        counts[left - masking.left]++;
    }
}

static void test_laws(void) {
    enum { N = 100000 };
    static const double grams[3][3] = {
        {1, 0, 0}, {2 / 3., 1 / 3., 0}, {6 / 11., 3 / 11., 2 / 11.}};
    int counts[11];
    double all = 1 - pow(.8, 10), mean = 0;
    draw(&mask_span, 40, 100, N, counts);
    for (int length = 1; length <= 10; length++) {
        is_share(counts[length], N, .2 * pow(.8, length - 1) / all, "span lengths");
        mean += (double)counts[length] / N * length;
    }
    ok(fabs(mean - 3.797) < .03, "%.3f words on average", mean);
    draw(&mask_span, 3, 100, N, counts);
    is_share(counts[3], N, 1 - (.2 + .16) / all, "cut short by the [SEP]");
    draw(&mask_span, 40, 2, N, counts);
    is_share(counts[2], N, 1 - .2 / all, "and by what is to be predicted");
    for (int32_t words = 1; words <= 3; words++) {
        draw(&mask_ngram, words, 100, N, counts);
        for (int n = 1; n <= words; n++)
            is_share(counts[n], N, grams[words - 1][n - 1], "n-grams");
    }
    draw(&mask_ngram, 3, 2, N, counts);
    is_share(counts[2], N, 5 / 11., "a trigram that does not fit is a bigram");
}

/* ---- the published procedures, plainly ---- */

/* SpanBERT's: lengths and anchors until there are `left`; no word is cut, so a span
 * ends before one that does not fit, and there may be none that does. */
static void simulate_span(int32_t length, int32_t left, bool *taken, struct rng *rng) {
    for (int tries = 0; left > 0 && tries < 10000; tries++) {
        int words = 0;
        while (words == 0 || words > 10)
            for (words = 1; rng_uniform(rng) >= .2;)
                words++;
        int32_t at = (int32_t)rng_below(rng, (uint64_t)length);
        if (is_special(original[at]) || taken[at])
            continue;
        while (continues[original[at]])
            at--;
        for (int32_t end; words > 0 && !is_special(original[at]); words--, at = end) {
            end = word_end(at, length);
            if (!taken[at] && end - at > left)
                break;
            for (int32_t i = at; i < end; i++) {
                left -= !taken[i];
                taken[i] = true;
            }
        }
    }
}

/* ALBERT's: all n-grams of a place at once, the places shuffled. */
static void simulate_ngram(int32_t length, int32_t left, bool *taken, struct rng *rng) {
    uint32_t order[LONGEST];
    static const double chances[] = {1, 1 / 2., 1 / 3.};
    rng_permutation(rng, order, (uint32_t)length);
    for (int32_t u = 0; u < length && left > 0; u++) {
        int32_t at = (int32_t)order[u], ends[3], end = at;
        double sum = 0;
        int most = 0, n = 1;
        if (is_special(original[at]) || continues[original[at]])
            continue;
        for (; most < 3 && !is_special(original[end]); most++) {
            end = ends[most] = word_end(end, length);
            sum += chances[most];
        }
        for (double r = rng_uniform(rng) * sum; n < most && r >= chances[n - 1]; n++)
            r -= chances[n - 1];
        while (n > 1 && ends[n - 1] - at > left)
            n--;
        bool covered = ends[n - 1] - at > left;
        for (int32_t i = at; i < ends[n - 1]; i++)
            covered = covered || taken[i];
        for (int32_t i = at; i < ends[n - 1] && !covered; i++, left--)
            taken[i] = true;
    }
}

enum { RUNS = 16 };

/* How many stretches of each length are marked; longer ones in the last. */
static void count_runs(const bool *taken, int32_t length, int counts[RUNS]) {
    memset(counts, 0, RUNS * sizeof *counts);
    for (int32_t i = 0, run = 0; i < length; i++) {
        run = taken[i] ? run + 1 : 0;
        if (run > 0 && !taken[i + 1])
            counts[run < RUNS ? run - 1 : RUNS - 1]++;
    }
}

struct moments {
    double sum, squares;
};

static void add_runs(struct moments *moments, const bool *taken, int32_t length) {
    int counts[RUNS];
    count_runs(taken, length, counts);
    for (int k = 0; k < RUNS; k++) {
        moments[k].sum += counts[k];
        moments[k].squares += (double)counts[k] * counts[k];
    }
}

static double error_of(struct moments m, double n) {
    double mean = m.sum / n;
    return (m.squares / n - mean * mean) / n;
}

typedef void simulate_fn(int32_t length, int32_t left, bool *taken, struct rng *rng);

/* All lengths together: the squares of what they are off by, each over its variance,
 * sum up to their number, give or take. */
static void test_examples(const struct mask_kind *kind, simulate_fn *simulate,
                          const struct form *shape, double prob) {
    enum { N = 6000 };
    const struct mask_rules rules = rules_of(kind, prob);
    struct moments got[RUNS] = {{0}}, want[RUNS] = {{0}};
    double bins = 0, sum = 0;
    for (uint64_t n = 0; n < N; n++) {
        bool taken[LONGEST + 1] = {false}, other[LONGEST + 1] = {false};
        struct rng rng;
        rng_init(&rng, 2, RNG_MASK, 1, n);
        struct example e = make_example(shape, &rng);
        int32_t candidates = 0;
        for (int32_t i = 0; i < e.length; i++)
            candidates += !is_special(original[i]);
        struct rng same = rng;
        int32_t count = mask_count(e.length, candidates, prob, &same);
        mask_example(&e, &rules, &rng);
        for (int32_t i = 0; i < e.masked; i++)
            taken[positions[i]] = true;
        rng_init(&rng, 3, RNG_TEST, 1, n);
        simulate(e.length, count, other, &rng);
        add_runs(got, taken, e.length);
        add_runs(want, other, e.length);
    }
    for (int k = 0; k < RUNS; k++) {
        double far = (got[k].sum - want[k].sum) / N;
        double variance = error_of(got[k], N) + error_of(want[k], N);
        bins += variance > 0;
        sum += variance > 0 ? far * far / variance : 0;
    }
    ok(fabs(sum - bins) < 3 * sqrt(2 * bins),
       "%s, %s at %g: stretches as the published procedure has them (%.1f for %.0f)",
       kind->name, shape->name, prob, sum, bins);
}

/* ---- every example ---- */

/* Words masked in part, and free ones that would have fitted. */
static int check_words(const bool *taken, int32_t length, int32_t left) {
    int faults = 0;
    for (int32_t first = 0, end; first < length; first = end) {
        end = word_end(first, length);
        for (int32_t i = first + 1; i < end; i++)
            faults += taken[i] != taken[first];
        faults += !is_special(original[first]) && !taken[first] && end - first <= left;
    }
    return faults;
}

static int check_example(const struct example *e, double prob, struct rng rng) {
    bool taken[LONGEST + 1] = {false};
    int faults = 0, candidates = 0;
    int32_t shortest = LONGEST;
    for (int32_t i = 0; i < e->masked; i++) {
        taken[positions[i]] = true;
        faults += is_special(original[positions[i]]);
        faults += i > 0 && positions[i] <= positions[i - 1];
        faults += labels[i] != original[positions[i]];
        ids[positions[i]] = labels[i];
    }
    for (int32_t i = 0; i < e->length; i++) {
        if (is_special(original[i]))
            continue;
        candidates++;
        if (!continues[original[i]] && word_end(i, e->length) - i < shortest)
            shortest = word_end(i, e->length) - i;
    }
    int32_t count = mask_count(e->length, candidates, prob, &rng);
    if (candidates > 0 && shortest > count) /* all are too long: one is taken */
        faults += e->masked != shortest;
    else
        faults += e->masked > count || check_words(taken, e->length, count - e->masked);
    return faults + (memcmp(ids, original, (size_t)e->length * sizeof *ids) != 0);
}

static int find_faults(const struct mask_kind *kind, const struct form *form) {
    static const double probs[] = {.05, .15, .3, .8};
    int faults = 0;
    for (uint64_t n = 0; n < 400; n++) {
        const struct mask_rules rules = rules_of(kind, probs[n % 4]);
        struct rng rng;
        rng_init(&rng, 4, RNG_MASK, (uint32_t)form->length, n);
        struct example e = make_example(form, &rng);
        struct rng before = rng;
        mask_example(&e, &rules, &rng);
        faults += check_example(&e, rules.prob, before);
    }
    return faults;
}

static void test_places(void) {
    static const struct form shapes[] = {
        {"words of one piece", 128, 1, 1, false},
        {"words of many pieces", 128, 1, 5, false},
        {"a pair", 100, 2, 3, false},
        {"isolated documents", 200, 7, 3, true},
        {"documents of a word or two", 60, 15, 1, true},
        {"nothing but special tokens", 2, 1, 1, false},
        {"one token", 3, 1, 1, false},
        {"two tokens", 4, 1, 1, false},
        {"three tokens", 5, 1, 2, false},
        {"one word of many pieces", 60, 1, 0, false},
        {"two words of many pieces", 61, 2, 0, false},
        {"the longest", 512, 1, 2, false},
    };
    static const struct mask_kind *const kinds[] = {&mask_tokens, &mask_words,
                                                    &mask_span, &mask_ngram};
    for (size_t k = 0; k < 4; k++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            if (kinds[k]->words || shapes[s].pieces == 1)
                is_int(find_faults(kinds[k], &shapes[s]), 0,
                       "%s, %s: whole words, as many as fit, nothing else",
                       kinds[k]->name, shapes[s].name);
}

/* ---- what becomes of them ---- */

/* Stretches of two tokens: shares of those that are all [MASK] and that all stay, and
 * of the others' tokens the share that is one of these. */
static void test_fates(const struct mask_kind *kind, double masks, double stay,
                       double share) {
    const struct mask_rules rules = rules_of(kind, .3);
    const struct form shape = {"", 128, 1, 1, false};
    double all = 0, hidden = 0, kept = 0, others = 0, mixed = 0;
    for (uint64_t n = 0; n < 5000; n++) {
        struct rng rng;
        rng_init(&rng, 5, RNG_MASK, 0, n);
        struct example e = make_example(&shape, &rng);
        mask_example(&e, &rules, &rng);
        for (int32_t m = 0, end; m < e.masked; m = end) {
            int as_mask = 0, same = 0;
            for (end = m; end < e.masked && positions[end] == positions[m] + end - m;
                 end++) {
                as_mask += ids[positions[end]] == MASK;
                same += ids[positions[end]] == labels[end];
            }
            if (end - m != 2)
                continue;
            all++;
            hidden += as_mask == 2;
            kept += same == 2;
            if (as_mask < 2 && same < 2)
                others += 2, mixed += as_mask + same;
        }
    }
    diag("%s: stretches of two tokens", kind->name);
    is_share(hidden, all, masks, "all [MASK]");
    is_share(kept, all, stay, "all stay");
    ok(fabs(mixed / others - share) < .02, "  of the others %.3f are not random",
       mixed / others);
}

/* Every word that the options take is a kind. */
static void test_names(void) {
    static const char *const keys[] = {"data.mask_kind", "evaluation.mask_kind"};
    for (int k = 0; k < 2; k++) {
        struct slice rest = slice_of(options_find(keys[k])->low), word;
        int known = 0, words = 0;
        for (; slice_field(&rest, '|', &word); words++) {
            char name[32] = "";
            memcpy(name, word.data, word.size);
            const struct mask_kind *kind = mask_kind_find(name);
            known += kind && strcmp(kind->name, name) == 0;
        }
        ok(known == words && words >= 4, "%s: %d kinds", keys[k], words);
    }
    ok(mask_kind_find("spans") == NULL, "another word is none");
}

int main(void) {
    static const struct form single = {"words of one piece", 128, 1, 1, false};
    static const struct form pieces = {"words of pieces", 128, 1, 3, false};
    static const struct form pair = {"a pair", 100, 2, 2, false};
    static const double probs[] = {.15, .4};
    test_laws();
    for (size_t p = 0; p < 2; p++) {
        test_examples(&mask_span, simulate_span, &single, probs[p]);
        test_examples(&mask_span, simulate_span, &pieces, probs[p]);
        test_examples(&mask_span, simulate_span, &pair, probs[p]);
        test_examples(&mask_ngram, simulate_ngram, &single, probs[p]);
        test_examples(&mask_ngram, simulate_ngram, &pieces, probs[p]);
        test_examples(&mask_ngram, simulate_ngram, &pair, probs[p]);
    }
    test_names();
    test_places();
    test_fates(&mask_span, .8, .1, 0);
    /* Token by token: .35 are neither; .16 have a [MASK] and one that stayed, .16 and
     * .02 have one of these and a random one, .01 two random ones. */
    test_fates(&mask_ngram, .64, .01, (.16 * 2 + .16 + .02) / (.35 * 2));
    return tap_done();
}
