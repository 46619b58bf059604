# SPDX-License-Identifier: Apache-2.0
"""Measured boot: what the boot stage decides is in the TPM and in a log that replays to it, and nobody else can do that."""
import hashlib
import socket
import subprocess

import pytest

from conftest import MEMORY_MIB
from event_log import SEPARATOR, TAG, parse, records, replayed
from machine import GUESTS, Machine, Medium, Tpm
from sources import IMAGES, prober, system
from tpm_registers import SEIZE, TpmError, TpmRegisters

LOG_SIZE = 0x40000
OURS = (8, 9, 11, 12, 21, 22)
NIC = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'
PARTITIONS = [prober("one", "idle", devices=NIC), prober("two", "idle", kind="pvh", cores=2, restart=(3, 60))]
ABSENT = "00" * 48


def start(folder, *partitions, requirement="required", bios=False, **choices):
    """A machine that starts by UEFI or, with bios=True, by GRUB's Multiboot2."""
    medium = Medium(folder, system(*partitions).replace('tpm = "optional"', f'tpm = "{requirement}"'), IMAGES)
    media = {"iso": medium.iso()} if bios else {"esp": medium.esp()}
    return Machine(folder / "machine", medium.container, memory_mib=MEMORY_MIB, **media, **choices)


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    """The folder of a TPM that was manufactured once; each machine's start is a power cycle."""
    folder = tmp_path_factory.mktemp("chip")
    Tpm(folder)
    return folder


class Measured:
    """A machine that has started its partitions, and its event log: as events, and as a file."""

    def __init__(self, machine, folder):
        self.machine = machine
        place = machine.expect(r"keeps 256 KiB for its event log at 0x([0-9a-f]+)", 120, anywhere=True)
        stated = machine.expect(r"event log: (\d+) bytes, (\d+) of them the firmware's", 60, anywhere=True)
        for name in ("one", "two"):  # its start is recorded before its first instruction: nothing follows then
            machine.expect(rf"^\[{name}\] prober done", 60, anywhere=True)
        memory = machine.peek(int(place[1], 16), LOG_SIZE)
        self.events, size = parse(memory)
        assert size >= int(stated[1]) and not any(memory[size:])
        self.firmware_size = int(stated[2])
        self.file = folder / "log"
        self.file.write_bytes(memory[:size])
        self.ours = {pcr: [event for event in self.events if event.pcr == pcr] for pcr in OURS}
        self.tpm = TpmRegisters(machine)

    def fields(self, pcr):
        """Our events of a register, without the separator at its end."""
        return [event.fields for event in self.ours[pcr] if event.type == TAG]

    def assert_replays(self, registers):
        values = replayed(self.file)
        for bank in ("sha256", "sha384"):
            assert {pcr: values[bank, pcr] for pcr in registers} == {pcr: self.tpm.read(bank, pcr) for pcr in registers}


