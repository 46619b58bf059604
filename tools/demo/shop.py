# SPDX-License-Identifier: Apache-2.0
"""The example shop on an emulated server: makes its boot disk, starts it, and knows where its services are."""
import contextlib
import json
import re
import shutil
import socket
import subprocess

from demo import services
from demo.watch import Watch
from machine import BUILD, GUESTS, ROOT, Authority, Machine, Medium, SecureBoot, Tpm, bulkhead, free_ports

SOURCE = ROOT / "config" / "examples" / "shop.dts"
IMAGES = ("web", "mail", "database", "attest")
READY_SECONDS = 300
STOP_SECONDS = 60
# Where services are reached on 127.0.0.1, unless another program has the port.
PORTS = {
    "web": {80: 8080, 22: 8022},
    "mail": {25: 8025, 143: 8143, 22: 8122},
    "database": {5432: 8432, 22: 8222},
    "attest": {22: 8322},
}


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports():
    """PORTS, with another port in place of each that is taken."""
    return {name: {guest: host if is_free(host) else free_ports(1)[0] for guest, host in ports.items()}
            for name, ports in PORTS.items()}


class Shop:
    """Use as a context: leaving it ends the machine, unless it was detached."""

    def __init__(self, folder):
        self.folder = folder
        self.medium = self.machine = None
        self.secure_boot = SecureBoot()
        self.tpm = None
        self.disks = {name: GUESTS / name / "disk.img" for name in IMAGES}
        self.partitions = {partition["name"]: partition
                           for partition in json.loads(bulkhead("check", SOURCE, "--json"))["partitions"]}

    def accept_server(self):
        """The server comes from its maker with a new TPM; the administrator provisions that, once."""
        shutil.rmtree(self.folder / "tpm", ignore_errors=True)
        self.tpm = Tpm(self.folder / "tpm", Authority(self.folder / "tpm-maker"))
        with self.tpm as tpm:
            subprocess.run([BUILD / "bulkhead-agent", "provision", "--tcti", tpm.tcti], check=True, capture_output=True)

    def make_medium(self, source=SOURCE, name="."):
        """Signs a configuration with the demonstration's key, and makes the disk that the server boots. The files go to the
        folder `name`."""
        self.medium = Medium(self.folder / name, source, GUESTS, key=self.folder / "keys" / "signing")
        return self.medium.esp(self.secure_boot.signing)

    def start(self, disk):
        """Starts the server. Its TPM is the same each time, and so is what the attestation partition has on its disk."""
        self.machine = Machine(self.medium.folder, self.medium.container, esp=disk, forward=choose_ports(), disks=self.disks,
                               keep=["attest"] if self.disks["attest"].parent == self.folder else [],
                               tpm=self.tpm, secure_boot=self.secure_boot.store(self.medium.folder))

    def stop(self):
        if self.machine:
            self.machine.stop()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def port(self, name, guest):
        return self.machine.ports[name, guest]

    def wait_ready(self, name=r"\w+"):
        """Waits until a partition says that its services listen; its name."""
        return self.machine.expect(rf"^\[({name})\] .*BULKHEAD-READY", READY_SECONDS)[1]

    def wait_stop(self, name, code):
        """Waits for the monitor's line about a stopped partition; the line."""
        return self.machine.expect(rf"^\[bulkhead\] {code} {name} stopped.*$", STOP_SECONDS)[0]

    def wait_start(self, name):
        return self.machine.expect(rf"^\[bulkhead\] {name} starts.*$", STOP_SECONDS)[0]

    def fetch_page(self, timeout=services.PATIENCE_SECONDS):
        return services.fetch_page(self.port("web", 80), timeout)

    def deliver_mail(self, subject):
        return services.deliver_mail(self.port("mail", 25), self.port("mail", 143), subject)

    def write_and_read_rows(self):
        return services.write_and_read_rows(self.port("database", 5432))

    def key(self, name):
        return GUESTS / name / "ssh-key"

    def ssh(self, name, command):
        """A context in which a command is ready to run in a partition, as root."""
        return services.RemoteCommand(self.key(name), self.port(name, 22), command)

    @contextlib.contextmanager
    def watched(self, timeout):
        """A context in which web and database are asked all the time, web over a new connection each time."""
        with contextlib.closing(services.Database(self.port("database", 5432))) as session:
            with Watch({"web": lambda: self.fetch_page(timeout),
                        "database": lambda: session.execute("SELECT count(*) FROM orders")}) as watch:
                yield watch

    def memory_ranges(self, name):
        """[(first, last + 1)] in the partition's own addresses, and the same in the machine's, from the boot log."""
        lines = "\n".join(self.machine.lines("bulkhead"))
        found = re.findall(rf"^plan {name}: memory 0x(\w+)-0x(\w+) at host 0x(\w+)$", lines, re.MULTILINE)
        numbers = [[int(number, 16) for number in numbers] for numbers in found]
        return [(first, end) for first, end, host in numbers], [(host, host + end - first) for first, end, host in numbers]

    def stops(self, name):
        """The console's lines about stops of a partition."""
        return [line for line in self.machine.lines("bulkhead") if re.match(rf"STOP-\d+ {name} ", line)]

    def state(self, name):
        """"running" or "stopped", how often it started, and the codes of its stops."""
        own = self.machine.lines("bulkhead")
        starts = sum(line.startswith(f"{name} starts ") for line in own)
        stops = [line.split()[0] for line in self.stops(name)]
        running = starts == len(stops) + 1
        return f"{'running' if running else 'stopped'}, start {starts}" + (f" after {', '.join(stops)}" if stops else "")
