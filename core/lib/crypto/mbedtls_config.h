/* SPDX-License-Identifier: Apache-2.0 */
/* The part of Mbed TLS 3.6 that Bulkhead needs: SHA-2, ECDSA verification on P-384. core/crypto.mk switches on
 * LMS for the files that need to know. The same choices hold on the host, so that both run the same code;
 * tools/crypto/mbedtls_config_hosted.h adds key files and signing. */
#ifndef CORE_LIB_CRYPTO_MBEDTLS_CONFIG_H
#define CORE_LIB_CRYPTO_MBEDTLS_CONFIG_H

#include <stddef.h>

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_UDBL_DIVISION /* would call libgcc's __udivti3 */
#define MBEDTLS_NO_PLATFORM_ENTROPY

/* The heap is the counted arena that crypto_init() was given (core/lib/crypto.h). */
void *crypto_heap_calloc(size_t count, size_t size);
void crypto_heap_free(void *pointer);
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO crypto_heap_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO crypto_heap_free

#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECDSA_C

#endif
