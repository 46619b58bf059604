/* SPDX-License-Identifier: Apache-2.0 */
/* What all steps of the agent share: the TPM with its key, and evidence. */
#include "attest/agent/agent.h"

#include "attest/agent/wait.h"

#define TPM_TRIES 5u
#define TPM_TRY_AGAIN_MS 200u /* doubles */

void agent_init(struct agent *agent, const struct settings *settings)
{
    agent->settings = *settings;
    agent->tpm = (struct tpm){0};
    agent->ak = ESYS_TR_NONE;
    agent->https = (struct https){0};
    agent->verdict[0] = '\0';
    agent->state[0] = '\0';
    agent->renewal = (struct renewal){0};
    agent->floor = (struct floor_watch){0};
    report_init(&agent->report);
    log_source_find(&agent->log, agent->settings.log_file);
}

void agent_free(struct agent *agent)
{
    agent_close_tpm(agent);
    https_free(&agent->https);
}

/* A key counts from when it is in the state folder. */
static bool make_ak(struct agent *agent, struct ak *ak)
{
    return ak_create(&agent->tpm, agent->settings.attestation_key, ak, &agent->ak, &agent->report) &&
           folder_make(&agent->settings, &agent->report) && folder_write_ak(&agent->settings, ak, &agent->report);
}

bool agent_open_tpm(struct agent *agent)
{
    struct ak ak;
    if (agent->tpm.esys == NULL && !tpm_open(&agent->tpm, agent->settings.tcti, &agent->report))
        return false;
    if (agent->ak != ESYS_TR_NONE)
        return true;
    if (!folder_has(&agent->settings, FOLDER_AK))
        return make_ak(agent, &ak);
    return folder_read_ak(&agent->settings, &ak, &agent->report) &&
           ak_load(&agent->tpm, &ak, &agent->ak, &agent->report);
}

void agent_close_tpm(struct agent *agent)
{
    tpm_flush(&agent->tpm, &agent->ak);
    tpm_close(&agent->tpm);
}

bool agent_collect(struct agent *agent, const struct evidence_request *request)
{
    uint64_t pause = TPM_TRY_AGAIN_MS;
    for (unsigned i = 1;; i++, pause *= 2) {
        if (agent_open_tpm(agent) &&
            evidence_make(&agent->tpm, agent->ak, &agent->log, request, &agent->evidence, &agent->report))
            return true;
        agent_close_tpm(agent);
        if (i == TPM_TRIES || !wait_ms(pause))
            return false;
        report_init(&agent->report);
    }
}
