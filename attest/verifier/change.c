/* SPDX-License-Identifier: Apache-2.0 */
/* Stores and announces changes of state. */
#include "attest/verifier/change.h"

#include "attest/verifier/audit.h"

#include <stdio.h>

static json_t *describe(const struct change *change)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "asset", change->host->asset, "before",
                     host_state_name(change->before), "state", host_state_name(change->after), "reason", change->reason,
                     "verdict", change->verdict, "release", change->release);
}

bool change_store(struct db *db, const struct change *change)
{
    return host_set_state(db, change->host->id, change->after, change->reason, change->at) &&
           audit_append(db, change->at, change->actor, change->action, change->host->id, describe(change));
}

/* For syslog: texts that came from outside lose what could end a field or a line. */
static void put_safe(char *to, size_t size, const char *text)
{
    size_t at = 0;
    for (; *text != '\0' && at + 1 < size; text++)
        to[at++] = *text < ' ' || *text == '"' || *text == ']' || *text == '\\' || *text == 0x7f ? '_' : *text;
    to[at] = '\0';
}

void change_announce(struct notifier *notifier, const struct change *change)
{
    char line[768], reason[HOST_REASON_MAX + 1];
    put_safe(reason, sizeof reason, change->reason);
    snprintf(line, sizeof line,
             "[bulkhead@0 event=\"state\" host=\"%s\" asset=\"%s\" before=\"%s\" state=\"%s\" verdict=\"%s\""
             " release=\"%s\"] %s",
             change->host->id, change->host->asset, host_state_name(change->before), host_state_name(change->after),
             change->verdict, change->release, reason);
    json_t *event = describe(change);
    json_object_set_new(event, "event", json_string("state"));
    json_object_set_new(event, "host", json_string(change->host->id));
    json_object_set_new(event, "action", json_string(change->action));
    json_object_set_new(event, "at", json_integer(change->at));
    notifier_push(notifier, event, line);
}
