/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of two lists of what bits depend on, what differs is told if it matters in the
 * run's mode, with both values; what does not matter, or is missing in one of them (an
 * older checkpoint), is not. */
#include "src/train/fingerprint.h"

#include "tests/tap.h"

int main(void) {
    static const char before[] = "mpibert: 1\nmpi: A\nblas: x\nkernels: "
                                 "AVX2\nprocessor: P (family 1)\nranks: 4\n"
                                 "threads: 2\nprecision: fp32\n";
    static const struct {
        const char *mode, *now, *told;
    } rows[] = {
        {"fast", before, ""},
        {"fast", "ranks: 2\n", "ranks 2, before 4"},
        {"bitwise", "ranks: 2\nthreads: 1\nmpi: B\n", ""},
        {"fast", "threads: 1\nmpi: B\n", ""},
        {"bitwise", "processor: Q: new\nranks: 3\n",
         "processor Q: new, before P (family 1)"},
        {"fast", "kernels: AVX-512\nranks: 1\nprecision: bf16\n",
         "kernels AVX-512, before AVX2; precision bf16, before fp32; ranks 1, before "
         "4"},
        {"fast", "host: h\n", ""},
        {"fast", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct str told = {0};
        config_init(&config);
        config_set(&config, "train.reproducible", rows[i].mode, "test", NULL);
        fingerprint_compare(&config, slice_of(rows[i].now), slice_of(before), &told);
        is_str(told.data ? told.data : "", rows[i].told, "%s: %d", rows[i].mode,
               (int)i);
        str_fini(&told);
        config_fini(&config);
    }
    return tap_done();
}
