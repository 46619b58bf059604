/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.json: the audit log's signed head, beside the database. A database that was set back does not contain it. */
#ifndef ATTEST_VERIFIER_CHECKPOINT_H
#define ATTEST_VERIFIER_CHECKPOINT_H

#include "attest/verifier/verifier.h"

/* Writes the audit log's head, when the checkpoint that is there is signed by this verifier and on the log. One that is not
 * raises an alarm (ATT-887) and is kept as checkpoint-kept-N.json: it is the proof, and never replaced. */
void checkpoint_renew(struct verifier *verifier);

#endif
