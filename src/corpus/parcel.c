/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and byte strings on their way: see parcel.h. */
#include "src/corpus/parcel.h"

#include <string.h>

#include "src/base/die.h"

void parcel_put(struct str *parcel, uint64_t number) {
    str_append(parcel, &number, sizeof number);
}

void parcel_put_bytes(struct str *parcel, struct slice bytes) {
    parcel_put(parcel, bytes.size);
    str_append(parcel, bytes.data, bytes.size);
}

void parcel_put_text(struct str *parcel, const char *text) {
    parcel_put_bytes(parcel, (struct slice){text, strlen(text) + 1});
}

void parcel_put_raw(struct str *parcel, const void *bytes, size_t size) {
    str_append(parcel, bytes, size);
}

static const char *take(struct slice *parcel, size_t size) {
    const char *taken = parcel->data;
    CHECK(parcel->size >= size);
    *parcel = (struct slice){taken + size, parcel->size - size};
    return taken;
}

uint64_t parcel_take(struct slice *parcel) {
    uint64_t number;
    memcpy(&number, take(parcel, sizeof number), sizeof number);
    return number;
}

struct slice parcel_take_bytes(struct slice *parcel) {
    size_t size = (size_t)parcel_take(parcel);
    return (struct slice){take(parcel, size), size};
}

const char *parcel_take_text(struct slice *parcel) {
    struct slice text = parcel_take_bytes(parcel);
    CHECK(text.size > 0 && text.data[text.size - 1] == '\0');
    return text.data;
}

void parcel_take_raw(struct slice *parcel, void *bytes, size_t size) {
    memcpy(bytes, take(parcel, size), size);
}
