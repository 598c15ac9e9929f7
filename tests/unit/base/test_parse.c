/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a text that is a number of the asked kind, all of it, gives that number; any
 * other gives -1 and leaves what was there. */
#include "src/base/parse.h"

#include <stddef.h>

#include "tests/tap.h"

#define COUNT(table) (sizeof table / sizeof *table)

static const struct {
    const char *text;
    int64_t want;
} ints[] = {
    {"0", 0},
    {"12", 12},
    {"-3", -3},
    {"+5", 5},
    {"007", 7},
    {"10k", 10000},
    {"10K", 10000},
    {"2M", 2000000},
    {"1.5G", 1500000000},
    {"1e6", 1000000},
    {"2.5e1", 25},
    {"9223372036854775807", INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
};

static const struct {
    const char *text;
    int64_t want;
} byte_counts[] = {
    {"512", 512},     {"512B", 512},           {"10kB", 10000}, {"1MB", 1000000},
    {"64KiB", 65536}, {"512MiB", 536870912},   {"1M", 1048576}, {"4GiB", 4294967296},
    {"0.5KiB", 512},  {"2TiB", 2199023255552},
};

static const struct {
    const char *text;
    double want;
} reals[] = {
    {"1e-4", 1e-4}, {".01", .01}, {"3", 3},         {"3.", 3},
    {"-0.5", -.5},  {"+2", 2},    {"1e300", 1e300}, {"0", 0},
};

static const struct {
    const char *text;
    double want;
} durations[] = {
    {"30", 30},          {"30s", 30},    {"90m", 5400},
    {"16h", 57600},      {"2d", 172800}, {"1h30m", 5400},
    {"1d1h1m1s", 90061}, {"1.5h", 5400}, {"0", 0},
};

static const struct {
    const char *text;
    bool want;
} bools[] = {
    {"true", true},   {"Yes", true}, {"ON", true},   {"1", true},
    {"false", false}, {"no", false}, {"off", false}, {"0", false},
};

static const char *const not_ints[] = {
    "",     " ",
    "-",    "x",
    "1x",   "1 2",
    "1.5",  "0x10",
    "1e-1", "inf",
    "nan",  "10kB",
    "--1",  ".",
    "1e",   "9223372036854775808",
    "1e30", "99999999999G",
    "١",    "1\t",
};
static const char *const not_bytes[] = {
    "", "KiB", "1kb", "1.5", "1 MiB", "512mib", "0x1KiB", "1e400", "9e18",
};
static const char *const not_reals[] = {
    "", "e5", "1e-4x", "0x1p3", "inf", "-nan", "1e999", "1,5", "1 ",
};
static const char *const not_durations[] = {
    "", "-1", "1h-30m", "h", "1w", "1h30", "1hh", "1 h", "30sec",
};
static const char *const not_bools[] = {
    "", "2", "y", "tru", "truee", " true", "null",
};

static void test_good(void) {
    for (size_t i = 0; i < COUNT(ints); i++) {
        int64_t got = -77;
        is_int(parse_int(ints[i].text, &got), 0, "int '%s' is one", ints[i].text);
        is_int(got, ints[i].want, "int '%s'", ints[i].text);
    }
    for (size_t i = 0; i < COUNT(byte_counts); i++) {
        int64_t got = -77;
        parse_bytes(byte_counts[i].text, &got);
        is_int(got, byte_counts[i].want, "bytes '%s'", byte_counts[i].text);
    }
    for (size_t i = 0; i < COUNT(reals); i++) {
        double got = -77;
        parse_real(reals[i].text, &got);
        ok(got == reals[i].want, "real '%s'", reals[i].text);
    }
    for (size_t i = 0; i < COUNT(durations); i++) {
        double got = -77;
        parse_duration(durations[i].text, &got);
        ok(got == durations[i].want, "duration '%s'", durations[i].text);
    }
    for (size_t i = 0; i < COUNT(bools); i++) {
        bool got = !bools[i].want;
        parse_bool(bools[i].text, &got);
        is_int(got, bools[i].want, "bool '%s'", bools[i].text);
    }
}

static void test_bad(void) {
    for (size_t i = 0; i < COUNT(not_ints); i++) {
        int64_t got = -77;
        int rc = parse_int(not_ints[i], &got);
        ok(rc == -1 && got == -77, "no int: '%s'", not_ints[i]);
    }
    for (size_t i = 0; i < COUNT(not_bytes); i++) {
        int64_t got = -77;
        int rc = parse_bytes(not_bytes[i], &got);
        ok(rc == -1 && got == -77, "no bytes: '%s'", not_bytes[i]);
    }
    for (size_t i = 0; i < COUNT(not_reals); i++) {
        double got = -77;
        int rc = parse_real(not_reals[i], &got);
        ok(rc == -1 && got == -77, "no real: '%s'", not_reals[i]);
    }
    for (size_t i = 0; i < COUNT(not_durations); i++) {
        double got = -77;
        int rc = parse_duration(not_durations[i], &got);
        ok(rc == -1 && got == -77, "no duration: '%s'", not_durations[i]);
    }
    for (size_t i = 0; i < COUNT(not_bools); i++) {
        bool got = true;
        int rc = parse_bool(not_bools[i], &got);
        ok(rc == -1 && got, "no bool: '%s'", not_bools[i]);
    }
}

int main(void) {
    test_good();
    test_bad();
    return tap_done();
}
