/* SPDX-License-Identifier: Apache-2.0 */
/* The QEMU machine that a configuration describes: an AMD server with SVM, NPT and AMD-Vi, and at each PCI path the
 * device whose id the configuration states. */
#ifndef TOOLS_QEMU_MACHINE_H
#define TOOLS_QEMU_MACHINE_H

#include "config/system.h"
#include "core/lib/report.h"
#include "tools/common/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_MAX_ARGUMENTS 256

/* What the caller chooses. Names of devices are PARTITION/DEVICE, or PARTITION alone where that is the only one of its
 * kind. Exactly one of esp and iso is set. */
struct qemu_choices {
    const char *esp;             /* disk image, booted by UEFI */
    const char *iso;             /* booted by BIOS */
    const char *secure_boot;     /* UEFI variable store with enrolled keys; Secure Boot firmware */
    const char *tpm;             /* control socket of an emulated TPM (swtpm), or NULL: the machine has none */
    struct option_list disks;    /* NAME=FILE: raw image behind an NVMe disk */
    struct option_list forwards; /* NAME=HOSTPORT:GUESTPORT: TCP from 127.0.0.1 to the partition's network card */
    struct option_list omitted;  /* PARTITION/DEVICE: leave the device out of the machine */
    uint32_t cores;              /* 0: as many as the partitions need */
    uint32_t memory_mib;         /* 0: what the partitions need and some more */
    const char *serial;          /* file for the machine's serial line; NULL: this terminal */
    const char *qmp;             /* unix socket for QEMU's control protocol, or NULL */
    bool snapshot;               /* leave disk images as they are ... */
    struct option_list kept;     /* NAME: ... but for these */
    bool deterministic;          /* one thread, instruction-counted time: two runs are alike */
};

/* A command line; argv[count] is NULL. The strings are on the heap. */
struct qemu_command {
    size_t count;
    const char *argv[QEMU_MAX_ARGUMENTS + 1];
};

/* Fills *command. Devices that QEMU cannot be, disks without a file, and choices that name nothing are findings. */
bool qemu_command_make(const struct system *system, const struct qemu_choices *choices, struct qemu_command *command,
                       struct report *report);
void qemu_command_free(struct qemu_command *command);

/* Appends one argument, made as by printf. Too many are dropped: QEMU_MAX_ARGUMENTS holds the largest system. */
void qemu_command_add(struct qemu_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the partitions need when nothing is chosen. */
uint32_t qemu_default_cores(const struct system *system);
uint32_t qemu_default_memory_mib(const struct system *system);

/* devices.c: adds the devices of every partition. */
bool qemu_add_devices(const struct system *system, const struct qemu_choices *choices, struct qemu_command *command,
                      struct report *report);

#endif
