/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the verifier's answers. */
#include "attest/agent/answer.h"

#include "attest/agent/journal.h"
#include "attest/lib/evidence.h"

#include <ctype.h>
#include <string.h>
#include <tss2/tss2_mu.h>

static const struct rule rule_answer = {
    "AGENT-830", "the verifier's answer is not what the protocol says", "docs/attestation.md, Protocol",
    "see that agent and verifier are of releases that belong together"};

static bool wrong(struct report *report, const char *name, const char *what)
{
    report_add(report, &rule_answer, name, "%s", what);
    return false;
}

/* A text of 1 to size - 1 printable characters without blanks: what is sent back in headers and paths can break neither. */
static bool read_word(const json_t *json, const char *name, char *text, size_t size, struct report *report)
{
    const json_t *member = json_object_get(json, name);
    size_t length = json_string_length(member);
    if (!json_is_string(member) || length == 0 || length >= size)
        return wrong(report, name, "no text of the right length");
    memcpy(text, json_string_value(member), length);
    text[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)text[i]))
            return wrong(report, name, "characters that do not belong there");
    return true;
}

static bool read_host(const json_t *json, char host[ANSWER_HOST_DIGITS + 1], struct report *report)
{
    uint8_t bytes[ANSWER_HOST_DIGITS / 2];
    return read_word(json, "host", host, ANSWER_HOST_DIGITS + 1, report) &&
           (evidence_hex(host, strlen(host), bytes, sizeof bytes) || wrong(report, "host", "not 32 hex digits"));
}

static bool read_bytes(const json_t *json, const char *name, uint8_t *bytes, size_t most, size_t *size,
                       struct report *report)
{
    const json_t *member = json_object_get(json, name);
    return (json_is_string(member) &&
            evidence_base64(json_string_value(member), json_string_length(member), bytes, most, size)) ||
           wrong(report, name, "no base64, or too much of it");
}

static bool read_nonce(const json_t *json, uint8_t nonce[ANSWER_NONCE_SIZE], struct report *report)
{
    size_t size;
    return read_bytes(json, "nonce", nonce, ANSWER_NONCE_SIZE, &size, report) &&
           (size == ANSWER_NONCE_SIZE || wrong(report, "nonce", "not 32 bytes"));
}

/* A list of register numbers, each once. */
static bool read_registers(const json_t *list, uint32_t *registers)
{
    *registers = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        json_int_t pcr = json_integer_value(entry);
        if (!json_is_integer(entry) || pcr < 0 || pcr >= (json_int_t)PCR_COUNT || (*registers >> pcr & 1) != 0)
            return false;
        *registers |= 1u << pcr;
    }
    return *registers != 0;
}

/* Both banks, the same registers, nothing else: a verifier that asks for another bank is not ours. */
static bool read_selection(const json_t *json, struct pcr_selection *selection, struct report *report)
{
    const json_t *pcrs = json_object_get(json, "pcrs");
    bool good = json_object_size(pcrs) == 2 && read_registers(json_object_get(pcrs, "sha256"), &selection->sha256) &&
                read_registers(json_object_get(pcrs, "sha384"), &selection->sha384) &&
                selection->sha256 == selection->sha384;
    return good || wrong(report, "pcrs", "not the same registers of the banks sha256 and sha384");
}

/* Seconds, with a fraction or without; kept within what makes sense. */
static bool read_wait(const json_t *json, const char *name, uint64_t *ms, struct report *report)
{
    const json_t *member = json_object_get(json, name);
    double seconds = json_number_value(member);
    if (!json_is_number(member) || seconds < 0 || seconds * 1000 > (double)ANSWER_MOST_WAIT_MS)
        return wrong(report, name, "no number of seconds up to a day");
    *ms = (uint64_t)(seconds * 1000);
    if (*ms < ANSWER_LEAST_WAIT_MS)
        *ms = ANSWER_LEAST_WAIT_MS;
    return true;
}

static bool read_credential(const json_t *json, struct answer_enrolled *answer, struct report *report)
{
    uint8_t bytes[sizeof(TPM2B_ENCRYPTED_SECRET) + sizeof(TPM2B_ID_OBJECT)];
    size_t size, at = 0;
    if (!read_bytes(json, "credential_blob", bytes, sizeof bytes, &size, report))
        return false;
    if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(bytes, size, &at, &answer->credential) != TSS2_RC_SUCCESS || at != size)
        return wrong(report, "credential_blob", "no TPM2B_ID_OBJECT");
    if (!read_bytes(json, "secret", bytes, sizeof bytes, &size, report))
        return false;
    at = 0;
    if (Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(bytes, size, &at, &answer->secret) != TSS2_RC_SUCCESS || at != size)
        return wrong(report, "secret", "no TPM2B_ENCRYPTED_SECRET");
    return true;
}

bool answer_read_enrolled(const json_t *json, struct answer_enrolled *answer, struct report *report)
{
    *answer = (struct answer_enrolled){0};
    return read_host(json, answer->host, report) && read_credential(json, answer, report) &&
           read_nonce(json, answer->nonce, report) && read_selection(json, &answer->selection, report);
}

static bool read_certificate(const json_t *json, char certificate[ANSWER_CERTIFICATE_MAX], struct report *report)
{
    const json_t *member = json_object_get(json, "certificate");
    size_t length = json_string_length(member);
    if (!json_is_string(member) || length >= ANSWER_CERTIFICATE_MAX)
        return wrong(report, "certificate", "no text of the right length");
    memcpy(certificate, json_string_value(member), length + 1);
    return true;
}

bool answer_read_pending(const json_t *json, struct answer_pending *answer, struct report *report)
{
    char state[32];
    *answer = (struct answer_pending){0};
    if (!read_word(json, "state", state, sizeof state, report))
        return false;
    if (json_object_get(json, "ticket") != NULL &&
        !read_word(json, "ticket", answer->ticket, sizeof answer->ticket, report))
        return false;
    answer->approved = strcmp(state, "approved") == 0;
    if (answer->approved)
        return read_certificate(json, answer->certificate, report);
    return (strcmp(state, "pending") == 0 || wrong(report, "state", state)) &&
           read_wait(json, "poll_in_s", &answer->poll_ms, report);
}

bool answer_read_challenge(const json_t *json, struct answer_challenge *answer, struct report *report)
{
    const json_t *offset = json_object_get(json, "log_offset");
    *answer = (struct answer_challenge){0};
    if (!read_word(json, "challenge", answer->challenge, sizeof answer->challenge, report) ||
        !read_nonce(json, answer->nonce, report) || !read_selection(json, &answer->selection, report))
        return false;
    if (!json_is_integer(offset) || json_integer_value(offset) < 0 || json_integer_value(offset) > EVENTLOG_SIZE_MAX)
        return wrong(report, "log_offset", "no place in a log");
    answer->log_offset = (uint64_t)json_integer_value(offset);
    return true;
}

bool answer_read_verdict(const json_t *json, struct answer_verdict *answer, struct report *report)
{
    *answer = (struct answer_verdict){.reasons = json_object_get(json, "reasons")};
    if (!read_word(json, "verdict", answer->verdict, sizeof answer->verdict, report) ||
        !read_word(json, "state", answer->state, sizeof answer->state, report) ||
        !read_wait(json, "next_in_s", &answer->next_ms, report))
        return false;
    return json_is_array(answer->reasons) || wrong(report, "reasons", "no list");
}

void answer_quote_text(const json_t *object, const char *name, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, name));
    journal_printable(value != NULL ? value : "", text, size);
}
