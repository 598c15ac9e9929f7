/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a safetensors file.  What is taken can be read to its last
 * number, and its tensors lie within the file; what is refused has a code and a
 * message. */
#include "io/convert/safetensors.h"

#include "src/base/mem.h"
#include "tests/fuzz/target.h"

static void require_readable(const struct safetensors *file, size_t size) {
    struct err err;
    for (int i = 0; i < file->count; i++) {
        const struct safetensors_entry *entry = &file->entries[i];
        REQUIRE(entry->begin <= entry->end && entry->end <= size - file->data_start);
        if (!safetensors_is_float(entry))
            continue;
        REQUIRE(entry->count <= size);
        float *numbers = mem_alloc(entry->count, sizeof *numbers);
        REQUIRE(safetensors_read(file, entry, 0, entry->count, numbers, &err) == 0);
        mem_free(numbers);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct safetensors file;
    struct err err = {0};
    if (safetensors_open(&file, target_file(data, size), &err) == 0) {
        require_readable(&file, size);
        safetensors_close(&file);
    } else {
        REQUIRE(err.code == ERR_DATA && err.text[0] != '\0');
    }
    return 0;
}
