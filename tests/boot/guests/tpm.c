/* SPDX-License-Identifier: Apache-2.0 */
/* What a partition with the TPM's locality 0 could try: registers that are not its own, the platform hierarchy, other
 * localities, and not letting go. */
#include "core/x86/cpu.h"
#include "core/x86/tpm_command.h"
#include "tests/boot/guests/prober.h"

#define TPM_PAGE 0xfed40000ull
#define ACCESS 0x000u
#define STATUS 0x018u
#define DATA_FIFO 0x024u
#define INTERFACE_ID 0x030u
#define INTERFACE_SELECT_CRB 0x20000u
#define ACCESS_SEIZE 0x08u
#define ACCESS_REQUEST 0x02u
#define STATUS_READY 0x40u
#define STATUS_GO 0x20u
#define CC_CLEAR 0x126u
#define CC_PCR_ALLOCATE 0x12bu
#define CC_HIERARCHY_CHANGE_AUTH 0x129u
#define CC_PCR_SET_AUTH_VALUE 0x183u
#define REST 100000u
#define SLOW_TSC_HZ 4000000000ull /* no TSC is faster: time-outs are long enough */

static struct tpm tpm;

/* At locality 0, politely. */
static void begin(void)
{
    tpm.bank_count = 2;
    tpm.banks[0] = TPM_ALG_SHA256;
    tpm.banks[1] = TPM_ALG_SHA384;
    tpm.tis = (struct tpm_tis){(volatile uint8_t *)TPM_PAGE, SLOW_TSC_HZ, 2000};
    enum tpm_result result = tpm_tis_request(&tpm.tis, false);
    if (result != TPM_DONE)
        say("tpm request: result %d", (int)result);
}

static void finish(const char *what, uint64_t number, enum tpm_result result)
{
    say("tpm %s %lu: result %d code 0x%x", what, number, (int)result, tpm.code);
    tpm_tis_release(&tpm.tis);
}

void tpm_event(struct arguments a)
{
    struct measure_digests digests;
    begin();
    finish("event", a.first, tpm_pcr_event(&tpm, (uint32_t)a.first, (const uint8_t *)"forged", 6, &digests));
}

void tpm_reset(struct arguments a)
{
    begin();
    finish("reset", a.first, tpm_pcr_reset(&tpm, (uint32_t)a.first));
}

/* Locks others out of a register that asks for nothing yet. */
void tpm_secret(struct arguments a)
{
    struct cursor answer;
    begin();
    struct tpm_command command = tpm_command_begin(&tpm, TPM_ST_SESSIONS, CC_PCR_SET_AUTH_VALUE);
    tpm_put(&command, (uint32_t)a.first, 4);
    tpm_put_session(&command, TPM_RS_PW, 0);
    tpm_put(&command, 3, 2);
    tpm_put_bytes(&command, "own", 3);
    finish("secret", a.first, tpm_command_run(&command, &answer));
}

static void run_as_platform(const char *what, uint32_t code, const void *parameters, uint32_t size)
{
    struct cursor answer;
    begin();
    struct tpm_command command = tpm_command_begin(&tpm, TPM_ST_SESSIONS, code);
    tpm_put(&command, TPM_RH_PLATFORM, 4);
    tpm_put_session(&command, TPM_RS_PW, 0);
    tpm_put_bytes(&command, parameters, size);
    finish(what, 0, tpm_command_run(&command, &answer));
}

void tpm_platform(struct arguments a)
{
    static const uint8_t sha1_alone[] = {0, 0, 0, 1, 0, 4, 3, 0xff, 0xff, 0xff}, password[] = {0, 1, 'x'};
    (void)a;
    run_as_platform("clear", CC_CLEAR, "", 0);
    run_as_platform("allocate", CC_PCR_ALLOCATE, sha1_alone, sizeof sha1_alone);
    run_as_platform("take", CC_HIERARCHY_CHANGE_AUTH, password, sizeof password);
}

/* Asks for a command buffer in the FIFO's place, which would take the registers away from everybody. */
void tpm_switch(struct arguments a)
{
    volatile uint8_t *page = (volatile uint8_t *)TPM_PAGE;
    (void)a;
    begin();
    mmio_write32(page + INTERFACE_ID, INTERFACE_SELECT_CRB);
    uint32_t id = mmio_read32(page + INTERFACE_ID);
    say("tpm interface: type %u lock %u", id & 0xf, id >> 19 & 1);
    tpm_tis_release(&tpm.tis);
}

/* For ever: takes the TPM, feeds it half commands and rubbish, tries to seize it, and never lets go. It rests between two
 * rounds: QEMU handles all registers under one lock, and would do nothing else for anybody. */
void tpm_keep(struct arguments a)
{
    volatile uint8_t *page = (volatile uint8_t *)TPM_PAGE;
    uint64_t beats = 0;
    (void)a;
    for (uint64_t round = 0;; round++) {
        mmio_write8(page + ACCESS, round % 2 == 0 ? ACCESS_REQUEST : ACCESS_SEIZE);
        mmio_write8(page + STATUS, STATUS_READY);
        for (uint32_t i = 0; i < round % 40; i++)
            mmio_write8(page + DATA_FIFO, (uint8_t)(round + i));
        mmio_write8(page + STATUS, STATUS_GO);
        for (uint32_t i = 0; i < REST; i++)
            cpu_pause();
        if (round % 4 == 0)
            say("tpm kept %lu", ++beats);
    }
}
