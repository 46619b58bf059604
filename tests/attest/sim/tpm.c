/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's side of enrolment and quotes (TPM 2.0 Library parts 1 to 3), with keys in memory. */
#include "tests/attest/sim/sim.h"

#include "attest/lib/appraise.h"
#include "attest/lib/quote.h"
#include "attest/lib/seed.h"
#include "attest/lib/wire.h"

#include <nettle/aes.h>
#include <nettle/base64.h>
#include <nettle/bignum.h>
#include <nettle/cfb.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void random_bytes(void *context, size_t size, uint8_t *bytes)
{
    if (!credential_random_kernel(context, bytes, size))
        memset(bytes, 0, size);
}

void sim_key_make(struct sim_key *key)
{
    struct ecc_point point;
    struct ecc_scalar scalar;
    mpz_t x, y, z;
    ecc_point_init(&point, nettle_get_secp_256r1());
    ecc_scalar_init(&scalar, nettle_get_secp_256r1());
    mpz_inits(x, y, z, NULL);
    ecdsa_generate_keypair(&point, &scalar, NULL, random_bytes);
    ecc_point_get(&point, x, y);
    ecc_scalar_get(&scalar, z);
    nettle_mpz_get_str_256(32, key->x, x);
    nettle_mpz_get_str_256(32, key->y, y);
    nettle_mpz_get_str_256(32, key->secret, z);
    mpz_clears(x, y, z, NULL);
    ecc_point_clear(&point);
    ecc_scalar_clear(&scalar);
}

/* Writes numbers and bytes one after the other, big-endian. */
struct out {
    uint8_t *bytes;
    uint16_t used;
};
static void put(struct out *out, const void *bytes, size_t size)
{
    memcpy(out->bytes + out->used, bytes, size);
    out->used = (uint16_t)(out->used + size);
}
static void put16(struct out *out, uint32_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(out, bytes, 2);
}
static void put32(struct out *out, uint32_t value)
{
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}
static void put64(struct out *out, uint64_t value)
{
    put32(out, (uint32_t)(value >> 32));
    put32(out, (uint32_t)value);
}
static void put_sized(struct out *out, const void *bytes, uint16_t size)
{
    put16(out, size);
    put(out, bytes, size);
}

/* Part 2, 12.2.4: the rest of a TPMT_PUBLIC after the policy, and the size in front. */
static uint16_t finish_public(struct out *out, const struct sim_key *key)
{
    put16(out, 0x0003); /* TPM_ECC_NIST_P256 */
    put16(out, 0x0010); /* no KDF */
    put_sized(out, key->x, 32);
    put_sized(out, key->y, 32);
    wire_store16(out->bytes, (uint16_t)(out->used - 2));
    return out->used;
}

