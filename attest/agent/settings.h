/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator sets: a file of `name = value` lines, each of which an option of the same name overrides. */
#ifndef ATTEST_AGENT_SETTINGS_H
#define ATTEST_AGENT_SETTINGS_H

#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_FILE "/etc/bulkhead/agent.conf"
#define SETTINGS_FILE_MAX ((size_t)16 << 10)
#define SETTING_MAX 256

enum settings_ak { SETTINGS_AK_P256, SETTINGS_AK_P384 };

struct settings {
    char verifier[SETTING_MAX];         /* https://NAME[:PORT], without a path */
    char verifier_address[SETTING_MAX]; /* IPv4 or IPv6: connect there instead of looking NAME up; empty: look it up */
    char ca_file[SETTING_MAX];          /* PEM: the only authority that may vouch for the verifier */
    char asset[SETTING_MAX];            /* what the operator calls this host */
    char token_file[SETTING_MAX];       /* the join token; needed until the host is enrolled */
    char state_folder[SETTING_MAX];
    char tcti[SETTING_MAX];             /* how to reach the TPM, as tpm2-tss names it */
    char log_file[SETTING_MAX];         /* a copy of the event log; empty: the machine's own */
    enum settings_ak attestation_key;
    uint32_t longest_wait_s;            /* between two attempts while something is out of order */
};

/* The values that hold where nothing is said. */
void settings_init(struct settings *settings);

/* Sets one value. False with a finding at `where` (a line of a file, or the option). */
bool settings_set(struct settings *settings, const char *name, const char *value, const char *where,
                  struct report *report);

/* Reads all lines of `text` (NUL-terminated); blank lines and those that begin with # say nothing. All wrong lines become
 * findings at "`name` line N". */
bool settings_parse(struct settings *settings, const char *text, const char *name, struct report *report);

/* Reads the file. With `optional`, a file that does not exist is no finding. */
bool settings_read(struct settings *settings, const char *path, bool optional, struct report *report);

/* What talking to a verifier needs is set. */
bool settings_complete(const struct settings *settings, struct report *report);

#endif
