# SPDX-License-Identifier: Apache-2.0
# mpiBERT.  `make help` lists what there is to make.
# Works as it is on Debian; ./configure writes config.mk where things lie elsewhere, and in
# another folder a Makefile that calls this one with that CONFIG and BUILD.
# Everything made lies under $(BUILD); what was made with other flags is made again.

BUILD      ?= build
PREFIX     ?= /usr/local
PKG_CONFIG ?= pkg-config
MPICC      ?= mpicc
MPIRUN     ?= mpirun
PKGS       ?= hdf5-openmpi openblas libarchive zlib yaml-0.1 jansson libxxhash expat hwloc
OPENMP     ?= -fopenmp
CFLAGS     ?= -O3 -g
JOBS       ?= $(shell env -u OMP_NUM_THREADS nproc 2>/dev/null || echo 2)
CONFIG     ?= config.mk
-include $(CONFIG)

ifndef DEPS_LIBS
DEPS_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
DEPS_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
BLAS_DIR    := $(shell $(PKG_CONFIG) --variable=libdir openblas 2>/dev/null)
endif

# The rpath: Debian's alternatives would otherwise choose the flavour of OpenBLAS at run time.
CC      := $(MPICC)
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
STRICT  := -std=c11 -D_GNU_SOURCE -ffp-contract=fast -fno-math-errno -fno-trapping-math
VERSION := $(shell jobs/local/version.sh)
ALL_CFLAGS = $(STRICT) $(OPENMP) $(WARN) $(CFLAGS) -I. $(DEPS_CFLAGS) $(CPPFLAGS)
ALL_LIBS   = $(DEPS_LIBS) $(if $(BLAS_DIR),-Wl$(comma)-rpath$(comma)$(BLAS_DIR)) $(LIBS) -lm
comma := ,
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

SOURCES := $(wildcard src/*/*.c mpi/*.c io/*.c io/*/*.c)
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/cli/main.c,$(SOURCES)))
PROGRAM := $(BUILD)/mpibert
LIBRARY := $(BUILD)/libmpibert.a
HELPERS := $(BUILD)/libtest.a

