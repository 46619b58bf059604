# SPDX-License-Identifier: Apache-2.0
"""A device reaches its partition's memory and cores and nothing else, whatever it is told and whoever tells it.

QEMU's `edu` copies memory and sends messages as its registers say. One belongs to a partition, whose guest drives it;
one belongs to nobody. Then both are driven from outside, past every check of the monitor: what stops them is the
IOMMU."""
import re

from sources import prober
from test_walls import wait_for_calm

OWNED, NOBODYS = 0x0a << 3, 0x0b << 3  # device and function numbers on bus 0
EDU = 'edu { pci = "0000:00:0a.0"; id = <0x1234 0x11e8>; };'
SPARE_EDU = ["-device", "edu,addr=0b.0,dma_mask=0xffffffffffffffff"]

COMMAND, BAR0, MSI_CONTROL, MSI_ADDRESS, MSI_UPPER, MSI_DATA = 0x04, 0x10, 0x40, 0x44, 0x48, 0x4c
MASTER, MEMORY_AND_MASTER, MSI_ENABLE = 0x4, 0x6, 1 << 16
RAISE, ACKNOWLEDGE, DMA_SOURCE, DMA_TARGET, DMA_COUNT, DMA_COMMAND = 0x60, 0x64, 0x80, 0x88, 0x90, 0x98
TO_MEMORY, BUFFER, COUNT = 2, 0x40000, 64
FIELD = 0x1000000  # where the prober keeps the pattern it watches (tests/boot/guests/life.c)


# Copies inside its memory; a message for the neighbour's core; a message for its own core, which stays set up.
DRIVE = "pci edu-copy=1000000:1100000 edu-message=42:0 edu-message=41:1 listen"


class Edu:
    """One edu device, driven from outside."""

    def __init__(self, machine, devfn):
        self.machine, self.devfn, self.out = machine, devfn, machine.meddler
        self.out.write_config(devfn, COMMAND, MEMORY_AND_MASTER)
        assert self.out.read_config(devfn, COMMAND) & 0xffff == MEMORY_AND_MASTER
        self.base = self.out.read_config(devfn, BAR0) & ~0xf
        assert self.out.read32(self.base) == 0x010000ed, "its registers answer"

    def transfer(self, source, target, direction, count=COUNT):
        for register, value in (DMA_SOURCE, source), (DMA_TARGET, target), (DMA_COUNT, count):
            self.out.write64(self.base + register, value)
        self.out.write64(self.base + DMA_COMMAND, 1 | direction)
        while self.out.read64(self.base + DMA_COMMAND) & 1:
            pass

    def write(self, address, count=COUNT):
        """Lets the device write its buffer to an address."""
        self.transfer(BUFFER, address, TO_MEMORY, count)

    def read(self, address):
        """Lets the device fill its buffer from an address."""
        self.transfer(address, BUFFER, 0)

    def send_message(self, core, data):
        self.out.write_config(self.devfn, MSI_ADDRESS, 0xfee00000 | core << 12)
        self.out.write_config(self.devfn, MSI_UPPER, 0)
        self.out.write_config(self.devfn, MSI_DATA, data)
        self.out.write_config(self.devfn, MSI_CONTROL, MSI_ENABLE)
        self.out.write32(self.base + RAISE, 1)
        self.out.write32(self.base + ACKNOWLEDGE, 1)


def places(machine):
    """Where the log says that everything stands, by name: host addresses."""
    said = "\n".join(machine.lines("bulkhead"))
    found = re.findall(r"^plan (\w+): memory .* at host 0x([0-9a-f]+)", said, re.MULTILINE)
    found += re.findall(r"^keeps .* for its ([\w ]+) at 0x([0-9a-f]+)", said, re.MULTILINE)
    return {name: int(address, 16) for name, address in found}


