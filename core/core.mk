# SPDX-License-Identifier: Apache-2.0
# The two programs that run on the machine: the monitor, linked alone, and the boot stage that carries it.

# Measuring and counting, for both; the boot stage alone starts and closes the TPM.
TPM_SOURCES := core/x86/tpm_tis.c core/x86/tpm_command.c core/x86/tpm_pcr.c core/x86/tpm_nv.c core/measure/log.c

MONITOR_SOURCES := $(wildcard core/monitor/*.c core/monitor/*.S) core/x86/svm.c core/x86/svm_enter.S \
    core/x86/amdvi_queue.c core/x86/local_apic.c core/x86/uart.c core/lib/calendar.c core/lib/format.c core/lib/string.c \
    core/measure/event.c $(TPM_SOURCES)

MONITOR_OBJECTS := $(call objects,target/monitor,$(MONITOR_SOURCES))

BOOT_SOURCES := $(PURE_SOURCES) $(filter-out $(PURE_SOURCES),$(wildcard core/boot/*.c core/boot/*.S)) \
    core/x86/amdvi.c core/x86/amdvi_queue.c core/x86/uart.c core/lib/string.c $(TPM_SOURCES) core/x86/tpm.c \
    core/x86/tpm_nv_boot.c
BOOT_OBJECTS := $(call objects,target/pie,$(sort $(BOOT_SOURCES)))

image: $(BUILD)/bulkhead.efi $(BUILD)/monitor.bin

$(BUILD)/monitor.elf: $(MONITOR_OBJECTS) core/monitor/monitor.ld
	$(call say,LD,$@)
	$(SHOW)$(LD) -nostdlib -static --gc-sections --build-id=none -z max-page-size=4096 -z noexecstack \
	    -T core/monitor/monitor.ld -o $@ $(MONITOR_OBJECTS)

$(BUILD)/monitor.bin: $(BUILD)/monitor.elf
	$(call say,FLAT,$@)
	$(SHOW)$(OBJCOPY) -O binary $< $@

# The monitor travels inside the boot stage's read-only data.
$(BUILD)/target/pie/core/boot/monitor_image.o: $(BUILD)/monitor.bin
$(BUILD)/target/pie/core/boot/monitor_image.o: CFLAGS_target/pie += -Wa,-I$(BUILD)

$(BUILD)/bulkhead.elf: $(BOOT_OBJECTS) $(BUILD)/target/pie/libmbed.a $(BUILD)/target/pie/libfdt.a core/boot/image.ld
	$(call say,LD,$@)
	$(SHOW)$(LD) -nostdlib -pie --no-dynamic-linker -z notext -z max-page-size=4096 -z noexecstack --gc-sections \
	    --build-id=none -T core/boot/image.ld -o $@ $(BOOT_OBJECTS) $(BUILD)/target/pie/libmbed.a \
	    $(BUILD)/target/pie/libfdt.a

# One flat image: a UEFI application and a Multiboot2 kernel in the same bytes.
$(BUILD)/bulkhead.efi: $(BUILD)/bulkhead.elf
	$(call say,FLAT,$@)
	$(SHOW)$(OBJCOPY) -O binary -R .dynamic -R .dynsym -R .dynstr -R .hash $< $@
