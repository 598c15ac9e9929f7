/* SPDX-License-Identifier: Apache-2.0 */
/* One source, three instruction sets, chosen when the program runs.  A kernel is
 * written once as plain loops; KERNEL() compiles it for AVX-512, for AVX2 and for
 * whatever the compiler was told, and calls the widest that the processor has.  Off x86
 * only the last exists.
 *
 * OpenMP outlines the body of a parallel region into a function that knows nothing of
 * the target: so kernels are serial over a range, and are called from such regions. */
#ifndef MPIBERT_BASE_DISPATCH_H
#define MPIBERT_BASE_DISPATCH_H

enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512 };

/* What kernels run with: the processor's best, or less if limited. */
enum isa dispatch_isa(void);
/* For tests: nothing above `most` from here on.  Not while kernels run. */
void dispatch_limit(enum isa most);

/* For helpers of kernels: only what is inlined is compiled for the kernel's target. */
#define KERNEL_INLINE static inline __attribute__((always_inline))

/* KERNEL(name, (parameters), (arguments)) { body } defines static void
 * name(parameters). */
#if defined(__x86_64__)
#ifdef __clang__
#define DISPATCH_WIDTH(bits)
#else
#define DISPATCH_WIDTH(bits) ",prefer-vector-width=" #bits
#endif
#define DISPATCH_AVX2 __attribute__((target("avx2,fma" DISPATCH_WIDTH(256))))
#define DISPATCH_AVX512                                                                \
    __attribute__((                                                                    \
        target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl" DISPATCH_WIDTH(512))))
#define KERNEL(name, parameters, arguments)                                            \
    KERNEL_INLINE void name##_body parameters;                                         \
    DISPATCH_AVX512 static void name##_avx512 parameters { name##_body arguments; }    \
    DISPATCH_AVX2 static void name##_avx2 parameters { name##_body arguments; }        \
    static void name##_baseline parameters { name##_body arguments; }                  \
    static void name parameters {                                                      \
        switch (dispatch_isa()) {                                                      \
        case ISA_AVX512: name##_avx512 arguments; break;                               \
        case ISA_AVX2: name##_avx2 arguments; break;                                   \
        default: name##_baseline arguments; break;                                     \
        }                                                                              \
    }                                                                                  \
    KERNEL_INLINE void name##_body parameters
#else
#define KERNEL(name, parameters, arguments) static void name parameters
#endif

#endif
