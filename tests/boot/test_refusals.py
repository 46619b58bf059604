# SPDX-License-Identifier: Apache-2.0
"""What a machine refuses to start, and that it says why: nothing half-starts."""
import subprocess

import pytest

from machine import GUEST, Machine, Medium, bulkhead, partition

NIC = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'


@pytest.fixture
def medium(tmp_path):
    """One partition with a network card, signed and on a disc."""
    return Medium(tmp_path, partition("one", devices=NIC))


def expect_refusal(medium, code, *arguments, **choices):
    with Machine(medium, *arguments, **choices) as machine:
        shown = machine.expect("REFUSED: no partition was started")
    assert code in shown
    assert "starts" not in shown.split("REFUSED")[0].replace("Bulkhead starts", "")


@pytest.mark.parametrize("uefi", [False, True], ids=["bios", "uefi"])
def test_an_untouched_medium_starts_its_guest(medium, uefi):
    with Machine(medium, uefi=uefi) as machine:
        machine.expect("one starts")
        machine.expect(r"\[one\] .*TEST-GUEST ready cpus=1", 120)


def test_a_changed_configuration_is_refused(medium):
    changed = bytearray(medium.container)
    changed[medium.container.index(b"bulkhead,system-1")] ^= 1
    medium.replace(medium.container, bytes(changed))
    expect_refusal(medium, "SIG-008")


def test_a_configuration_signed_with_another_key_is_refused(medium):
    bulkhead("keygen", "other", folder=medium.folder)
    medium.replace(medium.container, medium.sign("other.pem", "other.bkc"))
    expect_refusal(medium, "SIG-007")


def test_an_older_format_revision_is_refused(medium):
    assert medium.container[8:12] == b"\1\0\0\0"  # docs/container.md: the revision
    medium.replace(medium.container, medium.container[:8] + b"\0\0\0\0" + medium.container[12:])
    expect_refusal(medium, "SIG-003")


def test_a_changed_image_is_refused(medium):
    initrd = (GUEST / "initrd.img").read_bytes()
    medium.replace(initrd, initrd[:5000] + bytes([initrd[5000] ^ 1]) + initrd[5001:])
    expect_refusal(medium, "IMG-500")


def test_a_missing_image_is_refused(medium):
    medium.replace(b"/initrd.img initrd.img", b"/initrd.img initrd.xyz")
    expect_refusal(medium, "BOOT-461")


def test_a_missing_image_is_refused_by_uefi(medium):
    subprocess.run(["mdel", "-i", f"{medium.esp}@@1M", "::/bulkhead/initrd.img"], check=True)
    expect_refusal(medium, "BOOT-461", uefi=True)


def test_a_missing_device_is_refused(medium):
    expect_refusal(medium, "PLAN-221", "--omit", "one/nic")


def test_a_machine_without_an_iommu_is_refused(medium):
    expect_refusal(medium, "PLAN-203", without=["amd-iommu"])


def test_too_few_cores_are_refused(tmp_path):
    medium = Medium(tmp_path, partition("one", cores=2), partition("two"))
    expect_refusal(medium, "PLAN-215", "--cores", "2")


def test_too_little_memory_is_refused(tmp_path):
    medium = Medium(tmp_path, partition("one", memory=2048))
    expect_refusal(medium, "PLAN-245")
