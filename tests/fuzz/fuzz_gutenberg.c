/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a shard of the format gutenberg. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target_shard("gutenberg", data, size);
    return 0;
}
