# SPDX-License-Identifier: Apache-2.0
"""Whole machines for tests: a configuration becomes a boot medium, the medium boots in QEMU, the console is read."""
import json
import os
import pathlib
import subprocess

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build"))
BULKHEAD = BUILD / "bulkhead"
GUEST = BUILD / "guests" / "test"

# Emulated machines share few processors with one another and with the rest of the tests.
PATIENCE = float(os.environ.get("BULKHEAD_TEST_PATIENCE", "1"))

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
    machine { iommu = "%(iommu)s"; tpm = "optional"; };
    partitions { %(partitions)s };
};
"""


def partition(name, cores=1, memory=96, restart="never", test="idle", devices=""):
    """The source of one partition that runs the test guest."""
    return PARTITION % {"name": name, "cores": cores, "memory": memory, "restart": restart, "test": test,
                        "devices": devices}


def bulkhead(*arguments, folder):
    """Runs the command; its output, which must be a success."""
    done = subprocess.run([str(BULKHEAD), *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Medium:
    """A folder with a key, a signed configuration and what is made from it: a GRUB ISO, a disk image for UEFI."""

    def __init__(self, folder, *partitions, iommu="required"):
        self.folder = folder
        self.iso, self.esp = folder / "disc.iso", folder / "disk.img"
        (folder / "system.dts").write_text(SYSTEM % {"partitions": "".join(partitions), "iommu": iommu})
        bulkhead("keygen", "key", folder=folder)
        self.container = self.sign("key.pem", "system.bkc")
        bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", BUILD / "bulkhead.efi", "--images", GUEST,
                 "--iso", self.iso, "--esp", self.esp, folder=folder)

    def sign(self, key, output):
        """The bytes of the configuration signed with `key`."""
        bulkhead("sign", "system.dts", "--key", key, "--images", GUEST, "--serial", "1", "--out", output,
                 folder=self.folder)
        return (self.folder / output).read_bytes()

    def replace(self, old, new):
        """Changes bytes on the finished disc, where files lie in one piece. The length stays the same."""
        assert len(old) == len(new)
        disc = self.iso.read_bytes()
        assert disc.count(old) >= 1
        self.iso.write_bytes(disc.replace(old, new))


class Machine:
    """A running QEMU that boots the medium. Use as a context; leaving it ends the machine."""

    def __init__(self, medium, *arguments, without=(), uefi=False):
        boot = ["--esp", medium.esp] if uefi else ["--iso", medium.iso]
        printed = bulkhead("run", "system.dts", *boot, "--memory", "1024", "--print", "--json", *arguments,
                           folder=medium.folder)
        command = json.loads(printed)["command"]
        for value in without:  # an option and its value
            at = next(i for i, word in enumerate(command) if word.startswith(value))
            del command[at - 1:at + 1]
        self.console = pexpect.spawn(command[0], command[1:], cwd=str(medium.folder), encoding="latin-1",
                                     timeout=60 * PATIENCE, codec_errors="replace")
        self.console.logfile_read = (medium.folder / "console.log").open("w", encoding="latin-1")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.console.close(force=True)
        self.console.logfile_read.close()

    def expect(self, text, seconds=60):
        """Waits until the console shows the text (a regular expression); what stood before it."""
        self.console.expect(text, timeout=seconds * PATIENCE)
        return self.console.before + self.console.after
