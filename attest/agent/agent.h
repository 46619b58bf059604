/* SPDX-License-Identifier: Apache-2.0 */
/* The agent while it runs: settings, connections and the loaded key, for the steps that use them. */
#ifndef ATTEST_AGENT_AGENT_H
#define ATTEST_AGENT_AGENT_H

#include "attest/agent/evidence_make.h"
#include "attest/agent/floor.h"
#include "attest/agent/https.h"
#include "attest/agent/settings.h"
#include "attest/agent/folder.h"
#include "attest/agent/tpm.h"

/* When the certificate is to be renewed; all zero at first. */
struct renewal {
    bool refused;           /* the verifier takes the certificate no more */
    uint64_t again_ms;      /* ask no sooner */
    uint64_t warn_again_ms; /* complain no sooner */
};

struct agent {
    struct settings settings;
    struct tpm tpm;
    ESYS_TR ak; /* loaded while the TPM is open; ESYS_TR_NONE: not */
    struct log_source log;
    struct https https;
    struct report report;
    struct evidence_bytes evidence; /* large: the log is in it */
    char verdict[32], state[32];    /* of the last round; "": none yet */
    struct renewal renewal;
    struct floor_watch floor;       /* rollback protection is seen to, once a verdict was good */
};

/* From settings to an agent that has touched nothing yet. */
void agent_init(struct agent *agent, const struct settings *settings);
void agent_free(struct agent *agent);

/* The TPM is open and the attestation key loaded; it is made on the first call of all. */
bool agent_open_tpm(struct agent *agent);

/* Unloads the key and closes the TPM: whatever was wrong with it, the next open starts afresh. */
void agent_close_tpm(struct agent *agent);

/* Evidence into agent->evidence. A TPM that was busy, or was taken away by the hypervisor in the middle of a command, is
 * opened again and asked again, a few times. */
bool agent_collect(struct agent *agent, const struct evidence_request *request);

/* The next step of enrolment. True: done, or go on in *next_ms; enrolment_done() tells which. */
bool enrolment_done(const struct agent *agent);
bool enrolment_step(struct agent *agent, uint64_t *next_ms);

/* Asks with the ticket whether the host is approved, and stores the certificate if it is. False with a finding; *status is
 * HTTP's, 0 where there was no answer. */
bool enrolment_fetch(struct agent *agent, const struct enrolment *enrolment, struct answer_pending *pending, long *status);

/* Before a round: renews the certificate where it is time, so that https shows none afterwards. A renewal that fails is for the
 * journal, once a day: the round may do well without it. False with a finding: the agent cannot go on. */
bool renewal_see_to(struct agent *agent);
/* After a round: notes whether the verifier took the certificate. */
void renewal_note(struct agent *agent, bool good);

/* One challenge and its answer; *next_ms as the verifier wishes. */
bool round_run(struct agent *agent, uint64_t *next_ms);

/* Runs until it is stopped; with `once` until the first verdict or the first failure. Returns an exit code. */
int agent_run(struct agent *agent, bool once);

#endif
