# SPDX-License-Identifier: Apache-2.0
# The bulkhead command.

TOOLS_SOURCES := $(wildcard tools/*.c tools/*/*.c)
TOOLS_LIBS := $(ATTEST_LIBS)

# hosted_rules(FLAVOUR): the pure code, and the command's code without its main, as archives.
define hosted_rules
$$(BUILD)/$(1)/libbulkhead.a: $$(call objects,$(1),$$(HOSTED_SOURCES))
	$$(archive)
$$(BUILD)/$(1)/libtools.a: $$(call objects,$(1),$$(filter-out tools/main.c,$$(TOOLS_SOURCES)))
	$$(archive)
HOSTED_ARCHIVES_$(1) := $$(addprefix $$(BUILD)/$(1)/,libtools.a libattest.a libbulkhead.a libmbed.a libfdt.a)
endef
$(eval $(call hosted_rules,host))
$(eval $(call hosted_rules,san))

$(BUILD)/bulkhead: $(BUILD)/host/tools/main.o $(HOSTED_ARCHIVES_host)
	$(call say,LD,$@)
	$(SHOW)$(CC) -o $@ $^ $(TOOLS_LIBS)

# The same under sanitizers, for tests/tools.
$(BUILD)/san/bulkhead: $(BUILD)/san/tools/main.o $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ $^ $(TOOLS_LIBS)

# The sources of a program are what its objects' dependency files name: ours, not the compiler's or the libraries'.
# core/core.mk sets BOOT_OBJECTS and MONITOR_OBJECTS.
.PHONY: size
size: ## print the lines and bytes of boot stage and monitor, and nothing else on standard output
	+@$(MAKE) --no-print-directory image $(BUILD)/bulkhead >&2
	@for part in boot:'$(BOOT_OBJECTS)' monitor:'$(MONITOR_OBJECTS)'; do \
	    for object in $${part#*:}; do cat "$${object%.o}.d"; done | tr ' ' '\n' | \
	        grep -E '^(core|config)/.*\.(c|S|h)$$' | sort -u > $(BUILD)/$${part%%:*}.sources; \
	done
	@$(BUILD)/bulkhead size --boot-sources $(BUILD)/boot.sources --monitor-sources $(BUILD)/monitor.sources \
	    --monitor $(BUILD)/monitor.elf
