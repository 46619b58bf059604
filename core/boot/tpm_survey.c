/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM: whether there is one that can be measured into, and whether its locality 2 is the hypervisor's alone. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/format.h"
#include "core/measure/event.h"

#include <string.h>

#define COMMAND_MS 30000u /* the slowest commands of slow TPMs take seconds */
#define BANKS_TEXT 64u

static const struct rule rule_tpm = {
    "BOOT-472", "the configuration requires a TPM, and none can be used",
    "a TPM 2.0 with register pages (ACPI start method 6), its SHA-256 and SHA-384 banks switched on",
    "switch the TPM and both banks on in the firmware's set-up, or sign a configuration that says tpm = \"optional\""};

void tpm_give_up(struct boot *boot, const struct rule *rule, const char *format, ...)
{
    char why[REPORT_FOUND_MAX];
    va_list args;
    va_start(args, format);
    fmt_vprint(why, sizeof why, format, args);
    va_end(args);
    if (boot->system.tpm == REQUIREMENT_REQUIRED)
        boot_refuse(rule, "TPM", "%s", why);
    boot->tpm_usable = false;
    if (boot->machine.tpm.kind == TPM_TIS) /* no partition is given one that was not measured into */
        boot->machine.tpm.kind = TPM_OTHER;
    log_line("no usable TPM: nothing is measured, because %s", why);
}

const char *tpm_result_text(enum tpm_result result)
{
    static const char *const texts[] = {
        [TPM_DONE] = "done",
        [TPM_ABSENT] = "none answers at its registers",
        [TPM_KEPT] = "it is held by somebody who does not let go",
        [TPM_TOO_SLOW] = "it does not answer in time",
        [TPM_GARBLED] = "it answers nonsense",
        [TPM_REFUSED] = "it refuses a command",
    };
    return texts[result];
}

static void go_to_locality(struct boot *boot, uint32_t locality)
{
    boot->tpm.tis = (struct tpm_tis){(volatile uint8_t *)TPM_TIS_PAGE(boot->machine.tpm.base.v, locality),
                                     boot->machine.tsc_hz, COMMAND_MS};
}

static bool has_bank(const struct boot *boot, uint16_t algorithm)
{
    for (uint32_t i = 0; i < boot->tpm.bank_count; i++)
        if (boot->tpm.banks[i] == algorithm)
            return true;
    return false;
}

/* Firmware that left the TPM at some locality has no more business there. */
static enum tpm_result open(struct boot *boot)
{
    go_to_locality(boot, 0);
    enum tpm_result result = tpm_tis_request(&boot->tpm.tis, true);
    if (result == TPM_DONE)
        result = tpm_startup(&boot->tpm);
    if (result == TPM_DONE)
        result = tpm_find_banks(&boot->tpm);
    return result;
}

/* Locality 2 is open when it is granted and does what only it may do. What counts is what this TPM does behind this chipset:
 * Intel's close it until a DRTM launch, and some TPMs have one locality. */
static bool locality2_is_open(struct boot *boot)
{
    tpm_tis_release(&boot->tpm.tis);
    go_to_locality(boot, 2);
    if (tpm_tis_request(&boot->tpm.tis, true) == TPM_DONE && tpm_pcr_reset(&boot->tpm, PCR_SEAL) == TPM_DONE &&
        tpm_pcr_reset(&boot->tpm, PCR_RUNTIME_SEALED) == TPM_DONE)
        return true;
    tpm_tis_release(&boot->tpm.tis);
    go_to_locality(boot, 0);
    return false;
}

static const char *bank_name(uint16_t algorithm)
{
    switch (algorithm) {
    case TPM_ALG_SHA1:
        return "SHA-1";
    case TPM_ALG_SHA256:
        return "SHA-256";
    case TPM_ALG_SHA384:
        return "SHA-384";
    case TPM_ALG_SHA512:
        return "SHA-512";
    default:
        return "SM3-256";
    }
}

static void print_tpm(const struct boot *boot)
{
    char banks[BANKS_TEXT] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < boot->tpm.bank_count; i++)
        used += fmt_print(banks + used, sizeof banks - used, " %s", bank_name(boot->tpm.banks[i]));
    log_line("TPM at 0x%lx: banks%s; locality 2 is %s", boot->machine.tpm.base.v, banks,
             boot->machine.tpm.locality2 ? "open" : "closed");
}

static void open_or_give_up(struct boot *boot)
{
    enum tpm_result result = open(boot);
    bool banks = has_bank(boot, TPM_ALG_SHA256) && has_bank(boot, TPM_ALG_SHA384);
    if (result == TPM_DONE && banks) {
        boot->machine.tpm.locality2 = locality2_is_open(boot);
        if (!boot->machine.tpm.locality2)
            result = tpm_tis_request(&boot->tpm.tis, true);
    }
    boot->tpm_usable = result == TPM_DONE && banks;
    if (boot->tpm_usable) {
        print_tpm(boot);
        if (!tpm_tis_lock(&boot->tpm.tis))
            log_line("the TPM lets whoever has a locality change its interface: a partition with it can end measuring");
        return;
    }
    tpm_tis_release(&boot->tpm.tis);
    if (result == TPM_DONE)
        tpm_give_up(boot, &rule_tpm, "its SHA-256 or its SHA-384 bank is off");
    else
        tpm_give_up(boot, &rule_tpm, "%s (0x%x)", tpm_result_text(result), boot->tpm.code);
}

void tpm_survey(struct boot *boot)
{
    struct machine_tpm *tpm = &boot->machine.tpm;
    if (tpm->kind == TPM_NONE) {
        tpm_give_up(boot, &rule_tpm, "firmware names none (no ACPI table TPM2)");
        return;
    }
    if (tpm->kind == TPM_OTHER) {
        tpm_give_up(boot, &rule_tpm, "it is reached by a command buffer (start method %u), not by register pages",
                    tpm->start_method);
        return;
    }
    open_or_give_up(boot);
}
