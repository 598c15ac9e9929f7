/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: ranks whose kernels differ, as on hosts with processors of two kinds, are
 * found by all ranks alike, before work in which they would have to have the same bits.
 */
#include "src/train/inputs.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "tests/tap.h"

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    int last = comm_size(comm) - 1;
    bool baseline = dispatch_isa() == ISA_BASELINE;
    struct err err = {0};
    tap_quiet(comm_rank(comm) != 0);
    is_int(inputs_agree_kernels(comm, &err), 0, "one kind");
    if (comm_rank(comm) == last)
        dispatch_limit(ISA_BASELINE);
    int rc = inputs_agree_kernels(comm, &err);
    if (last == 0 || baseline) {
        is_int(rc, 0, "one rank has one kind, whichever");
    } else {
        is_int(rc, -1, "another kind");
        is_int(err.code, ERR_CONFIG, "%s", err.text);
        ok(strstr(err.text, "kernels") && strstr(err.text, "of one kind"),
           "  with the cure");
    }
    comm_destroy(comm);
    return tap_done();
}
