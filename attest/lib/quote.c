/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes: signature first, then the structure. */
#include "attest/lib/quote.h"

#include "attest/lib/ecdsa.h"
#include "attest/lib/wire.h"

#include <string.h>

static const struct rule rule_signature_form = {
    "ATT-910", "this is no ECDSA signature of a TPM", "a TPMT_SIGNATURE: ECDSA with the key's own hash, nothing left over",
    "let the agent quote again"};
static const struct rule rule_signature = {
    "ATT-911", "the quote is not signed by the host's attestation key", "a signature of the key that was enrolled",
    "if the TPM was replaced: retire the host and enrol it again; else see who sent this"};
static const struct rule rule_attest = {
    "ATT-912", "this is no quote", "a TPMS_ATTEST: magic 0xff544347, type TPM_ST_ATTEST_QUOTE, nothing left over",
    "see who sent this: the key signs nothing else that looks like a quote"};
static const struct rule rule_banks = {
    "ATT-913", "the quote is not over the two banks", "SHA-256, then SHA-384, each once",
    "switch both banks on in the firmware's settings; see that the agent quotes both"};

/* A half of the signature, which TPMs may send without its leading zeroes. */
static bool read_half(struct cursor *cursor, uint16_t size, uint8_t half[48])
{
    uint16_t got;
    const uint8_t *bytes = wire_sized(cursor, size, &got);
    if (bytes == NULL)
        return false;
    memset(half, 0, size);
    memcpy(half + size - got, bytes, got);
    return true;
}

bool quote_verify(const struct public_key *key, const uint8_t *attest, size_t attest_size, const uint8_t *signature,
                  size_t signature_size, struct report *report)
{
    uint8_t r[48], s[48], digest[HASH_MAX_SIZE];
    struct cursor cursor = cursor_over(signature, signature_size);
    uint16_t hash = key->kind == PUBLIC_P384 ? TPM_ALG_SHA384 : TPM_ALG_SHA256;
    uint16_t scheme = wire_u16(&cursor), scheme_hash = wire_u16(&cursor);
    bool form = key->kind != PUBLIC_RSA2048 && scheme == TPM_ALG_ECDSA && scheme_hash == hash &&
                read_half(&cursor, key->size, r) && read_half(&cursor, key->size, s) && wire_done(&cursor);
    if (!report_unless(form, report, &rule_signature_form, "signature", "%zu bytes, scheme 0x%04x, hash 0x%04x",
                       signature_size, scheme, scheme_hash))
        return false;
    hash_bytes(hash, attest, attest_size, digest);
    return report_unless(ecdsa_verify_digest(key, digest, r, s), report, &rule_signature, "signature",
                         "a signature of another key or over other bytes");
}

/* TPMS_PCR_SELECTION of one bank (part 2, 10.6.2): three octets, as every PC's TPM has 24 registers. */
static bool read_selection(struct cursor *cursor, uint16_t algorithm, uint32_t *mask)
{
    bool named = wire_u16(cursor) == algorithm;
    bool octets = cursor_u8(cursor) == 3;
    uint32_t low = cursor_u8(cursor), middle = cursor_u8(cursor), high = cursor_u8(cursor);
    *mask = low | middle << 8 | high << 16;
    return named && octets && !cursor->overrun;
}

static bool read_name(struct cursor *cursor, struct public_name *name)
{
    const uint8_t *bytes = wire_sized(cursor, sizeof name->bytes, &name->size);
    if (bytes == NULL)
        return false;
    memcpy(name->bytes, bytes, name->size);
    return true;
}

static bool read_head(struct cursor *cursor, struct quote *quote)
{
    if (wire_u32(cursor) != TPM_GENERATED_VALUE || wire_u16(cursor) != TPM_ST_ATTEST_QUOTE ||
        !read_name(cursor, &quote->signer))
        return false;
    const uint8_t *extra = wire_sized(cursor, sizeof quote->extra, &quote->extra_size);
    if (extra == NULL)
        return false;
    memcpy(quote->extra, extra, quote->extra_size);
    quote->clock = wire_u64(cursor);
    quote->reset_count = wire_u32(cursor);
    quote->restart_count = wire_u32(cursor);
    uint8_t safe = cursor_u8(cursor);
    quote->safe = safe == 1;
    quote->firmware = wire_u64(cursor);
    return safe <= 1 && !cursor->overrun;
}

bool quote_read(const uint8_t *attest, size_t size, struct quote *quote, struct report *report)
{
    struct cursor cursor = cursor_over(attest, size);
    memset(quote, 0, sizeof *quote);
    if (!report_unless(size <= QUOTE_ATTEST_MAX && read_head(&cursor, quote), report, &rule_attest, "attest",
                       "%zu bytes of something else", size))
        return false;
    uint32_t banks = wire_u32(&cursor);
    bool both = banks == 2 && read_selection(&cursor, TPM_ALG_SHA256, &quote->selection.sha256) &&
                read_selection(&cursor, TPM_ALG_SHA384, &quote->selection.sha384);
    if (!report_unless(both, report, &rule_banks, "attest", "%u bank(s), or others", banks))
        return false;
    const uint8_t *digest = wire_sized(&cursor, HASH_MAX_SIZE, &quote->digest_size);
    if (!report_unless(digest != NULL && wire_done(&cursor), report, &rule_attest, "attest",
                       "%zu bytes, of which a quote takes %lu", size, (unsigned long)cursor.at))
        return false;
    memcpy(quote->digest, digest, quote->digest_size);
    return true;
}

void quote_binding(const uint8_t nonce[32], const char *host, const char *boot, const uint8_t channel[32],
                   uint8_t extra[HASH_SHA256_SIZE])
{
    static const char label[] = "bulkhead-quote-1";
    struct hash_state state;
    hash_start(&state, TPM_ALG_SHA256);
    hash_update(&state, label, sizeof label - 1);
    hash_update(&state, nonce, 32);
    hash_update(&state, host, strnlen(host, 32));
    hash_update(&state, boot, strnlen(boot, 32));
    hash_update(&state, channel, 32);
    hash_finish(&state, extra);
}
