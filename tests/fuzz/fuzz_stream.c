/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a shard, packed or not, in whatever format it seems to
 * have. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target_shard("auto", data, size);
    return 0;
}
