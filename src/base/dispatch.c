/* SPDX-License-Identifier: Apache-2.0 */
/* Which instruction set this processor has: see dispatch.h. */
#include "src/base/dispatch.h"

static enum isa chosen = ISA_BASELINE;

#if defined(__x86_64__)
static enum isa dispatch_detect(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return ISA_BASELINE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return ISA_AVX512;
    return ISA_AVX2;
}
#else
static enum isa dispatch_detect(void) { return ISA_BASELINE; }
#endif

/* Before main, so that no thread ever sees it change. */
__attribute__((constructor)) static void dispatch_start(void) {
    chosen = dispatch_detect();
}

enum isa dispatch_isa(void) { return chosen; }

void dispatch_limit(enum isa most) {
    enum isa best = dispatch_detect();
    chosen = best < most ? best : most;
}
