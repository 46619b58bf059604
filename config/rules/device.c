/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one device of a partition. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

#include "config/pci_path.h"

bool rule_device_name(struct report *report, const struct spot *at, const char *name)
{
    static const struct rule rule = {
        .code = "CFG-160",
        .what = "this cannot be a device's name",
        .expected = "1 to 15 characters: a lower-case letter, then letters, digits and '-', not ending in '-'",
        .advice = "rename the node; every node in a partition but kernel and initrd is a device",
    };
    return report_text_unless(name_well_formed(name), report, &rule, at->text, name);
}

bool rule_devices_room(struct report *report, const struct spot *at, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-161",
        .what = "the partition has too many devices",
        .expected = "at most 8 devices in a partition",
        .advice = "remove devices, or spread them over several partitions",
    };
    return report_unless(count <= SYSTEM_MAX_DEVICES, report, &rule, at->text, "%u", count);
}

bool rule_pci_path(struct report *report, const struct spot *at, const char *text, struct pci_path *path)
{
    static const struct rule rule = {
        .code = "CFG-162",
        .what = "this is not a PCI path",
        .expected = "\"0000:00:03.0\", or behind bridges \"0000:00:1c.0/00.0\" with at most 4 hops",
        .advice = "write segment:bus:device.function in hexadecimal, then /device.function for each bridge on the way",
    };
    return report_text_unless(pci_path_parse(text, path), report, &rule, at->text, text);
}

bool rule_device_id(struct report *report, const struct spot *at, uint32_t vendor, uint32_t device)
{
    static const struct rule rule = {
        .code = "CFG-163",
        .what = "this cannot be a PCI vendor and device id",
        .expected = "<vendor device>, vendor 0x0001 to 0xfffe, device 0x0000 to 0xffff",
        .advice = "take both numbers from lspci -n",
    };
    bool ok = vendor >= 1 && vendor <= 0xfffe && device <= 0xffff;
    return report_unless(ok, report, &rule, at->text, "<0x%x 0x%x>", vendor, device);
}
