# SPDX-License-Identifier: Apache-2.0
"""Guest images on bare QEMU, without Bulkhead: tells a fault of an image apart from a fault of the hypervisor."""

import pathlib
import re
import socket
import subprocess
import sys

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = ROOT / "build" / "guests"
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "attest" / "agent")]
QEMU = "qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu EPYC -m 512 -display none -nodefaults -no-reboot " \
       "-serial stdio"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Guest:
    """One running guest. Its disk is opened as a snapshot, so no test changes what the next one sees. `tpm` is a
    machine.tpm.Tpm that is on."""

    def __init__(self, name, disk=None, roothash=None, ports=(), reboot=False, tpm=None):
        self.name = name
        self.ports = {port: free_port() for port in ports}
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{port}" for port, host in self.ports.items())
        roothash = roothash or (GUESTS / name / "roothash").read_text().strip()
        command = QEMU.split() + [
            "-kernel", str(GUESTS / "vmlinuz"), "-initrd", str(GUESTS / "initrd.img"),
            "-append", f"console=ttyS0 quiet panic=1 bulkhead.verity={roothash} "
                       "bulkhead.ip=10.0.2.15/24 bulkhead.gw=10.0.2.2",
            "-drive", f"file={disk or GUESTS / name / 'disk.img'},if=none,id=disk,format=raw,snapshot=on",
            "-device", f"nvme,drive=disk,serial={name}",
            "-netdev", f"user,id=net{forwards}", "-device", "e1000e,netdev=net,romfile="]
        if tpm is not None:
            command += ["-chardev", f"socket,id=tpm,path={tpm.control}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                        "-device", "tpm-tis,tpmdev=tpm"]
        if reboot:
            command.remove("-no-reboot")
        self.console = pexpect.spawn(command[0], command[1:], encoding="utf-8", codec_errors="replace", timeout=240)

    def expect(self, pattern, timeout=240):
        """Waits for a pattern on the console; the failure shows what the console said last."""
        self.console.expect(pattern, timeout=timeout)
        return self.console.match

    def wait_ready(self):
        self.expect(f"BULKHEAD-READY {re.escape(self.name)}")

    def ssh(self, command, timeout=120):
        """Runs a command as root, with the key of the demonstration; output and error output together."""
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        return subprocess.run(
            ["ssh", *options, "-i", str(GUESTS / self.name / "ssh-key"), "-p", str(self.ports[22]), "root@127.0.0.1",
             command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=timeout, check=False).stdout

    def close(self):
        self.console.close(force=True)


@pytest.fixture
def start_guest():
    """A function that starts a guest; whatever it started is gone after the test."""
    guests = []

    def start(*arguments, **options):
        guests.append(Guest(*arguments, **options))
        return guests[-1]

    yield start
    for guest in guests:
        guest.close()
