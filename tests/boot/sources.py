# SPDX-License-Identifier: Apache-2.0
"""Configurations for machine tests: partitions that run the small test guest."""
from machine import GUESTS

IMAGES = GUESTS / "test"

PARTITION = """
        %(name)s {
            cores = <%(cores)d>;
            memory-mib = <%(memory)d>;
            restart = "%(restart)s";
            console;
            kernel { file = "vmlinuz"; command-line = "console=ttyS0 quiet panic=1 bulkhead.test=%(test)s"; };
            initrd { file = "initrd.img"; };
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


def partition(name, cores=1, memory=96, restart="never", test="idle", devices=""):
    """The source of one partition; `test` is what its guest does (partitions/test/init)."""
    return PARTITION % {"name": name, "cores": cores, "memory": memory, "restart": restart, "test": test,
                        "devices": devices}


def system(*partitions):
    """The source of a configuration with these partitions."""
    return SYSTEM % "".join(partitions)
