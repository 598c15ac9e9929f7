/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the words of random bits are those of the plain generator at their places, on
 * every instruction set, from whichever block and however many; a race is won by the
 * largest of log weight + Gumbel noise as double precision has it, in one block or cut
 * into many; over many races each word wins as often as its weight says, the rare ones
 * too (χ² at 1 in 10,000); what has no weight never wins, nor does NaN. */
#include "src/kernels/race.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"
#include "tests/fill.h"
#include "tests/tap.h"

static const struct philox_row noise = {.counter = {7, 5, 3, 1}, .key = {11, 13}};

static uint32_t plain_word(const struct philox_row *row, uint32_t word) {
    uint32_t counter[4], words[4];
    memcpy(counter, row->counter, sizeof counter);
    counter[0] += word / 4;
    philox4x32(counter, row->key, words);
    return words[word % 4];
}

static void test_words(int isa) {
    static const int64_t counts[] = {1, 3, 4, 31, 32, 33, 64, 100, 384};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (uint32_t first = 0; first < 200; first += 99) {
            uint32_t words[385];
            int64_t n = counts[i], same = 0;
            words[n] = 0xABCD;
            philox_words(&noise, first, n, words);
            for (int64_t j = 0; j < n; j++)
                same += words[j] == plain_word(&noise, 4 * first + (uint32_t)j);
            ok(same == n && words[n] == 0xABCD, "isa %d: %d words from block %d", isa,
               (int)n, (int)first);
        }
}

static double score(const struct philox_row *row, uint32_t word, double weight) {
    double w = ((double)(plain_word(row, word) / 2) + 0.5) * 0x1p-31;
    return log(weight) - log(-log1p(-w));
}

/* Of words first … first+n-1. */
static struct race plain_race(const struct philox_row *row, int64_t n, int64_t first,
                              const float *weights) {
    struct race best = {-INFINITY, 0};
    for (int64_t v = 0; v < n; v++) {
        double s = score(row, (uint32_t)(first + v), (double)weights[v]);
        if (s > (double)best.lead)
            best = (struct race){(float)s, (int32_t)(first + v)};
    }
    return best;
}

static void test_winner(int isa) {
    enum { N = 1000, STRIDE = 3, RACES = 200 };
    float weights[N], apart[N * STRIDE];
    int same = 0, near = 0;
    for (int v = 0; v < N; v++)
        apart[v * STRIDE] = weights[v] = expf(-(float)(v % 37) / 4);
    for (int r = 0; r < RACES; r++) {
        struct philox_row row = noise;
        row.counter[1] = (uint32_t)r;
        struct race want = plain_race(&row, N, 0, weights), got = {-INFINITY, 0};
        for (int64_t first = 0, n; first < N; first += n) {
            n = N - first < 96 + 4 * r ? N - first : 96 + 4 * r;
            n = n < RACE_BLOCK ? n : RACE_BLOCK;
            struct race race =
                race_block(n, first, apart + first * STRIDE, STRIDE, &row);
            got = race.lead > got.lead ? race : got;
        }
        same += got.word == want.word;
        near += fabs((double)got.lead - (double)want.lead) < 1e-5;
    }
    is_int(same, RACES, "isa %d: the winners of %d races, in blocks", isa, RACES);
    is_int(near, RACES, "isa %d: by as much", isa);
}

static void test_frequencies(int isa) {
    enum { N = 8, RACES = 400000 };
    static const float weights[N] = {0.5f, 0.25f, 0, 0.125f, 0.1f, 0.02f, 4e-3f, 1e-3f};
    int64_t wins[N] = {0};
    double chi = 0;
    for (int r = 0; r < RACES; r++) {
        struct philox_row row = {.counter = {0, 0, (uint32_t)r, 0}, .key = {1, 2}};
        wins[race_block(N, 0, weights, 1, &row).word]++;
    }
    for (int v = 0; v < N; v++) {
        double want = RACES * (double)weights[v];
        if (want > 0)
            chi += ((double)wins[v] - want) * ((double)wins[v] - want) / want;
    }
    ok(wins[2] == 0 && chi < 27.9, "isa %d: won by weight (χ² of 6: %.1f)", isa, chi);
}

static void test_odd(int isa) {
    float odd[8] = {NAN, 0, 1e-30f, NAN, 0, 0, 0, 0};
    is_int(race_block(8, 40, odd, 1, &noise).word, 42, "isa %d: NaN never leads", isa);
    odd[2] = NAN;
    for (int v = 4; v < 8; v++)
        odd[v] = NAN;
    odd[1] = NAN;
    is_int(race_block(8, 40, odd, 1, &noise).word, 40, "isa %d: all NaN", isa);
    memset(odd, 0, sizeof odd);
    struct race none = race_block(8, 40, odd, 1, &noise);
    ok(none.word == 40 && none.lead == -INFINITY, "isa %d: no weights", isa);
    is_int(race_block(1, 40, (float[]){1}, 1, &noise).word, 40, "isa %d: alone", isa);
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        test_words(isa);
        test_winner(isa);
        test_frequencies(isa);
        test_odd(isa);
    }
    return tap_done();
}
