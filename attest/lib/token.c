/* SPDX-License-Identifier: Apache-2.0 */
/* EAR claims, signed and checked. */
#include "attest/lib/token.h"

#include "attest/lib/json_read.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

static const struct rule rule_token = {
    "ATT-985", "this is no token of the verifier", "a JWT in compact form, ES384, signed by the verifier's key",
    "ask the verifier for a new one; see that you have its current key"};

#define PROFILE "tag:github.com,2023:veraison/ear" /* draft-ietf-rats-ear, eat_profile */
#define SIGNATURE_SIZE 96u

/* Trustworthiness claims (RFC-to-be draft-ietf-rats-ar4si): 2 affirming, 32 warning, 96 contraindicated, 0 no claim. */
static int tier(enum appraise_verdict verdict)
{
    static const int tiers[] = {
        [VERDICT_NONE] = 0, [VERDICT_AFFIRMING] = 2, [VERDICT_WARNING] = 32, [VERDICT_CONTRAINDICATED] = 96};
    return tiers[verdict];
}

static json_t *submodule(const struct appraise_result *result, const struct token_facts *facts)
{
    json_t *json = json_object();
    enum appraise_verdict status = facts->distrusted ? VERDICT_CONTRAINDICATED : result->verdict;
    json_object_set_new(json, "ear.status", json_string(appraise_verdict_name(status)));
    /* The key answered; what it vouches for is as good as the verdict. Distrust is of the machine that has the key. */
    if (result->accepted && result->verdict != VERDICT_NONE)
        json_object_set_new(json, "ear.trustworthiness-vector",
                            json_pack("{s:i, s:i, s:i}", "instance-identity",
                                      facts->distrusted ? tier(VERDICT_CONTRAINDICATED) : 2, "configuration",
                                      tier(result->verdict), "executables", tier(result->verdict)));
    if (facts->policy != NULL)
        json_object_set_new(json, "ear.appraisal-policy-id", json_string(facts->policy));
    if (facts->asset != NULL)
        json_object_set_new(json, "bulkhead.asset", json_string(facts->asset));
    if (facts->release != NULL)
        json_object_set_new(json, "bulkhead.release", json_string(facts->release));
    if (facts->state != NULL)
        json_object_set_new(json, "bulkhead.state", json_string(facts->state));
    json_object_set_new(json, "bulkhead.boot", json_string(result->boot));
    json_object_set_new(json, "bulkhead.security-version", json_integer(result->security_version));
    json_object_set_new(json, "bulkhead.reasons", appraise_reasons_json(result));
    return json;
}

/* Base64url without padding (RFC 7515, 2). Returns the length; `text` has room for it and a NUL. */
static size_t encode(const void *bytes, size_t size, char *text)
{
    struct base64_encode_ctx context;
    base64url_encode_init(&context);
    size_t used = base64_encode_update(&context, text, size, bytes);
    used += base64_encode_final(&context, text + used);
    while (used > 0 && text[used - 1] == '=')
        used--;
    text[used] = '\0';
    return used;
}

/* Nonces are texts of 8 to 88 characters (RFC 9711, 4.1, JSON). */
static json_t *claims(const struct appraise_result *result, const struct token_facts *facts)
{
    char nonce[BASE64_ENCODE_LENGTH(32) + BASE64_ENCODE_FINAL_LENGTH + 1];
    json_t *modules = json_object();
    encode(facts->nonce, 32, nonce);
    json_object_set_new(modules, facts->host, submodule(result, facts));
    json_t *expires = facts->expires_at != 0 ? json_integer((json_int_t)facts->expires_at) : NULL;
    return json_pack("{s:s, s:I, s:o*, s:s, s:{s:s, s:s}, s:o}", "eat_profile", PROFILE, "iat", (json_int_t)facts->issued_at,
                     "exp", expires, "eat_nonce", nonce, "ear.verifier-id", "build", facts->verifier_build, "developer",
                     facts->verifier_developer, "submods", modules);
}

