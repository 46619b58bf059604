# SPDX-License-Identifier: Apache-2.0
# Guest images: `make guests` builds all of them, `make guest-test` only the small one that the machine tests boot.

GUESTS := $(BUILD)/guests

.PHONY: guest-test
guest-test: $(GUESTS)/test/initrd.img

$(GUESTS)/version: partitions/fetch-kernel.sh partitions/lib.sh
	@partitions/fetch-kernel.sh $(GUESTS)
	@touch $@

$(GUESTS)/test/initrd.img: partitions/test/recipe partitions/test/init partitions/build-initrd.sh $(GUESTS)/version
	@partitions/build-initrd.sh partitions/test/recipe $(GUESTS) $@
	@cp -f $(GUESTS)/vmlinuz $(GUESTS)/test/vmlinuz
