# SPDX-License-Identifier: Apache-2.0
# Tests: units here, whole machines through pytest in tests/boot.

# Keep the objects of the tests, which make takes for intermediate files.
.SECONDARY:

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/san/tests/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: unit test check-repro
unit: $(UNIT_TESTS) ## build and run the unit tests (sanitized)
	@tests/run-units.sh $(UNIT_TESTS)

$(BUILD)/san/tests/unit/%: $(BUILD)/san/tests/unit/%.o $(HOSTED_ARCHIVES_san)
	$(call say,LD,$@)
	$(SHOW)$(CC) $(SANITIZE) -o $@ $^ $(TOOLS_LIBS) -lcmocka

check-repro: ## build twice in different folders and compare the bytes
	@tests/check-repro.sh

test: ## set up, build, run every test
	@tools/setup/install.sh
	$(MAKE) all
	$(MAKE) unit
	$(MAKE) check-repro
	$(PYTHON) -m pytest tests/boot -x -q
