/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's FIFO. */
#include "core/x86/tpm_tis.h"

#include "core/x86/cpu.h"

/* Registers of a locality (PTP 1.05, table 19). */
#define TPM_ACCESS 0x000u
#define TPM_STS 0x018u
#define TPM_DATA_FIFO 0x024u
#define TPM_INTERFACE_ID 0x030u
#define TPM_DID_VID 0xf00u

/* PTP 1.05, 6.5.2.4; bit 6 reads 0, which tells an absent page's all-ones from a TPM. */
#define ACCESS_VALID 0x80u
#define ACCESS_RESERVED 0x40u
#define ACCESS_ACTIVE 0x20u
#define ACCESS_SEIZE 0x08u
#define ACCESS_REQUEST 0x02u
/* PTP 1.05, 6.5.2.5; bit 0 reads 0. */
#define STS_VALID 0x80u
#define STS_READY 0x40u
#define STS_GO 0x20u
#define STS_DATA 0x10u
#define STS_EXPECT 0x08u
#define STS_RESERVED 0x01u
#define STS_BURST(status) ((status) >> 8 & 0xffffu)
/* PTP 1.05, table of TPM_INTERFACE_ID_x. A selector of 0, bits 17 and 18, is the FIFO. */
#define INTERFACE_TYPE_MASK 0xfu
#define INTERFACE_CRB 1u
#define INTERFACE_TIS13 15u /* of a TPM without this register's other bits */
#define INTERFACE_CAN_CRB 0x4000u
#define INTERFACE_LOCK 0x80000u

#define TIMEOUT_A_MS 750u /* PTP 1.05, 6.5.1.3 */
#define TIMEOUT_B_MS 2000u
#define READY_TRIES 2u
#define HEADER_SIZE 10u

struct deadline {
    uint64_t start, ticks;
};

static struct deadline deadline_in(const struct tpm_tis *tis, uint32_t milliseconds)
{
    return (struct deadline){cpu_rdtsc(), tis->tsc_hz / 1000 * milliseconds};
}

static bool is_over(const struct deadline *deadline)
{
    return cpu_rdtsc() - deadline->start >= deadline->ticks;
}

void tpm_tis_pause(const struct tpm_tis *tis, uint32_t milliseconds)
{
    struct deadline deadline = deadline_in(tis, milliseconds);
    while (!is_over(&deadline))
        cpu_pause();
}

static void write_access(const struct tpm_tis *tis, uint8_t bits)
{
    mmio_write8(tis->page + TPM_ACCESS, bits);
}

static void write_status(const struct tpm_tis *tis, uint8_t bits)
{
    mmio_write8(tis->page + TPM_STS, bits);
}

/* Waits until the bits of `mask` read as `wanted`. Looks once more when time is over: the core may have been held up. */
static bool wait_access(const struct tpm_tis *tis, uint8_t mask, uint8_t wanted, uint32_t milliseconds)
{
    struct deadline deadline = deadline_in(tis, milliseconds);
    while ((mmio_read8(tis->page + TPM_ACCESS) & mask) != wanted) {
        if (is_over(&deadline))
            return (mmio_read8(tis->page + TPM_ACCESS) & mask) == wanted;
        cpu_pause();
    }
    return true;
}

static bool wait_status(const struct tpm_tis *tis, uint8_t mask, uint8_t wanted, const struct deadline *deadline)
{
    while ((mmio_read32(tis->page + TPM_STS) & mask) != wanted) {
        if (is_over(deadline))
            return (mmio_read32(tis->page + TPM_STS) & mask) == wanted;
        cpu_pause();
    }
    return true;
}

/* How many bytes the FIFO takes or gives without waiting (PTP 1.05, 6.5.2.5.3), at most `most`; 0: time is over. */
static uint32_t wait_burst(const struct tpm_tis *tis, uint32_t most, const struct deadline *deadline)
{
    uint32_t burst = STS_BURST(mmio_read32(tis->page + TPM_STS));
    while (burst == 0 && !is_over(deadline)) {
        cpu_pause();
        burst = STS_BURST(mmio_read32(tis->page + TPM_STS));
    }
    return burst < most ? burst : most;
}

bool tpm_tis_present(const struct tpm_tis *tis)
{
    uint32_t id = mmio_read32(tis->page + TPM_DID_VID);
    return (mmio_read8(tis->page + TPM_ACCESS) & (ACCESS_VALID | ACCESS_RESERVED)) == ACCESS_VALID && id != 0 &&
           id != UINT32_MAX && (mmio_read32(tis->page + TPM_INTERFACE_ID) & INTERFACE_TYPE_MASK) != INTERFACE_CRB;
}

