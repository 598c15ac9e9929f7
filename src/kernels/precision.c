/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of tiles of bf16: see precision.h.  A kernel that nobody could run where
 * it was written proves itself where it is to run: on a few products of all forms, with
 * edges, beside plain loops in double precision over the same rounded numbers. */
#include "src/kernels/precision.h"

#include <math.h>
#include <stddef.h>

#include "src/base/bf16.h"
#include "src/base/log.h"
#include "src/kernels/gemm.h"
#include "src/kernels/ref.h"

enum { ROWS = 45, WIDTH = 39, DEPTH = 67, MOST = 72 * 72 };

/* Sums in single precision are within 1e-6 of the truth; rounding another way than to
 * nearest even shows as 1e-3, a pair in the wrong order as 1. */
static const double LIMIT = 1e-5;

static const struct tile_set *chosen;

struct precision_choice precision_choices(bool emulate) {
    return (struct precision_choice){
        {tile_amx(), tile_pairs_dot(), emulate ? tile_pairs_plain() : NULL}};
}

/* Processors that have AMX begin a VDPBF16PS in every second cycle only: half as many
 * products as by multiplications in single precision. */
bool precision_is_fast(void) {
    return tile_amx() || (tile_pairs_dot() && !tile_amx_is_forbidden());
}

const struct tile_set *precision_tiles(void) { return chosen; }

const char *precision_describe(void) { return chosen ? chosen->name : NULL; }

/* Numbers of about one, by a rule, and what rounding makes of them. */
static void fill(int tag, float *x, double *rounded) {
    uint16_t half;
    float back;
    for (int i = 0; i < MOST; i++) {
        x[i] = (float)sin(1.7 * (i + 1) + 0.61 * tag * tag) * 1.9f;
        bf16_narrow(1, &x[i], &half);
        bf16_widen(1, &half, &back);
        rounded[i] = (double)back;
    }
}

/* The largest error of a product; infinite for a NaN. */
static double error_of(enum gemm_op op_a, enum gemm_op op_b, bool packed) {
    float a[MOST], b[MOST], c[MOST], panels[MOST * 2];
    double wa[MOST], wb[MOST], wc[MOST], most = 0;
    int64_t lda = op_a == GEMM_N ? DEPTH : ROWS, ldb = op_b == GEMM_N ? WIDTH : DEPTH;
    struct gemm_packed p = {op_b, DEPTH, WIDTH, matrix_f32(b, ldb), panels};
    fill(1, a, wa);
    fill(2, b, wb);
    fill(3, c, wc);
    for (int i = 0; i < MOST; i++)
        wc[i] = (double)c[i];
    for (int64_t g = 0; packed && g < gemm_pack_groups(&p); g++)
        gemm_pack(&p, g);
    if (packed)
        gemm_rows(ROWS, matrix_f32(a, lda), &p, true, matrix_f32(c, WIDTH));
    else
        gemm(op_a, op_b, ROWS, WIDTH, DEPTH, matrix_f32(a, lda), matrix_f32(b, ldb),
             true, matrix_f32(c, WIDTH));
    ref_gemm(op_a, op_b, ROWS, WIDTH, DEPTH, 1, wa, lda, wb, ldb, 1, wc, WIDTH);
    for (int i = 0; i < MOST; i++) {
        double error = fabs((double)c[i] - wc[i]) / sqrt(DEPTH);
        most = error <= most ? most : isnan(error) ? INFINITY : error;
    }
    return most;
}

static const struct {
    enum gemm_op a, b;
    bool packed;
} forms[] = {{GEMM_N, GEMM_N, false}, {GEMM_N, GEMM_T, false}, {GEMM_T, GEMM_N, false},
             {GEMM_T, GEMM_T, false}, {GEMM_N, GEMM_N, true},  {GEMM_N, GEMM_T, true}};

/* By each thread, on its own core; the largest error. */
static double prove(const struct tile_set *set) {
    double most = 0;
    gemm_use_pairs(set);
    enum gemm_precision outer = gemm_in(GEMM_BF16);
#pragma omp parallel reduction(max : most)
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        double error = error_of(forms[i].a, forms[i].b, forms[i].packed);
        most = error > most ? error : most;
    }
    gemm_in(outer);
    return most;
}

int precision_choose(const struct precision_choice *choices, struct err *err) {
    const struct tile_set *wrong = NULL;
    for (size_t i = 0; i < sizeof choices->sets / sizeof *choices->sets; i++) {
        const struct tile_set *set = choices->sets[i];
        double error = set ? prove(set) : INFINITY;
        if (error <= LIMIT) {
            chosen = set;
            return 0;
        }
        if (set)
            log_warn("THE %s OF THIS PROCESSOR ARE WRONG by %g and are not used: "
                     "please report it; others take their place where there are any",
                     set->name, error);
        wrong = set ? set : wrong;
    }
    chosen = NULL;
    gemm_use_pairs(NULL);
    if (wrong)
        return err_set(err, ERR_INTERNAL,
                       "train.precision: bf16: the %s are wrong here, and there are no "
                       "others; train in fp32, or take this host out",
                       wrong->name);
    return err_set(
        err, ERR_CONFIG,
        "train.precision: bf16: this processor has neither AVX512_BF16 nor "
        "AMX (or the system does not permit it), and in plain C it would be "
        "slower than fp32; train in fp32 (for tests there is train.emulate)");
}

int precision_start(bool emulate, struct err *err) {
    const struct precision_choice choices = precision_choices(emulate);
    if (tile_pairs_dot() && !precision_is_fast())
        log_warn_once("train.precision: bf16: the system does not permit this "
                      "processor's AMX (Linux from 5.16 on does), and without it bf16 "
                      "takes longer here than fp32: train in fp32, or ask for a newer "
                      "system");
    return precision_choose(&choices, err);
}
