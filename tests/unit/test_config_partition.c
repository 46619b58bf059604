/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one partition, its cores, memory and restart: each is broken by one sample. */
#include "tests/unit/config_runner.h"

static void bad_name(struct sample_blob *blob)
{
    sample_partition(blob, "Web_2", NULL);
}

static void unit_address(struct sample_blob *blob)
{
    sample_partition(blob, "web@1", NULL);
}

static void long_name(struct sample_blob *blob)
{
    sample_partition(blob, "abcdefghijklmnop", NULL);
}

static void taken_name(struct sample_blob *blob)
{
    sample_partition(blob, "monitor", NULL);
}

static void bad_role(struct sample_blob *blob)
{
    sample_text(blob, WEB, "role", "root");
}

static void no_cores(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB, "cores");
}

static void cores_twice(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "core-ids", 2, 1u, 2u);
}

static void zero_cores(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "cores", 1, 0u);
}

static void many_cores(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "cores", 1, 33u);
}

static void broadcast_core(struct sample_blob *blob)
{
    sample_pin_cores(blob, WEB, 1, 255);
}

static void same_core(struct sample_blob *blob)
{
    sample_pin_cores(blob, WEB, 7, 7);
}

static void small_memory(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-mib", 1, 31u);
}

static void odd_memory(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-mib", 1, 65u);
}

static void unaligned_base(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-base", 2, 1u, 0x100000u);
}

static void low_base(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-base", 2, 0u, 0u);
}

static void high_base(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "memory-base", 2, 0xfffffu, 0xffe00000u);
}

static void bad_restart(struct sample_blob *blob)
{
    sample_text(blob, MAIL, "restart", "sometimes");
}

static void no_limit(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB, "restart-limit");
}

static void useless_limit(struct sample_blob *blob)
{
    sample_text(blob, WEB, "restart", "always");
}

static void bad_limit(struct sample_blob *blob)
{
    sample_cells(blob, WEB, "restart-limit", 2, 0u, 60u);
}

static const struct sample samples[] = {
    {"CFG-130: a name with a capital", "/partitions/Web_2", bad_name, NULL},
    {"CFG-130: a name with a unit address", "/partitions/web@1", unit_address, NULL},
    {"CFG-130: a name that is too long", "/partitions/abcdefghijklmnop", long_name, NULL},
    {"CFG-131: the monitor's name", "/partitions/monitor", taken_name, NULL},
    {"CFG-132: an unknown role", WEB "/role", bad_role, NULL},
    {"CFG-133: no cores", WEB, no_cores, NULL},
    {"CFG-134: cores and core-ids", WEB, cores_twice, NULL},
    {"CFG-135: zero cores", WEB "/cores", zero_cores, NULL},
    {"CFG-135: more cores than there is room for", WEB "/cores", many_cores, NULL},
    {"CFG-136: the broadcast id as a core", WEB "/core-ids", broadcast_core, NULL},
    {"CFG-137: a core listed twice", WEB "/core-ids", same_core, NULL},
    {"CFG-138: too little memory", WEB "/memory-mib", small_memory, NULL},
    {"CFG-139: an odd number of MiB", WEB "/memory-mib", odd_memory, NULL},
    {"CFG-140: memory at half a large page", WEB "/memory-base", unaligned_base, NULL},
    {"CFG-141: memory at zero", WEB "/memory-base", low_base, NULL},
    {"CFG-141: memory that ends above every machine's", WEB "/memory-base", high_base, NULL},
    {"CFG-145: an unknown restart policy", MAIL "/restart", bad_restart, NULL},
    {"CFG-146: limited without a limit", WEB "/restart", no_limit, NULL},
    {"CFG-147: a limit without limited", WEB "/restart-limit", useless_limit, NULL},
    {"CFG-148: a limit of no restarts", WEB "/restart-limit", bad_limit, NULL},
};

int main(void)
{
    return samples_run("config_partition", samples, sizeof samples / sizeof *samples);
}
