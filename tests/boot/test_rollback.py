# SPDX-License-Identifier: Apache-2.0
"""Rollback protection: a TPM counter refuses configurations that are older than what has proved healthy. T9 and T10 are attacks
of docs/THREATS.md."""
import hashlib
import subprocess

import pytest

from conftest import MEMORY_MIB
from event_log import parse
from machine import Machine, Medium, Tpm, bulkhead
from machine.medium import BUILD
from sources import IMAGES, prober, system

COUNTER, BASE = "0x01804248", "0x01804249"
POLICY = hashlib.sha256(bytes(32) + bytes.fromhex("0000016f04")).digest()  # TPM2_PolicyLocality(2)
PARTITIONS = [prober("attest", "raise", properties='role = "attest";'), prober("web", "raise")]
LOG_SIZE = 0x40000


def tool(tpm, name, *words, check=True):
    return subprocess.run([name, "-T", tpm.tcti, *words], check=check, capture_output=True, text=True, timeout=60)


def define(tpm, index, attributes):
    policy = tpm.folder / "policy"
    policy.write_bytes(POLICY)
    tool(tpm, "tpm2_nvdefine", index, "-C", "o", "-s", "8", "-g", "sha256", "-a", attributes, "-L", str(policy))


def provision(chip):
    """What an administrator does once, when the machine is accepted."""
    with chip as tpm:
        subprocess.run([BUILD / "bulkhead-agent", "provision", "--tcti", tpm.tcti], check=True, capture_output=True, timeout=60)


@pytest.fixture
def chip(tmp_path):
    chip = Tpm(tmp_path / "chip")
    provision(chip)
    return chip


class Site:
    """One machine, which is given one release after the other."""

    def __init__(self, folder, chip):
        self.folder, self.chip, self.count = folder, chip, 0

    def start(self, version, protection="required", partitions=None, manifest_version=None):
        self.count += 1
        text = system(*(partitions or PARTITIONS)).replace("security-version = <1>", f"security-version = <{version}>")
        text = text.replace('tpm = "optional";', f'tpm = "required"; rollback-protection = "{protection}";')
        medium = Medium(self.folder / str(self.count), text, IMAGES)
        if manifest_version is not None:
            root, keys = medium.make_key("root"), medium.folder / "keys.bkm"
            bulkhead("manifest", "--root-key", root, "--version", 1, "--security-version", manifest_version, "--from",
                     "2026-01-01", "--until", "2030-01-01", "--allow", medium.key, "--out", keys)
            medium.trust = ["--root-key", root, "--manifest", keys]
        return Machine(medium.folder / "machine", medium.container, iso=medium.iso(), memory_mib=MEMORY_MIB, tpm=self.chip)

    def floor(self, version, **choices):
        """Starts, and returns the floor that the machine began with and the one that its attesting partition raised it to."""
        with self.start(version, **choices) as machine:
            began = machine.expect(r"^\[bulkhead\] rollback protection: security version \d+, floor (\d+)", 120, anywhere=True)
            raised = machine.expect(r"^\[attest\] raise: floor (\d+), security version (\d+)", 60, anywhere=True)
            machine.expect(r"^\[web\] raise: refused", 30, anywhere=True)
            measured = measured_protection(machine)
        assert measured == ("counter", int(began[1]))
        return int(began[1]), int(raised[1])

    def expect_refusal(self, version, code, found, **choices):
        with self.start(version, **choices) as machine:
            machine.expect(rf"^\[bulkhead\] {code} ", 120)
            machine.expect(f"found: +{found}", 10)
            machine.expect("REFUSED: no partition was started", 10)


@pytest.fixture
def site(tmp_path, chip):
    return Site(tmp_path, chip)


def measured_protection(machine):
    """What PCR 11 says of rollback protection."""
    place = machine.expect(r"keeps 256 KiB for its event log at 0x([0-9a-f]+)", 1, anywhere=True)
    machine.expect(r"event log: \d+ bytes", 60, anywhere=True)
    events, _ = parse(machine.peek(int(place[1], 16), LOG_SIZE))
    fields, = (event.fields for event in events if event.pcr == 11 and event.type == 6
               and event.fields["item"] == "rollback-protection")
    return fields["text"], fields["number"]


