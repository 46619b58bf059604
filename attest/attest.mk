# SPDX-License-Identifier: Apache-2.0
# What verifier, agent and prediction share: attest/lib, as one archive per hosted flavour.

ATTEST_LIB_SOURCES := $(wildcard attest/lib/*.c)
ATTEST_LIBS := -ljansson -lhogweed -lnettle -lgmp

# attest_rules(FLAVOUR)
define attest_rules
$$(BUILD)/$(1)/libattest.a: $$(call objects,$(1),$$(ATTEST_LIB_SOURCES))
	$$(archive)
endef
$(eval $(call attest_rules,host))
$(eval $(call attest_rules,san))
