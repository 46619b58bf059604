/* SPDX-License-Identifier: Apache-2.0 */
/* The boot sequence. prepare.c has verified and decoded the configuration and loaded the files; from here on the machine is
 * ours alone. Everything before launch may refuse; nothing after it is left to fail. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"

void boot_main(struct boot *boot)
{
    processor_take_over();
    clocks_survey(boot);
    wall_clock_survey(boot);
    processor_set_up();
    machine_survey(boot);
    paging_build(boot);
    legacy_interrupts_off(boot);
    pci_survey(boot);
    tpm_survey(boot);
    rollback_check(boot);
    boot_step_done(boot, STEP_DISCOVER);
    machine_print(boot);
    plan_decide(boot);
    boot_step_done(boot, STEP_PLAN);
    tables_write(boot);
    boot_step_done(boot, STEP_BUILD);
    tables_check(boot);
    boot_step_done(boot, STEP_RECHECK);
    iommus_enable(boot);
    images_seal(boot);
    guests_prepare(boot);
    boot_step_done(boot, STEP_SEAL);
    measure(boot);
    boot_step_done(boot, STEP_MEASURE);
    cores_start(boot);
    monitor_place(boot);
    launch(boot);
}
