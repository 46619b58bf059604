# SPDX-License-Identifier: Apache-2.0
# Bulkhead's build. `make help` lists the targets; everything built goes to build/.
#
# The same pure sources are built four times over:
#   build/host/             hosted, for the bulkhead command
#   build/san/              hosted, with address and undefined-behaviour sanitizers, for the unit tests
#   build/target/pie/       freestanding, position independent: the boot stage
#   build/target/monitor/   freestanding, linked at the top of the address space: the monitor
# Folders add their own parts in *.mk fragments.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

BUILD ?= build
# V=1 shows the commands, otherwise each step is one line.
SHOW := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))
PYTHON := /usr/bin/python3
CC := gcc
AR := ar
LD := ld
OBJCOPY := objcopy

SOURCES_READY := $(BUILD)/src/ready
MBEDTLS := $(BUILD)/src/mbedtls
LIBFDT := $(BUILD)/src/dtc/libfdt

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wshadow -Wcast-qual -Wmissing-prototypes -Wstrict-prototypes -Wundef \
    -Wvla -Wpointer-arith -Wwrite-strings

# What every compilation of ours has in common. The prefix map keeps the build folder's name out of the output.
COMMON_CFLAGS := -std=c11 -O2 -g -I. -isystem $(MBEDTLS)/include -isystem $(LIBFDT) \
    -ffile-prefix-map=$(CURDIR)=. -MMD -MP
HOSTED_CFLAGS := $(COMMON_CFLAGS) -D_GNU_SOURCE -DMBEDTLS_CONFIG_FILE='"tools/crypto/mbedtls_config_hosted.h"'
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# No SSE and no red zone (the code runs in interrupt context), no libc, gcc's own headers and our shims only.
TARGET_CFLAGS := $(COMMON_CFLAGS) -ffreestanding -nostdinc -isystem core/lib/freestanding \
    -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) -mno-red-zone -mgeneral-regs-only \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -ffunction-sections -fdata-sections \
    -DMBEDTLS_CONFIG_FILE='"core/lib/crypto/mbedtls_config.h"'

CFLAGS_host := $(HOSTED_CFLAGS)
CFLAGS_san := $(HOSTED_CFLAGS) -O1 $(SANITIZE)
CFLAGS_target/pie := $(TARGET_CFLAGS) -fpie
CFLAGS_target/monitor := $(TARGET_CFLAGS) -mcmodel=kernel -fno-pie -fno-pic

# Code without I/O, built for every flavour, but for what writes and completes configurations: hosted only.
# core/lib/string.c stands in for the C library: target only.
HOSTED_ONLY := config/complete.c config/container_write.c config/manifest_write.c config/signature_write.c \
    config/rules/complete.c
HOSTED_SOURCES := $(filter-out core/lib/string.c, $(wildcard config/*.c config/rules/*.c core/lib/*.c core/plan/*.c \
    core/tables/*.c core/measure/*.c core/boot/acpi*.c core/boot/memory_map.c core/boot/pci_discover*.c \
    core/boot/firmware_log.c))
PURE_SOURCES := $(filter-out $(HOSTED_ONLY),$(HOSTED_SOURCES))

.PHONY: all build image setup help clean demo bench-basic
all build: image $(BUILD)/bulkhead $(BUILD)/bulkhead-agent $(BUILD)/bulkhead-verifier ## build the image and the programs

image: $(SOURCES_READY) ## build bulkhead.efi and the monitor (what runs on the machine)

setup: ## install missing Debian packages, fetch the locked third-party sources
	@tools/setup/install.sh
	@tools/setup/fetch-sources.sh $(BUILD)/src

help: ## show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/[ :].*## /|/' | sort | \
	    awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

# Set-up comes first and alone, since the other steps need what it installs: each is a make of its own for that reason.
demo: DEMO_STARTED := $(shell date +%s)
demo: ## start the emulated server with web, mail and database (KEEP=1 leaves it running)
	@tools/setup/install.sh
	+@$(MAKE) --no-print-directory -j$(shell nproc) all
	+@$(MAKE) --no-print-directory guests
	@BULKHEAD_BUILD=$(abspath $(BUILD)) $(PYTHON) tools/demo/run.py --started $(DEMO_STARTED) $(if $(KEEP),--keep)

bench-basic: all guests guest-prober $(BUILD)/guests/tools/bulkhead-exits ## print exits, sizes, memory and start-up times
	@$(MAKE) --no-print-directory -s size >$(BUILD)/size.txt
	@BULKHEAD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/basic.py --sizes $(BUILD)/size.txt

clean: ## remove build/
	rm -rf $(BUILD)

$(SOURCES_READY): tools/setup/sources.lock tools/setup/fetch-sources.sh
	@tools/setup/fetch-sources.sh $(BUILD)/src
	@touch $@

# object_rules(FLAVOUR): compile one of our sources.
define object_rules
$$(BUILD)/$(1)/%.o: %.c Makefile | $$(SOURCES_READY)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(SHOW)$$(CC) $$(CFLAGS_$(1)) $$(WARNINGS) -c -o $$@ $$<
$$(BUILD)/$(1)/%.o: %.S Makefile
	@mkdir -p $$(@D)
	$$(call say,AS,$$@)
	$$(SHOW)$$(CC) $$(CFLAGS_$(1)) -c -o $$@ $$<
endef
$(foreach flavour,host san target/pie target/monitor,$(eval $(call object_rules,$(flavour))))

# objects(FLAVOUR,SOURCES): the objects of some sources.
objects = $(patsubst %,$(BUILD)/$(1)/%.o,$(basename $(2)))

define archive
@mkdir -p $(@D)
@rm -f $@
$(call say,AR,$@)
$(SHOW)$(AR) rcsD $@ $(filter %.o,$^)
endef

include core/crypto.mk
-include core/core.mk
-include config/config.mk
include attest/attest.mk
include tools/tools.mk
include $(wildcard attest/*/*.mk)
-include partitions/partitions.mk
include tests/tests.mk

-include $(shell find $(BUILD)/host $(BUILD)/san $(BUILD)/target -name '*.d' 2>/dev/null)
