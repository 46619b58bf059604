# SPDX-License-Identifier: Apache-2.0
# Tests: units here, whole machines through pytest in tests/boot.

# Keep the objects of the tests, which make takes for intermediate files.
.SECONDARY:

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/san/tests/unit/%,$(wildcard tests/unit/test_*.c))
include tests/unit/monitor/monitor.mk

.PHONY: unit test check-repro check-tools check-machines
unit: $(UNIT_TESTS) ## build and run the unit tests (sanitized)
	@tests/run-units.sh $(UNIT_TESTS)

$(BUILD)/san/tests/unit/%: $(BUILD)/san/tests/unit/%.o $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ -Wl,--start-group $^ -Wl,--end-group $(TOOLS_LIBS) -lcmocka

check-repro: image ## build the image again in another folder and compare the bytes
	@tests/check-repro.sh $(abspath $(BUILD))

check-tools: $(BUILD)/san/bulkhead ## test the bulkhead command (sanitized), and the habits of the source tree
	@BULKHEAD_BUILD=$(abspath $(BUILD)/san) $(PYTHON) -m pytest -q tests/tree tests/tools

check-machines: all guests guest-prober ## boot whole machines in QEMU
	@$(PYTHON) -m pytest -x -q tests/boot

test: ## set up, build, run every test
	@tools/setup/install.sh
	+@$(MAKE) --no-print-directory -j$(shell nproc) all
	+@$(MAKE) --no-print-directory -j$(shell nproc) unit
	+@$(MAKE) --no-print-directory check-repro
	+@$(MAKE) --no-print-directory check-tools
	+@$(MAKE) --no-print-directory check-attest
	+@$(MAKE) --no-print-directory check-machines

include tests/attest/appraise/appraise.mk
include tests/attest/agent/agent_tests.mk
include tests/attest/sim/sim.mk
include tests/attest/verifier/verifier.mk
include tests/fuzz/fuzz.mk
include tests/boot/guests/guests.mk