uint16_t sim_ek_public(const struct sim_tpm *tpm, uint8_t bytes[SIM_PUBLIC_MAX])
{
    static const uint8_t policy_a[32] = {0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
                                         0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
                                         0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
    struct out out = {bytes, 2};
    put16(&out, 0x0023); /* TPM_ALG_ECC */
    put16(&out, TPM_ALG_SHA256);
    put32(&out, 0x000300b2);
    put_sized(&out, policy_a, sizeof policy_a);
    put16(&out, 0x0006); /* AES 128 CFB */
    put16(&out, 128);
    put16(&out, 0x0043);
    put16(&out, 0x0010); /* no scheme */
    return finish_public(&out, &tpm->ek);
}

uint16_t sim_ak_public(const struct sim_tpm *tpm, uint8_t bytes[SIM_PUBLIC_MAX])
{
    struct out out = {bytes, 2};
    put16(&out, 0x0023);
    put16(&out, TPM_ALG_SHA256);
    put32(&out, 0x00050072); /* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign */
    put16(&out, 0);
    put16(&out, 0x0010); /* no symmetric cipher */
    put16(&out, 0x0018); /* ECDSA with SHA-256 */
    put16(&out, TPM_ALG_SHA256);
    return finish_public(&out, &tpm->ak);
}

/* x of secret * (x, y). */
static bool agree(const struct sim_key *key, const uint8_t *x, const uint8_t *y, uint8_t z[32])
{
    struct ecc_point point, product;
    struct ecc_scalar scalar;
    mpz_t a, b;
    ecc_point_init(&point, nettle_get_secp_256r1());
    ecc_point_init(&product, nettle_get_secp_256r1());
    ecc_scalar_init(&scalar, nettle_get_secp_256r1());
    nettle_mpz_init_set_str_256_u(a, 32, key->secret);
    mpz_init(b);
    bool good = ecc_scalar_set(&scalar, a) == 1;
    nettle_mpz_set_str_256_u(a, 32, x);
    nettle_mpz_set_str_256_u(b, 32, y);
    good = good && ecc_point_set(&point, a, b) == 1;
    if (good) {
        ecc_point_mul(&product, &scalar, &point);
        ecc_point_get(&product, a, b);
        nettle_mpz_get_str_256(32, z, a);
    }
    mpz_clears(a, b, NULL);
    ecc_point_clear(&point);
    ecc_point_clear(&product);
    ecc_scalar_clear(&scalar);
    return good;
}

/* KDFe (part 1, 11.4.10.3) with SHA-256, one round: counter, z, "IDENTITY" and its NUL, x of both points. */
static void derive_seed(const uint8_t z[32], const uint8_t *theirs, const uint8_t *ours, uint8_t seed[32])
{
    static const uint8_t counter[4] = {0, 0, 0, 1};
    struct hash_state state;
    hash_start(&state, TPM_ALG_SHA256);
    hash_update(&state, counter, sizeof counter);
    hash_update(&state, z, 32);
    hash_update(&state, "IDENTITY", 9);
    hash_update(&state, theirs, 32);
    hash_update(&state, ours, 32);
    hash_finish(&state, seed);
}

bool sim_activate(const struct sim_tpm *tpm, const uint8_t *blob, size_t blob_size, const uint8_t *seed_bytes,
                  size_t seed_size, uint8_t secret[CREDENTIAL_SECRET_SIZE])
{
    uint8_t z[32], seed[32], key[32], mac[32], covered[34 + PUBLIC_NAME_MAX], iv[16] = {0}, plain[34];
    uint8_t public_bytes[SIM_PUBLIC_MAX];
    struct public_key ak;
    struct report report;
    struct aes128_ctx aes;
    report_init(&report);
    /* {size, {size, x}, {size, y}} and {size, {32, HMAC}, encrypted}. */
    if (seed_size != 2 + 34 + 34 || blob_size != 2 + 34 + 34 || !agree(&tpm->ek, seed_bytes + 4, seed_bytes + 38, z) ||
        !public_read_ak(public_bytes, sim_ak_public(tpm, public_bytes), &ak, &report))
        return false;
    derive_seed(z, seed_bytes + 4, tpm->ek.x, seed);
    memcpy(covered, blob + 36, 34);
    memcpy(covered + 34, ak.name.bytes, ak.name.size);
    seed_kdfa(TPM_ALG_SHA256, seed, "INTEGRITY", NULL, 0, 256, key);
    seed_hmac(TPM_ALG_SHA256, key, 32, covered, 34u + ak.name.size, mac);
    if (memcmp(mac, blob + 4, sizeof mac) != 0)
        return false;
    seed_kdfa(TPM_ALG_SHA256, seed, "STORAGE", ak.name.bytes, ak.name.size, 128, key);
    aes128_set_encrypt_key(&aes, key);
    cfb_decrypt(&aes, (nettle_cipher_func *)aes128_encrypt, 16, iv, sizeof plain, plain, covered);
    memcpy(secret, plain + 2, CREDENTIAL_SECRET_SIZE);
    return true;
}

static const char *const tampers[SIM_TAMPERS] = {"honest", "signature", "nonce", "host", "channel", "log", "pcr", "magic"};

bool sim_tamper_read(const char *name, enum sim_tamper *tamper)
{
    for (unsigned i = 0; i < SIM_TAMPERS; i++)
        if (strcmp(name, tampers[i]) == 0) {
            *tamper = (enum sim_tamper)i;
            return true;
        }
    return false;
}

/* TPMS_ATTEST. */
static uint16_t attest(struct sim_tpm *tpm, const struct sim_machine *machine, const uint8_t extra[32], bool bad_magic,
                       uint8_t *bytes)
{
    static const uint8_t selected[3] = {APPRAISE_PCRS & 0xff, APPRAISE_PCRS >> 8 & 0xff, APPRAISE_PCRS >> 16 & 0xff};
    struct pcr_selection selection = {APPRAISE_PCRS, APPRAISE_PCRS};
    struct out out = {bytes, 0};
    uint8_t signer[34] = {0, TPM_ALG_SHA256}, digest[32];
    memcpy(signer + 2, tpm->ak.x, 32); /* stable for this key, like a qualified name */
    pcr_composite(&machine->pcrs, &selection, TPM_ALG_SHA256, digest);
    put32(&out, bad_magic ? 0xff544348 : 0xff544347); /* TPM_GENERATED_VALUE */
    put16(&out, 0x8018);                              /* TPM_ST_ATTEST_QUOTE */
    put_sized(&out, signer, sizeof signer);
    put_sized(&out, extra, 32);
    put64(&out, ++tpm->clock);
    put32(&out, tpm->reset_count);
    put32(&out, tpm->restart_count);
    put(&out, "\x01", 1);
    put64(&out, 0x2022111500000000);
    put32(&out, 2);
    put16(&out, TPM_ALG_SHA256);
    put(&out, "\x03", 1);
    put(&out, selected, 3);
    put16(&out, TPM_ALG_SHA384);
    put(&out, "\x03", 1);
    put(&out, selected, 3);
    put_sized(&out, digest, 32);
    return out.used;
}

/* TPMT_SIGNATURE. */
static uint16_t sign(const struct sim_key *key, const uint8_t *bytes, size_t size, uint8_t *signature)
{
    struct ecc_scalar scalar;
    struct dsa_signature result;
    struct out out = {signature, 0};
    uint8_t digest[32], number[32];
    mpz_t secret;
    hash_bytes(TPM_ALG_SHA256, bytes, size, digest);
    ecc_scalar_init(&scalar, nettle_get_secp_256r1());
    dsa_signature_init(&result);
    nettle_mpz_init_set_str_256_u(secret, 32, key->secret);
    ecc_scalar_set(&scalar, secret);
    ecdsa_sign(&scalar, NULL, random_bytes, sizeof digest, digest, &result);
    put16(&out, 0x0018);
    put16(&out, TPM_ALG_SHA256);
    nettle_mpz_get_str_256(32, number, result.r);
    put_sized(&out, number, 32);
    nettle_mpz_get_str_256(32, number, result.s);
    put_sized(&out, number, 32);
    mpz_clear(secret);
    dsa_signature_clear(&result);
    ecc_scalar_clear(&scalar);
    return out.used;
}

static json_t *values_json(const uint8_t *values, size_t size)
{
    json_t *object = json_object();
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char name[8], text[2 * HASH_MAX_SIZE + 1];
        if ((APPRAISE_PCRS >> pcr & 1u) == 0)
            continue;
        snprintf(name, sizeof name, "%u", pcr);
        hash_to_hex(values + pcr * size, size, text);
        json_object_set_new(object, name, json_string(text));
    }
    return object;
}

