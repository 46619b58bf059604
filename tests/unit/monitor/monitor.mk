# SPDX-License-Identifier: Apache-2.0
# Unit tests of the resident half: the monitor's own sources, sanitized, on the machine of tests/unit/monitor/machine.h. A fifth
# flavour of object, whose include path puts tests/unit/monitor/fake before the tree. Steps of the boot
# stage that touch registers are here, too; what is pure comes as everywhere.

CFLAGS_fake := -iquote tests/unit/monitor/fake $(CFLAGS_san)
$(eval $(call object_rules,fake))

FAKE_MACHINE := $(addprefix tests/unit/monitor/,machine.c memory.c cpu.c tpm.c)
FAKE_MONITOR := $(filter-out %.S core/lib/string.c,$(MONITOR_SOURCES)) core/x86/amdvi.c core/x86/tpm.c core/x86/tpm_nv_boot.c \
    core/boot/tpm_survey.c core/boot/measure.c core/boot/rollback.c

$(BUILD)/fake/libmonitor.a: $(call objects,fake,$(FAKE_MONITOR) $(FAKE_MACHINE)) core/core.mk
	$(archive)

$(BUILD)/fake/tests/unit/monitor/%: $(BUILD)/fake/tests/unit/monitor/%.o $(BUILD)/fake/libmonitor.a \
    $(BUILD)/san/libbulkhead.a $(BUILD)/san/libmbed.a
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group -lcmocka

UNIT_TESTS += $(patsubst tests/unit/monitor/%.c,$(BUILD)/fake/tests/unit/monitor/%,$(wildcard tests/unit/monitor/test_*.c))

-include $(shell find $(BUILD)/fake -name '*.d' 2>/dev/null)
