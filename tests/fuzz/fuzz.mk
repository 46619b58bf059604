# SPDX-License-Identifier: Apache-2.0
# Fuzzers of what the firmware, the devices and the guests' makers hand to the boot stage, and of what the command
# reads. The compiler, its options and FUZZ_SECONDS are those of config/config.mk.

FUZZ_DISCOVERY := $(wildcard core/boot/acpi*.c core/boot/pci_discover*.c) core/lib/format.c core/lib/report.c
FUZZ_LOG := core/boot/firmware_log.c
FUZZ_GUEST := $(wildcard core/tables/guest_*.c) core/tables/aml.c core/lib/format.c core/lib/report.c
FUZZ_CHAIN := config/chain.c config/container.c config/manifest.c config/signature.c core/lib/format.c core/lib/report.c
FUZZ_IMAGE := tools/predict/pe.c tools/predict/firmware.c tools/predict/prediction.c tools/common/memory.c attest/lib/pcr.c \
    attest/lib/hash.c core/lib/format.c core/lib/report.c

# fuzzer(NAME,SOURCES): build tests/fuzz/fuzz_NAME.c with what it tests, and let it run on a corpus that grows.
define fuzzer
.PHONY: fuzz-$(1)
fuzz-$(1): $$(BUILD)/fuzz/$(1)
	@mkdir -p $$(BUILD)/fuzz/corpus-$(1)
	$$< -max_len=$(3) -max_total_time=$$(FUZZ_SECONDS) -print_final_stats=1 $$(BUILD)/fuzz/corpus-$(1)
$$(BUILD)/fuzz/$(1): tests/fuzz/fuzz_$(1).c $(2)
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ $$^ $(4)
endef
$(eval $(call fuzzer,acpi,$(FUZZ_DISCOVERY),4096))
$(eval $(call fuzzer,pci,$(FUZZ_DISCOVERY),2560))
$(eval $(call fuzzer,log,$(FUZZ_LOG),4096))
$(eval $(call fuzzer,guest,$(FUZZ_GUEST),8192))
$(eval $(call fuzzer,image,$(FUZZ_IMAGE),8192,-lnettle))
$(eval $(call fuzzer,chain,$(FUZZ_CHAIN),16384))

.PHONY: fuzz
FUZZERS := $(addprefix fuzz-,config acpi pci log guest chain image)
fuzz: $(FUZZERS) ## run every fuzzer for FUZZ_SECONDS each (needs clang-14)
