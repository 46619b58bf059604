/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a request's route and decides whether its caller may use it. */
#include "attest/verifier/route.h"

#include "attest/verifier/certificate.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rule rule_unknown = {
    "ATT-800", "there is no such resource", "a path of openapi.yaml", "compare the path with docs/attestation.md"};
static const struct rule rule_method = {
    "ATT-801", "the resource does not take this method", "a method of openapi.yaml", "compare with docs/attestation.md"};
static const struct rule rule_anonymous = {
    "ATT-802", "the request needs a client certificate", "a certificate that this verifier has issued",
    "use the certificate of an agent, auditor or operator"};
static const struct rule rule_role = {
    "ATT-803", "the caller may not do this", "a role that docs/attestation.md allows it", "ask an operator"};
static const struct rule rule_revoked = {
    "ATT-804", "the certificate is not in force",
    "a certificate that is listed and not revoked, of a host that is not retired",
    "enrol again, or ask an operator for a new certificate"};

static const char *const role_names[ROLES] = {"none", "agent", "auditor", "operator"};

const char *role_name(enum role role)
{
    return role_names[role];
}

bool role_read(const char *name, enum role *role)
{
    for (unsigned i = ROLE_AGENT; i < ROLES; i++)
        if (strcmp(name, role_names[i]) == 0) {
            *role = (enum role)i;
            return true;
        }
    return false;
}

/* Compares a path with a pattern; what stands at {...} is copied when it is a good name. */
static bool matches(const char *pattern, const char *path, char parameter[PARAMETER_MAX + 1])
{
    parameter[0] = '\0';
    const char *open = strchr(pattern, '{');
    if (open == NULL)
        return strcmp(pattern, path) == 0;
    size_t before = (size_t)(open - pattern);
    const char *after = strchr(open, '}') + 1;
    if (strncmp(pattern, path, before) != 0)
        return false;
    size_t length = strcspn(path + before, "/");
    if (length == 0 || length > PARAMETER_MAX || strcmp(path + before + length, after) != 0)
        return false;
    memcpy(parameter, path + before, length);
    parameter[length] = '\0';
    return name_is_good(parameter);
}

const struct route *route_find(const char *method, const char *path, char parameter[PARAMETER_MAX + 1], bool *other)
{
    *other = false;
    for (size_t i = 0; i < route_count; i++) {
        if (!matches(routes[i].path, path, parameter))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        *other = true;
    }
    return NULL;
}

bool route_allows(const struct route *route, const struct caller *caller, const char *parameter)
{
    if ((route->roles & MAY(caller->role)) == 0)
        return false;
    bool anyone = (route->roles & MAY(ROLE_NONE)) != 0;
    return caller->role != ROLE_AGENT || anyone || strcmp(caller->name, parameter) == 0;
}

static bool admit_agent(struct request *request, struct db *db, struct answer *answer)
{
    int found = host_read(db, request->caller->name, &request->host);
    if (found < 0) {
        answer_no_database(answer);
        return false;
    }
    const struct host *host = &request->host;
    bool same = request->verifier->no_tls || memcmp(host->certificate_hash, request->caller->certificate,
                                                    sizeof host->certificate_hash) == 0;
    bool good = found == 1 && host->approved > 0 && host->state != HOST_RETIRED && same;
    if (!good)
        answer_refuse(answer, 403, &rule_revoked, "agent %s", request->caller->name);
    return good;
}

static bool admit_person(struct request *request, struct db *db, struct answer *answer)
{
    if (request->verifier->no_tls)
        return true;
    int listed = certificate_check(db, request->caller->certificate, role_name(request->caller->role));
    if (listed < 0)
        answer_no_database(answer);
    else if (listed == 0)
        answer_refuse(answer, 403, &rule_revoked, "%s %s", role_name(request->caller->role), request->caller->name);
    return listed == 1;
}

bool route_admit(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    bool good = request->caller->role == ROLE_AGENT ? admit_agent(request, db, answer) : admit_person(request, db, answer);
    store_return(request->verifier->store, db);
    return good;
}

void route_refuse_unknown(struct answer *answer, bool other_method)
{
    if (other_method)
        answer_refuse(answer, 405, &rule_method, "another method");
    else
        answer_refuse(answer, 404, &rule_unknown, "another path");
}

void route_refuse_role(struct answer *answer, const struct route *route, const struct caller *caller)
{
    if (caller->role == ROLE_NONE)
        answer_refuse(answer, 401, &rule_anonymous, "no certificate for %s %s", route->method, route->path);
    else
        answer_refuse(answer, 403, &rule_role, "%s %s for %s %s", role_name(caller->role), caller->name, route->method,
                      route->path);
}

void request_actor(const struct request *request, char actor[HOST_NAME_MAX + 16])
{
    snprintf(actor, HOST_NAME_MAX + 16, "%s %s", role_name(request->caller->role), request->caller->name);
}
