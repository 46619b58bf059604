/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes. What is not here does not exist; who is not named is refused. openapi.yaml says the same, and a test
 * compares the two. */
#include "attest/verifier/handlers.h"

#define AGENT MAY(ROLE_AGENT)
#define OPERATOR MAY(ROLE_OPERATOR)

/* Bytes, and values (body.h). */
#define NOTHING {0, 0}
#define SMALL {4096u, 256u}
#define ENROLMENT {192u << 10, 256u} /* eight certificates of 8 KiB in base64, two keys, a request */
#define EVIDENCE {1u << 20, 1024u}   /* the log is one text; 24 registers in two banks are a hundred values */
#define RELEASE {6u << 20, 256u}     /* two texts; what is in them is parsed when its signature has held */

const struct route routes[] = {
    /* Who enrols has no certificate yet: a join token, an activated secret or a ticket stands in for it. */
    {"POST", "/v1/enroll", MAY_ALL, ENROLMENT, handle_enroll, "present a TPM and a join token"},
    {"POST", "/v1/enroll/{host}/activate", MAY_ALL, EVIDENCE, handle_activate, "prove the TPM, send the first evidence"},
    {"GET", "/v1/enroll/{host}", MAY_ALL, NOTHING, handle_poll, "ask for the certificate"},
    {"GET", "/v1/health", MAY_ALL, NOTHING, handle_health, "whether the verifier works"},
    {"GET", "/v1/key", MAY_ALL, NOTHING, handle_key, "the public key of tokens and audit log"},

    {"POST", "/v1/hosts/{host}/challenges", AGENT, SMALL, handle_challenge, "ask for a challenge"},
    {"POST", "/v1/hosts/{host}/evidence", AGENT, EVIDENCE, handle_evidence, "answer a challenge"},

    {"GET", "/v1/hosts", MAY_READ, NOTHING, handle_hosts, "list hosts"},
    {"GET", "/v1/hosts/{host}", MAY_READ, NOTHING, handle_host, "show a host"},
    {"GET", "/v1/hosts/{host}/verdicts", MAY_READ, NOTHING, handle_verdicts, "a host's last verdicts"},
    {"GET", "/v1/hosts/{host}/log", MAY_READ, NOTHING, handle_log, "the event log of its boot"},
    {"POST", "/v1/hosts/{host}/approve", OPERATOR, SMALL, handle_approve, "approve it, or its new firmware"},
    {"POST", "/v1/hosts/{host}/quarantine", OPERATOR, SMALL, handle_quarantine, "distrust it whatever it says"},
    {"POST", "/v1/hosts/{host}/release", OPERATOR, SMALL, handle_unquarantine, "end its quarantine"},
    {"POST", "/v1/hosts/{host}/retire", OPERATOR, SMALL, handle_retire, "take it out of service for good"},
    {"POST", "/v1/hosts/{host}/group", OPERATOR, SMALL, handle_group, "put it into a group"},

    {"GET", "/v1/tokens", MAY_READ, NOTHING, handle_tokens, "list open join tokens"},
    {"POST", "/v1/tokens", OPERATOR, SMALL, handle_token_create, "make a join token"},
    {"GET", "/v1/pins", MAY_READ, NOTHING, handle_pins, "list pinned endorsement keys"},
    {"POST", "/v1/pins", OPERATOR, SMALL, handle_pin, "pin an asset's endorsement key"},

    {"GET", "/v1/releases", MAY_READ, NOTHING, handle_releases, "list releases, and who is meant to run which"},
    {"POST", "/v1/releases", OPERATOR, RELEASE, handle_release_import, "import a signed release"},
    {"GET", "/v1/releases/{release}", MAY_READ, NOTHING, handle_release, "a release's file and signature"},
    {"POST", "/v1/releases/{release}/activate", OPERATOR, SMALL, handle_release_activate, "say who is meant to run it"},
    {"POST", "/v1/releases/{release}/deprecate", OPERATOR, SMALL, handle_release_deprecate, "let it give a warning"},
    {"POST", "/v1/releases/{release}/revoke", OPERATOR, SMALL, handle_release_revoke, "let it fail"},

    {"GET", "/v1/policy", MAY_READ, NOTHING, handle_policy, "show the settings"},
    {"PUT", "/v1/policy", OPERATOR, SMALL, handle_policy_change, "change settings"},
    {"GET", "/v1/certificates", MAY_READ, NOTHING, handle_certificates, "list people's certificates"},
    {"GET", "/v1/audit", MAY_READ, NOTHING, handle_audit, "rows of the audit log"},
    {"GET", "/v1/audit/checkpoint", MAY_READ, NOTHING, handle_checkpoint, "its signed head"},
    {"GET", "/metrics", MAY_READ, NOTHING, handle_metrics, "counters, for Prometheus"},
};

const size_t route_count = sizeof routes / sizeof routes[0];
