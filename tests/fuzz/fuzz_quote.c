/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes given to the readers of attest structures, signatures and public areas. */
#include "attest/lib/credential.h"
#include "attest/lib/ecdsa.h"
#include "attest/lib/quote.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool no_randomness(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    memset(bytes, 0x5a, size);
    return true;
}

static void read_keys(const uint8_t *bytes, size_t size)
{
    static const uint8_t secret[CREDENTIAL_SECRET_SIZE];
    struct public_key key;
    struct credential credential;
    struct report report;
    report_init(&report);
    if (public_read_ak(bytes, size, &key, &report) && key.kind == PUBLIC_RSA2048)
        abort();
    report_init(&report);
    if (public_read_ek(bytes, size, &key, &report) &&
        !credential_make(&key, &key.name, secret, no_randomness, NULL, &credential))
        abort();
}

static void read_quote(const uint8_t *bytes, size_t size)
{
    struct quote quote;
    struct report report;
    report_init(&report);
    if (quote_read(bytes, size, &quote, &report) != report_ok(&report))
        abort();
    if (report_ok(&report) && (quote.digest_size > HASH_MAX_SIZE || quote.signer.size > PUBLIC_NAME_MAX))
        abort();
}

/* The generator of the curve serves as key: what is tested is the form. */
static void read_signature(const uint8_t *bytes, size_t size)
{
    struct ecdsa_secret one = {{0}};
    struct public_key key;
    struct report report;
    report_init(&report);
    one.bytes[47] = 1;
    if (!ecdsa_public_p384(&one, &key))
        abort();
    quote_verify(&key, bytes, size / 2, bytes + size / 2, size - size / 2, &report);
}

/* The first byte chooses the reader. Exact copies, so that a byte too many is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    uint8_t *copy = malloc(size - 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 1, size - 1);
    if (data[0] % 3 == 0)
        read_keys(copy, size - 1);
    else if (data[0] % 3 == 1)
        read_quote(copy, size - 1);
    else
        read_signature(copy, size - 1);
    free(copy);
    return 0;
}