def test_stray_dma_and_messages_are_blocked(start):
    machine = start(prober("neighbour", "listen"),
                    prober("driver", DRIVE, devices=EDU),
                    meddle=True, more=SPARE_EDU)
    machine.expect(r"^\[driver\] heartbeat 1", 90)
    said = machine.lines("driver")
    assert "edu: copied from 0x1000000 to 0x1100000: arrived" in said, "inside its partition the device works"
    assert "edu: vector 0x41 for core 1: 1 arrived here" in said, "messages to its own core arrive"
    assert "edu: vector 0x42 for core 0: 0 arrived here" in said
    assert "pci: 2 functions" in said, "nobody's device is not seen"

    at = places(machine)
    owned, nobodys = Edu(machine, OWNED), Edu(machine, NOBODYS)
    pattern = machine.peek(at["driver"] + 0x1100000, 8)
    owned.read(0x1100000)
    owned.write(0x1200000)
    assert machine.peek(at["driver"] + 0x1200000, 8) == pattern, "driven from outside, it still works"

    targets = [at["neighbour"] + FIELD, at["monitor"], at["tables"], at["sealed images"], at["log ring"]]
    before = [machine.peek(target, COUNT) for target in targets[:4]]
    for device in owned, nobodys:
        for target in targets:
            device.write(target)
    nobodys.write(at["driver"] + 0x1200000)
    nobodys.write(0x1200000)
    assert [machine.peek(target, COUNT) for target in targets[:4]] == before
    assert machine.peek(at["log ring"], 8) == b"Bulk-log"
    assert machine.peek(at["driver"] + 0x1200000, 8) == pattern

    secret = machine.peek(at["neighbour"] + FIELD, 8)
    owned.read(at["neighbour"] + FIELD)
    owned.write(0x1300000)
    assert machine.peek(at["driver"] + 0x1300000, 8) != secret, "nothing is read through the wall either"

    for device in owned, nobodys:
        for data in 0x42, 0x400 | 2, 0x500:  # a vector, an NMI, an INIT
            device.send_message(0, data)
        device.write(0xfee00000, count=4)  # a message made by DMA
    wait_for_calm(machine)
    wait_for_calm(machine, "driver", own=1)
    assert "failed to remap interrupt" in machine.complaints(), "QEMU says so once"
    owned.send_message(0, 0)  # the one entry its guest has set up, whatever core the message names
    wait_for_calm(machine, "driver", own=2)
    wait_for_calm(machine)


def test_a_device_is_switched_off_while_its_partition_is_down_and_works_after_a_restart(start):
    behind_a_port = EDU.replace("00:0a.0", "00:1c.0/00.0")
    machine = start(prober("again", "edu-copy=1000000:1100000 edu-message=41:0 reset", restart=(1, 600), devices=EDU),
                    prober("deep", "edu-message=41:1", devices=behind_a_port), meddle=True)
    machine.expect(r"^\[bulkhead\] again stays stopped after 2 start\(s\)", 90, anywhere=True)
    said = machine.lines("again")
    assert said.count("edu: copied from 0x1000000 to 0x1100000: arrived") == 2
    assert said.count("edu: vector 0x41 for core 0: 1 arrived here") == 2
    assert machine.meddler.read_config(OWNED, COMMAND) & MASTER == 0
    assert machine.meddler.read_config(OWNED, MSI_CONTROL) & MSI_ENABLE == 0
    # Messages alone: QEMU's amd-iommu takes DMA from behind a port for DMA of bus 0, and so blocks it.
    machine.expect(r"^\[deep\] edu: vector 0x41 for core 1: 1 arrived here", 60, anywhere=True)


def test_an_msix_table_holds_nothing_that_the_guest_wrote(start):
    nic = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'
    machine = start(prober("one", "msix=45:0 msix-wide", devices=nic), meddle=True)
    entry = int(machine.expect(r"^\[one\] msix: entry 0 at 0x([0-9a-f]+) reads 0xfee00000 0x0 0x45", 90).group(1), 16)
    machine.expect(r"^\[bulkhead\] STOP-605 one stopped: touched an MSI-X table by an instruction")
    machine.expect(r"^\[bulkhead\] one stays stopped")
    machine.meddler.write_config(0x03 << 3, COMMAND, MEMORY_AND_MASTER)
    assert machine.meddler.read32(entry + 8) == 0, "the real entry names remapping entry 0, not the vector"
