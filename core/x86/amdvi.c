/* SPDX-License-Identifier: Apache-2.0 */
/* Switching an AMD IOMMU on. */
#include "core/x86/amdvi.h"

#include "core/x86/cpu.h"

#define REG_DEVICE_TABLE 0x0000u
#define REG_COMMAND_BUFFER 0x0008u
#define REG_EVENT_LOG 0x0010u
#define REG_CONTROL 0x0018u
#define REG_EXCLUSION_BASE 0x0020u
#define REG_FEATURES 0x0030u
#define DEVICE_TABLE_PAGES_MINUS_1 511ull /* 65,536 entries of 32 bytes */
#define COMMAND_LENGTH_256 (8ull << 56)
#define FEATURE_XT (1ull << 2)
#define FEATURE_INVALIDATE_ALL (1ull << 6)
#define FEATURE_GA (1ull << 7)
#define CONTROL_ENABLE (1ull << 0)
#define CONTROL_COHERENT (1ull << 10)
#define CONTROL_COMMANDS (1ull << 12)
#define CONTROL_GA (1ull << 17)
#define CONTROL_XT (1ull << 50)

static void set(volatile void *registers, unsigned reg, uint64_t value)
{
    mmio_write64((volatile char *)registers + reg, value);
}

enum amdvi_result amdvi_enable(volatile void *registers, struct hpa device_table, struct hpa commands,
                               struct iommu_queue *queue)
{
    uint64_t features = mmio_read64((volatile char *)registers + REG_FEATURES);
    if (!(features & FEATURE_GA))
        return AMDVI_NO_GA;
    if (!(features & FEATURE_XT))
        return AMDVI_NO_X2APIC;
    if (!(features & FEATURE_INVALIDATE_ALL))
        return AMDVI_NO_FLUSH;
    set(registers, REG_CONTROL, 0);
    set(registers, REG_DEVICE_TABLE, device_table.v | DEVICE_TABLE_PAGES_MINUS_1);
    set(registers, REG_COMMAND_BUFFER, /* sets head and tail to 0 */
        commands.v | COMMAND_LENGTH_256);
    set(registers, REG_EVENT_LOG, 0);
    set(registers, REG_EXCLUSION_BASE, 0);
    set(registers, REG_CONTROL,
        CONTROL_ENABLE | CONTROL_COHERENT | CONTROL_COMMANDS | CONTROL_GA | CONTROL_XT);
    queue->registers = (volatile char *)registers + IOMMU_QUEUE_REGISTERS;
    queue->state->tail = 0;
    /* Firmware may have used the IOMMU: what it cached then would outlive the old tables. */
    return amdvi_invalidate_all(queue) ? AMDVI_ENABLED : AMDVI_NO_ANSWER;
}
