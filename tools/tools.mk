# SPDX-License-Identifier: Apache-2.0
# The bulkhead command.

TOOLS_SOURCES := $(wildcard tools/*.c tools/common/*.c tools/crypto/*.c)
TOOLS_LIBS := -ljansson

# hosted_rules(FLAVOUR): the pure code, and the command's code without its main, as archives.
define hosted_rules
$$(BUILD)/$(1)/libbulkhead.a: $$(call objects,$(1),$$(HOSTED_SOURCES))
	$$(archive)
$$(BUILD)/$(1)/libtools.a: $$(call objects,$(1),$$(filter-out tools/main.c,$$(TOOLS_SOURCES)))
	$$(archive)
HOSTED_ARCHIVES_$(1) := $$(addprefix $$(BUILD)/$(1)/,libtools.a libbulkhead.a libmbed.a libfdt.a)
endef
$(eval $(call hosted_rules,host))
$(eval $(call hosted_rules,san))

$(BUILD)/bulkhead: $(BUILD)/host/tools/main.o $(HOSTED_ARCHIVES_host)
	$(CC) -o $@ $^ $(TOOLS_LIBS)
