/* SPDX-License-Identifier: Apache-2.0 */
/* The QEMU command line of a machine: processor, memory, IOMMU, firmware, boot medium, serial line. */
#include "tools/qemu/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEAST_MEMORY_MIB 4096u
#define OWN_MEMORY_MIB 1024u /* firmware, boot stage, monitor, tables, sealed images */

#define FIRMWARE "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define FIRMWARE_VARIABLES "/usr/share/OVMF/OVMF_VARS_4M.fd"

void qemu_command_add(struct qemu_command *command, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0 || command->count == QEMU_MAX_ARGUMENTS) {
        free(length < 0 ? NULL : text);
        return;
    }
    command->argv[command->count++] = text;
    command->argv[command->count] = NULL;
}

void qemu_command_free(struct qemu_command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free((void *)(uintptr_t)command->argv[i]);
    command->count = 0;
}

uint32_t qemu_default_cores(const struct system *system)
{
    uint32_t cores = 0, above = 0;
    for (uint32_t i = 0; i < system->partition_count; i++) {
        const struct system_partition *partition = &system->partitions[i];
        cores += partition->core_count;
        for (uint32_t k = 0; partition->cores_pinned && k < partition->core_count; k++)
            above = partition->core_ids[k] >= above ? partition->core_ids[k] + 1 : above;
    }
    return cores > above ? cores : above;
}

uint32_t qemu_default_memory_mib(const struct system *system)
{
    uint64_t mib = OWN_MEMORY_MIB;
    for (uint32_t i = 0; i < system->partition_count; i++)
        mib += system->partitions[i].memory_size >> 20;
    return mib < LEAST_MEMORY_MIB ? LEAST_MEMORY_MIB : (uint32_t)mib;
}

static void add_processor(const struct system *system, const struct qemu_choices *choices, struct qemu_command *command)
{
    if (choices->deterministic) {
        qemu_command_add(command, "-accel");
        qemu_command_add(command, "tcg,thread=single");
        qemu_command_add(command, "-icount");
        qemu_command_add(command, "shift=1,sleep=off");
        qemu_command_add(command, "-seed");
        qemu_command_add(command, "42");
        qemu_command_add(command, "-rtc");
        qemu_command_add(command, "base=2026-01-01,clock=vm");
    } else {
        qemu_command_add(command, "-accel");
        qemu_command_add(command, "tcg,thread=multi");
    }
    qemu_command_add(command, "-cpu");
    qemu_command_add(command, "EPYC,+svm,+npt,+x2apic");
    qemu_command_add(command, "-smp");
    qemu_command_add(command, "%u", choices->cores > 0 ? choices->cores : qemu_default_cores(system));
    qemu_command_add(command, "-m");
    qemu_command_add(command, "%uM", choices->memory_mib > 0 ? choices->memory_mib : qemu_default_memory_mib(system));
    /* pt=off: with QEMU's default the IOMMU passes everything and looks enabled all the same. */
    qemu_command_add(command, "-device");
    qemu_command_add(command, "amd-iommu,intremap=on,xtsup=on,pt=off");
}

/* Not the build that keeps its variables in system management mode: it gathers all cores there again and again, which takes
 * minutes where a machine has more emulated cores than processors. Secure Boot checks images in this one all the same. */
static void add_firmware(const struct qemu_choices *choices, struct qemu_command *command)
{
    if (choices->iso != NULL)
        return;
    qemu_command_add(command, "-drive");
    qemu_command_add(command, "if=pflash,unit=0,format=raw,readonly=on,file=%s", FIRMWARE);
    qemu_command_add(command, "-drive");
    if (choices->secure_boot != NULL)
        qemu_command_add(command, "if=pflash,unit=1,format=raw,file=%s", choices->secure_boot);
    else
        qemu_command_add(command, "if=pflash,unit=1,format=raw,snapshot=on,file=%s", FIRMWARE_VARIABLES);
}

/* On the chipset's own SATA controller, which stands in no configuration's way and which both firmwares know. */
static void add_boot_medium(const struct qemu_choices *choices, struct qemu_command *command)
{
    qemu_command_add(command, "-drive");
    if (choices->iso != NULL)
        qemu_command_add(command, "if=none,id=boot,format=raw,media=cdrom,readonly=on,file=%s", choices->iso);
    else
        qemu_command_add(command, "if=none,id=boot,format=raw,snapshot=on,file=%s", choices->esp);
    qemu_command_add(command, "-device");
    qemu_command_add(command, "%s,bus=ide.0,drive=boot,bootindex=0", choices->iso != NULL ? "ide-cd" : "ide-hd");
}

/* The TIS interface has all localities; QEMU's CRB has locality 0 alone. */
static void add_tpm(const struct qemu_choices *choices, struct qemu_command *command)
{
    if (choices->tpm == NULL)
        return;
    qemu_command_add(command, "-chardev");
    qemu_command_add(command, "socket,id=tpm-control,path=%s", choices->tpm);
    qemu_command_add(command, "-tpmdev");
    qemu_command_add(command, "emulator,id=tpm,chardev=tpm-control");
    qemu_command_add(command, "-device");
    qemu_command_add(command, "tpm-tis,tpmdev=tpm");
}

static void add_lines(const struct qemu_choices *choices, struct qemu_command *command)
{
    qemu_command_add(command, "-serial");
    if (choices->serial != NULL)
        qemu_command_add(command, "file:%s", choices->serial);
    else
        qemu_command_add(command, "%s", isatty(STDIN_FILENO) ? "mon:stdio" : "stdio");
    if (choices->qmp == NULL)
        return;
    qemu_command_add(command, "-qmp");
    qemu_command_add(command, "unix:%s,server=on,wait=off", choices->qmp);
}

bool qemu_command_make(const struct system *system, const struct qemu_choices *choices, struct qemu_command *command,
                       struct report *report)
{
    command->count = 0;
    qemu_command_add(command, "qemu-system-x86_64");
    qemu_command_add(command, "-M");
    qemu_command_add(command, "q35");
    add_processor(system, choices, command);
    qemu_command_add(command, "-nodefaults");
    qemu_command_add(command, "-display");
    qemu_command_add(command, "none");
    qemu_command_add(command, "-no-reboot");
    add_firmware(choices, command);
    add_boot_medium(choices, command);
    add_tpm(choices, command);
    add_lines(choices, command);
    return qemu_add_devices(system, choices, command, report);
}
