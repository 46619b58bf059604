/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/enroll/{host}: an enrolled machine fetches its certificate, by the ticket alone; and another one, when that is near
 * its end or past it. An answer that was lost is had by asking again. */
#include "attest/verifier/audit.h"
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

struct renewal {
    const char *host;
    const uint8_t *old; /* SHA-256 of the certificate that it replaces */
    struct authority_certificate certificate;
    int64_t now;
};

static bool store_renewal(struct db *db, void *context)
{
    const struct renewal *renewal = context;
    bool renewed;
    return host_renew_certificate(db, renewal->host, renewal->old, renewal->certificate.pem, renewal->certificate.hash,
                                  &renewed) &&
           (!renewed || audit_append(db, renewal->now, "agent", "renew", renewal->host,
                                     json_pack("{s:I}", "not_after", (json_int_t)renewal->certificate.not_after)));
}

/* A host in service has another certificate when less than a third of the old one's life is left, and when there is something
 * to gain: none outlives the CA. Whatever was stored in the end is read again. False: the answer is filled. */
static bool renew(struct request *request, struct host_ticket *ticket, struct answer *answer)
{
    struct renewal renewal = {.host = request->parameter, .old = ticket->certificate_hash, .now = request->now};
    int64_t from, to;
    if (ticket->state == HOST_PENDING || !authority_read_life(ticket->pem, &from, &to) || to - request->now >= (to - from) / 3)
        return true;
    if (!handler_certify(request, renewal.host, &renewal.certificate) ||
        (renewal.certificate.not_after > to && !store_write(request->verifier->store, store_renewal, &renewal))) {
        answer_no_database(answer);
        return false;
    }
    return read_own(request, ticket, answer);
}

void handle_poll(struct request *request, struct answer *answer)
{
    struct host_ticket ticket;
    if (!read_own(request, &ticket, answer))
        return;
    if (ticket.pem[0] != '\0' && !renew(request, &ticket, answer))
        return;
    if (ticket.pem[0] == '\0')
        answer_json(answer, 200, json_pack("{s:s, s:I}", "state", "pending", "poll_in_s",
                                           (json_int_t)request->settings.poll_s));
    else
        answer_json(answer, 200, json_pack("{s:s, s:s, s:s}", "state", "approved", "certificate", ticket.pem, "ca",
                                           request->verifier->ca_pem));
}
