/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a time of a second or more is one, nothing given is ten minutes, "off" is
 * none; all else is refused with 78 and names the option. */
#include "src/core/patience.h"

#include <string.h>

#include "tests/tap.h"

int main(void) {
    static const struct {
        const char *text;
        double seconds; /* < 0: refused */
    } rows[] = {{NULL, 600}, {"off", 0}, {"30s", 30},   {"10m", 600}, {"1", 1},
                {"0", -1},   {"", -1},   {"never", -1}, {"-5", -1},   {"0.5", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds = -1;
        struct err err = {0};
        int rc = patience_parse(rows[i].text, &seconds, &err);
        is_int(rc, rows[i].seconds < 0 ? -1 : 0, "'%s'",
               rows[i].text ? rows[i].text : "");
        if (rc == 0)
            ok(seconds == rows[i].seconds, "  %g s", seconds);
        else
            ok(err.code == ERR_CONFIG && strstr(err.text, "train.watchdog: '"), "  78");
    }
    return tap_done();
}
