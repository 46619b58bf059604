# SPDX-License-Identifier: Apache-2.0
"""What the agent's tests share: a booted TPM, a verifier that watches, and the program."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from booted import Booted, Wire
from verifier_double import TOKEN, Verifier

ROOT = pathlib.Path(__file__).resolve().parents[3]
AGENT = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build")) / "bulkhead-agent"
BOOT = "0123456789abcdef0123456789abcdef"


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


class Relay:
    """Passes connections to [::1] on to a port of 127.0.0.1."""

    def __init__(self, port):
        self.port = port
        self.listener = socket.create_server(("::1", 0), family=socket.AF_INET6)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, far = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.port))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=ends, daemon=True).start()

    @staticmethod
    def _copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self.listener.getsockname()[1]

    def __exit__(self, *_):
        self.listener.close()


class Running:
    """An agent that runs until it is stopped; `said` is what it wrote on standard error."""

    def __init__(self, command, log):
        self.log = log
        with log.open("ab") as file:
            # The sanitizer keeps freed memory back for a while; without that, what a process takes shows what it leaks.
            environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=0"}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment)

    @property
    def said(self):
        return self.log.read_text(errors="replace")

    def stop(self, number=signal.SIGTERM):
        """Its exit code; a sanitizer's findings are in `said`."""
        self.process.send_signal(number)
        return self.process.wait(60)


class Bench:
    """One host with its TPM and one verifier, which is not started yet."""

    def __init__(self, folder, tpm):
        self.folder = folder
        self.tpm = tpm
        self.running = []
        self.verifier = Verifier(folder)
        self.state = folder / "state"
        self.token = folder / "token"
        self.token.write_text(TOKEN + "\n")
        self.wire = self.booted = None
        self.boot(BOOT)

    def boot(self, boot_id):
        """A power cycle, and a start under Bulkhead."""
        if self.wire is not None:
            self.wire.close()
        self.tpm.power_on(tcp=True)
        self.wire = Wire(self.tpm.tcti)
        self.booted = Booted(self.wire, self.folder, boot_id)

    def command(self, *arguments, **settings):
        values = {"tcti": self.wire.tcti, "state-folder": self.state, "log-file": self.booted.log, "asset": "host-1",
                  "ca-file": self.verifier.ca_file, "token-file": self.token, "longest-wait": 2,
                  **{name.replace("_", "-"): value for name, value in settings.items()}}
        if self.verifier.port:
            values.setdefault("verifier", self.verifier.url)
        options = [word for name, value in values.items() for word in (f"--{name}", str(value))]
        return [str(AGENT), *map(str, arguments), *options]

    def call(self, *arguments, **settings):
        return subprocess.run(self.command(*arguments, **settings), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, check=False)

    def run(self, **settings):
        running = Running(self.command("run", **settings), self.folder / "agent.log")
        self.running.append(running)
        return running

    def enrol(self, **settings):
        """Enrolled, approved, one round behind it."""
        self.verifier.start()
        first = self.call("run", "--once", **settings)
        self.verifier.approved = True
        done = self.call("run", "--once", **settings)
        assert done.returncode == 0, first.stderr + done.stderr
        return first

    def close(self):
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
        self.verifier.stop()
        self.wire.close()
        self.tpm.power_off()
