/* SPDX-License-Identifier: Apache-2.0 */
/* The ACPI tables of a partition: RSDP, XSDT, FADT, MADT, DSDT (ACPI 6.4 ch. 5.2), and TPM2 (TCG ACPI
 * Specification 1.4, 8.3). */
#include "core/lib/bytes.h"
#include "core/lib/guest_ports.h"
#include "core/tables/guest_dsdt.h"
#include "core/tables/guest_image.h"

#include <string.h>

#define HEADER_SIZE 36u
#define TABLE_ALIGN 64u
#define RSDP_SIZE 36u
#define RSDP_V1_SIZE 20u

#define FADT_SIZE 276u
#define FADT_REVISION 6u
#define FADT_DSDT 40u
#define FADT_PROFILE 45u
#define FADT_PROFILE_ENTERPRISE_SERVER 4u
#define FADT_IAPC_BOOT_ARCH 109u
#define FADT_NO_VGA 0x0004u
#define FADT_FLAGS 112u
#define FADT_WBINVD (1u << 0)
#define FADT_NO_POWER_BUTTON (1u << 4) /* no fixed-hardware button */
#define FADT_NO_SLEEP_BUTTON (1u << 5)
#define FADT_RESET_REG_SUP (1u << 10)
#define FADT_FORCE_PHYSICAL_DESTINATION (1u << 19)
#define FADT_HW_REDUCED (1u << 20)
#define FADT_RESET_REG 116u
#define FADT_RESET_VALUE 128u
#define FADT_MINOR 131u
#define FADT_MINOR_VALUE 4u
#define FADT_X_DSDT 140u
#define FADT_SLEEP_CONTROL_REG 244u
#define FADT_SLEEP_STATUS_REG 256u

#define GAS_SYSTEM_IO 1u
#define GAS_BYTE_ACCESS 1u

#define DSDT_REVISION 2u /* 64-bit integers */
#define XSDT_REVISION 1u
#define MADT_REVISION 5u
#define MADT_HEAD 44u
#define MADT_LOCAL_APIC_ADDRESS 0xfee00000u
#define MADT_TYPE_LOCAL_APIC 0u
#define MADT_TYPE_LOCAL_X2APIC 9u
#define MADT_ENABLED 1u
#define MADT_APIC_ID_MAX 254u /* 255 is the broadcast id: such cores need the x2APIC form */

#define TPM2_REVISION 4u
#define TPM2_SIZE 76u
#define TPM2_PLATFORM_CLASS 36u
#define TPM2_CLASS_SERVER 1u
#define TPM2_START_METHOD 48u
#define TPM2_START_MMIO 6u /* register pages (TIS, FIFO): no control area, its address stays 0 */
#define TPM2_LOG_LENGTH 64u
#define TPM2_LOG_ADDRESS 68u

#define XSDT_ENTRIES_MAX 3u

/* Memory handed out from the front, table by table. */
struct writer {
    uint8_t *bytes;
    uint32_t size;
    uint32_t used;
    struct gpa at;
};

/* Gives `size` zeroed bytes at the next boundary, or NULL. */
static uint8_t *take(struct writer *writer, uint32_t size, uint64_t *address)
{
    uint32_t start = (uint32_t)align_up(writer->used, TABLE_ALIGN);
    if (start > writer->size || size > writer->size - start)
        return NULL;
    writer->used = start + size;
    *address = writer->at.v + start;
    memset(writer->bytes + start, 0, size);
    return writer->bytes + start;
}

static uint8_t checksum(const uint8_t *bytes, uint32_t size)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return (uint8_t)(0u - sum);
}

/* Fills the header of a finished table (5.2.6). */
static void finish(uint8_t *table, const char *signature, uint8_t revision, uint32_t length)
{
    memcpy(table, signature, 4);
    store_le32(table + 4, length);
    table[8] = revision;
    memcpy(table + 10, "BLKHD BULKHEAD", 14);
    store_le32(table + 24, 1);
    memcpy(table + 28, "BLKH", 4);
    store_le32(table + 32, 1);
    table[9] = checksum(table, length);
}

static void write_port_register(uint8_t *gas, uint16_t port)
{
    gas[0] = GAS_SYSTEM_IO;
    gas[1] = 8; /* bits */
    gas[3] = GAS_BYTE_ACCESS;
    store_le64(gas + 4, port);
}

static uint64_t write_dsdt(struct writer *writer, const struct plan_partition *partition)
{
    uint64_t address;
    uint8_t *table = take(writer, HEADER_SIZE, &address);
    if (table == NULL)
        return 0;
    struct aml aml = {.bytes = table + HEADER_SIZE, .size = writer->size - writer->used};
    guest_dsdt_write(&aml, partition);
    if (aml.full)
        return 0;
    writer->used += aml.used;
    finish(table, "DSDT", DSDT_REVISION, HEADER_SIZE + aml.used);
    return address;
}

