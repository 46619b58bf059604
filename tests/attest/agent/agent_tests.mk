# SPDX-License-Identifier: Apache-2.0
# The agent against a real (emulated) TPM and verifiers that check each byte, or misbehave.

SOAK_SECONDS ?= 240

.PHONY: check-agent check-end-to-end soak-agent
check-agent: $(BUILD)/san/bulkhead-agent ## test the agent (sanitized), with an emulated TPM and hostile verifiers
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/attest/agent

soak-agent: $(BUILD)/bulkhead-agent ## a day of the agent's quotes without the pauses (SOAK_SECONDS=240)
	@BULKHEAD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/attest/agent/soak.py $(SOAK_SECONDS)

check-end-to-end: $(BUILD)/san/bulkhead-agent $(BUILD)/san/bulkhead-verifier $(BUILD)/san/tests/attest/appraise/appraiser
check-end-to-end: ## test agent and verifier together
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/attest/end_to_end
