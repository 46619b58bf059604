# SPDX-License-Identifier: Apache-2.0
# The parts of Mbed TLS and libfdt that Bulkhead uses, built from the fetched sources for every flavour.

# What a P-384 verification and SHA-384 need (core/lib/crypto/mbedtls_config.h).
MBED_SOURCES := asn1parse asn1write bignum bignum_core constant_time ecdsa ecp ecp_curves ecp_curves_new platform \
    platform_util sha256 sha512
# Key files and deterministic signatures, for the bulkhead command.
MBED_HOSTED_SOURCES := $(MBED_SOURCES) base64 bignum_mod bignum_mod_raw hmac_drbg md oid pem pk pk_ecc pk_wrap pkparse \
    pkwrite
# Reading blobs; the boot stage never writes one.
FDT_SOURCES := fdt fdt_ro fdt_addresses fdt_check
FDT_HOSTED_SOURCES := $(FDT_SOURCES) fdt_rw fdt_wip fdt_sw fdt_strerror fdt_empty_tree

# third_party_rules(FLAVOUR,MBED,FDT): objects and archives of one flavour. Not our code: no warnings of ours.
define third_party_rules
$$(BUILD)/$(1)/mbedtls/%.o: $$(MBEDTLS)/library/%.c core/lib/crypto/mbedtls_config.h core/crypto.mk Makefile
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(SHOW)$$(CC) $$(CFLAGS_$(1)) -w -c -o $$@ $$<
$$(BUILD)/$(1)/libfdt/%.o: $$(LIBFDT)/%.c core/crypto.mk Makefile
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(SHOW)$$(CC) $$(CFLAGS_$(1)) -w -c -o $$@ $$<
$$(BUILD)/$(1)/libmbed.a: $$(patsubst %,$$(BUILD)/$(1)/mbedtls/%.o,$(2))
	$$(archive)
$$(BUILD)/$(1)/libfdt.a: $$(patsubst %,$$(BUILD)/$(1)/libfdt/%.o,$(3))
	$$(archive)
endef
$(eval $(call third_party_rules,host,$(MBED_HOSTED_SOURCES),$(FDT_HOSTED_SOURCES)))
$(eval $(call third_party_rules,san,$(MBED_HOSTED_SOURCES),$(FDT_HOSTED_SOURCES)))
$(eval $(call third_party_rules,target/pie,$(MBED_SOURCES),$(FDT_SOURCES)))

# The sources appear when the tarballs are unpacked.
$(MBEDTLS)/library/%.c $(LIBFDT)/%.c: $(SOURCES_READY) ;

# gcc must not turn the loops of memchr and strlen into calls of themselves.
$(BUILD)/target/pie/core/lib/string.o $(BUILD)/target/monitor/core/lib/string.o: \
    TARGET_CFLAGS += -fno-tree-loop-distribute-patterns
