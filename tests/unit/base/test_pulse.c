/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever a process does that counts as work must change the one number that is
 * watched; while it does nothing that stays as it is; and what it is at can be read. */
#include "src/base/pulse.h"

#include <stddef.h>

#include "src/base/stage.h"
#include "tests/tap.h"

static uint64_t moved(void) { return pulse_read().moved; }

int main(void) {
    uint64_t before = moved();
    ok(moved() == before, "nothing is done");
    pulse_tick();
    ok(moved() != before, "a piece is read");
    before = moved();
    stage_to(STAGE_EMBED);
    ok(moved() != before, "a stage of the step");
    before = moved();
    is_int(pulse_to(PULSE_SAVE), PULSE_START, "a save, from the start");
    ok(moved() != before, "  is work");
    is_int(pulse_read().phase, PULSE_SAVE, "  and is what it is at");
    before = moved();
    pulse_wait(PULSE_SUM);
    is_int(pulse_read().wait, PULSE_SUM, "it waits in a sum");
    is_int((int64_t)pulse_read().met, 1, "  its first collective");
    ok(moved() != before, "  to come there was work");
    before = moved();
    pulse_go();
    is_int(pulse_read().wait, PULSE_FREE, "it goes on");
    ok(moved() != before, "  which is news");
    pulse_wait(PULSE_WEIGHTS);
    is_int((int64_t)pulse_read().met, 1, "what comes bit by bit is no collective");
    pulse_step(12);
    is_int(pulse_read().step, 12, "its step");
    for (int i = 0; i < PULSE_PHASES; i++)
        ok(pulse_phase_name((enum pulse_phase)i) != NULL, "phase %d has a name", i);
    for (int i = 0; i < PULSE_WAITS; i++)
        ok(pulse_wait_name((enum pulse_wait)i) != NULL, "wait %d has a name", i);
    return tap_done();
}