@pytest.fixture(scope="module")
def measured(chip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    with start(folder, *PARTITIONS, tpm=Tpm(chip), meddle=True) as machine:
        yield Measured(machine, folder)


def sha384(file):
    return hashlib.sha384(file.read_bytes()).hexdigest()


def partition_items(name, role, resources, form, kernel, command_line, devices):
    """What PCR 9 says of a partition without an initrd."""
    def item(what, **more):
        return {"kind": 2, "partition": name, "item": what, **more}
    line = command_line.encode()
    return [item("role", text=role), item("resources", text=resources), item("kernel-format", text=form),
            item("kernel", text=kernel.name, number=kernel.stat().st_size, digest=sha384(kernel)),
            item("command-line", text=command_line, number=len(line), digest=hashlib.sha384(line).hexdigest()),
            item("initrd", text="", number=0, digest=ABSENT),
            *[item(f"device {device}", text=text) for device, text in devices]]


def test_the_log_replays_to_the_registers(measured):
    measured.assert_replays([*range(10), *OURS])


def test_the_firmwares_part_ends_with_the_end_of_its_services(measured):
    said = [event.data for event in measured.events if event.pcr == 5]
    assert b"Exit Boot Services Returned with Success" in said
    assert 1000 < measured.firmware_size < 20000


def test_every_event_of_ours_is_hashed_whole_and_each_list_is_closed(measured):
    for pcr, events in measured.ours.items():
        assert events and all(event.hashed and set(event.digests) == {"sha256", "sha384"} for event in events)
        kinds = [event.type for event in events]
        assert kinds == [TAG] * (len(events) - 1) + [SEPARATOR if pcr in (8, 9, 11) else TAG]


def test_each_partition_is_described_as_configured(measured):
    probers = GUESTS / "prober"
    assert measured.fields(9) == [
        *partition_items("one", "guest", "1 core(s), 32 MiB, console, restart never", "flat", probers / "prober.bin", "idle",
                         [("nic", "0000:00:03.0 8086:10d3")]),
        *partition_items("two", "guest", "2 core(s), 32 MiB, console, restart limited 3 in 60 s", "pvh",
                         probers / "prober.elf", "idle", [])]


def test_the_configuration_and_its_signer_are_named(measured):
    items = {event["item"]: event for event in measured.fields(8)}
    assert list(items) == ["key-manifest", "signing-key", "second-signing-key", "security-version", "flags", "configuration"]
    assert items["security-version"]["number"] == 1
    assert items["configuration"]["text"] == "test"
    assert items["second-signing-key"]["digest"] == ABSENT
    assert ABSENT not in (items["signing-key"]["digest"], items["configuration"]["digest"])


def test_the_machines_facts_are_its_own(measured):
    items = {event["item"]: event for event in measured.fields(11)}
    assert [items[item]["text"] for item in ("iommu", "interrupt-remapping", "smt", "tpm-locality-2")] == [
        "on", "on", "one-owner", "open"]
    assert items["processor"]["number"] == 0x00800f12  # QEMU's model EPYC: family 17h, model 1, stepping 2
    assert items["microcode"]["number"] == 0x01000065
    built = measured.machine.expect(r"built \d+ table frames, SHA-384 ([0-9a-f]{8})", 1, anywhere=True)
    assert items["tables"]["digest"].startswith(built[1])
    assert list(items)[-2:] == ["placement", "tables"]


def test_what_locality_0_could_repeat_is_bound_to_what_it_cannot(measured):
    seal, = measured.fields(21)
    assert seal["digest"] == records(measured.events, 8, 9)
    first = measured.fields(12)[0]
    assert first["item"] == "boot" and len(first["text"]) == 32 and int(first["text"], 16) != 0
    assert first["digest"] == records(measured.events, 11)
    assert measured.fields(12) == measured.fields(22)


def test_locality_0_cannot_do_what_the_hypervisor_does(measured):
    before = measured.tpm.read("sha256", 21)
    for forbidden in (measured.tpm.extend, measured.tpm.reset):
        for pcr in (21, 22):
            with pytest.raises(TpmError, match="^0x(907|9a2)$"):  # the wrong locality, and without the monitor's secret
                forbidden(pcr)
    with pytest.raises(TpmError, match="^0x(185|9a2)$"):  # switched off, or closed with a secret that firmware threw away
        measured.tpm.clear()
    assert measured.tpm.read("sha256", 21) == before


def test_a_lower_locality_cannot_take_the_tpm_back(measured):
    upper = TpmRegisters(measured.machine, locality=2)
    measured.tpm.request()
    assert measured.tpm.holds()
    upper.request(SEIZE)
    assert upper.holds() and not measured.tpm.holds()
    measured.tpm.request(SEIZE)
    assert upper.holds()
    upper.release()


def test_the_platform_hierarchy_of_a_tpm_that_firmware_left_open_closes(tmp_path):
    """Emulated firmware always closes it first, so this sends the bytes that tests/unit/monitor/test_tpm.c sees sent."""
    control = bytes.fromhex("80020000002000000121" "4000000c" "00000009400000090000000000" "4000000c" "00")
    clear = bytes.fromhex("80020000001b00000126" "4000000c" "00000009400000090000000000")
    with Tpm(tmp_path) as tpm, socket.create_connection(("127.0.0.1", int(tpm.tcti.rpartition("=")[2]))) as chip:
        answers = []
        for command in (control, control, clear):
            chip.sendall(command)
            answers.append(int.from_bytes(chip.recv(4096)[6:10], "big"))
    assert answers == [0, 0x185, 0x185]


def test_without_a_log_of_the_firmwares_the_boot_stage_begins_one(tmp_path):
    with start(tmp_path, *PARTITIONS, tpm=Tpm(tmp_path / "tpm"), bios=True, meddle=True) as machine:
        one = Measured(machine, tmp_path)
        assert one.firmware_size == 0
        one.assert_replays(OURS)


def switch_off(folder, bank):
    """A TPM without one of its banks."""
    with Tpm(folder) as tpm:
        subprocess.run(["tpm2_pcrallocate", "-T", tpm.tcti, f"{bank}:none"], check=True, capture_output=True, timeout=60)
    return Tpm(folder)


def command_buffer(command):
    return [word.replace("tpm-tis,", "tpm-crb,") for word in command]


@pytest.mark.parametrize("broken, found", [
    ("none", r"firmware names none \(no ACPI table TPM2\)"),
    ("command buffer", r"it is reached by a command buffer \(start method 7\), not by register pages"),
    ("bank", "its SHA-256 or its SHA-384 bank is off"),
], ids=["none", "command buffer", "bank"])
def test_a_required_tpm_that_cannot_be_used_refuses(tmp_path, broken, found):
    tpm = {"none": lambda: None, "command buffer": lambda: Tpm(tmp_path / "tpm"),
           "bank": lambda: switch_off(tmp_path / "tpm", "sha384")}[broken]()
    change = command_buffer if broken == "command buffer" else None
    with start(tmp_path, prober("one"), tpm=tpm, bios=True, change=change) as machine:
        machine.expect(r"^\[bulkhead\] BOOT-472 the configuration requires a TPM", 120)
        machine.expect(f"found: +{found}$", 10)
        machine.expect(r"REFUSED: no partition was started", 10)


def test_a_machine_without_a_tpm_starts_where_that_is_allowed_and_says_so(tmp_path):
    with start(tmp_path, prober("one"), requirement="optional", bios=True) as machine:
        machine.expect(r"^\[bulkhead\] no usable TPM: nothing is measured, because firmware names none", 120)
        machine.expect(r"^\[one\] prober done", 60)
