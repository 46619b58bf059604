# SPDX-License-Identifier: Apache-2.0
# Guest images. What they are made of is kept in $BULKHEAD_CACHE (~/.cache/bulkhead), so that only the first build is
# long. docs/guests.md tells how an image is made and how to make one's own.

GUESTS := $(BUILD)/guests
GUEST_IMAGES := web mail database attest
GUEST_BUILDER := partitions/build-image.sh partitions/build-base.sh partitions/debian.sh partitions/lib.sh

.PHONY: guests guest-test guest-check guest-refresh
guests: guest-test $(GUESTS)/initrd.img ## build the Debian server images (as root)
	@+GUESTS_STARTED=$$(date +%s) $(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j2) \
	    $(GUEST_IMAGES:%=$(GUESTS)/%/roothash)

guest-test: $(GUESTS)/test/initrd.img ## build the small guest of the machine tests

$(GUESTS)/version: partitions/fetch-kernel.sh partitions/lib.sh
	@partitions/fetch-kernel.sh $(GUESTS)
	@touch $@

$(GUESTS)/initrd.img: partitions/initrd/recipe partitions/initrd/init partitions/build-initrd.sh $(GUESTS)/version
	@partitions/build-initrd.sh partitions/initrd/recipe $(GUESTS) $@

$(GUESTS)/test/initrd.img: partitions/test/recipe partitions/test/init partitions/build-initrd.sh $(GUESTS)/version \
    $(GUESTS)/tools/bulkhead-event-log
	@partitions/build-initrd.sh partitions/test/recipe $(GUESTS) $@
	@cp -f $(GUESTS)/vmlinuz $(GUESTS)/test/vmlinuz

$(GUEST_IMAGES:%=$(GUESTS)/%/roothash): $(GUESTS)/%/roothash: $(GUEST_BUILDER)
	@BULKHEAD_BUILD=$(abspath $(BUILD)) partitions/build-image.sh $* $(GUESTS)/$*
	@touch $@

$(foreach image,$(GUEST_IMAGES),$(eval $(GUESTS)/$(image)/roothash: \
    $(shell find partitions/base partitions/$(image) -type f)))

# Images that hold programs of ours name them.
$(foreach image,$(GUEST_IMAGES),$(eval $(GUESTS)/$(image)/roothash: \
    $(addprefix $(BUILD)/,$(shell cat partitions/$(image)/programs 2>/dev/null))))

# What benchmark and tests run inside a partition: static, so that it runs in every image.
$(GUESTS)/tools/%: $(BUILD)/host/partitions/tools/%.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(SHOW)$(CC) -static -o $@ $^

$(GUESTS)/tools/bulkhead-event-log: $(BUILD)/host/core/measure/log.o

guest-check: guests ## try every guest image on bare QEMU, without Bulkhead
	@$(PYTHON) -m pytest tests/guests -x -q

guest-refresh: ## forget cached guest images and kernel: the next build takes Debian's current packages
	rm -rf "$${BULKHEAD_CACHE:-$$HOME/.cache/bulkhead}/guests" $(GUESTS)
