/* SPDX-License-Identifier: Apache-2.0 */
/* Switching every IOMMU on with the finished tables: from here on a device reaches its partition's memory or nothing. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/x86/amdvi.h"

#include <string.h>

static const struct rule rule_iommu = {
    "BOOT-469", "an IOMMU cannot be switched on",
    "128-bit remapping entries (GASup), x2APIC destinations (XTSup), INVALIDATE_IOMMU_ALL (IASup), an answer",
    "enable the IOMMU in the firmware's set-up, or use a machine whose IOMMU has these features"};

static const char *const results[] = {
    [AMDVI_ENABLED] = "enabled",
    [AMDVI_NO_GA] = "no 128-bit remapping entries (GASup clear)",
    [AMDVI_NO_X2APIC] = "no x2APIC destinations (XTSup clear)",
    [AMDVI_NO_FLUSH] = "no command that drops all it cached (IASup clear)",
    [AMDVI_NO_ANSWER] = "a command was not completed",
};

void iommus_enable(struct boot *boot)
{
    struct monitor_layout layout = monitor_layout(boot->machine.iommu_count);
    for (uint32_t i = 0; i < boot->machine.iommu_count; i++) {
        const struct machine_iommu *iommu = &boot->machine.iommus[i];
        struct hpa table = hpa_add(boot->pool.base, (uint64_t)boot->tables.device_table[i] * PAGE_SIZE);
        struct hpa commands = hpa_add(boot->plan.monitor.base, layout.iommu + i * 2 * PAGE_SIZE);
        struct hpa state = hpa_add(commands, PAGE_SIZE);
        struct iommu_queue queue = {
            .commands = (volatile uint64_t *)commands.v, .state = (struct iommu_state *)state.v, .state_hpa = state};
        memset((void *)commands.v, 0, 2 * PAGE_SIZE);
        enum amdvi_result result = amdvi_enable((volatile void *)iommu->base.v, table, commands, &queue);
        if (result != AMDVI_ENABLED)
            boot_refuse(&rule_iommu, "IVRS", "IOMMU %u at 0x%lx: %s", i, iommu->base.v, results[result]);
        log_line("IOMMU %u at 0x%lx: DMA and interrupt remapping on", i, iommu->base.v);
    }
}
