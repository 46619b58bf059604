/* SPDX-License-Identifier: Apache-2.0 */
/* What several handlers need. */
#include "attest/verifier/handlers.h"

#include "attest/lib/appraise.h"
#include "attest/lib/credential.h"
#include "attest/lib/evidence.h"

#include <stdlib.h>

static const struct rule rule_base64 = {
    "ATT-810", "a binary value is not base64, or too long", "standard base64, padded, of at most the documented size",
    "compare the body with docs/attestation.md"};
static const struct rule rule_host = {
    "ATT-811", "there is no such host", "the id or asset of an enrolled host",
    "list them with `bulkhead-verifier hosts list`"};

json_t *handler_pcrs(void)
{
    json_t *list = json_array();
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++)
        if (APPRAISE_PCRS >> pcr & 1u)
            json_array_append_new(list, json_integer(pcr));
    return json_pack("{s:O, s:o}", "sha256", list, "sha384", list);
}

bool handler_base64(const struct request *request, const char *name, uint8_t *bytes, size_t most, size_t *size,
                    struct answer *answer)
{
    const char *text;
    if (!request_text(request, name, 4 * most / 3 + 4, &text, answer))
        return false;
    if (evidence_base64(text, strlen(text), bytes, most, size))
        return true;
    answer_refuse(answer, 400, &rule_base64, "'%s'", name);
    return false;
}

bool handler_find_host(struct request *request, struct host *host, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    int found = host_find(db, request->parameter, host);
    store_return(request->verifier->store, db);
    if (found < 0)
        answer_no_database(answer);
    else if (found == 0)
        answer_refuse(answer, 404, &rule_host, "%s", request->parameter);
    return found == 1;
}

bool handler_certify(struct request *request, const char *host, struct authority_certificate *certificate)
{
    uint8_t csr[JOIN_CSR_MAX];
    size_t size;
    struct authority_subject subject = {role_name(ROLE_AGENT), host, AUTHORITY_CLIENT, request->settings.certificate_days};
    struct db *db = store_borrow(request->verifier->store);
    bool good = host_read_csr(db, host, csr, sizeof csr, &size);
    store_return(request->verifier->store, db);
    return good && authority_certify(request->verifier->authority, &subject, csr, size, certificate);
}

void handler_random_hex(size_t size, char *text)
{
    uint8_t bytes[64];
    /* Without random numbers there is no secret, no challenge and no service. */
    if (size > sizeof bytes || !credential_random_kernel(NULL, bytes, size))
        abort();
    hash_to_hex(bytes, size, text);
}
