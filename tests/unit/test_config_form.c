/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the blob and its form: each is broken by one sample and reports it there. */
#include "tests/unit/config_runner.h"

static void set_header(struct sample_blob *blob, uint32_t field, uint32_t value)
{
    fdt32_st(blob->bytes + 4 * field, value);
}

/* Fields of the header, by their place in it. */
enum { HEADER_MAGIC, HEADER_TOTAL_SIZE, HEADER_STRUCT, HEADER_STRINGS, HEADER_RESERVE_MAP, HEADER_VERSION };

static void shrink(struct sample_blob *blob, uint32_t *size)
{
    (void)blob;
    *size = 39;
}

static void break_magic(struct sample_blob *blob, uint32_t *size)
{
    (void)size;
    set_header(blob, HEADER_MAGIC, 0x7f454c46);
}

static void old_version(struct sample_blob *blob, uint32_t *size)
{
    (void)size;
    set_header(blob, HEADER_VERSION, 16);
}

static void append(struct sample_blob *blob, uint32_t *size)
{
    blob->bytes[*size] = 0;
    *size += 1;
}

static void misalign(struct sample_blob *blob, uint32_t *size)
{
    (void)size;
    set_header(blob, HEADER_STRUCT, fdt_off_dt_struct(blob->bytes) + 2);
}

static void break_structure(struct sample_blob *blob, uint32_t *size)
{
    (void)size;
    fdt32_st(blob->bytes + fdt_off_dt_struct(blob->bytes), 0x77);
}

static void reserve(struct sample_blob *blob)
{
    assert_int_equal(fdt_add_mem_rsv(blob->bytes, 0x100000, 0x1000), 0);
}

static void unknown_property(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-mb", 1, 64u);
}

static void spare_property(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "spare", 1, 2u);
}

/* Lets "spare" share the name of "cores": libfdt itself refuses to write a property twice. */
static void twin_property(struct sample_blob *blob, uint32_t *size)
{
    int node = sample_node(blob, WEB), length;
    const struct fdt_property *cores = fdt_get_property(blob->bytes, node, "cores", &length);
    struct fdt_property *spare = fdt_get_property_w(blob->bytes, node, "spare", &length);
    (void)size;
    spare->nameoff = cores->nameoff;
}

static void wrong_type(struct sample_blob *blob)
{
    sample_text(blob, WEB, "memory-mib", "512 MiB");
}

static void two_strings(struct sample_blob *blob)
{
    sample_bytes(blob, MAIL, "restart", "always\0never", 13);
}

static void missing_property(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB, "memory-mib");
}

static void unprintable_text(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "command-line", "console=ttyS0\033[2J");
}

static void long_text(struct sample_blob *blob)
{
    char line[1025];
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    sample_text(blob, WEB "/kernel", "command-line", line);
}

static void unknown_root_node(struct sample_blob *blob)
{
    sample_add(blob, "/", "channels");
}

static void node_in_kernel(struct sample_blob *blob)
{
    sample_add(blob, WEB "/kernel", "module");
}

static void spare_device(struct sample_blob *blob)
{
    sample_device(blob, WEB, "nix", "0000:00:05.0");
}

static void twin_node(struct sample_blob *blob, uint32_t *size)
{
    int node = sample_node(blob, WEB "/nix");
    (void)size;
    blob->bytes[fdt_off_dt_struct(blob->bytes) + (uint32_t)node + 4 + 2] = 'c';
}

static void missing_node(struct sample_blob *blob)
{
    sample_delete_node(blob, "/machine");
}

static void missing_kernel(struct sample_blob *blob)
{
    sample_delete_node(blob, MAIL "/kernel");
}

static const struct sample samples[] = {
    {"CFG-100: a blob shorter than its header", "device tree blob", NULL, shrink},
    {"CFG-101: a file that is no device tree", "device tree blob", NULL, break_magic},
    {"CFG-102: an older format version", "device tree blob", NULL, old_version},
    {"CFG-103: bytes behind the blob", "device tree blob", NULL, append},
    {"CFG-104: a misaligned structure block", "device tree blob", NULL, misalign},
    {"CFG-105: a broken structure block", "device tree blob", NULL, break_structure},
    {"CFG-106: a memory reservation", "device tree blob", reserve, NULL},
    {"CFG-110: an unknown property", WEB "/memory-mb", unknown_property, NULL},
    {"CFG-111: a property twice", WEB "/cores", spare_property, twin_property},
    {"CFG-112: a string where a number belongs", WEB "/memory-mib", wrong_type, NULL},
    {"CFG-112: two strings where one belongs", MAIL "/restart", two_strings, NULL},
    {"CFG-113: a required property left out", WEB, missing_property, NULL},
    {"CFG-114: an escape character in a text", WEB "/kernel/command-line", unprintable_text, NULL},
    {"CFG-115: a command line that is too long", WEB "/kernel/command-line", long_text, NULL},
    {"CFG-116: an unknown node", "/channels", unknown_root_node, NULL},
    {"CFG-116: a node inside a kernel", WEB "/kernel/module", node_in_kernel, NULL},
    {"CFG-117: a node twice", WEB "/nic", spare_device, twin_node},
    {"CFG-118: no machine node", "/machine", missing_node, NULL},
    {"CFG-118: no kernel", MAIL "/kernel", missing_kernel, NULL},
};

int main(void)
{
    return samples_run("config_form", samples, sizeof samples / sizeof *samples);
}
