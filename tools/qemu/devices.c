/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of a configuration as QEMU devices: each at its PCI path, with its disk image or network behind it. */
#include "tools/qemu/machine.h"

#include "config/pci_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE_NAME_MAX (2 * SYSTEM_NAME_MAX)
#define PLACE_MAX 64

static const struct rule rule_unknown_device = {
    "TOOL-770", "QEMU has no device with this id",
    "0x8086 0x10d3 (e1000e), 0x1b36 0x0010 (nvme) or 0x1234 0x11e8 (edu)",
    "leave it out with --omit PARTITION/DEVICE, and add another one behind --"};
static const struct rule rule_no_disk = {
    "TOOL-771", "a disk has no image", "one --disk NAME=FILE for each disk, with a file that exists",
    "add --disk PARTITION=FILE (or PARTITION/DEVICE=FILE); --omit PARTITION/DEVICE leaves the disk out"};
static const struct rule rule_deep_path = {
    "TOOL-772", "the device sits behind more than one bridge", "at most one hop: QEMU runs build root ports alone",
    "leave it out with --omit PARTITION/DEVICE"};
static const struct rule rule_unused = {
    "TOOL-773", "an option names no device of the configuration",
    "PARTITION or PARTITION/DEVICE as the configuration names them", "correct the name"};
static const struct rule rule_bad_forward = {
    "TOOL-774", "this is not a forward", "NAME=HOSTPORT:GUESTPORT, ports 1 to 65535", "write for example web=8080:80"};

enum device_kind { DEVICE_NETWORK, DEVICE_DISK, DEVICE_OTHER };

struct model {
    uint16_t vendor, device;
    enum device_kind kind;
    const char *name;
};

static const struct model models[] = {
    {0x8086, 0x10d3, DEVICE_NETWORK, "e1000e"},
    {0x1b36, 0x0010, DEVICE_DISK, "nvme"},
    {0x1234, 0x11e8, DEVICE_OTHER, "edu,dma_mask=0xffffffffffffffff"}, /* by itself it reaches 256 MiB */
};

/* One device of the configuration, and its two names: "web/disk" for people, "web-disk" for QEMU. */
struct part {
    const struct system_partition *partition;
    const struct system_device *device;
    char name[DEVICE_NAME_MAX], id[DEVICE_NAME_MAX];
    unsigned number; /* 1 and up, over all partitions */
};

static struct part make_part(const struct system_partition *partition, const struct system_device *device,
                             unsigned number)
{
    struct part part = {.partition = partition, .device = device, .number = number};
    snprintf(part.name, sizeof part.name, "%s/%s", partition->name, device->name);
    snprintf(part.id, sizeof part.id, "%s-%s", partition->name, device->name);
    return part;
}

static const struct model *find_model(const struct system_device *device)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (models[i].vendor == device->vendor && models[i].device == device->device)
            return &models[i];
    return NULL;
}

/* True when `text` up to `length` names the device: PARTITION/DEVICE, or PARTITION alone. */
static bool names_part(const char *text, size_t length, const struct part *part)
{
    const char *partition = part->partition->name;
    return (strlen(part->name) == length && memcmp(part->name, text, length) == 0) ||
           (strlen(partition) == length && memcmp(partition, text, length) == 0);
}

/* What stands behind the '=' of the first NAME=VALUE for the part, at or after *from; NULL when there is none. */
static const char *value_for(const struct option_list *list, const struct part *part, size_t *from)
{
    for (; *from < list->count; (*from)++) {
        const char *text = list->values[*from], *equals = strchr(text, '=');
        if (equals != NULL && names_part(text, (size_t)(equals - text), part)) {
            (*from)++;
            return equals + 1;
        }
    }
    return NULL;
}

static bool is_omitted(const struct qemu_choices *choices, const struct part *part)
{
    for (size_t i = 0; i < choices->omitted.count; i++)
        if (strcmp(choices->omitted.values[i], part->name) == 0)
            return true;
    return false;
}

static bool is_written(const struct qemu_choices *choices, const struct part *part)
{
    for (size_t i = 0; i < choices->kept.count; i++)
        if (names_part(choices->kept.values[i], strlen(choices->kept.values[i]), part))
            return true;
    return !choices->snapshot;
}

static bool port_pair(const char *text, unsigned *host, unsigned *guest)
{
    char end;
    return sscanf(text, "%5u:%5u%c", host, guest, &end) == 2 && *host >= 1 && *host <= 65535 && *guest >= 1 &&
           *guest <= 65535;
}

/* The network behind a card: QEMU's own NAT, one for each card, with the forwards that name it. */
static bool add_network(const struct part *part, const struct qemu_choices *choices, struct qemu_command *command,
                        struct report *report)
{
    char options[2048];
    size_t used = (size_t)snprintf(options, sizeof options, "user,id=%s", part->id);
    size_t from = 0;
    for (const char *text; (text = value_for(&choices->forwards, part, &from)) != NULL;) {
        unsigned host, guest;
        if (!port_pair(text, &host, &guest)) {
            report_add(report, &rule_bad_forward, "--forward", "%s", text);
            return false;
        }
        if (used < sizeof options)
            used +=
                (size_t)snprintf(options + used, sizeof options - used, ",hostfwd=tcp:127.0.0.1:%u-:%u", host, guest);
    }
    qemu_command_add(command, "-netdev");
    qemu_command_add(command, "%s", options);
    return true;
}

