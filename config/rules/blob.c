/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the device tree blob as a whole: what must hold before its nodes may be looked at. */
#include "config/rules/rules.h"

#include <libfdt.h>

#define BLOB_HEADER_SIZE 40u /* of version 17; devicetree specification 0.4, section 5.2 */

static const char where_blob[] = "device tree blob";

bool rule_blob_size(struct report *report, const void *blob, uint32_t size)
{
    static const struct rule rule = {
        .code = "CFG-100",
        .what = "the device tree blob has an impossible size",
        .expected = "40 bytes to 256 KiB",
        .advice = "compile the configuration again with dtc; the file may be cut off or not a device tree",
    };
    bool ok = blob != NULL && size >= BLOB_HEADER_SIZE && size <= RULE_BLOB_MAX;
    return report_unless(ok, report, &rule, where_blob, "%u bytes", size);
}

bool rule_blob_magic(struct report *report, const void *blob)
{
    static const struct rule rule = {
        .code = "CFG-101",
        .what = "this is not a device tree blob",
        .expected = "the magic number 0xd00dfeed",
        .advice = "give the compiled configuration (dtc -I dts -O dtb), not its source or another file",
    };
    return report_unless(fdt_magic(blob) == FDT_MAGIC, report, &rule, where_blob, "0x%08x", fdt_magic(blob));
}

bool rule_blob_version(struct report *report, const void *blob)
{
    static const struct rule rule = {
        .code = "CFG-102",
        .what = "the device tree blob has another format version",
        .expected = "version 17, compatible back to 16",
        .advice = "compile the configuration with dtc without -V",
    };
    bool ok = fdt_version(blob) == 17 && fdt_last_comp_version(blob) == 16;
    return report_unless(ok, report, &rule, where_blob, "version %u, compatible back to %u", fdt_version(blob),
                         fdt_last_comp_version(blob));
}

bool rule_blob_total_size(struct report *report, const void *blob, uint32_t size)
{
    static const struct rule rule = {
        .code = "CFG-103",
        .what = "the device tree blob is cut off or followed by other bytes",
        .expected = "exactly as many bytes as its header states",
        .advice = "compile the configuration again; do not append to the blob",
    };
    return report_unless(fdt_totalsize(blob) == size, report, &rule, where_blob, "%u bytes, the header states %u", size,
                         fdt_totalsize(blob));
}

bool rule_blob_alignment(struct report *report, const void *blob)
{
    static const struct rule rule = {
        .code = "CFG-104",
        .what = "the blocks of the device tree blob are not aligned",
        .expected = "reserve map at a multiple of 8, structure block at a multiple of 4",
        .advice = "compile the configuration again with dtc",
    };
    bool ok = fdt_off_mem_rsvmap(blob) % 8 == 0 && fdt_off_dt_struct(blob) % 4 == 0;
    return report_unless(ok, report, &rule, where_blob, "reserve map at 0x%x, structure block at 0x%x",
                         fdt_off_mem_rsvmap(blob), fdt_off_dt_struct(blob));
}

bool rule_blob_structure(struct report *report, const void *blob, uint32_t size)
{
    static const struct rule rule = {
        .code = "CFG-105",
        .what = "the device tree blob is malformed",
        .expected = "well-formed nodes and properties inside the blob's blocks",
        .advice = "compile the configuration again with dtc",
    };
    int error = fdt_check_full(blob, size);
    return report_unless(error == 0, report, &rule, where_blob, "libfdt error %d", error);
}

bool rule_blob_reservations(struct report *report, const void *blob)
{
    static const struct rule rule = {
        .code = "CFG-106",
        .what = "the configuration reserves memory",
        .expected = "no /memreserve/ lines",
        .advice = "remove /memreserve/; Bulkhead finds reserved memory in the firmware's memory map",
    };
    int count = fdt_num_mem_rsv(blob);
    return report_unless(count == 0, report, &rule, where_blob, "%d reservations", count);
}
