/* SPDX-License-Identifier: Apache-2.0 */
/* The plain 32-bit MOVs that drivers use on device registers; nothing else is decoded (AMD64 APM vol. 3, MOV). Pure. */
#ifndef CORE_MONITOR_MOV_H
#define CORE_MONITOR_MOV_H

#include <stdbool.h>
#include <stdint.h>

struct mov {
    bool store;         /* to memory */
    bool has_immediate; /* C7 /0 */
    uint32_t immediate;
    uint8_t reg;        /* enum guest_register */
    uint8_t length;     /* bytes of the instruction */
};

/* Decodes 89 /r, 8B /r and C7 /0 in 64-bit mode with an optional REX prefix (W = 0) and a memory operand. False for all
 * other bytes, and when `size` ends inside the instruction. */
bool mov_decode(const uint8_t *bytes, unsigned size, struct mov *mov);

#endif
