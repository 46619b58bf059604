/* SPDX-License-Identifier: Apache-2.0 */
/* The model-specific registers a guest reaches without an exit; everything else exits. */
#ifndef CORE_TABLES_MSR_LIST_H
#define CORE_TABLES_MSR_LIST_H

#include <stdint.h>

#define MSR_READ 1u
#define MSR_WRITE 2u

struct msr_pass {
    uint32_t first, last;
    uint32_t access; /* MSR_READ, MSR_WRITE or both */
};

/* Each register here is the guest's own: saved in its VMCB, or a part of the core that it owns for life. Writes of the
 * time stamp counter exit: the monitor reckons time by it. Of the x2APIC, a guest writes what concerns its own core
 * only. The interrupt command register (0x830) exits because it names other cores, the local vector table entries
 * (0x832-0x837) because they have a message type, which can ask for SMI, the timer's too on some processors; AMD's
 * extended registers (0x840 and up) for the same reason. */
static const struct msr_pass msr_pass_list[] = {
    {0x00000010, 0x00000010, MSR_READ},             /* TSC */
    {0x00000174, 0x00000176, MSR_READ | MSR_WRITE}, /* SYSENTER_CS, _ESP, _EIP */
    {0x00000277, 0x00000277, MSR_READ | MSR_WRITE}, /* PAT */
    {0x00000800, 0x000008ff, MSR_READ},             /* x2APIC */
    {0x00000808, 0x00000808, MSR_WRITE},            /* task priority */
    {0x0000080b, 0x0000080b, MSR_WRITE},            /* end of interrupt */
    {0x0000080f, 0x0000080f, MSR_WRITE},            /* spurious interrupt vector */
    {0x00000828, 0x00000828, MSR_WRITE},            /* error status */
    {0x00000838, 0x00000838, MSR_WRITE},            /* timer: initial count */
    {0x0000083e, 0x0000083e, MSR_WRITE},            /* timer: divide configuration */
    {0x0000083f, 0x0000083f, MSR_WRITE},            /* self IPI */
    {0xc0000081, 0xc0000084, MSR_READ | MSR_WRITE}, /* STAR, LSTAR, CSTAR, SFMASK */
    {0xc0000100, 0xc0000103, MSR_READ | MSR_WRITE}, /* FS.base, GS.base, KernelGSbase, TSC_AUX */
};
#define MSR_PASS_COUNT (sizeof msr_pass_list / sizeof msr_pass_list[0])

/* The permission map: 2 bits an MSR, the lower for reads; 1 makes the access exit (AMD APM volume 2, 15.11). Three
 * ranges of 8,192 MSRs each, 2 KiB apart; the last 2 KiB are reserved. MSRs outside the ranges always exit. */
#define MSRPM_FRAMES 2u
#define MSRPM_RANGES 3u
#define MSRPM_RANGE_MSRS 8192u
static const uint32_t msrpm_range_base[MSRPM_RANGES] = {0x00000000, 0xc0000000, 0xc0010000};

/* The port permission map: 1 bit a port, and 3 bits more for accesses that cross the top (15.10.1). */
#define IOPM_FRAMES 3u

#endif
