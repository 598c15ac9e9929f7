/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a header: see header.h. */
#include "io/ckpt/header.h"

#include "src/base/mem.h"

void ckpt_header_fini(struct ckpt_header *header) {
    str_fini(&header->config);
    str_fini(&header->vocab);
    str_fini(&header->versions);
    str_fini(&header->ledger);
    mem_free(header->cursors);
    *header = (struct ckpt_header){0};
}
