# SPDX-License-Identifier: Apache-2.0
# The prober, a guest of a few KiB for exact tests: as a flat binary and as a PVH kernel.

PROBER := $(BUILD)/guests/prober
PROBER_OBJECTS := $(call objects,target/pie,$(wildcard tests/boot/guests/*.c tests/boot/guests/*.S) core/lib/format.c \
    core/lib/string.c core/x86/tpm.c $(TPM_SOURCES))

.PHONY: guest-prober
guest-prober: $(PROBER)/prober.bin ## build the probing guest of the machine tests

$(PROBER)/prober.elf: $(PROBER_OBJECTS) tests/boot/guests/prober.ld
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(SHOW)$(LD) -nostdlib -static --build-id=none -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments \
	    -T tests/boot/guests/prober.ld -o $@ $(PROBER_OBJECTS)

$(PROBER)/prober.bin: $(PROBER)/prober.elf
	$(call say,FLAT,$@)
	$(SHOW)$(OBJCOPY) -O binary $< $@
