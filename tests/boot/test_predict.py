# SPDX-License-Identifier: Apache-2.0
"""Prediction: what `bulkhead predict` computes from the release is what a machine measures, bit by bit, in both banks.

Each configuration boots under UEFI with Secure Boot keys of our own and a TPM: once signed for debugging, for the machine's
description, then as released."""
import json

import pytest

from conftest import MEMORY_MIB
from event_log import parse
from machine import Machine, Medium, SecureBoot, Tpm, bulkhead
from sources import IMAGES, prober, system
from tpm_registers import TpmRegisters

LOG_SIZE = 0x40000
FIRMWARE_SECONDS = 300  # with Secure Boot every write of a variable stops all cores, which takes long where they are emulated
BANKS = ("sha256", "sha384")
PREDICTED = (4, 7, 8, 9, 11, 21)

NIC = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'
CONFIGURATIONS = {
    "one partition": [prober("one", "idle")],
    "two with a device": [prober("one", "idle", devices=NIC), prober("two", "idle", kind="pvh", restart=(3, 60))],
    "one that attests, keys by manifest": [prober("one", "idle", restart="always"),
                                           prober("watch", "idle", properties='role = "attest";')],
}


class Release:
    """A medium, and everything that predict takes beside it."""

    def __init__(self, folder, partitions, manifest=False):
        self.medium = Medium(folder, system(*partitions), IMAGES)
        self.keys = SecureBoot()
        self.chip = Tpm(folder / "tpm").folder
        if manifest:
            root = self.medium.make_key("root")
            bulkhead("manifest", "--root-key", root, "--version", 7, "--from", "2026-01-01", "--until", "2030-01-01", "--allow",
                     self.medium.key, "--out", folder / "keys.bkm")
            self.medium.trust = ["--root-key", root, "--manifest", folder / "keys.bkm"]
        self.description = None

    def describe(self):
        """Boots the configuration as signed for debugging, and keeps what the machine says of itself."""
        released = self.medium.container
        self.medium.container = self.medium.sign(self.medium.key, "debug.bkc", debug=True)
        boot = Boot(self, "described")
        self.medium.container = released
        self.description = self.medium.folder / "server.json"
        self.description.write_text(bulkhead("machine", boot.console))

    def predict(self):
        return json.loads(bulkhead("predict", self.medium.container, *self.medium.trust, "--efi", self.medium.efi, "--sb-keys",
                                   self.keys.folder, "--machine", self.description, "--json"))


class Boot:
    """One boot of a release: what is in the machine's log and in its TPM once a partition runs."""

    def __init__(self, release, name):
        folder = release.medium.folder / name
        folder.mkdir()
        disk = release.medium.esp(release.keys.signing)
        with Machine(folder, release.medium.container, esp=disk, secure_boot=release.keys.store(folder),
                     tpm=Tpm(release.chip), memory_mib=MEMORY_MIB, meddle=True) as machine:
            place = machine.expect(r"keeps 256 KiB for its event log at 0x([0-9a-f]+)", FIRMWARE_SECONDS)
            machine.expect(r"^\[one\] prober done", 120)
            events, _ = parse(machine.peek(int(place[1], 16), LOG_SIZE))
            tpm = TpmRegisters(machine)
            self.registers = {bank: {str(pcr): tpm.read(bank, pcr) for pcr in PREDICTED} for bank in BANKS}
        self.events = [event for event in events if event.pcr in PREDICTED]
        self.console = folder / "console.log"


def as_predicted(event):
    return event.pcr, event.type, *(event.digests[bank].hex() for bank in BANKS)


def assert_equal(boot, prediction):
    assert [as_predicted(event) for event in boot.events] == [
        (event["pcr"], event["type"], *(event[bank] for bank in BANKS)) for event in prediction["events"]]
    assert [event.data.hex() for event in boot.events if event.pcr not in (4, 7)] == [
        event["data"] for event in prediction["events"] if "data" in event]
    assert boot.registers == prediction["pcrs"]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_boot_measures_what_was_predicted(tmp_path, name):
    release = Release(tmp_path, CONFIGURATIONS[name], manifest="manifest" in name)
    release.describe()
    prediction = release.predict()
    assert_equal(Boot(release, "released"), prediction)


def test_one_byte_of_a_command_line_is_seen_in_the_configurations_registers_alone(tmp_path):
    release = Release(tmp_path, [prober("one", "idle")])
    release.describe()
    prediction = release.predict()
    release.medium.source.write_text(system(prober("one", "idle "))) # one more byte, which the prober takes for nothing
    release.medium.container = release.medium.sign(release.medium.key, "other.bkc")
    boot = Boot(release, "other")
    assert_equal(boot, release.predict())
    for bank in BANKS:
        assert {pcr for pcr in boot.registers[bank] if boot.registers[bank][pcr] != prediction["pcrs"][bank][pcr]} == {
            "8", "9", "21"}
    expected = {(event["pcr"], event["sha384"]) for event in prediction["events"]}
    found = [event.fields for event in boot.events if (event.pcr, event.digests["sha384"].hex()) not in expected]
    assert [(event["item"], event.get("partition")) for event in found] == [
        ("configuration", None), ("command-line", "one"), ("seal", None)]
    assert found[1]["text"] == "idle "
