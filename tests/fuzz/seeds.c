/* SPDX-License-Identifier: Apache-2.0 */
/* Writes good inputs for the fuzzers of attestation: `seeds FOLDER` fills FOLDER/corpus-replay, -quote and -evidence. */
#include "attest/lib/token.h"
#include "tests/attest/appraise/sample_host.h"
#include "tools/common/file.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *folder;

/* The reader's number, then the bytes. */
static void seed(const char *fuzzer, const char *name, uint8_t reader, const void *bytes, size_t size)
{
    char path[512];
    struct report report;
    report_init(&report);
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        exit(1);
    copy[0] = reader;
    memcpy(copy + 1, bytes, size);
    snprintf(path, sizeof path, "%s/corpus-%s", folder, fuzzer);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/corpus-%s/%s", folder, fuzzer, name);
    if (!file_write(path, copy, size + 1, 0644, FILE_REPLACE, &report))
        exit(1);
    free(copy);
}

static json_t *base64(const uint8_t *bytes, size_t size)
{
    static char text[MEASURE_SAMPLE_LOG_MAX * 2];
    base64_encode_raw(text, size, bytes);
    return json_stringn(text, BASE64_ENCODE_RAW_LENGTH(size));
}

static json_t *bank_json(const uint8_t *values, size_t size)
{
    json_t *json = json_object();
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char name[8], hex[2 * HASH_MAX_SIZE + 1];
        snprintf(name, sizeof name, "%u", pcr);
        hash_to_hex(values + pcr * size, size, hex);
        if ((APPRAISE_PCRS >> pcr & 1) != 0)
            json_object_set_new(json, name, json_string(hex));
    }
    return json;
}

static void evidence_seed(const struct evidence *evidence)
{
    json_t *json = json_pack("{s:s, s:o, s:o, s:{s:o, s:o}, s:i, s:o}", "boot", evidence->boot, "attest",
                             base64(evidence->attest, evidence->attest_size), "signature",
                             base64(evidence->signature, evidence->signature_size), "pcrs", "sha256",
                             bank_json(evidence->values.sha256[0], HASH_SHA256_SIZE), "sha384",
                             bank_json(evidence->values.sha384[0], HASH_SHA384_SIZE), "log_offset", 0, "log",
                             base64(evidence->log, 200));
    char *text = json_dumps(json, JSON_COMPACT);
    seed("evidence", "evidence", 0, text, strlen(text));
    free(text);
    json_decref(json);
}

static void token_seed(void)
{
    static struct appraise_result result;
    static const uint8_t nonce[32];
    struct ecdsa_secret one = {{0}};
    struct token_facts facts = {.host = "h", .nonce = nonce, .verifier_build = "b", .verifier_developer = "d", .key_id = "k"};
    one.bytes[47] = 1;
    char *text = token_make(&result, &facts, &one);
    seed("evidence", "token", 2, text, strlen(text));
    free(text);
}

/* An AK's TPM2B_PUBLIC on P-256: the fields that public.c reads, in its order. */
static void public_seed(const struct public_key *key)
{
    static const uint8_t head[] = {0x00, 0x58, 0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72, 0x00, 0x00, 0x00, 0x10,
                                   0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, 0x00, 0x10};
    uint8_t area[sizeof head + 68] = {0};
    memcpy(area, head, sizeof head);
    area[sizeof head + 1] = 32;
    memcpy(area + sizeof head + 2, key->x, 32);
    area[sizeof head + 35] = 32;
    memcpy(area + sizeof head + 36, key->y, 32);
    seed("quote", "ak", 0, area, sizeof area);
}

int main(int count, char **arguments)
{
    static struct sample_host host;
    static const uint8_t nonce[32];
    struct sample_boot boot;
    struct evidence evidence;
    if (count != 2)
        return 2;
    folder = arguments[1];
    sample_boot_default(&boot);
    boot.restarts = 1;
    sample_host_boot(&host, PUBLIC_P256, &boot);
    sample_host_answer(&host, nonce, 0, &evidence);
    seed("replay", "boot", 0, host.log, host.log_size);
    seed("replay", "more", 1, host.log + host.log_size - 600, 600);
    seed("replay", "again", 2, host.log + host.log_size - 600, 600);
    seed("quote", "attest", 1, evidence.attest, evidence.attest_size);
    seed("quote", "signature", 2, evidence.signature, evidence.signature_size);
    public_seed(&host.ak);
    evidence_seed(&evidence);
    token_seed();
    char *text = sample_release_text(host.log, host.log_size);
    seed("evidence", "release", 1, text, strlen(text));
    free(text);
    evidence_free(&evidence);
    return 0;
}