/* QEMU reads a doubled comma as a comma in a value. The caller frees the result. */
static char *double_commas(const char *text)
{
    char *doubled = malloc(2 * strlen(text) + 1), *to = doubled;
    if (doubled == NULL)
        abort();
    for (; *text != '\0'; text++) {
        *to++ = *text;
        if (*text == ',')
            *to++ = ',';
    }
    *to = '\0';
    return doubled;
}

static bool add_disk(const struct part *part, const struct qemu_choices *choices, struct qemu_command *command,
                     struct report *report)
{
    size_t from = 0;
    const char *file = value_for(&choices->disks, part, &from);
    if (file == NULL || access(file, R_OK) != 0) {
        report_add(report, &rule_no_disk, part->name, "%s", file == NULL ? "no --disk" : file);
        return false;
    }
    char *path = double_commas(file);
    qemu_command_add(command, "-drive");
    qemu_command_add(command, "if=none,id=%s,format=raw%s,file=%s", part->id,
                     is_written(choices, part) ? "" : ",snapshot=on", path);
    free(path);
    return true;
}

/* Where the device sits: on the root bus, or behind a root port, which is added once for all that sit behind it. */
static bool add_place(const struct part *part, char place[PLACE_MAX], struct qemu_command *command,
                      struct report *report)
{
    const struct pci_path *path = &part->device->path;
    unsigned slot = PCI_DEVICE(path->root.devfn), function = PCI_FUNCTION(path->root.devfn);
    if (path->hops > 1) {
        report_add(report, &rule_deep_path, part->name, "%u hops", (unsigned)path->hops);
        return false;
    }
    if (path->hops == 0) {
        snprintf(place, PLACE_MAX, "bus=pcie.0,addr=%02x.%x", slot, function);
        return true;
    }
    char port[PLACE_MAX * 2];
    snprintf(port, sizeof port, "pcie-root-port,id=port-%02x.%x,bus=pcie.0,addr=%02x.%x,chassis=%u", slot, function,
             slot, function, (unsigned)path->root.devfn + 1);
    bool there = false;
    for (size_t i = 0; i < command->count; i++)
        there = there || strcmp(command->argv[i], port) == 0;
    if (!there) {
        qemu_command_add(command, "-device");
        qemu_command_add(command, "%s", port);
    }
    snprintf(place, PLACE_MAX, "bus=port-%02x.%x,addr=%02x.%x", slot, function, PCI_DEVICE(path->hop_devfn[0]),
             PCI_FUNCTION(path->hop_devfn[0]));
    return true;
}

static bool add_part(const struct part *part, const struct qemu_choices *choices, struct qemu_command *command,
                     struct report *report)
{
    char place[PLACE_MAX];
    const struct model *model = find_model(part->device);
    if (model == NULL) {
        report_add(report, &rule_unknown_device, part->name, "0x%04x 0x%04x", (unsigned)part->device->vendor,
                   (unsigned)part->device->device);
        return false;
    }
    if ((model->kind == DEVICE_NETWORK && !add_network(part, choices, command, report)) ||
        (model->kind == DEVICE_DISK && !add_disk(part, choices, command, report)) ||
        !add_place(part, place, command, report))
        return false;
    qemu_command_add(command, "-device");
    if (model->kind == DEVICE_NETWORK) /* an empty romfile: the firmware must not try to boot from the network */
        qemu_command_add(command, "%s,netdev=%s,mac=52:54:00:b1:00:%02x,romfile=,%s", model->name, part->id,
                         part->number, place);
    else if (model->kind == DEVICE_DISK)
        qemu_command_add(command, "%s,drive=%s,serial=%s,%s", model->name, part->id, part->id, place);
    else
        qemu_command_add(command, "%s,%s", model->name, place);
    return true;
}

static bool names_any(const char *text, size_t length, const struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (names_part(text, length, &parts[i]))
            return true;
    return false;
}

/* Every NAME or NAME=VALUE must name a part; `what` is the option. */
static bool all_used(const struct part *parts, size_t count, const struct option_list *list, const char *what,
                     struct report *report)
{
    bool ok = true;
    for (size_t i = 0; i < list->count; i++) {
        if (names_any(list->values[i], strcspn(list->values[i], "="), parts, count))
            continue;
        report_add(report, &rule_unused, what, "%s", list->values[i]);
        ok = false;
    }
    return ok;
}

bool qemu_add_devices(const struct system *system, const struct qemu_choices *choices, struct qemu_command *command,
                      struct report *report)
{
    struct part parts[SYSTEM_MAX_PARTITIONS * SYSTEM_MAX_DEVICES] = {0};
    size_t count = 0;
    for (uint32_t p = 0; p < system->partition_count; p++)
        for (uint32_t d = 0; d < system->partitions[p].device_count; d++, count++)
            parts[count] = make_part(&system->partitions[p], &system->partitions[p].devices[d], (unsigned)count + 1);
    bool ok = all_used(parts, count, &choices->disks, "--disk", report);
    ok = all_used(parts, count, &choices->forwards, "--forward", report) && ok;
    ok = all_used(parts, count, &choices->omitted, "--omit", report) && ok;
    ok = all_used(parts, count, &choices->kept, "--keep", report) && ok;
    for (size_t i = 0; i < count; i++)
        if (!is_omitted(choices, &parts[i]))
            ok = add_part(&parts[i], choices, command, report) && ok;
    return ok;
}
