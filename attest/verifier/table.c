/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a person wants to see at a glance. */
#include "attest/verifier/table.h"

#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && text[0] != '\0' ? text : "-";
}

static const char *colour_of(const struct print_colours *colours, const char *state)
{
    if (strcmp(state, "trusted") == 0)
        return colours->good;
    return strcmp(state, "failed") == 0 || strcmp(state, "quarantined") == 0 ? colours->bad : colours->strong;
}

int table_hosts(json_t *answer)
{
    struct print_colours colours = print_colours(stdout);
    size_t i;
    json_t *host;
    if (answer == NULL)
        return EXIT_CODE_FINDINGS;
    printf("%s%-20s %-12s %-16s %-20s %s%s\n", colours.faint, "HOST", "STATE", "VERDICT", "RELEASE", "REASON", colours.end);
    json_array_foreach(json_object_get(answer, "hosts"), i, host)
    {
        const char *state = text_of(host, "state");
        printf("%-20s %s%-12s%s %-16s %-20s %s\n", text_of(host, "asset"), colour_of(&colours, state), state, colours.end,
               text_of(host, "verdict"), text_of(host, "release"), text_of(host, "state_reason"));
    }
    json_decref(answer);
    return EXIT_CODE_OK;
}

int table_releases(json_t *answer)
{
    size_t i, j;
    json_t *release, *assignment;
    if (answer == NULL)
        return EXIT_CODE_FINDINGS;
    printf("%-24s %-12s %s\n", "RELEASE", "STATE", "MEANT FOR");
    json_array_foreach(json_object_get(answer, "releases"), i, release)
    {
        printf("%-24s %-12s", text_of(release, "name"), text_of(release, "state"));
        json_array_foreach(json_object_get(answer, "assignments"), j, assignment)
        {
            if (strcmp(text_of(assignment, "release"), text_of(release, "name")) == 0)
                printf(" %s", text_of(assignment, "scope"));
        }
        printf("\n");
    }
    json_decref(answer);
    return EXIT_CODE_OK;
}
