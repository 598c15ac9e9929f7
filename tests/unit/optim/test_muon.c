/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: three steps on a wide matrix, a tall one and a bias must give the numbers of
 * torch.optim.Muon and AdamW in double precision (tests/interop/muon.py has the same
 * inputs); a larger matrix comes out orthogonal, with the same bits for any number of
 * threads; without a gradient nothing but decay moves it. */
#include "src/optim/muon.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/near.h"
#include "tests/tap.h"

enum { MATRICES = 30, OTHERS = 4, WEIGHTS = MATRICES + OTHERS, STEPS = 3 };

static const double rates[STEPS] = {0.01, 0.02, 0.005};
static const double want[STEPS][WEIGHTS] = {
    {0.839076675,  0.909398277, 0.143623279, -0.754198304, -0.958613478, -0.281722365,
     0.654488135,  0.988965281, 0.414192306, -0.541387187, -0.998904688, -0.538091235,
     0.417440802,  0.989179722, 0.651471346, -0.286386633, -0.961175202, -0.752263725,
     0.148489774,  0.912081252, 0.837109380, -0.007620901, -0.844731948, -0.905200335,
     -0.133400532, 0.760475318, 0.955173663, 0.271751928,  -0.660997759, -0.986029159,
     -0.414037654, 0.541426709, 1.009911830, 0.539082715},
    {0.837314257,  0.911177816, 0.147308680, -0.751995378, -0.959918392, -0.285257721,
     0.651453380,  0.989221263, 0.417503674, -0.538064886, -0.999147953, -0.541592467,
     0.413900625,  0.988855426, 0.654661082, -0.285187953, -0.962159036, -0.754525535,
     0.146776391,  0.911642327, 0.838348495, -0.005427076, -0.842879083, -0.905391920,
     -0.136030873, 0.757245581, 0.954313901, 0.274766116,  -0.656455768, -0.984135281,
     -0.434055487, 0.524129141, 1.025058211, 0.559104411},
    {0.837314625,  0.911762658, 0.147940291, -0.751897695, -0.960444445, -0.285913112,
     0.651200960,  0.989603889, 0.418169560, -0.537727952, -0.999520141, -0.542320507,
     0.413486086,  0.989135517, 0.655378289, -0.285363511, -0.962619065, -0.754847093,
     0.146683271,  0.911777927, 0.838588139, -0.005067147, -0.842687534, -0.905544861,
     -0.136650410, 0.756730721, 0.954377073, 0.275632856,  -0.655627897, -0.984107425,
     -0.438830230, 0.522546570, 1.029341836, 0.563986284}};

static void test_torch(void) {
    const struct near_limits limits = {.floor = 1e-2, .warn = 1e-5, .pass = 3e-5};
    const struct optim_options options = {0.9, 0.999, 1e-8, 0.1, 0.95};
    struct params_table table = {0};
    params_table_add(&table, "wide", 3, 5, FIRST_ZERO, true);
    params_table_add(&table, "tall", 5, 3, FIRST_ZERO, true);
    params_table_add(&table, "bias", 4, 0, FIRST_ZERO, false);
    table.tensors[0].hidden = table.tensors[1].hidden = true;
    float grads[WEIGHTS], weights[WEIGHTS];
    float momentum[MATRICES] = {0}, m[OTHERS] = {0}, v[OTHERS] = {0};
    float *scratch = mem_alloc(muon_scratch(&table), sizeof *scratch);
    const struct optim_part all = {{0, WEIGHTS},     grads, weights,
                                   {momentum, m, v}, NULL,  scratch};
    for (int i = 0; i < WEIGHTS; i++)
        weights[i] = (float)sin(i + 1);
    for (int t = 0; t < STEPS; t++) {
        const struct optim_step step = {t + 1, rates[t], 0, 0.5f};
        for (int i = 0; i < WEIGHTS; i++)
            grads[i] = (float)cos(i + 1 + 7 * t);
        muon_update(&options, &step, &table, &all);
        near_f32(WEIGHTS, weights, want[t], limits, "step %d", t + 1);
        bool clear = true;
        for (int i = 0; i < WEIGHTS; i++)
            clear = clear && grads[i] == 0;
        ok(clear, "  gradients are cleared");
    }
    mem_free(scratch);
    params_table_fini(&table);
}

enum { ROWS = 192, COLUMNS = 320, SIZE = ROWS * COLUMNS };

/* One step of rate 1 from weights of `value`, without decay. */
static void move_large(float *weights, float value, float gradient, int threads) {
    static float grads[SIZE], momentum[SIZE];
    const struct optim_options options = {0.9, 0.999, 1e-8, 0, 0.95};
    const struct optim_step step = {1, 1, 0, 1};
    struct params_table table = {0};
    params_table_add(&table, "w", ROWS, COLUMNS, FIRST_ZERO, true);
    table.tensors[0].hidden = true;
    float *scratch = mem_alloc(muon_scratch(&table), sizeof *scratch);
    const struct optim_part run = {{0, SIZE},  grads, weights,
                                   {momentum}, NULL,  scratch};
    memset(momentum, 0, sizeof momentum);
    for (int i = 0; i < SIZE; i++) {
        grads[i] = gradient * (float)sin(i * 0.37 + i % 29 * i % 31);
        weights[i] = value;
    }
    omp_set_num_threads(threads);
    muon_update(&options, &step, &table, &run);
    mem_free(scratch);
    params_table_fini(&table);
}

static void test_orthogonal(void) {
    static float weights[SIZE], other[SIZE];
    move_large(weights, 0, 1e-3f, 1);
    double least = 1e9, most = 0, across = 0, unit = 0.2 * sqrt(COLUMNS);
    for (int i = 0; i < ROWS; i += 7)
        for (int j = i; j < ROWS; j += 7) {
            double dot = 0;
            for (int k = 0; k < COLUMNS; k++)
                dot +=
                    (double)weights[i * COLUMNS + k] * (double)weights[j * COLUMNS + k];
            dot /= unit * unit;
            if (i == j) {
                least = fmin(least, dot);
                most = fmax(most, dot);
            } else
                across = fmax(across, fabs(dot));
        }
    ok(least > 0.4 && most < 1.5 && across < 0.4,
       "rows have squares of %.2f to %.2f, products up to %.2f", least, most, across);
    for (int threads = 2; threads <= 5; threads += 3) {
        move_large(other, 0, 1e-3f, threads);
        ok(memcmp(weights, other, sizeof other) == 0, "%d threads: the same bits",
           threads);
    }
}

static void test_no_gradient(void) {
    static float weights[SIZE];
    move_large(weights, 0.5f, 0, 2);
    bool still = true;
    for (int i = 0; i < SIZE; i++)
        still = still && weights[i] == 0.5f;
    ok(still, "without a gradient it stays");
}

int main(void) {
    test_torch();
    test_orthogonal();
    test_no_gradient();
    return tap_done();
}
