# SPDX-License-Identifier: Apache-2.0
# The verifier from outside: real server, real databases, simulated hosts (tests/attest/sim).

.PHONY: check-verifier check-attest bench-attest
check-verifier: $(BUILD)/san/bulkhead-verifier $(BUILD)/attest-sim ## test the verifier, with simulated hosts
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/attest/verifier

check-attest: check-appraise check-agent check-verifier check-end-to-end ## test all of attestation that needs no machine

bench-attest: $(BUILD)/bulkhead-verifier $(BUILD)/attest-sim $(BUILD)/attest-load ## measure appraisals per second
	@BULKHEAD_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/attest.py