static uint64_t write_fadt(struct writer *writer, uint64_t dsdt)
{
    uint64_t address;
    uint8_t *table = take(writer, FADT_SIZE, &address);
    if (table == NULL)
        return 0;
    store_le32(table + FADT_DSDT, (uint32_t)dsdt);
    table[FADT_PROFILE] = FADT_PROFILE_ENTERPRISE_SERVER;
    store_le16(table + FADT_IAPC_BOOT_ARCH, FADT_NO_VGA);
    store_le32(table + FADT_FLAGS, FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON | FADT_RESET_REG_SUP |
                                       FADT_FORCE_PHYSICAL_DESTINATION | FADT_HW_REDUCED);
    write_port_register(table + FADT_RESET_REG, GUEST_PORT_RESET);
    table[FADT_RESET_VALUE] = GUEST_RESET_VALUE;
    table[FADT_MINOR] = FADT_MINOR_VALUE;
    store_le64(table + FADT_X_DSDT, dsdt);
    write_port_register(table + FADT_SLEEP_CONTROL_REG, GUEST_PORT_SLEEP_CONTROL);
    write_port_register(table + FADT_SLEEP_STATUS_REG, GUEST_PORT_SLEEP_STATUS);
    finish(table, "FACP", FADT_REVISION, FADT_SIZE);
    return address;
}

/* Writes one core's record and returns its length. */
static uint32_t write_core(uint8_t *record, uint32_t uid, uint32_t apic_id)
{
    if (apic_id <= MADT_APIC_ID_MAX) {
        record[0] = MADT_TYPE_LOCAL_APIC;
        record[1] = 8;
        record[2] = (uint8_t)uid;
        record[3] = (uint8_t)apic_id;
        store_le32(record + 4, MADT_ENABLED);
    } else {
        record[0] = MADT_TYPE_LOCAL_X2APIC;
        record[1] = 16;
        store_le32(record + 4, apic_id);
        store_le32(record + 8, MADT_ENABLED);
        store_le32(record + 12, uid);
    }
    return record[1];
}

static uint64_t write_madt(struct writer *writer, const struct plan_partition *partition)
{
    uint32_t length = MADT_HEAD;
    for (uint32_t i = 0; i < partition->core_count; i++)
        length += partition->apic_ids[i] <= MADT_APIC_ID_MAX ? 8 : 16;
    uint64_t address;
    uint8_t *table = take(writer, length, &address);
    if (table == NULL)
        return 0;
    store_le32(table + HEADER_SIZE, MADT_LOCAL_APIC_ADDRESS); /* flags stay 0: no PIC */
    uint32_t at = MADT_HEAD;
    for (uint32_t i = 0; i < partition->core_count; i++)
        at += write_core(table + at, i, partition->apic_ids[i]);
    finish(table, "APIC", MADT_REVISION, length);
    return address;
}

/* Where the TPM's event log stands; the registers are the DSDT's to name. */
static uint64_t write_tpm2(struct writer *writer, const struct plan_tpm *tpm)
{
    uint64_t address;
    uint8_t *table = take(writer, TPM2_SIZE, &address);
    if (table == NULL)
        return 0;
    store_le16(table + TPM2_PLATFORM_CLASS, TPM2_CLASS_SERVER);
    store_le32(table + TPM2_START_METHOD, TPM2_START_MMIO);
    store_le32(table + TPM2_LOG_LENGTH, (uint32_t)tpm->log_size);
    store_le64(table + TPM2_LOG_ADDRESS, tpm->log.v);
    finish(table, "TPM2", TPM2_REVISION, TPM2_SIZE);
    return address;
}

static uint64_t write_xsdt(struct writer *writer, const uint64_t *tables, uint32_t count)
{
    uint64_t address;
    uint32_t size = HEADER_SIZE + 8 * count;
    uint8_t *table = take(writer, size, &address);
    if (table == NULL)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        store_le64(table + HEADER_SIZE + 8 * i, tables[i]);
    finish(table, "XSDT", XSDT_REVISION, size);
    return address;
}

static uint64_t write_rsdp(struct writer *writer, uint64_t xsdt)
{
    uint64_t address;
    uint8_t *rsdp = take(writer, RSDP_SIZE, &address);
    if (rsdp == NULL)
        return 0;
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "BLKHD ", 6);
    rsdp[15] = 2;
    store_le32(rsdp + 20, RSDP_SIZE);
    store_le64(rsdp + 24, xsdt);
    rsdp[8] = checksum(rsdp, RSDP_V1_SIZE);
    rsdp[32] = checksum(rsdp, RSDP_SIZE);
    return address;
}

uint32_t guest_acpi_build(const struct plan_partition *partition, struct gpa at, uint8_t *buffer, uint32_t size,
                          struct gpa *rsdp)
{
    struct writer writer = {buffer, size, 0, at};
    uint64_t dsdt = write_dsdt(&writer, partition);
    uint64_t listed[XSDT_ENTRIES_MAX];
    uint32_t count = 0;
    listed[count++] = write_fadt(&writer, dsdt);
    listed[count++] = write_madt(&writer, partition);
    if (partition->tpm.present)
        listed[count++] = write_tpm2(&writer, &partition->tpm);
    uint64_t xsdt = write_xsdt(&writer, listed, count);
    rsdp->v = write_rsdp(&writer, xsdt);
    bool complete = dsdt != 0 && xsdt != 0 && rsdp->v != 0;
    for (uint32_t i = 0; i < count; i++)
        complete &= listed[i] != 0;
    return complete ? writer.used : 0;
}
