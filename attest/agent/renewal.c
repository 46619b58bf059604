/* SPDX-License-Identifier: Apache-2.0 */
/* Renews the certificate: asks with the ticket, which needs no certificate. So it works after the end, too, and after an answer
 * that was lost. */
#include "attest/agent/agent.h"
#include "attest/agent/identity.h"
#include "attest/agent/journal.h"
#include "attest/agent/wait.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define MINUTE_MS UINT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* What the verifier says of a certificate that it does not take (docs/errors.md). */
#define NOT_IN_FORCE "ATT-804"
#define NOT_OURS "ATT-809"

static int64_t left_s(const struct identity_certificate *certificate)
{
    return certificate->not_after - (int64_t)time(NULL);
}

static bool is_near_its_end(const struct identity_certificate *certificate)
{
    return left_s(certificate) < (certificate->not_after - certificate->not_before) / 3;
}

/* The verifier thinks that there is time: an eighth of what is left by our clock, a day at most. */
static uint64_t pause_ms(const struct identity_certificate *certificate)
{
    int64_t left = left_s(certificate);
    uint64_t ms = left > 0 ? (uint64_t)left * 1000 / 8 : 0;
    return ms < MINUTE_MS ? MINUTE_MS : ms > DAY_MS ? DAY_MS : ms;
}

/* Without the certificate: with one that has ended the verifier would not even look at the ticket. */
static bool ask(struct agent *agent)
{
    static struct answer_pending pending;
    struct enrolment enrolment;
    long status;
    return folder_read_enrolment(&agent->settings, &enrolment, &agent->report) &&
           https_use_certificate(&agent->https, NULL, NULL, &agent->report) &&
           enrolment_fetch(agent, &enrolment, &pending, &status);
}

/* It goes into the journal once a day, and not into the round's report. */
static void complain(struct agent *agent, const struct identity_certificate *certificate, uint64_t now_ms)
{
    struct renewal *renewal = &agent->renewal;
    if (now_ms >= renewal->warn_again_ms) {
        renewal->warn_again_ms = now_ms + DAY_MS;
        journal_report(JOURNAL_WARNING, &agent->report);
        journal_say(JOURNAL_WARNING,
                    "the certificate of this host was not renewed; it ends at %" PRId64 " (seconds since 1970)",
                    certificate->not_after);
    }
    report_init(&agent->report);
}

/* What came of asking. */
static bool note_answer(struct agent *agent, const struct identity_certificate *before, uint64_t now_ms)
{
    struct renewal *renewal = &agent->renewal;
    struct identity_certificate stored;
    if (!identity_read_certificate(&agent->settings, &stored, &agent->report))
        return false;
    if (memcmp(stored.channel, before->channel, sizeof stored.channel) == 0) {
        renewal->again_ms = now_ms + pause_ms(before);
        complain(agent, before, now_ms);
        return true;
    }
    *renewal = (struct renewal){0};
    journal_say(JOURNAL_NOTICE, "the certificate of this host was renewed; it ends at %" PRId64 " (seconds since 1970)",
                stored.not_after);
    return true;
}

bool renewal_see_to(struct agent *agent)
{
    struct renewal *renewal = &agent->renewal;
    struct identity_certificate certificate;
    uint64_t now_ms = wait_now_ms();
    if (!identity_read_certificate(&agent->settings, &certificate, &agent->report))
        return false;
    if (now_ms < renewal->again_ms || (!renewal->refused && !is_near_its_end(&certificate)))
        return true;
    if (ask(agent))
        return note_answer(agent, &certificate, now_ms);
    /* While the old one serves there is no hurry; afterwards each attempt at a round begins with this. */
    renewal->again_ms = renewal->refused || left_s(&certificate) <= 0 ? 0 : now_ms + HOUR_MS;
    complain(agent, &certificate, now_ms);
    return true;
}

void renewal_note(struct agent *agent, bool good)
{
    const char *refusal = agent->https.refusal;
    if (good)
        agent->renewal.refused = false;
    else if (strcmp(refusal, NOT_IN_FORCE) == 0 || strcmp(refusal, NOT_OURS) == 0)
        agent->renewal.refused = true;
}
