/* SPDX-License-Identifier: Apache-2.0 */
/* Rules across partitions: each is broken by one sample. */
#include "tests/unit/config_runner.h"

static void shared_core(struct sample_blob *blob)
{
    sample_pin_cores(blob, WEB, 4, 5);
    sample_pin_cores(blob, MAIL, 5, 6);
}

static void shared_memory(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-base", 2, 1u, 0u);
    sample_cells(blob, MAIL, "memory-base", 2, 1u, 62u << 20);
}

static void shared_device(struct sample_blob *blob)
{
    sample_text(blob, MAIL "/nic", "pci", "0000:00:1C.0/00.0");
}

static void shared_role(struct sample_blob *blob)
{
    sample_text(blob, MAIL, "role", "manage");
}

static void all_cores(struct sample_blob *blob)
{
    for (unsigned i = 0; i < 8; i++) {
        char name[16], path[32];
        snprintf(name, sizeof name, "p%u", i);
        snprintf(path, sizeof path, "/partitions/p%u", i);
        sample_partition(blob, name, NULL);
        sample_cells(blob, path, "cores", 1, 32u);
    }
}

static void two_contents(struct sample_blob *blob)
{
    sample_image(blob, MAIL "/kernel", "vmlinuz", 1001);
}

static void two_cases(struct sample_blob *blob)
{
    sample_image(blob, MAIL "/kernel", "VMLINUZ", 1000);
}

static const struct sample samples[] = {
    {"CFG-170: a core in two partitions", MAIL "/core-ids", shared_core, NULL},
    {"CFG-171: memory in two partitions", MAIL "/memory-base", shared_memory, NULL},
    {"CFG-172: a PCI function in two partitions", MAIL "/nic", shared_device, NULL},
    {"CFG-173: two managers", MAIL "/role", shared_role, NULL},
    {"CFG-174: 259 cores together", "/partitions", all_cores, NULL},
    {"CFG-175: one file with two contents", MAIL "/kernel", two_contents, NULL},
    {"CFG-176: file names that differ in case alone", MAIL "/kernel", two_cases, NULL},
};

int main(void)
{
    return samples_run("config_across", samples, sizeof samples / sizeof *samples);
}