def test_t09_an_old_configuration_is_refused_once_a_newer_one_proved_healthy(site):
    assert site.floor(2) == (0, 2)
    assert site.floor(3) == (2, 3)
    site.expect_refusal(2, "BOOT-480", "security version 2, but the floor is 3")
    site.expect_refusal(2, "BOOT-480", "security version 2, but the floor is 3", protection="optional")
    assert site.floor(3) == (3, 3)


def test_a_newer_configuration_that_did_not_prove_healthy_can_be_taken_back(site):
    assert site.floor(2) == (0, 2)
    with site.start(3, partitions=[prober("attest", "idle", properties='role = "attest";')]) as machine:
        machine.expect(r"^\[attest\] prober done", 120)
    assert site.floor(2) == (2, 2)


def test_t09_an_old_key_manifest_is_refused_like_an_old_configuration(site):
    """Whoever stole a key signs any version; the manifest that still lists the key counts for what it is."""
    assert site.floor(5, manifest_version=5) == (0, 5)
    site.expect_refusal(9, "BOOT-480", r"security version 4 \(the key manifest's\), but the floor is 5", manifest_version=4)


@pytest.mark.parametrize("attack", ["removed", "cleared"])
def test_t10_a_counter_that_is_gone_is_refused_or_measured(site, chip, attack):
    assert site.floor(2) == (0, 2)
    with chip as tpm:
        if attack == "cleared":
            tool(tpm, "tpm2_clear", "-c", "l")
        else:
            for index in (COUNTER, BASE):
                tool(tpm, "tpm2_nvundefine", "-C", "o", index)
    site.expect_refusal(1, "BOOT-481", f"the TPM has no index {COUNTER}")
    with site.start(1, protection="optional") as machine:
        machine.expect(rf"^\[bulkhead\] no rollback protection: the TPM has no index {COUNTER}", 120)
        machine.expect(r"^\[attest\] raise: refused", 60, anywhere=True)
        assert measured_protection(machine) == ("none", 0)


def test_t10_a_counter_that_was_made_anew_shows_in_the_measured_floor(site, chip):
    """The machine cannot know that there was another one; the verifier, who saw floor 3, sees it sink."""
    assert site.floor(3) == (0, 3)
    assert site.floor(3) == (3, 3)
    with chip as tpm:
        for index in (COUNTER, BASE):
            tool(tpm, "tpm2_nvundefine", "-C", "o", index)
    provision(chip)
    assert site.floor(2) == (0, 2)


@pytest.mark.parametrize("index, attributes", [
    (COUNTER, "ownerwrite|nt=counter|ownerread|authread|no_da"), (BASE, "ownerwrite|policywrite|ownerread|authread|no_da"),
], ids=["counter", "base"])
def test_t10_an_index_that_others_can_write_is_not_trusted(site, chip, index, attributes):
    with chip as tpm:
        tool(tpm, "tpm2_nvundefine", "-C", "o", index)
        define(tpm, index, attributes)
    site.expect_refusal(1, "BOOT-481", f"index {index} is not as it was provisioned")


def test_t10_nobody_but_locality_2_writes_counter_and_base(site, chip):
    assert site.floor(2) == (0, 2)
    with chip as tpm:
        for index in (COUNTER, BASE):
            for who in ("o", index):
                words = ["tpm2_nvincrement", "-C", who, index] if index == COUNTER else \
                        ["tpm2_nvwrite", "-C", who, "-i", str(tpm.folder / "policy"), index]
                assert tool(tpm, *words, check=False).returncode != 0
    assert site.floor(2) == (2, 2)


def test_a_machine_that_was_not_provisioned_starts_where_that_is_allowed(tmp_path):
    site = Site(tmp_path, Tpm(tmp_path / "chip"))
    site.expect_refusal(1, "BOOT-481", f"the TPM has no index {COUNTER}")
    with site.start(1, protection="optional") as machine:
        machine.expect(r"^\[bulkhead\] no rollback protection", 120)
        machine.expect(r"^\[web\] prober done", 60, anywhere=True)
