/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM model: registers and states after the TCG PC Client Platform TPM Profile for TPM 2.0, 1.05, 6.5. */
#include "tests/unit/monitor/tpm.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { ACCESS = 0x00, STS = 0x18, FIFO = 0x24, INTERFACE_ID = 0x30, DID_VID = 0xf00, PAGE = 0x1000 };

struct tpm_model tpm_model;

void tpm_model_reset(void)
{
    memset(&tpm_model, 0, sizeof tpm_model);
    tpm_model.burst = 64;
    tpm_model.active = TPM_MODEL_NOBODY;
    tpm_model.waiting = TPM_MODEL_NOBODY;
}

/* Who is not there reads all-ones. Code that touches a page it does not have is wrong. */
static int locality_of(const volatile void *at, unsigned *offset)
{
    for (int l = 0; l < TPM_MODEL_LOCALITIES; l++) {
        const volatile char *page = tpm_model.pages[l];
        if (page != NULL && (const volatile char *)at >= page && (const volatile char *)at < page + PAGE) {
            *offset = (unsigned)((const volatile char *)at - page);
            return l;
        }
    }
    abort();
}

static void enter(int locality)
{
    tpm_model.active = locality;
    tpm_model.waiting = TPM_MODEL_NOBODY;
    tpm_model.aborts += tpm_model.state == TPM_MODEL_RECEPTION || tpm_model.state == TPM_MODEL_EXECUTION;
    tpm_model.state = TPM_MODEL_IDLE;
}

static uint8_t read_access(int locality)
{
    bool waits = tpm_model.waiting != TPM_MODEL_NOBODY && tpm_model.waiting != locality;
    return (uint8_t)(0x81 | (tpm_model.active == locality ? 0x20 : 0) | (waits ? 0x04 : 0) |
                     (tpm_model.waiting == locality ? 0x02 : 0));
}

static void write_access(int locality, uint8_t value)
{
    bool free = tpm_model.active == TPM_MODEL_NOBODY;
    if (value & 0x20) { /* relinquish, or take a request back */
        tpm_model.waiting = tpm_model.waiting == locality ? TPM_MODEL_NOBODY : tpm_model.waiting;
        if (tpm_model.active == locality && tpm_model.waiting != TPM_MODEL_NOBODY)
            enter(tpm_model.waiting);
        else if (tpm_model.active == locality)
            enter(TPM_MODEL_NOBODY);
    }
    if (value & 0x02) {
        tpm_model.waiting = locality;
        if (free || (tpm_model.active != locality && !tpm_model.keeps))
            enter(locality);
    }
    if (value & 0x08 && locality > tpm_model.active && !tpm_model.keeps_all) {
        tpm_model.seizures++;
        enter(locality);
    }
}

static uint32_t stated_size(const uint8_t *bytes)
{
    return (uint32_t)bytes[2] << 24 | (uint32_t)bytes[3] << 16 | (uint32_t)bytes[4] << 8 | bytes[5];
}

static bool expects(void)
{
    if (tpm_model.state != TPM_MODEL_RECEPTION || tpm_model.expects_no_more)
        return false;
    return tpm_model.expects_always || tpm_model.command_used < 6 ||
           tpm_model.command_used < stated_size(tpm_model.command);
}

static uint32_t read_status(void)
{
    uint32_t left = tpm_model.response_size - tpm_model.response_at;
    uint32_t burst = tpm_model.state == TPM_MODEL_COMPLETION && left < tpm_model.burst ? left : tpm_model.burst;
    uint32_t status = 0x04000080u | burst << 8; /* TPM 2.0, valid */
    if (tpm_model.state == TPM_MODEL_READY)
        status |= 0x40;
    if (expects())
        status |= 0x08;
    if (tpm_model.state == TPM_MODEL_COMPLETION &&
        (tpm_model.response_at < tpm_model.response_size || tpm_model.data_without_end))
        status |= 0x10;
    return status;
}

static void make_ready(void)
{
    bool at_once = tpm_model.state == TPM_MODEL_IDLE || tpm_model.state == TPM_MODEL_READY;
    tpm_model.aborts += tpm_model.state == TPM_MODEL_RECEPTION || tpm_model.state == TPM_MODEL_EXECUTION;
    tpm_model.state = at_once && !tpm_model.never_ready && tpm_model.stubborn_ready == 0 ? TPM_MODEL_READY : TPM_MODEL_IDLE;
    tpm_model.stubborn_ready -= tpm_model.stubborn_ready > 0;
    tpm_model.command_used = tpm_model.response_at = tpm_model.response_size = 0;
}

