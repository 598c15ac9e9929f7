/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: made-up machines have the cores and domains that they were made of, and
 * nothing is bound there; on the real one a bound thread is on that core and no other.
 */
#include "src/base/topology.h"

#include <sched.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/tap.h"

static const struct {
    const char *machine;
    int cores, domains, last; /* processor of the last core */
} rows[] = {
    {"pu:1", 1, 1, 0},
    {"pu:3", 3, 1, 2}, /* no cores: processors are */
    {"core:4 pu:2", 4, 1, 6},
    {"numa:2 core:4 pu:1", 8, 2, 7},
    {"pack:2 numa:2 core:3 pu:2", 12, 4, 22},
    {"pack:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)", 4, 1, 3},
};

static int count(const uint8_t *cores, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += cores[i];
    return sum;
}

static void test_synthetic(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct topology t;
        setenv("HWLOC_SYNTHETIC", rows[i].machine, 1);
        topology_init(&t);
        uint8_t *cores = mem_alloc((size_t)t.core_count, 1);
        is_int(t.core_count, rows[i].cores, "%s: cores", rows[i].machine);
        is_int(t.domain_count, rows[i].domains, "  domains");
        is_int(t.cores[t.core_count - 1].processor, rows[i].last,
               "  the last one's processor");
        is_int(t.cores[t.core_count - 1].domain, rows[i].domains - 1,
               "  and its domain");
        topology_allowed(&t, cores);
        is_int(count(cores, t.core_count), rows[i].cores, "  all are allowed");
        ok(!topology_bind(&t, 0), "  none can be bound to");
        mem_free(cores);
        topology_fini(&t);
    }
    unsetenv("HWLOC_SYNTHETIC");
}

static void test_here(void) {
    struct topology t;
    cpu_set_t before, after;
    topology_init(&t);
    uint8_t *usable = mem_alloc((size_t)t.core_count, 1);
    uint8_t *allowed = mem_alloc((size_t)t.core_count, 1);
    topology_usable(&t, usable);
    topology_allowed(&t, allowed);
    sched_getaffinity(0, sizeof before, &before);
    ok(count(allowed, t.core_count) > 0 &&
           count(allowed, t.core_count) <= count(usable, t.core_count),
       "this process may use some of the %d cores here", t.core_count);
    for (int c = t.core_count - 1; c >= 0; c--) {
        if (!allowed[c])
            continue;
        ok(topology_bind(&t, c), "bound to core %d", c);
        sched_getaffinity(0, sizeof after, &after);
        CPU_AND(&after, &after, &before);
        ok(CPU_COUNT(&after) > 0 && CPU_COUNT(&after) <= CPU_COUNT(&before),
           "  is within what it was");
        ok(CPU_ISSET(t.cores[c].processor, &after) ||
               !CPU_ISSET(t.cores[c].processor, &before),
           "  and on that core");
        break;
    }
    topology_allowed(&t, usable);
    is_int(count(usable, t.core_count), count(allowed, t.core_count),
           "binding a thread does not change what the process was given");
    mem_free(usable), mem_free(allowed);
    topology_fini(&t);
}

int main(void) {
    test_synthetic();
    test_here();
    return tap_done();
}
