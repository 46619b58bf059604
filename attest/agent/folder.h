/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder: what must outlive a restart. Each file appears whole or not at all. */
#ifndef ATTEST_AGENT_FOLDER_H
#define ATTEST_AGENT_FOLDER_H

#include "attest/agent/ak.h"
#include "attest/agent/answer.h"

#define FOLDER_PATH_MAX (SETTING_MAX + 32)

/* The files, by name. */
#define FOLDER_AK "attestation-key"
#define FOLDER_TLS_KEY "tls-key.pem"
#define FOLDER_TLS_REQUEST "tls-request.pem"
#define FOLDER_TLS_CERTIFICATE "tls-certificate.pem"
#define FOLDER_ENROLMENT "enrolment.json"

void folder_path(const struct settings *settings, const char *name, char path[FOLDER_PATH_MAX]);
bool folder_has(const struct settings *settings, const char *name);

/* Makes the folder, for its owner alone. */
bool folder_make(const struct settings *settings, struct report *report);

bool folder_write(const struct settings *settings, const char *name, const void *bytes, size_t size, struct report *report);
void folder_remove(const struct settings *settings, const char *name);

bool folder_read_ak(const struct settings *settings, struct ak *ak, struct report *report);
bool folder_write_ak(const struct settings *settings, const struct ak *ak, struct report *report);

/* How far enrolment has come: the verifier's answer to /v1/enroll as it was, and the ticket once there is one. */
struct enrolment {
    struct answer_enrolled answer;
    char ticket[ANSWER_TEXT_MAX]; /* "": not activated yet */
};
bool folder_read_enrolment(const struct settings *settings, struct enrolment *enrolment, struct report *report);

/* `answer` is the verifier's, checked. The ticket is added to it later. */
bool folder_write_enrolment(const struct settings *settings, const json_t *answer, struct report *report);
bool folder_write_ticket(const struct settings *settings, const char *ticket, struct report *report);

#endif
