/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-Vi commands (AMD I/O Virtualization Technology Specification 3.x, 2.4). */
#include "core/x86/cpu.h"
#include "core/x86/iommu.h"

#define COMMAND_TAIL 0x08u /* from the page at IOMMU_QUEUE_REGISTERS */
#define COMMAND_COMPLETION_WAIT (1ull << 60)
#define COMMAND_INVALIDATE_INTERRUPTS (5ull << 60)
#define COMMAND_INVALIDATE_ALL (8ull << 60)
#define COMPLETION_STORE 1ull
#define COMPLETION_ADDRESS 0x000ffffffffffff8ull
#define COMPLETION_PATIENCE 50000000u

static void put(const struct iommu_queue *queue, uint64_t low, uint64_t high)
{
    volatile uint64_t *slot = queue->commands + queue->state->tail / 8;
    slot[0] = low;
    slot[1] = high;
    queue->state->tail = (queue->state->tail + 16) % IOMMU_QUEUE_SIZE;
}

/* Commands are issued one batch at a time and waited for, so the queue is empty whenever a batch starts. */
static bool run(const struct iommu_queue *queue)
{
    uint64_t token = ++queue->state->issued;
    put(queue, COMMAND_COMPLETION_WAIT | (queue->state_hpa.v & COMPLETION_ADDRESS) | COMPLETION_STORE, token);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    mmio_write64((volatile char *)queue->registers + COMMAND_TAIL, queue->state->tail);
    for (uint32_t i = 0; i < COMPLETION_PATIENCE; i++) {
        if (queue->state->done == token)
            return true;
        cpu_pause();
    }
    return false;
}

bool amdvi_invalidate_interrupts(const struct iommu_queue *queue, uint16_t requester_id)
{
    put(queue, COMMAND_INVALIDATE_INTERRUPTS | requester_id, 0);
    return run(queue);
}

bool amdvi_invalidate_all(const struct iommu_queue *queue)
{
    put(queue, COMMAND_INVALIDATE_ALL, 0);
    return run(queue);
}
