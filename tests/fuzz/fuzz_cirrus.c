/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a shard of the format cirrus. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target_shard("cirrus", data, size);
    return 0;
}
