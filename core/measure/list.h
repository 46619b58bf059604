/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured at boot, in which order: one list for the machine, which extends it, and for `bulkhead predict`, which
 * computes what the machine will extend. Pure but for the caller's extend function. */
#ifndef CORE_MEASURE_LIST_H
#define CORE_MEASURE_LIST_H

#include "config/container.h"
#include "config/manifest.h"
#include "config/system.h"
#include "core/lib/crypto.h"
#include "core/measure/event.h"
#include "core/plan/plan.h"

/* Where the list goes: a TPM and its log, or their model. `extend` takes one event's data for one register; false: it could
 * not be recorded, and nothing after it is. */
struct measurement {
    bool (*extend)(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size);
    void *context;
    bool failed;                         /* sticky */
    struct crypto_sha384_state sealed;   /* over the records of PCR_CONFIGURATION and PCR_IMAGES */
    struct crypto_sha384_state platform; /* over the records of PCR_PLATFORM */
};

/* Facts of the machine that decide how strong its walls are, beside the plan. */
struct measure_facts {
    bool iommu;              /* every device of a partition is translated */
    bool remapping;          /* ... and its interrupts are remapped */
    bool locality2;          /* the TPM lets the hypervisor alone extend 21 and 22 */
    bool rollback_counter;   /* a TPM counter refuses older security versions */
    uint32_t rollback_floor; /* ... below this one */
    uint32_t processor;      /* CPUID 1, EAX */
    uint64_t microcode;      /* patch level, MSR 0x8B */
    uint8_t placement[MEASURE_DIGEST_SIZE]; /* measure_placement() */
    uint8_t tables[MEASURE_DIGEST_SIZE];    /* every table that processor and IOMMU walk */
};

/* What follows from the machine and from how it was cut; `tables` is the digest of the frames that the table writers took.
 * Rollback protection stays unset. */
struct measure_facts measure_facts_of(const struct machine *machine, const struct plan *plan,
                                      const uint8_t tables[MEASURE_DIGEST_SIZE]);

void measurement_begin(struct measurement *measurement,
                       bool (*extend)(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size),
                       void *context);

/* The signed configuration as a whole, and whose word it starts on → PCR 8. Each of the slots is always filled: what is absent
 * says so, a manifest by its `present`. */
void measure_configuration(struct measurement *measurement, const struct manifest *manifest,
                           const struct container *container, const struct system *system);

/* Each partition in configuration order: what it gets and what it runs → PCR 9. */
void measure_partitions(struct measurement *measurement, const struct system *system);

/* The machine and how it was cut → PCR 11. */
void measure_platform(struct measurement *measurement, const struct measure_facts *facts);

/* Closes the list, after the other three: the digest of all records of PCR 8 and 9 → PCR 21. Only where locality 2 is open. */
void measure_seal(struct measurement *measurement);

/* The first record of PCR 12 and 22: this boot's name, and the digest of all records of PCR 11. `boot_id` is text. */
void measure_boot(struct measurement *measurement, uint32_t pcr, const char *boot_id);

/* SHA-384 over who got which cores, memory and devices, in a form of its own that does not depend on the layout of struct
 * plan (docs/attestation.md). */
void measure_placement(const struct plan *plan, uint8_t digest[MEASURE_DIGEST_SIZE]);

#endif
