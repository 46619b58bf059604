/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the little AML that a partition's DSDT needs (ACPI 6.4 ch. 20, resource descriptors ch. 6.4). */
#ifndef CORE_TABLES_AML_H
#define CORE_TABLES_AML_H

#include <stdbool.h>
#include <stdint.h>

/* Writing past `size` sets `full` and drops the bytes: look once at the end. */
struct aml {
    uint8_t *bytes;
    uint32_t size;
    uint32_t used;
    bool full;
};

/* Open packages are closed in reverse order; what open gives, close takes. Names have 4 characters. */
uint32_t aml_scope_open(struct aml *aml, const char *name); /* below the root: "_SB_" */
uint32_t aml_device_open(struct aml *aml, const char *name);
uint32_t aml_package_open(struct aml *aml, uint8_t elements);
void aml_close(struct aml *aml, uint32_t mark);

/* Starts a named object; its value follows. */
void aml_name(struct aml *aml, const char *name);
void aml_integer(struct aml *aml, uint32_t value);
void aml_eisa_id(struct aml *aml, const char *id); /* "PNP0501" */
void aml_string(struct aml *aml, const char *text); /* an id of eight characters, for one */

/* A resource template: open, descriptors, close. */
uint32_t aml_resources_open(struct aml *aml);
void aml_io(struct aml *aml, uint16_t base, uint8_t count);
void aml_bus_range(struct aml *aml, uint16_t first, uint16_t last);
void aml_memory_window(struct aml *aml, uint64_t base, uint64_t size); /* 32-bit form when it ends below 4 GiB */
void aml_fixed_memory(struct aml *aml, uint32_t base, uint32_t size);  /* a device's own registers */
void aml_resources_close(struct aml *aml, uint32_t mark);

#endif
