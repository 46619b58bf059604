/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for the terminal, from the server's JSON. */
#ifndef ATTEST_VERIFIER_TABLE_H
#define ATTEST_VERIFIER_TABLE_H

#include <jansson.h>

/* Host, state, verdict, release, reason. Takes the answer of GET /v1/hosts; NULL: prints nothing. Returns an exit code. */
int table_hosts(json_t *answer);

/* Releases and whom they are meant for. Takes the answer of GET /v1/releases. */
int table_releases(json_t *answer);

#endif
