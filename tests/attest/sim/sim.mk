# SPDX-License-Identifier: Apache-2.0
# Simulated hosts for the tests and benchmarks of the verifier.

SIM_SOURCES := $(filter-out tests/attest/sim/main.c,$(wildcard tests/attest/sim/*.c))

# sim_rules(FLAVOUR,FOLDER,LINK OPTIONS)
define sim_rules
$$(BUILD)/$(1)/libsim.a: $$(call objects,$(1),$$(SIM_SOURCES))
	$$(archive)
$(2)/attest-sim: $$(BUILD)/$(1)/tests/attest/sim/main.o $$(BUILD)/$(1)/libsim.a $$(BUILD)/$(1)/libverifier.a \
    $$(HOSTED_ARCHIVES_$(1))
	$$(call say,LD,$$@)
	$$(SHOW)$$(CC) $(3) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(VERIFIER_LIBS)
$(2)/attest-load: $$(BUILD)/$(1)/tests/bench/attest_load.o $$(BUILD)/$(1)/libsim.a $$(BUILD)/$(1)/libverifier.a \
    $$(HOSTED_ARCHIVES_$(1))
	$$(call say,LD,$$@)
	$$(SHOW)$$(CC) $(3) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(VERIFIER_LIBS)
endef
$(eval $(call sim_rules,host,$(BUILD),))
$(eval $(call sim_rules,san,$(BUILD)/san,$(SANITIZE)))
