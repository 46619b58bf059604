/* SPDX-License-Identifier: Apache-2.0 */
/* The two TPM indexes that refuse older configurations: a counter, and the value it had when it was begun. What stands between
 * them is the floor: the lowest security version that may start. Shared by who defines them (`bulkhead-agent provision`), who
 * reads them (boot stage) and who raises the floor (monitor). docs/container.md explains it. */
#ifndef CORE_LIB_ROLLBACK_INDEX_H
#define CORE_LIB_ROLLBACK_INDEX_H

/* In the owner's range (TCG Registry of Reserved TPM 2.0 Handles and Localities 1.1, 2.2). */
#define ROLLBACK_COUNTER 0x01804248u
#define ROLLBACK_BASE 0x01804249u
#define ROLLBACK_SIZE 8u /* bytes of either value, big-endian */

/* TPMA_NV (TPM 2.0 Library 1.59, part 2, 13.4). Counter: POLICYWRITE, TPM_NT_COUNTER, OWNERREAD, AUTHREAD, NO_DA. Base: the
 * same as an ordinary index, with WRITEDEFINE: once locked, it is never written again. */
#define ROLLBACK_COUNTER_ATTRIBUTES 0x02060018u
#define ROLLBACK_BASE_ATTRIBUTES 0x02062008u
/* What the TPM adds by itself. */
#define ROLLBACK_WRITTEN 0x20000000u
#define ROLLBACK_WRITE_LOCKED 0x00000800u

/* Both are written by the holder of locality 2 alone: SHA-256 over 32 zeros, TPM_CC_PolicyLocality and TPM_LOC_TWO (part 3,
 * 23.8; part 2, 8.5). */
#define ROLLBACK_POLICY_SIZE 32u
#define ROLLBACK_POLICY \
    {0xf3, 0xd7, 0xb9, 0x18, 0xb2, 0xfa, 0x2a, 0x1c, 0x10, 0x8c, 0xc7, 0x17, 0xe7, 0xfb, 0x52, 0xf5, \
     0x43, 0x18, 0x45, 0x80, 0xa3, 0x4e, 0x9f, 0xdb, 0xba, 0x2f, 0xbb, 0x2b, 0xbd, 0x11, 0xb0, 0x7b}

#endif
