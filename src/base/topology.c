/* SPDX-License-Identifier: Apache-2.0 */
/* hwloc's tree as a row of cores: see topology.h. */
#include "src/base/topology.h"

#include <hwloc.h>

#include "src/base/die.h"
#include "src/base/mem.h"

/* Some virtual machines show processors without cores. */
static hwloc_obj_type_t core_type(hwloc_topology_t machine) {
    return hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE
                                                                 : HWLOC_OBJ_PU;
}

static hwloc_obj_t core_object(const struct topology *t, int core) {
    return hwloc_get_obj_by_type(t->machine, core_type(t->machine), (unsigned)core);
}

/* Domains are counted as cores come into a new one: those without cores (memory alone)
 * do not count, and a core's nearest of several is its first. */
static void read_cores(struct topology *t) {
    int last = -1;
    t->domain_count = 0;
    for (int i = 0; i < t->core_count; i++) {
        hwloc_obj_t core = core_object(t, i);
        int node = hwloc_bitmap_first(core->nodeset);
        t->domain_count += node != last || i == 0;
        last = node;
        t->cores[i] =
            (struct topology_core){.processor = hwloc_bitmap_first(core->cpuset),
                                   .domain = t->domain_count - 1};
    }
}

/* Of another machine's topology nothing is known, so all of it is free. */
static void read_bound(struct topology *t) {
    hwloc_const_cpuset_t usable = hwloc_topology_get_allowed_cpuset(t->machine);
    t->bound = hwloc_bitmap_alloc();
    if (hwloc_get_cpubind(t->machine, t->bound, HWLOC_CPUBIND_PROCESS) < 0 ||
        !hwloc_bitmap_intersects(t->bound, usable))
        hwloc_bitmap_copy(t->bound, usable);
    hwloc_bitmap_and(t->bound, t->bound, usable);
}

void topology_init(struct topology *t) {
    hwloc_topology_t machine;
    if (hwloc_topology_init(&machine) < 0 ||
        hwloc_topology_set_flags(machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) < 0 ||
        hwloc_topology_load(machine) < 0)
        die("hwloc cannot read this machine's topology");
    t->machine = machine;
    t->core_count = hwloc_get_nbobjs_by_type(machine, core_type(machine));
    CHECK(t->core_count > 0);
    t->cores = mem_alloc((size_t)t->core_count, sizeof *t->cores);
    read_cores(t);
    read_bound(t);
}

static void mark(const struct topology *t, hwloc_const_cpuset_t set, uint8_t *cores) {
    for (int i = 0; i < t->core_count; i++)
        cores[i] = hwloc_bitmap_intersects(core_object(t, i)->cpuset, set) != 0;
}

void topology_usable(const struct topology *t, uint8_t *usable) {
    mark(t, hwloc_topology_get_allowed_cpuset(t->machine), usable);
}

void topology_allowed(const struct topology *t, uint8_t *allowed) {
    mark(t, t->bound, allowed);
}

/* All processors of the core: which of them is the kernel's choice. */
bool topology_bind(const struct topology *t, int core) {
    CHECK(core >= 0 && core < t->core_count);
    if (!hwloc_topology_is_thissystem(t->machine))
        return false;
    hwloc_cpuset_t set = hwloc_bitmap_dup(core_object(t, core)->cpuset);
    hwloc_bitmap_and(set, set, t->bound);
    int rc = hwloc_set_cpubind(t->machine, set, HWLOC_CPUBIND_THREAD);
    hwloc_bitmap_free(set);
    return rc == 0;
}

void topology_fini(struct topology *t) {
    hwloc_bitmap_free(t->bound);
    hwloc_topology_destroy(t->machine);
    mem_free(t->cores);
    *t = (struct topology){0};
}
