# SPDX-License-Identifier: Apache-2.0
# The appraisal against a real (emulated) TPM: attacks, credentials, good hosts.

APPRAISER := $(BUILD)/san/tests/attest/appraise/appraiser
$(APPRAISER): $(addprefix $(BUILD)/san/tests/attest/appraise/,appraiser.o host_file.o sample_boot.o) $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(TOOLS_LIBS)

.PHONY: check-appraise
check-appraise: $(APPRAISER) ## attack the appraisal, with quotes of an emulated TPM
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/attest/appraise

APPRAISE_SAMPLES := $(addprefix tests/attest/appraise/sample_,boot.c host.c release.c)
$(BUILD)/host/tests/bench/appraise: $(call objects,host,tests/bench/appraise.c $(APPRAISE_SAMPLES)) $(HOSTED_ARCHIVES_host)
	$(call say,LD,$@)
	$(SHOW)$(CC) -o $@ -Wl,--start-group $^ -Wl,--end-group $(TOOLS_LIBS)

.PHONY: bench-appraise
bench-appraise: $(BUILD)/host/tests/bench/appraise ## print how long an appraisal takes
	@$<

# Fuzzers of what anyone may send to the verifier. The library's own sources are instrumented, what they stand on comes from the
# archives. Good inputs to start from are made by tests/fuzz/seeds.c.
FUZZ_ATTEST := $(wildcard attest/lib/*.c) $(APPRAISE_SAMPLES)
FUZZ_ATTEST_ARCHIVES := $(addprefix $(BUILD)/host/,libbulkhead.a libmbed.a libfdt.a)
$(BUILD)/fuzz/seeds: tests/fuzz/seeds.c tools/common/file.c tools/common/memory.c $(FUZZ_ATTEST) \
    $(FUZZ_ATTEST_ARCHIVES)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(filter-out -fsanitize=%,$(FUZZ_CFLAGS)) -o $@ -Wl,--start-group $^ -Wl,--end-group \
	    $(TOOLS_LIBS)

# attest_fuzzer(NAME,LENGTH)
define attest_fuzzer
.PHONY: fuzz-$(1)
fuzz-$(1): $$(BUILD)/fuzz/$(1) $$(BUILD)/fuzz/seeds
	@mkdir -p $$(BUILD)/fuzz/corpus-$(1)
	@$$(BUILD)/fuzz/seeds $$(BUILD)/fuzz
	$$< -max_len=$(2) -timeout=60 -max_total_time=$$(FUZZ_SECONDS) -print_final_stats=1 $$(BUILD)/fuzz/corpus-$(1)
$$(BUILD)/fuzz/$(1): tests/fuzz/fuzz_$(1).c $$(FUZZ_ATTEST) $$(FUZZ_ATTEST_ARCHIVES)
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(TOOLS_LIBS)
endef
$(eval $(call attest_fuzzer,replay,16384))
$(eval $(call attest_fuzzer,quote,700))
$(eval $(call attest_fuzzer,evidence,40000))
fuzz: fuzz-replay fuzz-quote fuzz-evidence

# A unit test that borrows the host without a TPM.
$(BUILD)/san/tests/unit/test_signer: $(call objects,san,$(APPRAISE_SAMPLES))
