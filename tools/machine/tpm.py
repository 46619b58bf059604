# SPDX-License-Identifier: Apache-2.0
"""An emulated TPM 2.0 (swtpm) with the certificates that a manufacturer leaves in a real one."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from machine.ports import free_ports

BANKS = "sha256,sha384"
START_SECONDS = 20
STOP_SECONDS = 10


class TpmFailed(Exception):
    """swtpm or its set-up did not do what it should; the text is what it said."""


class Authority:
    """The manufacturer: a root and a local CA, made in `folder` with the first TPM and kept for further ones.

    root, issuer   certificates (PEM) that lead to a TPM's EK certificates
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = self.folder / "swtpm-localca-rootca-cert.pem"
        self.issuer = self.folder / "issuercert.pem"

    def configure(self):
        """The path of the configuration for swtpm_setup, which makes the keys at their first use."""
        names = {"statedir": self.folder, "signingkey": self.folder / "signkey.pem", "issuercert": self.issuer,
                 "certserial": self.folder / "certserial"}
        local = self._write("localca.conf", names)
        options = self.folder / "localca.options"
        options.write_text("--platform-manufacturer Bulkhead\n--platform-version 1\n--platform-model Emulated\n")
        return self._write("setup.conf", {"create_certs_tool": shutil.which("swtpm_localca") or "swtpm_localca",
                                          "create_certs_tool_config": local, "create_certs_tool_options": options})

    def _write(self, name, pairs):
        file = self.folder / name
        file.write_text("".join(f"{key} = {value}\n" for key, value in pairs.items()))
        return file


class Tpm:
    """A TPM whose state lives in `folder`: manufactured at the first use, and from then on the same chip.

    It is on from power_on() to power_off(); between them a machine has it, or (tcp=True) a program by `tcti`. Each
    power_on() is a power cycle: PCRs start anew, NV memory and hierarchies stay. EK certificates, signed by `authority`
    (in folder/ca when not given): RSA 2048 at NV 0x01C00002, P-384 at 0x01C00016. Banks: SHA-256 and SHA-384 alone.
    """

    def __init__(self, folder, authority=None):
        self.folder = pathlib.Path(folder).resolve()
        self.state = self.folder / "state"
        self.authority = authority or Authority(self.folder / "ca")
        self.process = None
        self.private = None
        self.tcti = None
        self._manufacture()

    def _manufacture(self):
        if (self.folder / "manufactured").exists():
            return
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir(parents=True)
        done = subprocess.run(
            ["swtpm_setup", "--tpm2", "--tpm-state", self.state, "--config", self.authority.configure(),
             "--create-ek-cert", "--create-platform-cert", "--lock-nvram", "--pcr-banks", BANKS,
             "--write-ek-cert-files", self.folder, "--runas", pwd.getpwuid(os.geteuid()).pw_name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise TpmFailed(f"swtpm_setup: status {done.returncode}\n{done.stdout}{done.stderr}")
        (self.folder / "manufactured").touch()

    @property
    def certificates(self):
        """The EK certificates (DER) as files, which are in the TPM's NV memory, too."""
        return sorted(self.folder.glob("ek-*.crt"))

    @property
    def control(self):
        """The control socket that a machine's TPM is attached to."""
        return self.private / "tpm"

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def power_on(self, tcp=False):
        """Starts the TPM: for a machine, or (tcp=True) for programs on this one, which find it by `tcti`."""
        self.power_off()
        self.private = pathlib.Path(tempfile.mkdtemp(prefix="tpm-"))  # a socket's path has at most 107 bytes
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}"]
        if tcp:
            port, control = self._ports()
            command += ["--server", f"type=tcp,port={port}", "--ctrl", f"type=tcp,port={control}",
                        "--flags", "not-need-init,startup-clear"]
            self.tcti = f"swtpm:host=127.0.0.1,port={port}"
        else:
            command += ["--ctrl", f"type=unixio,path={self.control}", "--flags", "startup-clear"]
        command += ["--pid", f"file={self.private}/pid"]
        with (self.folder / "swtpm.log").open("w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        self._await(self.private / "pid")
        return self

    @staticmethod
    def _ports():
        """A free port whose neighbour is free, too: programs take the control port to be the next one."""
        while True:
            port, = free_ports(1)
            with contextlib.suppress(OSError), contextlib.ExitStack() as held:
                one = held.enter_context(socket.socket())
                one.bind(("127.0.0.1", port + 1))
                return port, port + 1

    def _await(self, file):
        deadline = time.monotonic() + START_SECONDS
        while not file.exists():
            if not self.running or time.monotonic() > deadline:
                said = (self.folder / "swtpm.log").read_text()
                self.power_off()
                raise TpmFailed(f"swtpm did not start\n{said}")
            time.sleep(0.02)

    def release(self):
        """Lets the TPM run on when this program ends: it ends with the machine that has it."""
        self.process = None

    def power_off(self):
        """Ends the TPM, without a word of warning to it, as when a machine loses power; a second call does nothing."""
        if self.process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_SECONDS)
                    break
        if self.private is not None:
            shutil.rmtree(self.private, ignore_errors=True)
        self.process = self.private = self.tcti = None

    def __enter__(self):
        return self.power_on(tcp=True)

    def __exit__(self, *exception):
        self.power_off()
