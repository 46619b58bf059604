# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server for the tests: its own cluster in a temporary folder, a Unix socket, no network."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


def as_nobody(command):
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *command] if os.geteuid() == 0 \
        else list(command)


class Server:
    def __init__(self, folder):
        self.folder, self.count, self.process = folder, 0, None
        self.run("initdb", "-D", folder / "data", "-A", "trust", "-U", "bulkhead", "--no-sync", "-E", "UTF8", "--locale=C")

    def run(self, program, *words):
        subprocess.run(as_nobody([PROGRAMS[0] / program, *words]), check=True, capture_output=True, cwd="/")

    def start(self):
        log = (self.folder / "log").open("a")
        self.process = subprocess.Popen(
            as_nobody([PROGRAMS[0] / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]),
            stdout=log, stderr=log, cwd="/")
        for _ in range(200):
            if subprocess.run(as_nobody([PROGRAMS[0] / "pg_isready", "-q", "-h", self.folder]), check=False,
                              cwd="/").returncode == 0:
                return self
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        """At once, whoever is connected (SIGINT: fast shutdown)."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def create(self):
        self.count += 1
        self.run("createdb", "-h", self.folder, "-U", "bulkhead", f"verifier{self.count}")
        return f"postgresql:///verifier{self.count}?host={self.folder}&user=bulkhead"

    def query(self, database, sql):
        done = subprocess.run([PROGRAMS[0] / "psql", "-qAtX", database, "-c", sql], check=True, capture_output=True, text=True)
        return done.stdout.splitlines()


@contextlib.contextmanager
def running():
    # A socket's path is short (108 bytes), and the user postgres must reach it.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
