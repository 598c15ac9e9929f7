/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into every program of `make check-asan`.  MPI, HDF5 and their helpers allocate
 * some things once and never free them; those leaks are named here so that ours stand
 * out.  Names need the libraries to be there still when leaks are counted, so dlclose()
 * closes nothing. */
const char *__asan_default_options(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);
const char *__ubsan_default_options(void);
int dlclose(void *handle);

const char *__asan_default_options(void) { return "detect_leaks=1"; }

const char *__lsan_default_options(void) { return "print_suppressions=0"; }

const char *__ubsan_default_options(void) { return "print_stacktrace=1"; }

/* Patterns match a library or a function anywhere in the stack of the allocation;
 * nothing of ours may stand here. */
const char *__lsan_default_suppressions(void) {
    return "leak:libmpi.so\nleak:libopen-pal.so\nleak:libopen-rte.so\nleak:mca_\n"
           "leak:libpmix.so\nleak:pmix2\nleak:libhwloc.so\nleak:libevent\nleak:"
           "libhdf5\n"
           "leak:libgomp\nleak:libopenblas\nleak:libpsm\nleak:libfabric\nleak:libuc\n"
           "leak:libudev\n"
           "leak:__vasprintf_internal\n"; /* whose caller cannot be seen; we have
                                             str_printf */
}

int dlclose(void *handle) {
    (void)handle;
    return 0;
}
