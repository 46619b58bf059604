/* SPDX-License-Identifier: Apache-2.0 */
/* From what a command line says to what a key manifest shall hold. */
#ifndef TOOLS_MANIFEST_FACTS_H
#define TOOLS_MANIFEST_FACTS_H

#include "config/manifest.h"
#include "tools/common/command.h"

/* The options, as text. */
struct manifest_words {
    const char *version, *security_version; /* decimal */
    const char *from, *until;               /* YYYY-MM-DD (its first second, UTC), or seconds since 1970 */
    struct option_list allow, allow_second; /* key files: P-384, LMS */
    struct option_list revoke;              /* key files of either kind, or ids */
    struct option_list revoke_configuration; /* .bkc files, or digests */
};

/* Reads and converts all of it. False with findings. */
bool manifest_facts_read(const struct manifest_words *words, struct manifest_facts *facts, struct report *report);

#endif
