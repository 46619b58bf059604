# SPDX-License-Identifier: Apache-2.0
# bulkhead-verifier, for the host and under sanitizers.

VERIFIER_SOURCES := $(wildcard attest/verifier/*.c)
VERIFIER_LIBS := $(ATTEST_LIBS) -lmicrohttpd -lgnutls -lsqlite3 -lpq -lcurl -lpthread

# libpq's headers are in a folder of their own.
$(BUILD)/host/attest/verifier/db_postgres.o: CFLAGS_host += -isystem /usr/include/postgresql
$(BUILD)/san/attest/verifier/db_postgres.o: CFLAGS_san += -isystem /usr/include/postgresql

# verifier_rules(FLAVOUR): the program's code without its main, as an archive.
define verifier_rules
$$(BUILD)/$(1)/libverifier.a: $$(call objects,$(1),$$(filter-out attest/verifier/main.c,$$(VERIFIER_SOURCES)))
	$$(archive)
endef
$(eval $(call verifier_rules,host))
$(eval $(call verifier_rules,san))

$(BUILD)/bulkhead-verifier: $(BUILD)/host/attest/verifier/main.o $(BUILD)/host/libverifier.a $(HOSTED_ARCHIVES_host)
	$(call say,LD,$@)
	$(SHOW)$(CC) -o $@ -Wl,--start-group $^ -Wl,--end-group $(VERIFIER_LIBS)

$(BUILD)/san/bulkhead-verifier: $(BUILD)/san/attest/verifier/main.o $(BUILD)/san/libverifier.a $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(VERIFIER_LIBS)

all build: $(BUILD)/bulkhead-verifier

$(BUILD)/san/tests/unit/test_verifier_parts: $(BUILD)/san/libverifier.a
$(BUILD)/san/tests/unit/test_verifier_parts: TOOLS_LIBS += $(VERIFIER_LIBS)
