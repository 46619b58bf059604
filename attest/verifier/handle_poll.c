/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/enroll/{host}: an enrolled machine fetches its certificate, by the ticket alone. */
#include "attest/verifier/handlers.h"

#include "core/lib/crypto.h"

static const struct rule rule_ticket = {
    "ATT-816", "the ticket is not that of a host in service",
    "the ticket that the activation gave, of a host that is not retired", "enrol again"};

/* The host, if the ticket is its own and it is not retired. An agent that learns that there is no such host, or no more,
 * begins anew; one with another's ticket does not. */
static bool read_own(struct request *request, struct host_ticket *ticket, struct answer *answer)
{
    uint8_t hash[HASH_SHA256_SIZE];
    const char *shown = request->bearer != NULL ? request->bearer : "";
    hash_bytes(TPM_ALG_SHA256, shown, strlen(shown), hash);
    struct db *db = store_borrow(request->verifier->store);
    int found = host_read_ticket(db, request->parameter, ticket);
    store_return(request->verifier->store, db);
    if (found < 0)
        answer_no_database(answer);
    else if (found == 0)
        answer_refuse(answer, 404, &rule_ticket, "no host %s", request->parameter);
    else if (!crypto_equal(hash, ticket->hash, sizeof hash))
        answer_refuse(answer, 403, &rule_ticket, "another ticket for host %s", request->parameter);
    else if (ticket->state == HOST_RETIRED)
        answer_refuse(answer, 410, &rule_ticket, "retired host %s", request->parameter);
    else
        return true;
    return false;
}

void handle_poll(struct request *request, struct answer *answer)
{
    struct host_ticket ticket;
    if (!read_own(request, &ticket, answer))
        return;
    if (ticket.pem[0] == '\0')
        answer_json(answer, 200, json_pack("{s:s, s:I}", "state", "pending", "poll_in_s",
                                           (json_int_t)request->settings.poll_s));
    else
        answer_json(answer, 200, json_pack("{s:s, s:s, s:s}", "state", "approved", "certificate", ticket.pem, "ca",
                                           request->verifier->ca_pem));
}
