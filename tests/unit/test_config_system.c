/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the root, the machine and what partitions share: each is broken by one sample. */
#include "tests/unit/config_runner.h"

static void other_binding(struct sample_blob *blob)
{
    sample_text(blob, "/", "compatible", "bulkhead,system-2");
}

static void bad_release(struct sample_blob *blob)
{
    sample_text(blob, "/", "release", "shop 2026");
}

static void empty_release(struct sample_blob *blob)
{
    sample_text(blob, "/", "release", "");
}

static void bad_requirement(struct sample_blob *blob)
{
    sample_text(blob, "/machine", "iommu", "yes");
}

static void bad_rollback_protection(struct sample_blob *blob)
{
    sample_text(blob, "/machine", "rollback-protection", "on");
}

static void bad_smt(struct sample_blob *blob)
{
    sample_text(blob, "/machine", "smt", "shared");
}

static void no_partition(struct sample_blob *blob)
{
    sample_delete_node(blob, WEB);
    sample_delete_node(blob, MAIL);
}

static void many_partitions(struct sample_blob *blob)
{
    for (unsigned i = 0; i < 15; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        sample_partition(blob, name, NULL);
    }
}

static const struct sample samples[] = {
    {"CFG-120: another binding", "/compatible", other_binding, NULL},
    {"CFG-121: a space in the release", "/release", bad_release, NULL},
    {"CFG-121: an empty release", "/release", empty_release, NULL},
    {"CFG-122: an unknown requirement", "/machine/iommu", bad_requirement, NULL},
    {"CFG-122: an unknown rollback protection", "/machine/rollback-protection", bad_rollback_protection, NULL},
    {"CFG-123: an unknown SMT policy", "/machine/smt", bad_smt, NULL},
    {"CFG-124: no partition", "/partitions", no_partition, NULL},
    {"CFG-125: seventeen partitions", "/partitions", many_partitions, NULL},
};

int main(void)
{
    return samples_run("config_system", samples, sizeof samples / sizeof *samples);
}
