# SPDX-License-Identifier: Apache-2.0
"""A real verifier with its data folder, and simulated hosts (build/san/attest-sim) that call it."""
import base64
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import sqlite3
import ssl
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build" / "san"))
VERIFIER = BUILD / "bulkhead-verifier"
# The verifier is sanitized; the simulated hosts need not be.
SIM = (BUILD.parent if BUILD.name == "san" else BUILD) / "attest-sim"
PATIENCE_S = 60


def base64_of(path):
    return base64.b64encode(pathlib.Path(path).read_bytes()).decode()


class Host:
    """One simulated host: its folder, and the steps of its agent."""

    def __init__(self, verifier, folder, asset):
        self.verifier, self.folder, self.asset = verifier, folder, asset
        self.ek_sha256 = self.step("new", "show", "--asset", asset)[1]["ek_sha256"]

    def steps(self, *words):
        done = subprocess.run(
            [SIM, "--folder", self.folder, "--server", self.verifier.url, "--ca", self.verifier.data / "ca.pem", *words],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def step(self, *words):
        """Runs the steps; status and answer of the last one."""
        last = self.steps(*words)[-1]
        return last["status"], last["answer"]

    @property
    def id(self):
        return json.loads((self.folder / "agent.json").read_text())["host"]

    def pin(self):
        self.verifier.ok("POST", "/v1/pins", {"asset": self.asset, "ek_sha256": self.ek_sha256})
        return self

    def token(self):
        return self.verifier.ok("POST", "/v1/tokens", {"asset": self.asset})["token"]

    def enroll(self):
        """From nothing to an approved host with its certificate."""
        self.pin()
        assert self.step("enroll", "activate", "--token", self.token())[0] == 202
        self.verifier.ok("POST", f"/v1/hosts/{self.id}/approve")
        status, answer = self.step("poll")
        assert (status, answer["state"]) == (200, "approved")
        return self

    def attest(self, *words):
        return self.step("attest", *words)[1]

    def show(self):
        return self.verifier.ok("GET", f"/v1/hosts/{self.id}")


class Verifier:
    """A data folder, and the server on it."""

    def __init__(self, folder, database=None):
        self.folder, self.data, self.process, self.port = folder, folder / "data", None, 0
        self.log = folder / "server.log"
        self.cli("init", "--name", "localhost", "--listen", "127.0.0.1:0", *(["--database", database] if database else []))
        self.signer = self.make_signer("signer")
        self.tls = {}

    def make_signer(self, name, trusted=True):
        path, key = self.folder / f"{name}.pem", ec.generate_private_key(ec.SECP384R1())
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
        if trusted:
            (self.data / "release-keys" / f"{name}.pem").write_bytes(key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        return path

    def start(self, *options):
        with self.log.open("a") as log:
            self.process = subprocess.Popen([VERIFIER, "serve", "--data", self.data, "--echo", *options],
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"://127\.0\.0\.1:(\d+)$", line.strip())
        assert match, line + self.log.read_text()
        self.port = int(match.group(1))
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
            self.process.stdout.close()
            expected = (0, -signal.SIGKILL)
            assert self.process.returncode in expected, self.log.read_text()[-4000:]
        self.process = None

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    def cli(self, *words, status=0):
        command = [VERIFIER, *words, "--data", self.data]
        if words[0] not in ("init", "renew-server", "user", "appraise", "routes") and words[:2] != ("audit", "verify"):
            command += ["--server", self.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def cli_serve(self, *options):
        """A server that does not come up: what it said."""
        done = subprocess.run([VERIFIER, "serve", "--data", self.data, *options], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr

    def context(self, who, folder=None):
        """TLS with someone's certificate; None: without one."""
        context = ssl.create_default_context(cafile=self.data / "ca.pem")
        if who is not None:
            folder = folder or self.data
            context.load_cert_chain(folder / f"{who}.pem", folder / f"{who}.key")
        return context

    @contextlib.contextmanager
    def connection(self, who="operator", folder=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context(who, folder), timeout=PATIENCE_S)
        try:
            yield connection
        finally:
            connection.close()

    def call(self, method, path, body=None, who="operator", folder=None, headers=None):
        with self.connection(who, folder) as connection:
            raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
            connection.request(method, path, raw, headers or {})
            answer = connection.getresponse()
            text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode()

    def ok(self, method, path, body=None, who="operator"):
        status, answer = self.call(method, path, body, who)
        assert status in (200, 201), answer
        return answer

    def host(self, asset):
        return Host(self, self.folder / asset, asset)

    def release(self, name="shop-1", *options, key=None, activate=True):
        """Makes, imports and activates a release for a simulated configuration."""
        path = self.folder / f"{name}.json"
        subprocess.run([SIM, "release", "--key", key or self.signer, "--out", path, "--name", name, *options], check=True,
                       cwd="/")
        status, answer = self.call("POST", "/v1/releases", {"release": base64_of(path), "signature": base64_of(f"{path}.sig")})
        assert status == 201, answer
        if activate:
            self.ok("POST", f"/v1/releases/{name}/activate")
        return path

    def settings(self, **changes):
        self.ok("PUT", "/v1/policy", changes)

    def replace_certificate(self, host, since_days, until_days):
        """Puts a certificate of another time in the place of the host's; the server must not run. Its PEM."""
        ca = x509.load_pem_x509_certificate((self.data / "ca.pem").read_bytes())
        key = serialization.load_pem_private_key((self.data / "ca.key").read_bytes(), None)
        now = datetime.datetime.utcnow()
        with contextlib.closing(sqlite3.connect(self.data / "verifier.db")) as db, db:
            old, = db.execute("SELECT certificate FROM hosts WHERE id = ?", (host,)).fetchone()
            old = x509.load_pem_x509_certificate(old.encode())
            builder = x509.CertificateBuilder(ca.subject, old.subject, old.public_key(), x509.random_serial_number(),
                                              now + datetime.timedelta(days=since_days),
                                              now + datetime.timedelta(days=until_days))
            for extension in old.extensions:
                builder = builder.add_extension(extension.value, extension.critical)
            new = builder.sign(key, hashes.SHA384())
            pem = new.public_bytes(serialization.Encoding.PEM).decode()
            db.execute("UPDATE hosts SET certificate = ?, certificate_hash = ? WHERE id = ?",
                       (pem, new.fingerprint(hashes.SHA256()), host))
        return pem

    def audit(self):
        return [(row["action"], row["subject"]) for row in self.ok("GET", "/v1/audit?limit=1000")["rows"]]


def wait_for(condition, seconds=20):
    """Waits until condition() is true; returns what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("waited in vain")
