/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS, and the care it needs: it chooses its kernels for the processor when it is
 * loaded, and a version older than the processor takes very old ones. */
#include "src/kernels/openblas.h"

#include <cblas.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/base/log.h"

static int as_int(int64_t n) {
    CHECK(n >= 0 && n <= INT_MAX);
    return (int)n;
}

void openblas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                   const float *a, int64_t lda, const float *b, int64_t ldb, bool add,
                   float *c, int64_t ldc) {
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, as_int(m), as_int(n),
                as_int(k), 1, a, as_int(lda), b, as_int(ldb), add ? 1 : 0, c,
                as_int(ldc));
}

const char *openblas_describe(void) {
    static const char *const parallel[] = {"serial", "pthreads", "OpenMP"};
    static char text[128];
    char version[32] = "";
    sscanf(openblas_get_config(), "OpenBLAS %31s", version);
    snprintf(text, sizeof text, "OpenBLAS %s %s, %s", version, openblas_get_corename(),
             parallel[openblas_get_parallel()]);
    return text;
}

int openblas_own_threads(void) {
    return openblas_get_parallel() == OPENBLAS_THREAD ? openblas_get_num_threads() : 1;
}

#if defined(__x86_64__)
/* OpenBLAS's names for its kernels of this century, and what they are made of.  A name
 * that is not here (Prescott, Nehalem, …) is of before AVX2. */
static enum isa core_isa(const char *core) {
    static const struct {
        const char *name;
        enum isa isa;
    } cores[] = {
        {"Haswell", ISA_AVX2},          {"Zen", ISA_AVX2},
        {"SkylakeX", ISA_AVX512},       {"Cooperlake", ISA_AVX512},
        {"Sapphirerapids", ISA_AVX512},
    };
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
        if (strcasecmp(core, cores[i].name) == 0)
            return cores[i].isa;
    return ISA_BASELINE;
}

/* AMD's family 25, Zen 3 and 4: cpuid's leaf 0 is the vendor, leaf 1 has the family. */
static bool on_zen4(void) {
    unsigned eax, vendor[3] = {0}, rest[3];
    if (!__get_cpuid(0, &eax, &vendor[0], &vendor[2], &vendor[1]) ||
        memcmp(vendor, "AuthenticAMD", sizeof vendor) != 0 ||
        !__get_cpuid(1, &eax, &rest[0], &rest[1], &rest[2]))
        return false;
    return (eax >> 8 & 0xF) + (eax >> 20 & 0xFF) == 25;
}

/* Zen 4 executes AVX-512 in two halves, and OpenBLAS's AVX2 kernels are the faster
 * there: for BERT's shapes 91-108 GFLOP/s of 117 against 79-99 with SkylakeX. */
static enum isa best_isa(void) {
    return dispatch_isa() == ISA_AVX512 && on_zen4() ? ISA_AVX2 : dispatch_isa();
}

/* By its own path, so that `ps` and `top` show its name and not that of the link, which
 * serves where the path does not (the file was replaced). */
static void start_again(char **argv) {
    static const char link[] = "/proc/self/exe";
    char path[PATH_MAX];
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n > 0) {
        path[n] = '\0';
        execv(path, argv);
    }
    execv(link, argv);
}

void openblas_choose_core(char **argv) {
    enum isa best = best_isa();
    if (getenv("OPENBLAS_CORETYPE") || best == ISA_BASELINE ||
        !strstr(openblas_get_config(), "DYNAMIC_ARCH") ||
        core_isa(openblas_get_corename()) == best)
        return;
    /* The variable is also the guard: the program started again finds it set. */
    setenv("OPENBLAS_CORETYPE", best == ISA_AVX512 ? "SkylakeX" : "Haswell", 1);
    start_again(argv);
    log_warn("cannot start again with faster matrix kernels; to have them, set "
             "OPENBLAS_CORETYPE=%s",
             getenv("OPENBLAS_CORETYPE"));
}
#else
void openblas_choose_core(char **argv) { (void)argv; }
#endif