static const char *tell(struct sim_told *told, const struct pcr_banks *pcrs)
{
    if (told->text != NULL && memcmp(&told->pcrs, pcrs, sizeof *pcrs) == 0)
        return told->text;
    json_t *json = json_pack("{s:o, s:o}", "sha256", values_json(pcrs->sha256[0], HASH_SHA256_SIZE), "sha384",
                             values_json(pcrs->sha384[0], HASH_SHA384_SIZE));
    free(told->text);
    told->pcrs = *pcrs;
    told->text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return told->text;
}

static void to_base64(char *text, const uint8_t *bytes, size_t size)
{
    base64_encode_raw(text, size, bytes);
    text[BASE64_ENCODE_RAW_LENGTH(size)] = '\0';
}

char *sim_evidence(struct sim_tpm *tpm, const struct sim_machine *machine, struct sim_told *told, const uint8_t nonce[32],
                   const char *host, const uint8_t channel[32], uint64_t log_offset, enum sim_tamper tamper)
{
    uint8_t extra[32], quoted[QUOTE_ATTEST_MAX], signature[QUOTE_SIGNATURE_MAX], log[SIM_LOG_MAX], other[32] = {0};
    char quoted_text[BASE64_ENCODE_RAW_LENGTH(sizeof quoted) + 1], log_text[BASE64_ENCODE_RAW_LENGTH(sizeof log) + 1];
    char signature_text[BASE64_ENCODE_RAW_LENGTH(sizeof signature) + 1], *evidence = NULL;
    struct pcr_banks pcrs = machine->pcrs;
    quote_binding(tamper == SIM_BAD_NONCE ? other : nonce, tamper == SIM_BAD_HOST ? machine->boot : host, machine->boot,
                  tamper == SIM_BAD_CHANNEL ? other : channel, extra);
    uint16_t size = attest(tpm, machine, extra, tamper == SIM_BAD_MAGIC, quoted);
    uint16_t signature_size = sign(&tpm->ak, quoted, size, signature);
    uint64_t offset = log_offset <= machine->log.used ? log_offset : machine->log.used;
    size_t log_size = machine->log.used - offset;
    memcpy(log, machine->log_bytes + offset, log_size);
    if (tamper == SIM_BAD_SIGNATURE)
        signature[20] ^= 1;
    if (tamper == SIM_BAD_LOG && log_size >= 3)
        log[log_size - 3] ^= 1;
    if (tamper == SIM_BAD_PCR)
        pcrs.sha256[9][0] ^= 1;
    to_base64(quoted_text, quoted, size);
    to_base64(signature_text, signature, signature_size);
    to_base64(log_text, log, log_size);
    if (asprintf(&evidence, "{\"boot\":\"%s\",\"attest\":\"%s\",\"signature\":\"%s\",\"pcrs\":%s,\"log_offset\":%llu,"
                            "\"log\":\"%s\"}", machine->boot, quoted_text, signature_text, tell(told, &pcrs),
                 (unsigned long long)offset, log_text) < 0)
        return NULL;
    return evidence;
}
