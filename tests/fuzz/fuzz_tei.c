/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a shard of the format tei. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target_shard("tei", data, size);
    return 0;
}
