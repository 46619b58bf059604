# SPDX-License-Identifier: Apache-2.0
# Fuzzers of what the firmware, the devices and the guests' makers hand to the boot stage. The compiler, its options and
# FUZZ_SECONDS are those of config/config.mk.

FUZZ_DISCOVERY := $(wildcard core/boot/acpi*.c core/boot/pci_discover*.c) core/lib/format.c core/lib/report.c
FUZZ_LOG := core/boot/firmware_log.c
FUZZ_GUEST := $(wildcard core/tables/guest_*.c) core/tables/aml.c core/lib/format.c core/lib/report.c
FUZZ_CHAIN := config/chain.c config/container.c config/manifest.c config/signature.c core/lib/format.c core/lib/report.c

# fuzzer(NAME,SOURCES): build tests/fuzz/fuzz_NAME.c with what it tests, and let it run on a corpus that grows.
define fuzzer
.PHONY: fuzz-$(1)
fuzz-$(1): $$(BUILD)/fuzz/$(1)
	@mkdir -p $$(BUILD)/fuzz/corpus-$(1)
	$$< -max_len=$(3) -max_total_time=$$(FUZZ_SECONDS) -print_final_stats=1 $$(BUILD)/fuzz/corpus-$(1)
$$(BUILD)/fuzz/$(1): tests/fuzz/fuzz_$(1).c $(2)
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ $$^
endef
$(eval $(call fuzzer,acpi,$(FUZZ_DISCOVERY),4096))
$(eval $(call fuzzer,pci,$(FUZZ_DISCOVERY),2560))
$(eval $(call fuzzer,log,$(FUZZ_LOG),4096))
$(eval $(call fuzzer,guest,$(FUZZ_GUEST),8192))
$(eval $(call fuzzer,chain,$(FUZZ_CHAIN),16384))

.PHONY: fuzz
fuzz: fuzz-config fuzz-acpi fuzz-pci fuzz-log fuzz-guest fuzz-chain ## run every fuzzer for FUZZ_SECONDS each (needs clang-14)
