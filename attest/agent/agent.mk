# SPDX-License-Identifier: Apache-2.0
# The agent of the attestation partition. Jansson, Nettle and GMP are linked in; the TPM stack, curl and GnuTLS come as
# Debian's shared libraries, which get their security updates with the image.

AGENT_SOURCES := $(wildcard attest/agent/*.c)
AGENT_LIBS := -Wl,-Bstatic -ljansson -lhogweed -lnettle -lgmp -Wl,-Bdynamic \
    -ltss2-esys -ltss2-mu -ltss2-tctildr -ltss2-rc -lcurl-gnutls -lgnutls

# agent_rules(FLAVOUR): the agent's code without its main, as an archive.
define agent_rules
$$(BUILD)/$(1)/libagent.a: $$(call objects,$(1),$$(filter-out attest/agent/main.c,$$(AGENT_SOURCES)))
	$$(archive)
AGENT_ARCHIVES_$(1) := $$(BUILD)/$(1)/libagent.a $$(HOSTED_ARCHIVES_$(1))
endef
$(eval $(call agent_rules,host))
$(eval $(call agent_rules,san))

$(BUILD)/bulkhead-agent: $(BUILD)/host/attest/agent/main.o $(AGENT_ARCHIVES_host)
	$(call say,LD,$@)
	$(SHOW)$(CC) -o $@ -Wl,--start-group $^ -Wl,--end-group $(AGENT_LIBS)

# The same under sanitizers, for tests/attest.
$(BUILD)/san/bulkhead-agent: $(BUILD)/san/attest/agent/main.o $(AGENT_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(AGENT_LIBS)

# The unit tests of the agent's pure parts.
$(BUILD)/san/tests/unit/test_agent_parts: $(BUILD)/san/libagent.a
$(BUILD)/san/tests/unit/test_agent_parts: TOOLS_LIBS += $(AGENT_LIBS)
