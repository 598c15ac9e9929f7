/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: where the system does not permit a processor's AMX, which a filter of system
 * calls makes happen here, bf16 is not called fast, though there may be AVX512_BF16,
 * whose tiles then take AMX's place where bf16 is asked for. */
#include "src/kernels/precision.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/tap.h"

/* From now on the system refuses what AMX is asked for by. */
static bool forbid(void) {
#ifdef SYS_arch_prctl
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_arch_prctl, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
#else
    return false;
#endif
}

int main(void) {
    struct err err = {0};
    bool there = tile_amx() != NULL;
    ok(!there || precision_is_fast(), "AMX is fast");
    ok(!there || !tile_amx_is_forbidden(), "and permitted");
    if (!there) {
        skip("there is no AMX here", 5);
        return tap_done();
    }
    if (!forbid()) {
        skip("system calls may not be filtered here", 5);
        return tap_done();
    }
    ok(tile_amx_is_forbidden(), "AMX is forbidden");
    ok(tile_amx() == NULL, "  and not used");
    ok(!precision_is_fast(), "  bf16 is not fast");
    is_int(precision_start(false, &err), tile_pairs_dot() ? 0 : -1,
           "  where it is asked for there may be another");
    ok(precision_tiles() == tile_pairs_dot(), "  of AVX512_BF16");
    return tap_done();
}
