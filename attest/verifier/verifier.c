/* SPDX-License-Identifier: Apache-2.0 */
/* The clock, and the settings under their lock. */
#include "attest/verifier/verifier.h"

#include <time.h>

int64_t verifier_now(void)
{
    return time(NULL);
}

struct settings verifier_settings(struct verifier *verifier)
{
    pthread_rwlock_rdlock(&verifier->settings_lock);
    struct settings settings = verifier->settings;
    pthread_rwlock_unlock(&verifier->settings_lock);
    return settings;
}
