/* SPDX-License-Identifier: Apache-2.0 */
/* PCI paths: text to struct and back. */
#include "config/pci_path.h"

#include "core/lib/format.h"

#include <string.h>

static bool take_digit(const char **at, uint32_t *number)
{
    char c = **at;
    uint32_t digit;
    if (c >= '0' && c <= '9')
        digit = (uint32_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        digit = (uint32_t)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        digit = (uint32_t)(c - 'A') + 10;
    else
        return false;
    *number = *number << 4 | digit;
    (*at)++;
    return true;
}

/* Takes exactly `digits` hexadecimal digits and the character behind them; '\0' as `end` takes nothing more. */
static bool take_field(const char **at, unsigned digits, char end, uint32_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < digits; i++)
        if (!take_digit(at, number))
            return false;
    if (end == '\0')
        return true;
    if (**at != end)
        return false;
    (*at)++;
    return true;
}

static bool take_devfn(const char **at, uint8_t *devfn)
{
    uint32_t device, function;
    if (!take_field(at, 2, '.', &device) || !take_field(at, 1, '\0', &function) || device > 0x1f || function > 7)
        return false;
    *devfn = PCI_DEVFN(device, function);
    return true;
}

bool pci_path_parse(const char *text, struct pci_path *path)
{
    uint32_t segment, bus;
    memset(path, 0, sizeof *path);
    if (!take_field(&text, 4, ':', &segment) || !take_field(&text, 2, ':', &bus) ||
        !take_devfn(&text, &path->root.devfn))
        return false;
    path->root.segment = (uint16_t)segment;
    path->root.bus = (uint8_t)bus;
    while (*text == '/' && path->hops < SYSTEM_PATH_HOPS) {
        text++;
        if (!take_devfn(&text, &path->hop_devfn[path->hops++]))
            return false;
    }
    return *text == '\0';
}

void pci_path_print(const struct pci_path *path, char *text, size_t size)
{
    size_t used = fmt_print(text, size, "%04x:%02x:%02x.%x", (unsigned)path->root.segment, (unsigned)path->root.bus,
                            PCI_DEVICE(path->root.devfn), PCI_FUNCTION(path->root.devfn));
    for (unsigned i = 0; i < path->hops; i++)
        used += fmt_print(text + used, size - used, "/%02x.%x", PCI_DEVICE(path->hop_devfn[i]),
                          PCI_FUNCTION(path->hop_devfn[i]));
}

bool pci_path_equal(const struct pci_path *a, const struct pci_path *b)
{
    return pci_address_equal(a->root, b->root) && a->hops == b->hops &&
           memcmp(a->hop_devfn, b->hop_devfn, a->hops) == 0;
}
