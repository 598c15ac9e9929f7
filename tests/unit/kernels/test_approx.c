/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the approximations are held against libm in double over their whole range,
 * with the bounds that approx.h promises; the ends of the range, infinities and
 * NaN are rows. */
#include "src/kernels/approx.h"

#include <math.h>

#include "tests/tap.h"

static double normal_tail(double t) { return erfc(t / M_SQRT2) / 2 * exp(t * t / 2); }
static float exp_of(float x) { return approx_exp(x); }
static float sigmoid_of(float x) { return approx_sigmoid(x); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static float log_of(float x) { return approx_log(x); }
static float tail_of(float x) { return approx_tail(x); }
static float tanh_of(float x) { return approx_tanh(x); }

/* Worst relative error over `steps` points of [low, high] */
static double worst_error(float (*got)(float), double (*want)(double), double low,
                          double high, int steps) {
    double worst = 0;
    for (int i = 0; i <= steps; i++) {
        float x = (float)(low + (high - low) * i / steps);
        double truth = want((double)x), error = fabs((double)got(x) - truth);
        if (truth != 0)
            error /= fabs(truth);
        worst = fmax(worst, error);
    }
    return worst;
}

static const struct {
    const char *name;
    float (*got)(float);
    double (*want)(double);
    double low, high, pass;
} ranges[] = {
    {"exp", exp_of, exp, -64, 0, 1.2e-7},
    {"exp near 0", exp_of, exp, -1, 0, 1.2e-7},
    {"log", log_of, log, 1e-6, 1, 1.5e-7},
    {"log near 1", log_of, log, 0.7, 1.4, 1.5e-7},
    {"log of tiny", log_of, log, 0x1p-26, 0x1p-20, 1.5e-7},
    {"log of large", log_of, log, 1, 1e6, 1.5e-7},
    {"sigmoid", sigmoid_of, sigmoid, -64, 64, 4e-7},
    {"sigmoid near 0", sigmoid_of, sigmoid, -2, 2, 3e-7},
    {"tail", tail_of, normal_tail, 0, 13, 4e-6},
    {"tail to 2", tail_of, normal_tail, 0, 2, 4e-7},
    {"tail to 1", tail_of, normal_tail, 0, 1, 2e-7},
    {"tanh", tanh_of, tanh, -12, 12, 2e-7},
    {"tanh near 0", tanh_of, tanh, -0.7, 0.7, 2e-7},
    {"tanh of tiny", tanh_of, tanh, -1e-30, 1e-30, 1.2e-7},
};

static const struct {
    const char *name;
    float (*got)(float);
    float x, want;
} ends[] = {
    {"exp(0)", exp_of, 0, 1},
    {"exp(-0)", exp_of, -0.0f, 1},
    {"exp of a denormal", exp_of, -1e-42f, 1},
    {"exp(NaN)", exp_of, NAN, NAN},
    {"exp(-64.01)", exp_of, -64.01f, 0},
    {"exp(-1e30)", exp_of, -1e30f, 0},
    {"exp(-inf)", exp_of, -INFINITY, 0},
    {"log(1)", log_of, 1, 0},
    {"sigmoid(0)", sigmoid_of, 0, 0.5f},
    {"sigmoid(-inf)", sigmoid_of, -INFINITY, 0},
    {"sigmoid(inf)", sigmoid_of, INFINITY, 1},
    {"sigmoid(NaN)", sigmoid_of, NAN, NAN},
    {"tail(NaN)", tail_of, NAN, NAN},
    {"tail(0)", tail_of, 0, 0.5f},
    {"tail(inf)", tail_of, INFINITY, NAN},
    {"tanh(0)", tanh_of, 0, 0},
    {"tanh(inf)", tanh_of, INFINITY, 1},
    {"tanh(-inf)", tanh_of, -INFINITY, -1},
    {"tanh(1e30)", tanh_of, 1e30f, 1},
    {"tanh(NaN)", tanh_of, NAN, NAN},
};

/* Spread evenly in logarithms, from both ends. */
static void test_exponential(void) {
    double worst = 0;
    for (int i = 0; i < 1000000; i++) {
        uint32_t small = (uint32_t)pow(2, 32 * (i + 0.5) / 1e6);
        for (int k = 0; k < 2; k++) {
            uint32_t bits = k ? UINT32_MAX - small : small;
            double w = ((double)(bits / 2) + 0.5) * 0x1p-31, truth = -log1p(-w);
            worst = fmax(worst, fabs((double)approx_exponential(bits) - truth) / truth);
        }
    }
    ok(worst < 3e-7, "exponential: error %.3g", worst);
    ok(approx_exponential(UINT32_MAX) > 22 && approx_exponential(0) > 0,
       "exponential: %g to %g", (double)approx_exponential(0),
       (double)approx_exponential(UINT32_MAX));
}

int main(void) {
    test_exponential();
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        double worst = worst_error(ranges[i].got, ranges[i].want, ranges[i].low,
                                   ranges[i].high, 1000000);
        ok(worst < ranges[i].pass, "%s: error %.3g < %.3g", ranges[i].name, worst,
           ranges[i].pass);
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        float got = ends[i].got(ends[i].x);
        ok(got == ends[i].want || (isnan(got) && isnan(ends[i].want)), "%s is %g",
           ends[i].name, (double)ends[i].want);
    }
    return tap_done();
}
