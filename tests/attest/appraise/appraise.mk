# SPDX-License-Identifier: Apache-2.0
# The appraisal against a real (emulated) TPM: attacks, credentials, good hosts.

APPRAISER := $(BUILD)/san/tests/attest/appraise/appraiser
$(APPRAISER): $(addprefix $(BUILD)/san/tests/attest/appraise/,appraiser.o sample_boot.o) $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(TOOLS_LIBS)

.PHONY: check-appraise
check-appraise: $(APPRAISER) ## attack the appraisal, with quotes of an emulated TPM
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/attest/appraise
