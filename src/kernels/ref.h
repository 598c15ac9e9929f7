/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel once more, in double precision and as the plainest loops that say what
 * it means.  No threads, no tricks: what the fast kernels and the model's gradients are
 * tested against.  ref_x has the contract of x, with double for float. */
#ifndef MPIBERT_KERNELS_REF_H
#define MPIBERT_KERNELS_REF_H

#include <stdint.h>

#include "src/kernels/dropout.h"
#include "src/kernels/gemm.h"

/* gemm.h */
void ref_gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k,
              double alpha, const double *a, int64_t lda, const double *b, int64_t ldb,
              double beta, double *c, int64_t ldc);

/* gelu.h */
void ref_gelu_forward(int64_t rows, int64_t n, double *x, const double *bias, double *y,
                      int tanh);
void ref_gelu_backward(int64_t rows, int64_t n, const double *x, const double *dy,
                       double *dx, int tanh);

/* layernorm.h */
void ref_layernorm_forward(int64_t rows, int64_t n, double *x, const double *gamma,
                           const double *beta, double eps, double *y, double *rstd);
void ref_layernorm_backward(int64_t rows, int64_t n, const double *xhat,
                            const double *gamma, const double *rstd, const double *dy,
                            double *dx, double *dgamma, double *dbeta);

/* softmax.h */
void ref_softmax_forward(int64_t rows, int64_t n, int64_t ld, double scale, double *x);
void ref_softmax_backward(int64_t rows, int64_t n, int64_t ld, double scale,
                          const double *p, const double *dp, double *dx);

/* dropout.h */
void ref_dropout_forward(int64_t rows, int64_t n, int64_t ld,
                         const struct dropout_key *key, uint32_t first_row,
                         uint32_t threshold, double *x, uint8_t *keep);
void ref_dropout_backward(int64_t rows, int64_t n, int64_t ld, uint32_t threshold,
                          const uint8_t *keep, const double *dy, double *dx);

/* embedding.h */
void ref_embedding_forward(int64_t T, int64_t n, const int32_t *ids,
                           const int32_t *positions, const int32_t *segments,
                           const double *word, const double *position,
                           const double *segment, double *y);
void ref_embedding_backward(int64_t T, int64_t n, const int32_t *index,
                            const double *dy, double *dtable);
void ref_rows_gather(int64_t m, int64_t n, const int32_t *rows, const double *x,
                     double *y);
void ref_rows_scatter_add(int64_t m, int64_t n, const int32_t *rows, const double *y,
                          double *x);

/* xent.h */
void ref_xent_forward_backward(int64_t rows, int64_t n, int64_t ld, double *logits,
                               const double *bias, const int32_t *labels, double scale,
                               double *loss, int64_t *correct);

/* soft.h: of all classes where at is NULL, and then count is n. */
double ref_soft_row(int64_t count, const int32_t *at, const double *theirs,
                    double temperature, int64_t n, double scale, double *x);

/* decoder.h */
void ref_decoder_loss(int64_t rows, int64_t H, int64_t V, const double *x,
                      const double *weight, const double *bias, const int32_t *labels,
                      double scale, double *dx, double *dweight, double *dbias,
                      double *loss, int64_t *correct);

/* vec.h */
void ref_vec_add_bias(int64_t rows, int64_t n, double *x, const double *bias);
void ref_vec_sum_rows(int64_t rows, int64_t n, const double *dy, double *dbias);
void ref_vec_add(int64_t n, const double *x, double *y);
void ref_vec_tanh(int64_t n, const double *x, double *y);
void ref_vec_tanh_backward(int64_t n, const double *y, const double *dy, double *dx);
double ref_vec_sum_squares(int64_t n, const double *x);

#endif