HELP_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/*.c))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/test_*.c tests/mpi/test_*.c))
FUZZ    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
INTEROP := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/interop/*.c))
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)))
ALL_OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(HELP_OBJECTS) $(FUZZ_OBJECTS) \
               $(addsuffix .o,$(TESTS) $(FUZZ) $(INTEROP))
# The objects to make again when the version changes: those that print it.
VERSIONED := $(patsubst %.c,$(BUILD)/%.o,$(shell grep -rls --include=*.c MPIBERT_VERSION src mpi io tests))

.PHONY: all tests interop objects check check-long check-asan check-tsan check-clang check-interop \
        fuzz fuzzers demo install uninstall clean distclean dist help missing FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM) $(BUILD)/mpibert-job    ## build/mpibert, and what job scripts call beside it
tests: $(TESTS) $(FUZZ)         ## the test programs, without running them
interop: $(INTEROP)
objects: $(ALL_OBJECTS)

$(BUILD)/mpibert-job: jobs/mpibert-job
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(PROGRAM): $(BUILD)/src/cli/main.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPENMP) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(TESTS) $(INTEROP): $(BUILD)/%: $(BUILD)/%.o $(HELPERS) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPENMP) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

# This one asks HDF5 about the same bytes once.
$(BUILD)/tests/unit/io/test_crash: override LDFLAGS += -Wl,--wrap=layout_make,--wrap=ckpt_prove

# A fuzz target with a main of our own, or, in build-fuzz, with libFuzzer's.
FUZZ_MAIN ?= $(BUILD)/tests/fuzz/drive.o
$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/fuzz/target.o $(FUZZ_MAIN) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPENMP) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIBRARY): $(OBJECTS)
$(HELPERS): $(HELP_OBJECTS)
$(LIBRARY) $(HELPERS):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags | $(if $(DEPS_LIBS),,missing)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -DMPIBERT_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

# Files that change only when their text does.
$(VERSIONED): $(BUILD)/version
$(BUILD)/version: text = $(VERSION)
$(BUILD)/flags: text = $(CC) $(ALL_CFLAGS)
$(BUILD)/version $(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(text)' | cmp -s - $@ || echo '$(text)' >$@

missing:
	@jobs/local/deps.sh --check build
	@echo "make: $(PKG_CONFIG) cannot find all of: $(PKGS)"; \
	 echo "make: run ./configure (autoconf makes it), or write DEPS_CFLAGS, DEPS_LIBS to config.mk"; \
	 exit 69

# A make of its own after deps.sh, since that may have installed what this one did not find.
submake = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

check:                          ## lint, unit, MPI (1 to 4 ranks), command and fuzz tests
	@jobs/local/deps.sh build test
	@$(submake) all tests
	@BUILD='$(BUILD)' MPIRUN='$(MPIRUN)' tests/run.sh

check-long:                     ## what takes minutes or hours: every fault, crash and damage (tests/long)
	@jobs/local/deps.sh build test
	@$(submake) all tests
	@BUILD='$(BUILD)' MPIRUN='$(MPIRUN)' tests/run.sh long

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
ASAN := BUILD=build-asan CFLAGS='-O1 -g -fno-omit-frame-pointer $(SANITIZE)'
check-asan:                     ## all tests, MPI's on 2 ranks, under ASan and UBSan, in build-asan
	@$(submake) $(ASAN) build-asan/tests/asan/asan.o
	@$(submake) $(ASAN) LDFLAGS='$(LDFLAGS) build-asan/tests/asan/asan.o' all tests
	@BUILD=build-asan MPIRUN='$(MPIRUN)' RANKS=2 tests/run.sh cli mpi unit fuzz

# Of the threads that we start ourselves: the loader's, the saver's, the watchdog's.  Those of
# OpenMP it cannot follow, so that OMP_NUM_THREADS stays 1.
TSAN := BUILD=build-tsan CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=thread'
THREADED := unit/base/test_pulse unit/base/test_stack unit/data/test_ahead unit/data/test_loader \
            mpi/test_ckpt mpi/test_saver mpi/test_session mpi/test_step mpi/test_teach
check-tsan:                     ## what has threads, on 2 ranks, under TSan, in build-tsan
	@$(submake) $(TSAN) all $(THREADED:%=build-tsan/tests/%)
	@TSAN_OPTIONS='suppressions=$(CURDIR)/tests/tsan.supp' \
	 BUILD=build-tsan MPIRUN='$(MPIRUN)' RANKS=2 tests/run.sh $(THREADED) cli/train.t cli/signals.t

check-clang fuzz: export OMPI_CC = clang
check-clang fuzz: export MPICH_CC = clang
check-clang:                    ## everything through clang -Werror, in build-clang
	@jobs/local/deps.sh build clang
	@$(submake) BUILD=build-clang CFLAGS='-O2 -Werror' objects

FUZZING := BUILD=build-fuzz FUZZ_MAIN= LDFLAGS='$(LDFLAGS) -fsanitize=fuzzer' \
           CFLAGS='-O1 -g -fno-omit-frame-pointer -Wno-pass-failed -fsanitize=fuzzer-no-link $(SANITIZE)'
fuzz:                           ## libFuzzer, ASan and UBSan on every target: SECONDS_EACH=600, TARGETS=…
	@jobs/local/deps.sh build clang
	@$(submake) $(FUZZING) fuzzers
	@BUILD=build-fuzz tests/fuzz/hunt.sh $(TARGETS)
fuzzers: $(FUZZ)

check-interop: all interop      ## against torch, transformers, h5py (in a venv under build)
	@BUILD='$(BUILD)' MPIRUN='$(MPIRUN)' tests/interop/run.sh

demo:                           ## pretrain BERT-tiny on this machine (CORPUS=… for your text)
	@BUILD='$(BUILD)' MPIRUN='$(MPIRUN)' jobs/local/demo.sh

SHARE := $(PREFIX)/share
JOBS_OF := slurm pbs lsf flux sge
install: all                    ## to PREFIX (/usr/local), below DESTDIR if given
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(SHARE)/doc/mpibert'
	install -d '$(DESTDIR)$(SHARE)/mpibert/recipes' '$(DESTDIR)$(SHARE)/mpibert/jobs'
	install -m 755 $(PROGRAM) $(BUILD)/mpibert-job '$(DESTDIR)$(PREFIX)/bin'
	install -m 644 README.md LICENSE '$(DESTDIR)$(SHARE)/doc/mpibert'
	install -m 644 jobs/recipes/*.yaml jobs/recipes/README.md '$(DESTDIR)$(SHARE)/mpibert/recipes'
	install -m 644 $(JOBS_OF:%=jobs/%/*) '$(DESTDIR)$(SHARE)/mpibert/jobs'

uninstall:                      ## takes away what install put there
	rm -f '$(DESTDIR)$(PREFIX)/bin/mpibert' '$(DESTDIR)$(PREFIX)/bin/mpibert-job'
	rm -rf '$(DESTDIR)$(SHARE)/doc/mpibert' '$(DESTDIR)$(SHARE)/mpibert'

clean:                          ## removes what was built
	rm -rf $(BUILD) build-asan build-tsan build-clang build-fuzz

distclean: clean                ## and what configure wrote
	rm -rf config.mk config.log config.status configure configure~ aclocal.m4 autom4te.cache

dist:                           ## build/mpibert-VERSION.tar.gz of what is committed, with configure
	@jobs/local/dist.sh '$(BUILD)' '$(VERSION)'

help:                           ## this list
	@sed -n 's/^\([a-z-]*\):[^#=]*## /\1\t/p' Makefile | \
	 while IFS="$$(printf '\t')" read -r t d; do printf 'make %-14s %s\n' "$$t" "$$d"; done
	@echo 'Variables: BUILD CONFIG PREFIX DESTDIR MPICC MPIRUN CFLAGS LDFLAGS PKGS JOBS V=1'

-include $(ALL_OBJECTS:.o=.d)
