/* SPDX-License-Identifier: Apache-2.0 */
/* PCI paths as a person writes them: "0000:00:03.0", or behind bridges "0000:00:1c.0/00.0". */
#ifndef CONFIG_PCI_PATH_H
#define CONFIG_PCI_PATH_H

#include "config/system.h"

#include <stdbool.h>
#include <stddef.h>

#define PCI_PATH_TEXT_MAX (13 + 5 * SYSTEM_PATH_HOPS) /* with the NUL */

/* Reads "segment:bus:device.function", four, two, two and one hexadecimal digits, then for each bridge on the way one
 * "/device.function". False when the text is anything else, a device is above 1f, a function above 7, or the hops are
 * more than SYSTEM_PATH_HOPS. */
bool pci_path_parse(const char *text, struct pci_path *path);

/* Writes the path in the same form, lower case. `size` >= PCI_PATH_TEXT_MAX holds every path. */
void pci_path_print(const struct pci_path *path, char *text, size_t size);

bool pci_path_equal(const struct pci_path *a, const struct pci_path *b);

#endif
