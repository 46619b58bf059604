/* SPDX-License-Identifier: Apache-2.0 */
/* MakeCredential: seed, then the secret under keys derived from it. */
#include "attest/lib/credential.h"

#include "attest/lib/seed.h"
#include "attest/lib/wire.h"

#include <nettle/aes.h>
#include <nettle/cfb.h>
#include <string.h>
#include <sys/random.h>

bool credential_random_kernel(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0)
            return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

/* CFB with an IV of zero (part 1, 24.4): the key serves once. */
static void encrypt(const uint8_t *key, uint32_t bits, const uint8_t *plain, size_t size, uint8_t *out)
{
    uint8_t iv[AES_BLOCK_SIZE] = {0};
    struct aes128_ctx aes128;
    struct aes256_ctx aes256;
    if (bits == 256) {
        aes256_set_encrypt_key(&aes256, key);
        cfb_encrypt(&aes256, (nettle_cipher_func *)aes256_encrypt, AES_BLOCK_SIZE, iv, size, out, plain);
    } else {
        aes128_set_encrypt_key(&aes128, key);
        cfb_encrypt(&aes128, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, iv, size, out, plain);
    }
}

/* TPM2B_ID_OBJECT: {HMAC as TPM2B, encrypted TPM2B of the secret} (part 1, 24.4 and 24.5). */
static void protect(const struct public_key *ek, const struct public_name *name, const uint8_t *secret,
                    const uint8_t *seed, struct credential *credential)
{
    uint16_t hash = ek->name_algorithm;
    uint16_t digest = (uint16_t)hash_size(hash);
    uint8_t plain[2 + CREDENTIAL_SECRET_SIZE], key[32], mac_key[HASH_MAX_SIZE];
    uint8_t covered[sizeof plain + PUBLIC_NAME_MAX];
    wire_store16(plain, CREDENTIAL_SECRET_SIZE);
    memcpy(plain + 2, secret, CREDENTIAL_SECRET_SIZE);
    seed_kdfa(hash, seed, "STORAGE", name->bytes, name->size, ek->symmetric_bits, key);
    encrypt(key, ek->symmetric_bits, plain, sizeof plain, covered);
    memcpy(covered + sizeof plain, name->bytes, name->size);
    seed_kdfa(hash, seed, "INTEGRITY", NULL, 0, 8u * digest, mac_key);
    uint16_t inner = (uint16_t)(2 + digest + sizeof plain);
    wire_store16(credential->blob, inner);
    wire_store16(credential->blob + 2, digest);
    seed_hmac(hash, mac_key, digest, covered, sizeof plain + name->size, credential->blob + 4);
    memcpy(credential->blob + 4 + digest, covered, sizeof plain);
    credential->blob_size = (uint16_t)(2 + inner);
    explicit_bzero(key, sizeof key);
    explicit_bzero(mac_key, sizeof mac_key);
    explicit_bzero(plain, sizeof plain);
}

bool credential_make(const struct public_key *ek, const struct public_name *ak_name,
                     const uint8_t secret[CREDENTIAL_SECRET_SIZE], credential_random *random, void *random_context,
                     struct credential *credential)
{
    uint8_t seed[HASH_MAX_SIZE];
    memset(credential, 0, sizeof *credential);
    bool good = ek->kind == PUBLIC_RSA2048 ? seed_wrap_rsa(ek, random, random_context, seed, credential)
                                           : seed_wrap_ecc(ek, random, random_context, seed, credential);
    if (good)
        protect(ek, ak_name, secret, seed, credential);
    explicit_bzero(seed, sizeof seed);
    return good;
}

void credential_proof(const uint8_t secret[CREDENTIAL_SECRET_SIZE], const char *host, const uint8_t nonce[32],
                      uint8_t proof[HASH_SHA256_SIZE])
{
    static const char label[] = "bulkhead-activate";
    uint8_t message[sizeof label - 1 + 32 + 32] = {0};
    memcpy(message, label, sizeof label - 1);
    memcpy(message + sizeof label - 1, host, strnlen(host, 32));
    memcpy(message + sizeof label - 1 + 32, nonce, 32);
    hash_hmac_sha256(secret, CREDENTIAL_SECRET_SIZE, message, sizeof message, proof);
}
