/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the faulting instruction through the guest's page tables, one page in the window at a time. */
#include "core/monitor/guest_code.h"

#include "core/monitor/core.h"
#include "core/monitor/window.h"
#include "core/x86/registers.h"

#include <string.h>

#define PAGING_LEVELS 4u

/* Guest-physical → host-physical; false outside the partition's RAM. */
static bool to_host(uint64_t gpa, struct hpa *hpa)
{
    const struct handoff_partition *partition = this_partition();
    for (uint32_t i = 0; i < partition->region_count; i++) {
        const struct plan_region *region = &partition->regions[i];
        if (gpa - region->gpa.v < region->size) {
            *hpa = hpa_add(region->hpa, gpa - region->gpa.v);
            return true;
        }
    }
    return false;
}

static bool read_entry(uint64_t gpa, uint64_t *entry)
{
    struct hpa hpa;
    if (!to_host(gpa, &hpa))
        return false;
    *entry = *(volatile uint64_t *)window_open(hpa, WINDOW_MEMORY);
    window_close();
    return true;
}

/* Walks the guest's 4-level tables (AMD64 APM vol. 2, 5.3). The fetch succeeded a moment ago, so rights need no check. */
static bool translate(const struct guest_state *guest, uint64_t virtual, uint64_t *gpa)
{
    uint64_t table = guest->cr3 & PTE_ADDRESS;
    for (unsigned level = PAGING_LEVELS; level > 0; level--) {
        unsigned shift = 12 + 9 * (level - 1);
        uint64_t entry;
        if (!read_entry(table + (virtual >> shift & 511u) * 8, &entry) || !(entry & PTE_PRESENT))
            return false;
        uint64_t page = 1ull << shift;
        if (level == 1 || (level <= 3 && entry & PTE_LARGE)) {
            *gpa = (entry & PTE_ADDRESS & ~(page - 1)) | (virtual & (page - 1));
            return true;
        }
        table = entry & PTE_ADDRESS;
    }
    return false;
}

/* Copies what of the instruction lies in one page; returns the bytes copied. */
static unsigned read_part(const struct guest_state *guest, uint64_t virtual, uint8_t *out, unsigned wanted)
{
    uint64_t gpa;
    struct hpa hpa;
    if (!translate(guest, virtual, &gpa) || !to_host(gpa, &hpa))
        return 0;
    unsigned left = (unsigned)(PAGE_SIZE - (virtual & (PAGE_SIZE - 1)));
    unsigned count = wanted < left ? wanted : left;
    memcpy(out, window_open(hpa, WINDOW_MEMORY), count);
    window_close();
    return count;
}

void guest_code_read(struct vcpu *vcpu)
{
    const struct guest_state *guest = &vcpu->guest;
    struct guest_exit *exit = &vcpu->exit;
    if (exit->instruction_length != 0 || !(guest->efer & EFER_LMA) || guest->cr4 & CR4_LA57)
        return;
    unsigned first = read_part(guest, guest->rip, exit->instruction, sizeof exit->instruction);
    unsigned rest = (unsigned)sizeof exit->instruction - first;
    if (first > 0 && rest > 0)
        first += read_part(guest, guest->rip + first, exit->instruction + first, rest);
    exit->instruction_length = (uint8_t)first;
}
