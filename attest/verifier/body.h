/* SPDX-License-Identifier: Apache-2.0 */
/* How much a body would become once it is parsed. */
#ifndef ATTEST_VERIFIER_BODY_H
#define ATTEST_VERIFIER_BODY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a text has at most `most` of [ { , : outside its strings. Each value of a JSON text but the first follows one of
 * them, and takes some hundred bytes once parsed, were it only `{},` in the text. Needs no memory, one pass, any bytes. */
bool body_has_at_most(const char *text, size_t size, size_t most);

#endif
