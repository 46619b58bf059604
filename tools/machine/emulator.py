# SPDX-License-Identifier: Apache-2.0
"""A running machine: QEMU as `bulkhead run` starts it, its console in a file, its control socket."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from machine.console import Console
from machine.medium import bulkhead
from machine.ports import free_ports
from machine.qmp import Qmp
from machine.qtest import Qtest

STOP_SECONDS = 10


class Machine:
    """Starts when it is made; leaving the context ends it and everything it started.

    folder    where console.log and the control socket go
    system    the configuration, source or signed: says which devices the machine has
    iso, esp  what it boots; one of the two
    disks     {"partition" or "partition/device": raw image}; images stay as they are unless snapshot is False or
              they are named in `keep`
    forward   {"partition": [ports]}: TCP ports that lead into partitions; `ports` says where on 127.0.0.1. A dictionary
              {port: host port} in place of the list chooses the host ports
    omit      devices ("partition/device") that the machine shall lack
    cores, memory_mib   of the whole machine; what the partitions need when not given
    more      further arguments for QEMU
    secure_boot   a UEFI variable store with enrolled keys, which the machine may change: Secure Boot firmware
    tpm       a Tpm: switched on with the machine and off with it
    meddle    whether `meddler` shall reach the machine's ports and registers from outside
    change    a function from QEMU's whole command line to the one that is started, for machines that run does not make
    """

    def __init__(self, folder, system, iso=None, esp=None, disks=None, forward=None, omit=(), cores=None,
                 memory_mib=None, snapshot=True, keep=(), more=(), secure_boot=None, tpm=None, meddle=False,
                 change=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = self._choose_ports(forward or {})
        self.private = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-"))  # a socket's path has at most 107 bytes
        self.qmp_path = self.private / "qmp"
        self.tpm = tpm
        self.process = self._qmp = self._meddler = None
        self.log = self.folder / "console.log"
        self.log.unlink(missing_ok=True)
        self._errors = (self.folder / "qemu.err").open("w+")
        options = ["--iso", iso] if iso else ["--esp", esp]
        options += ["--serial", self.log, "--qmp", self.qmp_path]
        for name, file in (disks or {}).items():
            options += ["--disk", f"{name}={file}"]
        for (name, port), host in self.ports.items():
            options += ["--forward", f"{name}={host}:{port}"]
        for name in omit:
            options += ["--omit", name]
        options += ["--cores", cores] if cores else []
        options += ["--memory", memory_mib] if memory_mib else []
        options += ["--snapshot"] if snapshot else []
        for name in keep:
            options += ["--keep", name]
        options += ["--secure-boot", secure_boot] if secure_boot else []
        if meddle:
            more = [*more, "-qtest", f"unix:{self.private}/qtest,server=on,wait=off", "-qtest-log", "none"]
        try:
            self._start(system, options, more, change)
        except BaseException:
            self.stop()  # the TPM, too, may be on already
            raise

    def _start(self, system, options, more, change):
        options += ["--tpm", self.tpm.power_on().control] if self.tpm else []
        printed = bulkhead("run", system, *options, "--print", "--json", *(["--", *more] if more else []))
        command = json.loads(printed)["command"]
        self.command = change(command) if change else command
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self._errors,
                                        stderr=self._errors, start_new_session=True)
        self.console = Console(self.log, lambda: not self.running)

    @staticmethod
    def _choose_ports(forward):
        ports = {}
        for name, wanted in forward.items():
            hosts = wanted.values() if isinstance(wanted, dict) else free_ports(len(wanted))
            ports.update({(name, port): host for port, host in zip(wanted, hosts)})
        return ports

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def expect(self, pattern, timeout=60, anywhere=False):
        """Waits for a regular expression on the console: see Console.expect."""
        try:
            return self.console.expect(pattern, timeout, anywhere)
        except AssertionError as failure:
            raise type(failure)(f"{failure}\n--- QEMU said\n{self.complaints()}") from None

    def complaints(self):
        """What QEMU itself said, but for what it always says about the emulated processor."""
        said = (self.folder / "qemu.err").read_text().splitlines()
        return "\n".join(line for line in said if "TCG doesn't support requested feature" not in line)

    def lines(self, speaker):
        """What a partition, or "bulkhead", has said so far, line by line."""
        return self.console.lines(speaker)

    def qmp(self, name, **arguments):
        """Executes a command of QEMU's control protocol."""
        if self._qmp is None:
            self._qmp = Qmp(self.qmp_path)
        return self._qmp.command(name, **arguments)

    @property
    def meddler(self):
        """The machine's ports and registers, from outside (needs meddle=True, and a console that shows something)."""
        if self._meddler is None:
            self._meddler = Qtest(self.private / "qtest")
        return self._meddler

    def peek(self, address, size):
        """Bytes of the machine's memory, past every wall."""
        file = self.private / "memory"
        self.qmp("pmemsave", val=address, size=size, filename=str(file))
        return file.read_bytes()

    def reset(self):
        """Pulls the reset line: memory keeps its content, as in a warm reset of a server."""
        self.qmp("set-action", reboot="reset")
        self.qmp("system_reset")

    def detach(self):
        """Lets the machine run on when this program ends; returns its process id. stop() no longer ends it."""
        pid = self.process.pid
        self._close()
        self.process = self.private = None
        if self.tpm is not None:
            self.tpm.release()
        return pid

    def _close(self):
        for connection in (self._qmp, self._meddler):
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.close()
        self._qmp = self._meddler = None
        self._errors.close()

    def stop(self):
        """Ends the machine; a second call does nothing."""
        if self.private is None:
            return
        if self.process is not None:
            self._end_process()
        self._close()
        if self.tpm is not None:
            self.tpm.power_off()
        shutil.rmtree(self.private, ignore_errors=True)
        self.process = self.private = None

    def _end_process(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