static void execute(void)
{
    tpm_model.state = TPM_MODEL_EXECUTION;
    if (tpm_model.hangs)
        return;
    uint32_t (*answer)(uint32_t, const uint8_t *, uint32_t, uint8_t *) =
        tpm_model.answer != NULL ? tpm_model.answer : tpm_model_success;
    tpm_model.response_size =
        answer((uint32_t)tpm_model.active, tpm_model.command, tpm_model.command_used, tpm_model.response);
    tpm_model.commands++;
    tpm_model.state = TPM_MODEL_COMPLETION;
}

static void write_status(uint8_t value)
{
    if (value & 0x40)
        make_ready();
    if (value & 0x20 && tpm_model.state == TPM_MODEL_RECEPTION)
        execute();
}

static void take_byte(uint8_t value)
{
    if (tpm_model.state == TPM_MODEL_READY)
        tpm_model.state = TPM_MODEL_RECEPTION;
    if (tpm_model.state == TPM_MODEL_RECEPTION && tpm_model.command_used < TPM_MODEL_BUFFER)
        tpm_model.command[tpm_model.command_used++] = value;
}

static uint8_t give_byte(void)
{
    bool any = tpm_model.state == TPM_MODEL_COMPLETION && tpm_model.response_at < tpm_model.response_size;
    return any ? tpm_model.response[tpm_model.response_at++] : 0xff;
}

uint32_t tpm_model_read(const volatile void *at, unsigned width)
{
    unsigned offset;
    int locality = locality_of(at, &offset);
    uint32_t value = UINT32_MAX;
    if (tpm_model.absent || tpm_model.closed[locality])
        value = UINT32_MAX;
    else if (offset == ACCESS)
        value = read_access(locality);
    else if (offset == INTERFACE_ID)
        value = tpm_model.interface_id;
    else if (offset == DID_VID)
        value = 0x00011014;
    else if (offset == STS && tpm_model.active == locality)
        value = read_status();
    else if (offset == FIFO && tpm_model.active == locality)
        value = give_byte();
    return width == 1 ? value & 0xff : value;
}

/* Selector in bits 17 and 18, lock in 19, whether there is a command buffer in 14, which one it is now in 0 to 3. */
static void write_interface(uint32_t value)
{
    uint32_t *id = &tpm_model.interface_id;
    if ((*id & 0xf) == 0xf || *id & 0x80000)
        return;
    if ((value >> 17 & 3) == 0 || *id & 0x4000)
        *id = (*id & ~0xfu) | (value >> 17 & 3);
    *id |= tpm_model.lockless ? 0 : value & 0x80000;
}

void tpm_model_write(volatile void *at, uint32_t value)
{
    unsigned offset;
    int locality = locality_of(at, &offset);
    if (tpm_model.absent || tpm_model.closed[locality])
        return;
    if (offset == ACCESS)
        write_access(locality, (uint8_t)value);
    else if (offset == INTERFACE_ID)
        write_interface(value);
    else if (offset == STS && tpm_model.active == locality)
        write_status((uint8_t)value);
    else if (offset == FIFO && tpm_model.active == locality)
        take_byte((uint8_t)value);
}

uint32_t tpm_model_say(uint8_t *response, const void *bytes, uint32_t size)
{
    memcpy(response, bytes, size);
    for (uint32_t i = 0; i < 4; i++)
        response[2 + i] = (uint8_t)(size >> (24 - 8 * i));
    return size;
}

uint32_t tpm_model_success(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    static const uint8_t plain[10] = {0x80, 0x01}, authorized[19] = {0x80, 0x02};
    (void)locality;
    bool sessions = size > 1 && command[1] == 0x02;
    return tpm_model_say(response, sessions ? authorized : plain, sessions ? sizeof authorized : sizeof plain);
}

uint32_t tpm_model_measures(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    static const uint8_t digests_of_two_banks[14 + 4] = {0x80, 0x02, [13] = 88, [17] = 2};
    uint8_t bytes[14 + 88 + 5] = {0};
    if (command[9] != 0x3c) /* TPM_CC_PCR_Event */
        return tpm_model_success(locality, command, size, response);
    memcpy(bytes, digests_of_two_banks, sizeof digests_of_two_banks);
    bytes[19] = 0x0b;
    memset(bytes + 20, command[size - 1], 32);
    bytes[53] = 0x0c;
    memset(bytes + 54, command[size - 1], 48);
    return tpm_model_say(response, bytes, sizeof bytes);
}
