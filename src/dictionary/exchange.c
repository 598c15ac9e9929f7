/* SPDX-License-Identifier: Apache-2.0 */
/* Codes go round as they are, sparse: a few dozen numbers a row.  The sums over them,
 * which every rank then makes in the same order, would be some megabytes, and their
 * bits would tell how many ranks there are. */
#include "src/dictionary/exchange.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/str.h"

struct number {
    int32_t atom; /* or -1: the row ends */
    float value;
};

static void print_codes(const struct codes *codes, struct str *bytes) {
    const struct number end = {-1, 0};
    for (int64_t row = 0; row < codes->rows; row++) {
        for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++) {
            const struct number number = {codes->atoms[j], codes->values[j]};
            str_append(bytes, &number, sizeof number);
        }
        str_append(bytes, &end, sizeof end);
    }
}

static void parse_codes(const char *bytes, size_t size, struct codes *codes) {
    struct number number;
    codes_clear(codes);
    for (size_t at = 0; at < size; at += sizeof number) {
        memcpy(&number, bytes + at, sizeof number);
        if (number.atom < 0)
            codes_end_row(codes);
        else
            codes_put(codes, number.atom, number.value);
    }
}

void exchange_codes(struct comm *comm, const struct codes *own, struct codes *all) {
    struct str mine = {0};
    print_codes(own, &mine);
    uint64_t size = mine.size;
    comm_sum_u64(comm, &size, 1);
    char *bytes = comm_gather(comm, mine.data, mine.size, NULL, 0);
    if (bytes == NULL)
        bytes = mem_alloc((size_t)size, 1);
    comm_broadcast(comm, bytes, (size_t)size, 0);
    parse_codes(bytes, (size_t)size, all);
    mem_free(bytes);
    str_fini(&mine);
}
