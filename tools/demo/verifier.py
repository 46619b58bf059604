# SPDX-License-Identifier: Apache-2.0
"""The verifier of the demonstration: bulkhead-verifier, outside the server, as an operator would run it."""
import contextlib
import json
import shutil
import signal
import subprocess
import time

from machine import BUILD, free_ports

PROGRAM = BUILD / "bulkhead-verifier"
NAME = "localhost"
ADDRESS_IN_GUESTS = "10.0.2.2"  # where a partition finds this machine's loopback interface (QEMU's NAT)
START_SECONDS = 30
STOP_SECONDS = 10
POLL_SECONDS = 0.5


class VerifierFailed(Exception):
    """The verifier did not do what it was asked to; the text is what it said."""


class Verifier:
    """A context. Everything it knows is in `folder`, and made anew."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.port = free_ports(1)[0]
        self.log = folder.with_name(folder.name + ".log")

    def start(self, tpm_makers, release_key):
        """`tpm_makers`: certificates (PEM) that EK certificates lead to; `release_key`: whose releases count (public PEM)."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.call("init", "--name", NAME, "--listen", f"127.0.0.1:{self.port}")
        for certificate in tpm_makers:
            shutil.copy(certificate, self.folder / "ek-ca" / certificate.name)
        shutil.copy(release_key, self.folder / "release-keys" / release_key.name)
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(PROGRAM), "serve", "--data", str(self.folder)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.call("status")
            except VerifierFailed:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise VerifierFailed(f"the verifier does not answer\n{self.log.read_text()}") from None
                time.sleep(POLL_SECONDS)

    def call(self, *words):
        """Runs a command of the operator's and returns what it printed."""
        done = subprocess.run([str(PROGRAM), *map(str, words), "--data", str(self.folder)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if done.returncode != 0:
            raise VerifierFailed(f"bulkhead-verifier {' '.join(map(str, words))}: status {done.returncode}\n{done.stderr}")
        return done.stdout

    def ask(self, *words):
        return json.loads(self.call(*words, "--json"))

    def host(self, asset):
        """What is known of the host that the operator calls `asset`, or None."""
        hosts = self.ask("hosts", "list")["hosts"]
        return next((host for host in hosts if host["asset"] == asset), None)

    def wait(self, asset, wanted, seconds, alive):
        """Waits until `wanted` holds for the host; `alive` raises when waiting is in vain. What is known of it then."""
        deadline = time.monotonic() + seconds
        while True:
            host = self.host(asset)
            if host is not None and wanted(host):
                return host
            alive()
            if time.monotonic() > deadline:
                raise VerifierFailed(f"waited {seconds} s for {asset}; known of it: {host}\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_SECONDS)

    def detach(self):
        """Lets it run on when this program ends; its process id."""
        pid, self.process = self.process.pid, None
        return pid

    def stop(self):
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
                break
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()
