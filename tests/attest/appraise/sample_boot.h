/* SPDX-License-Identifier: Apache-2.0 */
/* A boot of a small shop, measured by core/measure's own list: what the machine would log, without the machine. */
#ifndef TESTS_ATTEST_APPRAISE_SAMPLE_BOOT_H
#define TESTS_ATTEST_APPRAISE_SAMPLE_BOOT_H

#include "core/measure/list.h"

#include <stdbool.h>
#include <stdint.h>

#define MEASURE_SAMPLE_LOG_MAX (64u << 10)

struct sample_boot {
    char release[64], command_line[512], boot[33];
    char firmware[64], loader[64], keys[64]; /* what registers 0, 4 and 7 are extended with */
    uint32_t security_version, flags;
    uint64_t serial;
    struct measure_facts facts;
    uint32_t restarts; /* of the web partition, after its first start */
    bool full;         /* the log's last record says so */
    uint32_t lost;     /* so many events are lost, the first one after its way into register 12 */
    bool sha1;         /* the log has a SHA-1 bank as well */
    uint64_t manifest_until; /* the end of the key manifest's validity; 0: no manifest */
};

void sample_boot_default(struct sample_boot *boot);

/* "NAME=VALUE" as the tests write them; false: no such name. */
bool sample_boot_set(struct sample_boot *boot, const char *assignment);

/* Writes the log and returns its size. */
uint32_t sample_boot_measure(const struct sample_boot *boot, uint8_t *log, uint32_t size);

#endif
