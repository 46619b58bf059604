/* SPDX-License-Identifier: Apache-2.0 */
/* What a verifier does when nobody asks: raise the alarm for hosts that fell silent, give a sign of life, forget what is too
 * old, keep a checkpoint of the audit log beside the database. */
#ifndef ATTEST_VERIFIER_WATCH_H
#define ATTEST_VERIFIER_WATCH_H

#include "attest/verifier/verifier.h"

struct watch;

/* Starts the thread. NULL: no memory or thread. */
struct watch *watch_start(struct verifier *verifier);
void watch_stop(struct watch *watch);

#endif
