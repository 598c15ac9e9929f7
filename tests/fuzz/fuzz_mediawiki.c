/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a shard of the format mediawiki. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target_shard("mediawiki", data, size);
    return 0;
}
