# SPDX-License-Identifier: Apache-2.0
"""Configurations for machine tests: partitions that run the small Linux test guest or the prober."""
from machine import GUESTS

IMAGES = [GUESTS / "test", GUESTS / "prober"]

PARTITION = """
        %(name)s {
            cores = <%(cores)d>;
            memory-mib = <%(memory)d>;
            restart = %(restart)s;
            console;
            %(properties)s
            %(images)s
            %(devices)s
        };
"""

SYSTEM = """/dts-v1/;
/ {
    compatible = "bulkhead,system-1";
    release = "test";
    security-version = <1>;
    machine { iommu = "required"; tpm = "optional"; };
    partitions { %s };
};
"""


def _partition(name, images, cores, memory, restart, properties, devices):
    policy = f'"{restart}"'
    if isinstance(restart, tuple):  # so many restarts in so many seconds
        policy = '"limited"; restart-limit = <%d %d>' % restart
    return PARTITION % {"name": name, "cores": cores, "memory": memory, "restart": policy, "images": images,
                        "properties": properties, "devices": devices}


def linux(name, test="idle", cores=1, memory=96, restart="never", properties="", devices=""):
    """A partition with the Linux test guest; `test` is what it does (partitions/test/init)."""
    images = """kernel { file = "vmlinuz"; command-line = "console=ttyS0 quiet panic=1 bulkhead.test=%s"; };
            initrd { file = "initrd.img"; };""" % test
    return _partition(name, images, cores, memory, restart, properties, devices)


def prober(name, actions="idle", kind="flat", cores=1, memory=32, restart="never", properties="", devices=""):
    """A partition with the prober; `actions` is what it does (tests/boot/guests/prober.h); `kind` is flat or pvh."""
    file = {"flat": "prober.bin", "pvh": "prober.elf"}[kind]
    images = f'kernel {{ file = "{file}"; format = "{kind}"; command-line = "{actions}"; }};'
    return _partition(name, images, cores, memory, restart, properties, devices)


def system(*partitions):
    """The source of a configuration with these partitions."""
    return SYSTEM % "".join(partitions)
