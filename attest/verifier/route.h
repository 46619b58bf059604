/* SPDX-License-Identifier: Apache-2.0 */
/* The routes: one table says who may do what. A caller without a role that the route names is refused. */
#ifndef ATTEST_VERIFIER_ROUTE_H
#define ATTEST_VERIFIER_ROUTE_H

#include "attest/verifier/answer.h"
#include "attest/verifier/host.h"
#include "attest/verifier/verifier.h"

enum role { ROLE_NONE, ROLE_AGENT, ROLE_AUDITOR, ROLE_OPERATOR, ROLES };
const char *role_name(enum role role);
bool role_read(const char *name, enum role *role);

/* Whoever is at the other end of a connection, as their certificate says. */
struct caller {
    enum role role;
    char name[HOST_NAME_MAX + 1];             /* a person's name, or a host's id */
    uint8_t certificate[HASH_SHA256_SIZE]; /* SHA-256 of the DER */
};

#define PARAMETER_MAX 64u

/* One request that the table has let in. */
struct request {
    struct verifier *verifier;
    const struct caller *caller;
    int64_t now;
    struct settings settings;
    char parameter[PARAMETER_MAX + 1]; /* what stands at {...} in the path */
    const json_t *body;                /* an object; NULL when the route takes none */
    const char *bearer;                /* Authorization: Bearer; NULL: none */
    const char *(*query)(const struct request *request, const char *name); /* value of ?name=, or NULL */
    void *connection;
    struct host host; /* of an agent's own request: itself */
};

typedef void route_handler(struct request *request, struct answer *answer);

#define MAY(role) (1u << (role))
#define MAY_READ (MAY(ROLE_AUDITOR) | MAY(ROLE_OPERATOR))
#define MAY_ALL (MAY(ROLE_NONE) | MAY(ROLE_AGENT) | MAY_READ)

struct route {
    const char *method;
    const char *path;  /* with one {name} at most */
    unsigned roles;    /* MAY(...) */
    struct {
        size_t bytes;  /* of JSON; 0: takes no body */
        size_t values; /* body_has_at_most() */
    } most;
    route_handler *handle;
    const char *summary;
};

extern const struct route routes[];
extern const size_t route_count;

/* The route of this method and path, its parameter copied; NULL: 404, or 405 when *other says that only the method differs. */
const struct route *route_find(const char *method, const char *path, char parameter[PARAMETER_MAX + 1], bool *other);

/* Whether the caller's role may use the route at all, by table alone. An agent may only name itself. */
bool route_allows(const struct route *route, const struct caller *caller, const char *parameter);

/* For routes that not everyone may use: whether the caller's certificate is still good, which is one that is listed and not
 * revoked, or that of a host that is not retired (which then stands in request->host). Otherwise the answer is filled. */
bool route_admit(struct request *request, struct answer *answer);

/* Refusals of the table. */
void route_refuse_unknown(struct answer *answer, bool other_method);
void route_refuse_role(struct answer *answer, const struct route *route, const struct caller *caller);

/* Readers of a request's JSON: false, and the answer filled, when a member is not what it must be. */
bool request_text(const struct request *request, const char *name, size_t most, const char **text, struct answer *answer);
/* A name: 1 to 64 of A-Z a-z 0-9 . _ - */
bool request_name(const struct request *request, const char *name, const char **text, struct answer *answer);
bool name_is_good(const char *text);
/* ?name=NUMBER, or `standard`, at most `most`. */
int64_t request_number(const struct request *request, const char *name, int64_t standard, int64_t most);

/* "operator alice", for the audit log. */
void request_actor(const struct request *request, char actor[HOST_NAME_MAX + 16]);

#endif
