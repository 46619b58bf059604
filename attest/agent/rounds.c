/* SPDX-License-Identifier: Apache-2.0 */
/* Challenge, evidence, verdict, and again: as long as the agent runs. */
#include "attest/agent/agent.h"
#include "attest/agent/identity.h"
#include "attest/agent/journal.h"
#include "attest/agent/wait.h"
#include "tools/common/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REASONS_SHOWN 16u

static bool post(struct agent *agent, const char *host, const char *what, json_t *body, json_t **answer)
{
    char path[96];
    long status;
    snprintf(path, sizeof path, "/v1/hosts/%s/%s", host, what);
    return https_post(&agent->https, path, body, &status, answer, &agent->report);
}

static bool get_challenge(struct agent *agent, const char *host, struct answer_challenge *challenge)
{
    json_t *answer;
    struct log_bytes *log = &agent->evidence.log;
    if (!evidence_read_log(&agent->log, log, &agent->report) ||
        !post(agent, host, "challenges", json_pack("{s:s, s:I}", "boot", log->boot, "log_length", (json_int_t)log->size),
              &answer))
        return false;
    bool good = answer_read_challenge(answer, challenge, &agent->report);
    json_decref(answer);
    return good;
}

/* One reason of a verdict; every part of it came from outside. */
static void say_reason(const json_t *reason)
{
    char code[16], text[160], partition[40], item[40], found[256], expected[256];
    answer_quote_text(reason, "code", code, sizeof code);
    answer_quote_text(reason, "text", text, sizeof text);
    answer_quote_text(reason, "partition", partition, sizeof partition);
    answer_quote_text(reason, "item", item, sizeof item);
    answer_quote_text(reason, "found", found, sizeof found);
    answer_quote_text(reason, "expected", expected, sizeof expected);
    journal_say(JOURNAL_WARNING, "  %s %s %s %s: found %s, expected %s", code, text, partition, item, found, expected);
}

/* The journal is small: a verdict is worth a line when it is another one than before. */
static void say_verdict(struct agent *agent, const struct answer_verdict *verdict)
{
    if (strcmp(agent->verdict, verdict->verdict) == 0 && strcmp(agent->state, verdict->state) == 0)
        return;
    memcpy(agent->verdict, verdict->verdict, sizeof agent->verdict);
    memcpy(agent->state, verdict->state, sizeof agent->state);
    journal_say(JOURNAL_NOTICE, "the verdict is %s, this host is %s", agent->verdict, agent->state);
    for (size_t i = 0; i < json_array_size(verdict->reasons) && i < REASONS_SHOWN; i++)
        say_reason(json_array_get(verdict->reasons, i));
}

/* A host that the verifier trusts runs a configuration that has proved healthy: what is older need not start again. */
static void settle_floor(struct agent *agent)
{
    uint32_t floor;
    uint64_t now_ms = wait_now_ms();
    if (strcmp(agent->state, "trusted") != 0 || !floor_is_due(&agent->floor, now_ms))
        return;
    enum floor_result result = floor_raise(&floor);
    if (!floor_note(&agent->floor, result, now_ms))
        return;
    if (result == FLOOR_RAISED)
        journal_say(JOURNAL_NOTICE, "rollback protection: the floor is security version %u", floor);
    else
        journal_say(JOURNAL_WARNING, "rollback protection: the floor was not raised (there is no counter, or it did not"
                                     " count); asked again every hour");
}

static bool send_evidence(struct agent *agent, const char *host, const char *challenge, uint64_t *next_ms)
{
    struct answer_verdict verdict;
    json_t *answer;
    if (!post(agent, host, "evidence",
              json_pack("{s:s, s:o}", "challenge", challenge, "evidence", evidence_to_json(&agent->evidence)), &answer))
        return false;
    bool good = answer_read_verdict(answer, &verdict, &agent->report);
    if (good) {
        *next_ms = verdict.next_ms;
        say_verdict(agent, &verdict);
        settle_floor(agent);
    }
    json_decref(answer);
    return good;
}

bool round_run(struct agent *agent, uint64_t *next_ms)
{
    struct identity_certificate certificate;
    struct answer_challenge challenge;
    struct evidence_request request = {0};
    if (!identity_read_certificate(&agent->settings, &certificate, &agent->report) ||
        !get_challenge(agent, certificate.host, &challenge))
        return false;
    memcpy(request.nonce, challenge.nonce, sizeof request.nonce);
    memcpy(request.host, certificate.host, sizeof request.host);
    memcpy(request.channel, certificate.channel, sizeof request.channel);
    request.selection = challenge.selection;
    request.log_offset = challenge.log_offset;
    return agent_collect(agent, &request) && send_evidence(agent, certificate.host, challenge.challenge, next_ms);
}

/* From now on the agent shows its certificate. */
static bool show_certificate(struct agent *agent)
{
    static char certificate[FOLDER_PATH_MAX], key[FOLDER_PATH_MAX];
    if (agent->https.certificate != NULL)
        return true;
    folder_path(&agent->settings, FOLDER_TLS_CERTIFICATE, certificate);
    folder_path(&agent->settings, FOLDER_TLS_KEY, key);
    return https_use_certificate(&agent->https, certificate, key, &agent->report);
}

static bool step(struct agent *agent, uint64_t *next_ms)
{
    if (!enrolment_done(agent))
        return enrolment_step(agent, next_ms);
    if (!renewal_see_to(agent) || !show_certificate(agent))
        return false;
    bool good = round_run(agent, next_ms);
    renewal_note(agent, good);
    return good;
}

/* What --once says at its end. */
static int once_result(const struct agent *agent)
{
    if (agent->verdict[0] == '\0') {
        printf("the host waits for an operator's approval\n");
        return EXIT_CODE_FINDINGS;
    }
    printf("verdict %s, host %s\n", agent->verdict, agent->state);
    bool good = strcmp(agent->verdict, "affirming") == 0 || strcmp(agent->verdict, "warning") == 0;
    return good ? EXIT_CODE_OK : EXIT_CODE_FINDINGS;
}

/* How long after a failure; the verifier may have asked for more. */
static uint64_t pause_after_failure(struct agent *agent, struct backoff *backoff)
{
    uint64_t ms = backoff_next_ms(backoff);
    if (agent->https.retry_after_ms > ms)
        ms = agent->https.retry_after_ms;
    agent->https.retry_after_ms = 0;
    agent_close_tpm(agent);
    journal_report(JOURNAL_ERROR, &agent->report);
    journal_say(JOURNAL_WARNING, "failed %u times; next attempt in %" PRIu64 " ms", backoff->failures, ms);
    return ms;
}

int agent_run(struct agent *agent, bool once)
{
    struct backoff backoff = {.longest_s = agent->settings.longest_wait_s};
    if (!settings_complete(&agent->settings, &agent->report) ||
        !https_init(&agent->https, &agent->settings, &agent->report)) {
        journal_report(JOURNAL_ERROR, &agent->report);
        return EXIT_CODE_FINDINGS;
    }
    while (!wait_stopped()) {
        uint64_t next_ms = 0;
        bool good = step(agent, &next_ms);
        if (wait_stopped())
            break;
        if (good)
            backoff.failures = 0;
        else
            next_ms = pause_after_failure(agent, &backoff);
        if (once && (!good || agent->verdict[0] != '\0' || next_ms > 0))
            return good ? once_result(agent) : EXIT_CODE_FINDINGS;
        (void)wait_ms(next_ms);
    }
    return EXIT_CODE_OK;
}
