/* SPDX-License-Identifier: Apache-2.0 */
/* A sound configuration in its signed form, built with libfdt, and small ways to spoil it. */
#ifndef TESTS_UNIT_CONFIG_SAMPLE_H
#define TESTS_UNIT_CONFIG_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#define SAMPLE_CAPACITY (64 << 10)

struct sample_blob {
    _Alignas(8) uint8_t bytes[SAMPLE_CAPACITY];
};

static inline int sample_node(struct sample_blob *blob, const char *path)
{
    int node = fdt_path_offset(blob->bytes, path);
    assert_true(node >= 0);
    return node;
}

static inline void sample_add(struct sample_blob *blob, const char *parent, const char *name)
{
    assert_true(fdt_add_subnode(blob->bytes, sample_node(blob, parent), name) >= 0);
}

static inline void sample_bytes(struct sample_blob *blob, const char *path, const char *name, const void *value,
                                uint32_t size)
{
    assert_int_equal(fdt_setprop(blob->bytes, sample_node(blob, path), name, value, (int)size), 0);
}

static inline void sample_text(struct sample_blob *blob, const char *path, const char *name, const char *text)
{
    sample_bytes(blob, path, name, text, (uint32_t)strlen(text) + 1);
}

/* `count` cells follow, as unsigned. */
static inline void sample_cells(struct sample_blob *blob, const char *path, const char *name, uint32_t count, ...)
{
    fdt32_t cells[64];
    va_list args;
    va_start(args, count);
    for (uint32_t i = 0; i < count; i++)
        cells[i] = cpu_to_fdt32(va_arg(args, unsigned));
    va_end(args);
    sample_bytes(blob, path, name, cells, 4 * count);
}

static inline void sample_delete_property(struct sample_blob *blob, const char *path, const char *name)
{
    assert_int_equal(fdt_delprop(blob->bytes, sample_node(blob, path), name), 0);
}

static inline void sample_delete_node(struct sample_blob *blob, const char *path)
{
    assert_int_equal(fdt_del_node(blob->bytes, sample_node(blob, path)), 0);
}

static inline void sample_image(struct sample_blob *blob, const char *path, const char *file, uint32_t size)
{
    uint8_t digest[48];
    memset(digest, 0x5a, sizeof digest);
    sample_text(blob, path, "file", file);
    sample_cells(blob, path, "size", 2, 0u, size);
    sample_bytes(blob, path, "sha384", digest, sizeof digest);
}

static inline void sample_device(struct sample_blob *blob, const char *partition, const char *name, const char *pci)
{
    char path[80];
    sample_add(blob, partition, name);
    snprintf(path, sizeof path, "%s/%s", partition, name);
    sample_text(blob, path, "pci", pci);
    sample_cells(blob, path, "id", 2, 0x8086u, 0x10d3u);
}

static inline void sample_partition(struct sample_blob *blob, const char *name, const char *nic)
{
    char path[48], kernel[64];
    snprintf(path, sizeof path, "/partitions/%s", name);
    snprintf(kernel, sizeof kernel, "%s/kernel", path);
    sample_add(blob, "/partitions", name);
    sample_cells(blob, path, "cores", 1, 1u);
    sample_cells(blob, path, "memory-mib", 1, 64u);
    sample_text(blob, path, "restart", "always");
    sample_add(blob, path, "kernel");
    sample_image(blob, kernel, "vmlinuz", 1000);
    sample_text(blob, kernel, "command-line", "console=ttyS0");
    if (nic != NULL)
        sample_device(blob, path, "nic", nic);
}

static inline void sample_pin_cores(struct sample_blob *blob, const char *partition, unsigned first, unsigned second)
{
    sample_delete_property(blob, partition, "cores");
    sample_cells(blob, partition, "core-ids", 2, first, second);
}

/* Two partitions: "web" with every property the binding has but the pinned ones, and "mail". Not packed. */
static inline void sample_make(struct sample_blob *blob)
{
    assert_int_equal(fdt_create_empty_tree(blob->bytes, SAMPLE_CAPACITY), 0);
    sample_text(blob, "/", "compatible", "bulkhead,system-1");
    sample_text(blob, "/", "release", "shop-2026.11");
    sample_cells(blob, "/", "security-version", 1, 3u);
    sample_add(blob, "/", "partitions");
    sample_add(blob, "/", "machine");
    sample_text(blob, "/machine", "iommu", "required");
    sample_text(blob, "/machine", "tpm", "optional");
    sample_text(blob, "/machine", "smt", "one-owner");
    sample_partition(blob, "mail", "0000:00:04.0"); /* libfdt puts new nodes in front: web becomes the first */
    sample_partition(blob, "web", "0000:00:1c.0/00.0");
    sample_cells(blob, "/partitions/web", "cores", 1, 2u);
    sample_text(blob, "/partitions/web", "role", "manage");
    sample_text(blob, "/partitions/web", "restart", "limited");
    sample_cells(blob, "/partitions/web", "restart-limit", 2, 5u, 60u);
    sample_bytes(blob, "/partitions/web", "console", "", 0);
    sample_text(blob, "/partitions/web/kernel", "format", "linux");
    sample_add(blob, "/partitions/web", "initrd");
    sample_image(blob, "/partitions/web/initrd", "initrd.img", 2000);
}

/* Packs the blob; returns its size. */
static inline uint32_t sample_finish(struct sample_blob *blob)
{
    assert_int_equal(fdt_pack(blob->bytes), 0);
    return fdt_totalsize(blob->bytes);
}

#endif
