# SPDX-License-Identifier: Apache-2.0
# The configuration: the page of error codes, and the fuzzer of the decoder.

FUZZ_CC := clang-14
FUZZ_SECONDS ?= 60
FUZZ_SOURCES := $(wildcard config/decode*.c config/tree.c config/binding.c config/pci_path.c) \
    $(filter-out config/rules/complete.c,$(wildcard config/rules/*.c)) core/lib/format.c core/lib/report.c
FUZZ_CFLAGS := -std=c11 -O1 -g -I. -isystem $(LIBFDT) -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all

.PHONY: errors fuzz-config
errors: ## write docs/errors.md from the rules in the sources
	@$(PYTHON) tests/tree/errors_table.py --write

fuzz-config: $(BUILD)/fuzz/config ## fuzz the configuration's decoder for FUZZ_SECONDS (needs clang-14)
	@mkdir -p $(BUILD)/fuzz/corpus
	@dtc -q -I dts -O dtb -o $(BUILD)/fuzz/corpus/shop.dtb config/examples/shop.dts
	$(BUILD)/fuzz/config -max_len=16384 -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 $(BUILD)/fuzz/corpus

$(BUILD)/fuzz/config: tests/fuzz/fuzz_config.c $(FUZZ_SOURCES) | $(SOURCES_READY)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ tests/fuzz/fuzz_config.c $(FUZZ_SOURCES) \
	    $(addprefix $(LIBFDT)/,fdt.c fdt_ro.c fdt_check.c)
