/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about images and devices: each is broken by one sample. */
#include "tests/unit/config_runner.h"

static void file_in_folder(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "file", "../vmlinuz");
}

static void file_is_container(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "file", "SYSTEM.BKC");
}

static void bad_format(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "format", "elf");
}

static void zero_size(struct sample_blob *blob)
{
    sample_cells(blob, WEB "/initrd", "size", 2, 0u, 0u);
}

static void zero_digest(struct sample_blob *blob)
{
    static const uint8_t zero[48];
    sample_bytes(blob, WEB "/initrd", "sha384", zero, sizeof zero);
}

static void size_alone(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB "/initrd", "sha384");
}

static void incomplete(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB "/initrd", "sha384");
    sample_delete_property(blob, WEB "/initrd", "size");
}

static void large_initrd(struct sample_blob *blob)
{
    sample_cells(blob, WEB "/initrd", "size", 2, 0u, 64u << 20);
}

static void root_hash_left(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "root-hash-file", "web/roothash");
}

static void device_name(struct sample_blob *blob)
{
    sample_device(blob, WEB, "nic,2", "0000:00:05.0");
}

static void many_devices(struct sample_blob *blob)
{
    for (unsigned i = 0; i < 8; i++) {
        char name[16], pci[16];
        snprintf(name, sizeof name, "d%u", i);
        snprintf(pci, sizeof pci, "0000:00:%02x.0", i + 8);
        sample_device(blob, WEB, name, pci);
    }
}

static void bad_pci(struct sample_blob *blob)
{
    sample_text(blob, MAIL "/nic", "pci", "00:04.0");
}

static void bad_id(struct sample_blob *blob)
{
    sample_cells(blob, MAIL "/nic", "id", 2, 0xffffu, 0x10d3u);
}

static const struct sample samples[] = {
    {"CFG-150: a file in a folder", WEB "/kernel/file", file_in_folder, NULL},
    {"CFG-150: the container's own name", WEB "/kernel/file", file_is_container, NULL},
    {"CFG-151: an unknown kernel format", WEB "/kernel/format", bad_format, NULL},
    {"CFG-152: an empty image", WEB "/initrd/size", zero_size, NULL},
    {"CFG-153: a digest of zeros", WEB "/initrd/sha384", zero_digest, NULL},
    {"CFG-154: a size without a digest", WEB "/initrd", size_alone, NULL},
    {"CFG-155: an image that signing did not complete", WEB "/initrd", incomplete, NULL},
    {"CFG-156: images larger than the memory", WEB, large_initrd, NULL},
    {"CFG-158: a root hash that signing did not fill in", WEB "/kernel", root_hash_left, NULL},
    {"CFG-160: a device's name with a comma", WEB "/nic,2", device_name, NULL},
    {"CFG-161: nine devices", WEB, many_devices, NULL},
    {"CFG-162: a PCI path without its segment", MAIL "/nic/pci", bad_pci, NULL},
    {"CFG-163: the vendor id of absent hardware", MAIL "/nic/id", bad_id, NULL},
};

int main(void)
{
    return samples_run("config_images", samples, sizeof samples / sizeof *samples);
}