/* header.claims.signature of texts that are JSON already. */
static char *sign(const char *header, const char *body, const struct ecdsa_secret *secret)
{
    uint8_t digest[HASH_SHA384_SIZE], signature[SIGNATURE_SIZE];
    size_t header_size = strlen(header), body_size = strlen(body);
    char *token = malloc((header_size + body_size + SIGNATURE_SIZE) * 2 + 64);
    if (token == NULL)
        return NULL;
    size_t used = encode(header, header_size, token);
    token[used++] = '.';
    used += encode(body, body_size, token + used);
    hash_bytes(TPM_ALG_SHA384, token, used, digest);
    if (!ecdsa_sign_p384(secret, digest, signature)) {
        free(token);
        return NULL;
    }
    token[used++] = '.';
    encode(signature, sizeof signature, token + used);
    return token;
}

char *token_make(const struct appraise_result *result, const struct token_facts *facts, const struct ecdsa_secret *secret)
{
    char *token = NULL;
    json_t *header_json = json_pack("{s:s, s:s, s:s}", "alg", "ES384", "typ", "JWT", "kid", facts->key_id);
    json_t *claims_json = claims(result, facts);
    char *header = header_json != NULL ? json_dumps(header_json, JSON_COMPACT) : NULL;
    char *body = claims_json != NULL ? json_dumps(claims_json, JSON_COMPACT) : NULL;
    if (header != NULL && body != NULL)
        token = sign(header, body, secret);
    free(body);
    free(header);
    json_decref(claims_json);
    json_decref(header_json);
    return token;
}

/* Strict base64url of one part, onto the heap; NULL otherwise. */
static uint8_t *decode(const char *text, size_t length, size_t *size)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct base64_decode_ctx context;
    size_t padding = (4 - length % 4) % 4;
    if (padding == 3)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (memchr(alphabet, text[i], sizeof alphabet - 1) == NULL)
            return NULL;
    uint8_t *bytes = malloc(BASE64_DECODE_LENGTH(length + padding) + 1);
    char tail[] = "==";
    size_t more = 0;
    base64url_decode_init(&context);
    *size = 0;
    if (bytes != NULL && base64_decode_update(&context, size, bytes, length, text) == 1 &&
        base64_decode_update(&context, &more, bytes + *size, padding, tail) == 1 && base64_decode_final(&context) == 1)
        return bytes;
    free(bytes);
    return NULL;
}

static json_t *decode_json(const char *text, size_t length, struct report *report)
{
    size_t size;
    uint8_t *bytes = decode(text, length, &size);
    json_t *json = bytes != NULL ? json_read_object((const char *)bytes, size, TOKEN_SIZE_MAX, "token", report) : NULL;
    free(bytes);
    return json;
}

static bool signed_by(const char *token, size_t covered, const char *signature_text, size_t length,
                      const struct public_key *key)
{
    uint8_t digest[HASH_SHA384_SIZE];
    size_t size;
    uint8_t *signature = decode(signature_text, length, &size);
    hash_bytes(TPM_ALG_SHA384, token, covered, digest);
    bool good = signature != NULL && size == SIGNATURE_SIZE && key->kind == PUBLIC_P384 &&
                ecdsa_verify_digest(key, digest, signature, signature + SIGNATURE_SIZE / 2);
    free(signature);
    return good;
}

static bool names_es384(const char *header_text, size_t length, struct report *report)
{
    json_t *header = decode_json(header_text, length, report);
    const char *algorithm = json_string_value(json_object_get(header, "alg"));
    bool good = algorithm != NULL && strcmp(algorithm, "ES384") == 0 && json_object_get(header, "crit") == NULL;
    json_decref(header);
    return good;
}

json_t *token_check(const char *token, size_t size, const struct public_key *key, struct report *report)
{
    const char *first = size <= TOKEN_SIZE_MAX ? memchr(token, '.', size) : NULL;
    const char *second = first != NULL ? memchr(first + 1, '.', size - (size_t)(first + 1 - token)) : NULL;
    bool good = second != NULL && names_es384(token, (size_t)(first - token), report) &&
                signed_by(token, (size_t)(second - token), second + 1, size - (size_t)(second + 1 - token), key);
    json_t *json = good ? decode_json(first + 1, (size_t)(second - first - 1), report) : NULL;
    if (json == NULL)
        report_add(report, &rule_token, "token", "%zu bytes", size);
    return json;
}
