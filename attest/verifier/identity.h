/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a TLS connection. */
#ifndef ATTEST_VERIFIER_IDENTITY_H
#define ATTEST_VERIFIER_IDENTITY_H

#include "attest/verifier/route.h"

/* Reads the client certificate of a GnuTLS session (gnutls_session_t). Without one the role is ROLE_NONE. False: there is
 * one, but it is not ours, out of date, or names no role: the connection gets nothing. */
bool identity_read(void *session, struct caller *caller);

#endif
