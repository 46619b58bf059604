/* SPDX-License-Identifier: Apache-2.0 */
/* A prediction as tables for a person. */
#include "tools/predict/show.h"

#include "attest/lib/eventlog.h"
#include "tools/common/print.h"

#include <stdio.h>

#define DIGEST_SHOWN 8u /* bytes of a digest that are enough to compare by eye */

static void show_registers(const struct prediction *prediction, const struct print_colours *colour)
{
    char hex[2 * HASH_MAX_SIZE + 1];
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        if ((prediction->predicted >> pcr & 1) == 0)
            continue;
        print_hex(prediction->banks.sha256[pcr], HASH_SHA256_SIZE, hex);
        printf("%sPCR %-2u%s  sha256  %s\n", colour->strong, pcr, colour->end, hex);
        print_hex(prediction->banks.sha384[pcr], HASH_SHA384_SIZE, hex);
        printf("        sha384  %s\n", hex);
    }
}

static const char *firmware_words(uint32_t type)
{
    switch (type) {
    case EV_SEPARATOR:
        return "separator";
    case 0x80000001u:
        return "Secure Boot variable";
    case 0x80000003u:
        return "boot image";
    case 0x80000007u:
        return "call of the boot image";
    case 0x800000e0u:
        return "key that let it start";
    default:
        return "event";
    }
}

static void show_event(const struct prediction_event *event)
{
    struct eventlog_tagged tagged;
    char hex[2 * DIGEST_SHOWN + 1];
    printf("%3u  ", event->pcr);
    if (event->type != EV_EVENT_TAG || !eventlog_decode(event->data, event->size, &tagged)) {
        print_hex(event->digests.sha256, DIGEST_SHOWN, hex);
        printf("%-12s %-22s %s...\n", "", firmware_words(event->type), hex);
        return;
    }
    printf("%-12s %-22s", tagged.partition, tagged.item);
    if (tagged.has_text)
        printf(" %s", tagged.text);
    if (tagged.has_number)
        printf(" %llu", (unsigned long long)tagged.number);
    if (tagged.digest != NULL) {
        print_hex(tagged.digest, DIGEST_SHOWN, hex);
        printf(" %s...", hex);
    }
    putchar('\n');
}

void prediction_show(const struct prediction *prediction)
{
    struct print_colours colour = print_colours(stdout);
    show_registers(prediction, &colour);
    printf("\n%sPCR  %-12s %-22s %s%s\n", colour.strong, "partition", "what", "value", colour.end);
    for (uint32_t i = 0; i < prediction->count; i++)
        show_event(&prediction->events[i]);
}
