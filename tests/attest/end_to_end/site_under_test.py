# SPDX-License-Identifier: Apache-2.0
"""One host with its agent, and one verifier with its operator."""
import json
import shutil
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from agent_bench import AGENT, Running
from fleet import Verifier
from host import Host, release_of
from machine import Tpm


class Site:
    def __init__(self, folder):
        self.folder = folder
        Tpm(folder / "chip")
        self.host = Host(folder, folder / "chip")
        self.log = folder / "event.log"
        self.boot()
        (folder / "verifier").mkdir()
        self.verifier = Verifier(folder / "verifier")
        for name in ("root", "issuer"):
            shutil.copy(getattr(self.host.tpm.authority, name), self.verifier.data / "ek-ca" / f"{name}.pem")
        self.verifier.start()
        self.running = []

    def boot(self, **choices):
        """A power cycle; the sample's log goes where the agent reads it."""
        self.host.boot(**choices)
        self.log.write_bytes(self.host.log.to_bytes())

    def release(self):
        """What this host booted becomes the active release, signed as `bulkhead release` signs."""
        release = release_of(self.host.log)
        path = self.folder / "release.json"
        path.write_text(json.dumps(release))
        key = serialization.load_pem_private_key(self.verifier.signer.read_bytes(), None)
        numbers = utils.decode_dss_signature(key.sign(path.read_bytes(), ec.ECDSA(hashes.SHA384())))
        signature = self.folder / "release.json.sig"
        signature.write_bytes(b"".join(number.to_bytes(48, "big") for number in numbers))
        self.verifier.cli("release", "import", path)
        self.verifier.cli("release", "activate", release["name"])

    def token(self, asset="host-1"):
        token = self.folder / "token"
        token.write_text(self.verifier.ok("POST", "/v1/tokens", {"asset": asset})["token"])
        return token

    def command(self, *words):
        options = {"verifier": self.verifier.url, "verifier-address": "127.0.0.1", "ca-file": self.verifier.data / "ca.pem",
                   "asset": "host-1", "token-file": self.folder / "token", "state-folder": self.folder / "state",
                   "tcti": self.host.tpm.tcti, "log-file": self.log, "longest-wait": 2}
        return [str(AGENT), *map(str, words), *(str(w) for name, value in options.items() for w in (f"--{name}", value))]

    def agent(self, *words):
        return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=False)

    def run(self):
        self.running.append(Running(self.command("run"), self.folder / "agent.log"))
        return self.running[-1]

    def enrol(self):
        """Enrolled, approved, and a verdict given."""
        self.token()
        first = self.agent("run", "--once")
        assert "approval" in first.stdout, first.stderr
        self.verifier.cli("hosts", "approve", "host-1")
        return self.agent("run", "--once")

    def age_certificate(self, since_days, until_days):
        """Verifier and agent have a certificate of another time; its PEM."""
        host = self.verifier.ok("GET", "/v1/hosts/host-1")["host"]
        port = self.verifier.port
        self.verifier.stop()
        pem = self.verifier.replace_certificate(host, since_days, until_days)
        (self.folder / "state" / "tls-certificate.pem").write_text(pem)
        self.verifier.start("--listen", f"127.0.0.1:{port}")
        return pem

    def close(self):
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
        self.verifier.stop()
        self.host.tpm.power_off()