bool tpm_tis_lock(const struct tpm_tis *tis)
{
    uint32_t id = mmio_read32(tis->page + TPM_INTERFACE_ID);
    if ((id & INTERFACE_TYPE_MASK) == INTERFACE_TIS13)
        return true;
    mmio_write32(tis->page + TPM_INTERFACE_ID, INTERFACE_LOCK);
    return (mmio_read32(tis->page + TPM_INTERFACE_ID) & INTERFACE_LOCK) != 0 || (id & INTERFACE_CAN_CRB) == 0;
}

enum tpm_result tpm_tis_request(const struct tpm_tis *tis, bool seize)
{
    const uint8_t mask = ACCESS_VALID | ACCESS_RESERVED | ACCESS_ACTIVE, mine = ACCESS_VALID | ACCESS_ACTIVE;
    if (!tpm_tis_present(tis))
        return TPM_ABSENT;
    write_access(tis, ACCESS_REQUEST);
    if (wait_access(tis, mask, mine, TIMEOUT_A_MS))
        return TPM_DONE;
    if (seize) {
        write_access(tis, ACCESS_SEIZE);
        if (wait_access(tis, mask, mine, tis->command_ms))
            return TPM_DONE;
    }
    tpm_tis_release(tis);
    return TPM_KEPT;
}

void tpm_tis_release(const struct tpm_tis *tis)
{
    write_access(tis, ACCESS_ACTIVE);
}

/* Expect stays set until the last byte of the size that the command states, and is clear then (PTP 1.05, 6.5.2.5.6). */
static enum tpm_result send(const struct tpm_tis *tis, const uint8_t *command, uint32_t size,
                            const struct deadline *deadline)
{
    for (uint32_t sent = 0; sent < size;) {
        uint32_t burst = wait_burst(tis, size - sent, deadline);
        if (burst == 0 || is_over(deadline))
            return TPM_TOO_SLOW;
        for (; burst > 0; burst--)
            mmio_write8(tis->page + TPM_DATA_FIFO, command[sent++]);
        uint8_t expected = sent < size ? STS_VALID | STS_EXPECT : STS_VALID;
        if (!wait_status(tis, STS_VALID | STS_EXPECT | STS_RESERVED, expected, deadline))
            return TPM_GARBLED;
    }
    return TPM_DONE;
}

static enum tpm_result receive_part(const struct tpm_tis *tis, uint8_t *response, uint32_t from, uint32_t to,
                                    const struct deadline *deadline)
{
    while (from < to) {
        if (!wait_status(tis, STS_VALID | STS_DATA | STS_RESERVED, STS_VALID | STS_DATA, deadline))
            return from == 0 ? TPM_TOO_SLOW : TPM_GARBLED;
        uint32_t burst = wait_burst(tis, to - from, deadline);
        if (burst == 0 || is_over(deadline))
            return TPM_TOO_SLOW;
        for (; burst > 0; burst--)
            response[from++] = mmio_read8(tis->page + TPM_DATA_FIFO);
    }
    return TPM_DONE;
}

/* The header states the response's size; after that many bytes there is no more data. */
static enum tpm_result receive(const struct tpm_tis *tis, uint8_t *response, uint32_t room, uint32_t *used,
                               const struct deadline *deadline)
{
    enum tpm_result result = receive_part(tis, response, 0, HEADER_SIZE, deadline);
    if (result != TPM_DONE)
        return result;
    uint32_t size = (uint32_t)response[2] << 24 | (uint32_t)response[3] << 16 | (uint32_t)response[4] << 8 | response[5];
    if (size < HEADER_SIZE || size > room)
        return TPM_GARBLED;
    *used = size;
    result = receive_part(tis, response, HEADER_SIZE, size, deadline);
    if (result == TPM_DONE && !wait_status(tis, STS_VALID | STS_DATA | STS_RESERVED, STS_VALID, deadline))
        result = TPM_GARBLED;
    return result;
}

/* Writing commandReady leads to the ready state: from idle at once, from anywhere else by way of idle, where a TPM may stay
 * until it is written once more (PTP 1.05, 6.5.2.5.5 and table 21). */
static bool make_ready(const struct tpm_tis *tis)
{
    for (uint32_t i = 0; i < READY_TRIES; i++) {
        struct deadline deadline = deadline_in(tis, TIMEOUT_B_MS);
        write_status(tis, STS_READY);
        if (wait_status(tis, STS_READY | STS_RESERVED, STS_READY, &deadline))
            return true;
    }
    return false;
}

enum tpm_result tpm_tis_transmit(const struct tpm_tis *tis, const uint8_t *command, uint32_t size, uint8_t *response,
                                 uint32_t room, uint32_t *used)
{
    if (room < HEADER_SIZE || !make_ready(tis))
        return TPM_TOO_SLOW;
    struct deadline deadline = deadline_in(tis, tis->command_ms);
    enum tpm_result result = send(tis, command, size, &deadline);
    if (result == TPM_DONE) {
        write_status(tis, STS_GO);
        result = receive(tis, response, room, used, &deadline);
    }
    write_status(tis, STS_READY); /* whatever is left of command or response goes away */
    return result;
}
