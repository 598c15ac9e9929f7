/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time goes: see stage.h.
 *
 * A thread writes to a record of its own, on cache lines of its own; whoever reads sums
 * over all records.  Times are those of the processor's counter, which costs a third of
 * a call of clock_gettime; its rate is found out by reading both clocks.  Records are
 * only ever added to, so a reading disturbs nobody. */
#include "src/base/stage.h"

#include <stdatomic.h>
#include <stddef.h>

#include "src/base/mem.h"
#include "src/base/timer.h"

/* Written by one thread and read by others: relaxed atomics are plain loads and stores.
 */
struct record {
    _Atomic uint64_t ticks[STAGES_COUNT];
    _Atomic double flops[STAGES_COUNT];
    _Atomic uint64_t marks;
    uint64_t last; /* when the thread came to `stage` */
    enum stage stage;
    struct record *next; /* in the list of all threads' */
};

/* The one list a process has.  Records live as long as it does: threads are few. */
static struct record *_Atomic records;
static _Thread_local struct record *own;

static const struct {
    enum stage_phase phase;
    const char *name;
} stages[] = {
#define STAGE(identifier, phase, name) {PHASE_##phase, name},
#include "src/base/stages.def"
#undef STAGE
};

const char *stage_name(enum stage stage) { return stages[stage].name; }
enum stage_phase stage_phase_of(enum stage stage) { return stages[stage].phase; }

const char *stage_phase_name(enum stage_phase phase) {
    static const char *const phase_names[] = {"other", "forward", "backward", "reduce",
                                              "update"};
    return phase_names[phase];
}

static uint64_t tick(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return (uint64_t)(1e9 * timer_now());
#endif
}

static struct record *record_of_thread(void) {
    if (own)
        return own;
    own = mem_alloc(1, sizeof *own); /* for as long as the process lives */
    own->last = tick();
    own->next = atomic_load(&records);
    while (!atomic_compare_exchange_weak(&records, &own->next, own))
        ;
    return own;
}

enum stage stage_to(enum stage next) {
    struct record *r = record_of_thread();
    enum stage was = r->stage;
    uint64_t now = tick();
    uint64_t sum = atomic_load_explicit(&r->ticks[was], memory_order_relaxed);
    atomic_store_explicit(&r->ticks[was], sum + (now - r->last), memory_order_relaxed);
    uint64_t marks = atomic_load_explicit(&r->marks, memory_order_relaxed);
    atomic_store_explicit(&r->marks, marks + 1, memory_order_relaxed);
    r->last = now;
    r->stage = next;
    return was;
}

void stage_add_flops(double flops) {
    struct record *r = record_of_thread();
    double sum = atomic_load_explicit(&r->flops[r->stage], memory_order_relaxed);
    atomic_store_explicit(&r->flops[r->stage], sum + flops, memory_order_relaxed);
}

uint64_t stage_marks(void) {
    uint64_t marks = 0;
    for (struct record *r = atomic_load(&records); r; r = r->next)
        marks += atomic_load_explicit(&r->marks, memory_order_relaxed);
    return marks;
}

/* Seconds of a tick, over a moment long enough for both clocks. */
static double tick_seconds(void) {
    double start = timer_now(), span = 0;
    uint64_t first = tick();
    while ((span = timer_now() - start) < 1e-3)
        ;
    return span / (double)(tick() - first);
}

void stage_read(struct stage_totals *totals) {
    double seconds = tick_seconds();
    *totals = (struct stage_totals){{0}, {0}};
    for (struct record *r = atomic_load(&records); r; r = r->next)
        for (int i = 0; i < STAGES_COUNT; i++) {
            totals->seconds[i] += seconds * (double)atomic_load_explicit(
                                                &r->ticks[i], memory_order_relaxed);
            totals->flops[i] +=
                atomic_load_explicit(&r->flops[i], memory_order_relaxed);
        }
}
