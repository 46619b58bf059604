/* SPDX-License-Identifier: Apache-2.0 */
/* Mbed TLS for the bulkhead command: the boot stage's configuration, plus key files and deterministic signatures. */
#ifndef TOOLS_CRYPTO_MBEDTLS_CONFIG_HOSTED_H
#define TOOLS_CRYPTO_MBEDTLS_CONFIG_HOSTED_H

#include "core/lib/crypto/mbedtls_config.h"

#define MBEDTLS_BASE64_C
#define MBEDTLS_ECDSA_DETERMINISTIC
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_MD_C
#define MBEDTLS_OID_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_PEM_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_PK_WRITE_C

#endif
