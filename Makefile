# SPDX-License-Identifier: Apache-2.0
# mpiBERT.  `make` builds build/mpibert, `make check` tests it, `make demo` shows it.
# Works as it is on Debian; ./configure writes config.mk where things lie elsewhere.

BUILD     ?= build
PREFIX    ?= /usr/local
DESTDIR   ?=
VERSION   := 0.1.0

PKG_CONFIG ?= pkg-config
MPICC      ?= mpicc
MPIRUN     ?= mpirun
PKGS       ?= hdf5-openmpi openblas libarchive yaml-0.1 jansson libxxhash
-include config.mk

CC      := $(MPICC)
CFLAGS  ?= -O3 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
STRICT  := -std=c11 -D_GNU_SOURCE -fopenmp -ffp-contract=fast -fno-math-errno -fno-trapping-math
DEPS_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags $(PKGS))
DEPS_LIBS   ?= $(shell $(PKG_CONFIG) --libs $(PKGS))
BLAS_DIR    ?= $(shell $(PKG_CONFIG) --variable=libdir openblas)
ALL_CFLAGS  = $(STRICT) $(WARN) $(CFLAGS) -I. -DMPIBERT_VERSION='"$(VERSION)"' $(DEPS_CFLAGS)
ALL_LIBS    = $(DEPS_LIBS) -Wl,-rpath,$(BLAS_DIR) -lm

SOURCES := $(wildcard src/*/*.c mpi/*.c io/*.c io/*/*.c)
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/cli/main.c,$(SOURCES)))
LIBRARY := $(BUILD)/libmpibert.a
PROGRAM := $(BUILD)/mpibert

UNIT  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/test_*.c))
MPI   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/mpi/test_*.c))
INTEROP := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/interop/*.c))
HELP_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/*.c))

.PHONY: all tests check clean
all: $(PROGRAM)
tests: $(UNIT) $(MPI)

$(PROGRAM): $(BUILD)/src/cli/main.o $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT) $(MPI) $(INTEROP): $(BUILD)/%: $(BUILD)/%.o $(HELP_OBJECTS) $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

check: all tests
	MPIRUN="$(MPIRUN)" BUILD="$(BUILD)" tests/run.sh

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
