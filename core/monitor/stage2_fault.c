/* SPDX-License-Identifier: Apache-2.0 */
/* An access that the stage-2 tables do not map: the MSI-X table of one of the partition's devices, or the wall. */
#include "core/monitor/exit.h"
#include "core/monitor/guest_code.h"
#include "core/monitor/lifecycle.h"
#include "core/monitor/mov.h"
#include "core/monitor/msix.h"

static const struct handoff_device *device_at(struct gpa address)
{
    const struct handoff_partition *partition = this_partition();
    for (uint32_t i = 0; i < partition->device_count; i++) {
        const struct hpa_range *pages = &partition->devices[i].msix_pages;
        if (address.v - pages->base.v < pages->size)
            return &partition->devices[i];
    }
    return NULL;
}

static void stop_at_wall(const struct core *core)
{
    const struct guest_exit *exit = &core->vcpu.exit;
    const char *what = exit->fetch ? "execution at" : exit->write ? "write to" : "read of";
    lifecycle_stop(STOP_MEMORY, "%s 0x%lx, which is outside its memory; rip 0x%lx", what, exit->address.v,
                   core->vcpu.guest.rip);
}

static void perform(struct core *core, const struct handoff_device *device, const struct mov *mov)
{
    struct gpa address = core->vcpu.exit.address;
    if (mov->store) {
        uint32_t value = mov->has_immediate ? mov->immediate : guest_get32(core, mov->reg);
        msix_write(device, address, value);
    } else {
        guest_set32(core, mov->reg, msix_read(device, address));
    }
    core->vcpu.guest.rip += mov->length;
}

void exit_stage2_fault(struct core *core)
{
    struct guest_exit *exit = &core->vcpu.exit;
    const struct handoff_device *device = device_at(exit->address);
    if (device == NULL || exit->fetch || exit->implicit) {
        stop_at_wall(core);
        return;
    }
    struct mov mov;
    guest_code_read(&core->vcpu);
    if (!mov_decode(exit->instruction, exit->instruction_length, &mov) || mov.store != exit->write ||
        exit->address.v & 3) {
        lifecycle_stop(STOP_MSIX_ACCESS, "device %s, address 0x%lx, rip 0x%lx, bytes %02x %02x %02x %02x", device->name,
                       exit->address.v, core->vcpu.guest.rip, exit->instruction[0], exit->instruction[1],
                       exit->instruction[2], exit->instruction[3]);
        return;
    }
    perform(core, device, &mov);
}
