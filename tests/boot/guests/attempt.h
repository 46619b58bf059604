/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts: one instruction, and where to go on should it raise an exception. trap_taken() tells which one it was. */
#ifndef TESTS_BOOT_GUESTS_ATTEMPT_H
#define TESTS_BOOT_GUESTS_ATTEMPT_H

#include "tests/boot/guests/prober.h"

#define OUTPUTS(...) __VA_ARGS__
#define ATTEMPT(instruction, outputs, ...)                                                                             \
    __asm__ volatile("lea 1f(%%rip), %%r8\n\tmov %%r8, trap_recover(%%rip)\n\t" instruction "\n1:"                     \
                     : outputs                                                                                         \
                     : __VA_ARGS__                                                                                     \
                     : "r8", "memory")

/* Both return the exception's vector, or VECTOR_NONE. */
static inline unsigned attempt_rdmsr(uint32_t msr, uint64_t *value)
{
    uint32_t low = 0, high = 0;
    ATTEMPT("rdmsr", OUTPUTS("+a"(low), "+d"(high)), "c"(msr));
    *value = (uint64_t)high << 32 | low;
    return trap_taken();
}

static inline unsigned attempt_wrmsr(uint32_t msr, uint64_t value)
{
    ATTEMPT("wrmsr", OUTPUTS(), "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
    return trap_taken();
}

#endif
