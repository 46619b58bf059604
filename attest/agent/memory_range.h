/* SPDX-License-Identifier: Apache-2.0 */
/* A range of the machine's physical memory, through /dev/mem. */
#ifndef ATTEST_AGENT_MEMORY_RANGE_H
#define ATTEST_AGENT_MEMORY_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_DEVICE "/dev/mem"

/* Copies `size` bytes at the physical address `address`. False: errno says why. */
bool memory_range_copy(uint64_t address, uint8_t *bytes, size_t size);

#endif
