# SPDX-License-Identifier: Apache-2.0
# The parts of Mbed TLS and libfdt that Bulkhead uses, built from the fetched sources for every flavour.

# What P-384 and LMS verification and SHA-384 need (core/lib/crypto/mbedtls_config.h).
MBED_SOURCES := asn1parse asn1write bignum bignum_core constant_time ecdsa ecp ecp_curves ecp_curves_new lmots \
    lms platform platform_util psa_util sha256 sha512
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
$$(BUILD)/$(1)/libmbed.a: $$(patsubst %,$$(BUILD)/$(1)/mbedtls/%.o,$(2)) $$(BUILD)/$(1)/core/lib/crypto/psa_hash.o
	$$(archive)
$$(BUILD)/$(1)/libfdt.a: $$(patsubst %,$$(BUILD)/$(1)/libfdt/%.o,$(3))
	$$(archive)
endef
$(eval $(call third_party_rules,host,$(MBED_HOSTED_SOURCES),$(FDT_HOSTED_SOURCES)))
$(eval $(call third_party_rules,san,$(MBED_HOSTED_SOURCES),$(FDT_HOSTED_SOURCES)))
$(eval $(call third_party_rules,target/pie,$(MBED_SOURCES),$(FDT_SOURCES)))

# LMS hashes through the PSA interface; core/lib/crypto/psa_hash.c is as much of it as that calls. The rest of Mbed TLS must not
# see the interface, or it would ask for all of it.
LMS_OBJECTS := core/lib/crypto/psa_hash.o mbedtls/lms.o mbedtls/lmots.o mbedtls/psa_util.o
define lms_rules
$$(addprefix $$(BUILD)/$(1)/,$$(LMS_OBJECTS)): CFLAGS_$(1) += -DMBEDTLS_PSA_CRYPTO_CLIENT -DMBEDTLS_LMS_C
endef
$(foreach flavour,host san target/pie,$(eval $(call lms_rules,$(flavour))))

# The sources appear when the tarballs are unpacked.
$(MBEDTLS)/library/%.c $(LIBFDT)/%.c: $(SOURCES_READY) ;

# gcc must not turn the loops of memchr and strlen into calls of themselves.
$(BUILD)/target/pie/core/lib/string.o $(BUILD)/target/monitor/core/lib/string.o: \
    TARGET_CFLAGS += -fno-tree-loop-distribute-patterns
