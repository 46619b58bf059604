# SPDX-License-Identifier: Apache-2.0
"""What a machine refuses to start, and that it says why: nothing half-starts."""
import subprocess

import pytest

from conftest import MEMORY_MIB
from machine import GUESTS, Machine, Medium, bulkhead
from refusal import changed_disc, expect_refusal
from sources import IMAGES, prober, system

NIC = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'


@pytest.fixture
def medium(tmp_path):
    """One partition with a network card."""
    return Medium(tmp_path, system(prober("one", devices=NIC)), IMAGES)


def test_an_untouched_disc_starts_its_guest(medium):
    with Machine(medium.folder / "machine", medium.container, iso=medium.iso(), memory_mib=MEMORY_MIB) as machine:
        machine.expect(r"^\[one\] prober done", timeout=90)


def test_a_changed_configuration_is_refused(medium):
    good = medium.container.read_bytes()
    changed = bytearray(good)
    changed[good.index(b"bulkhead,system-1")] ^= 1
    expect_refusal(medium, "SIG-008", iso=changed_disc(medium, good, bytes(changed)))


def test_a_configuration_signed_with_another_key_is_refused(medium):
    good = medium.container.read_bytes()
    other = medium.sign(medium.make_key("other"), "other.bkc").read_bytes()
    expect_refusal(medium, "SIG-007", iso=changed_disc(medium, good, other))


def test_an_older_format_revision_is_refused(medium):
    good = medium.container.read_bytes()
    assert good[8:12] == b"\1\0\0\0"  # docs/container.md: the revision
    expect_refusal(medium, "SIG-003", iso=changed_disc(medium, good, good[:8] + b"\0\0\0\0" + good[12:]))


def test_a_changed_image_is_refused(medium):
    image = (GUESTS / "prober" / "prober.bin").read_bytes()
    changed = image[:5000] + bytes([image[5000] ^ 1]) + image[5001:]
    expect_refusal(medium, "IMG-500", iso=changed_disc(medium, image, changed))


def test_a_missing_image_is_refused(medium):
    expect_refusal(medium, "BOOT-461", iso=changed_disc(medium, b"/prober.bin prober.bin", b"/prober.bin prober.xyz"))


def test_a_missing_image_is_refused_by_uefi(medium):
    disk = medium.esp()
    subprocess.run(["mdel", "-i", f"{disk}@@1M", "::/bulkhead/prober.bin"], check=True)
    expect_refusal(medium, "BOOT-461", esp=disk)


def test_a_missing_device_is_refused(medium):
    expect_refusal(medium, "PLAN-221", omit=["one/nic"])


def without_iommu(command):
    at = next(i for i, word in enumerate(command) if word.startswith("amd-iommu"))
    return command[:at - 1] + command[at + 1:]


def test_a_machine_without_an_iommu_is_refused(medium):
    expect_refusal(medium, "PLAN-203", change=without_iommu)


def test_too_few_cores_are_refused(tmp_path):
    medium = Medium(tmp_path, system(prober("one", cores=2), prober("two")), IMAGES)
    expect_refusal(medium, "PLAN-215", cores=2)


def test_too_little_memory_is_refused(tmp_path):
    medium = Medium(tmp_path, system(prober("one", memory=2048)), IMAGES)
    expect_refusal(medium, "PLAN-245")


def test_the_check_on_the_desk_and_the_machine_agree(medium):
    """`bulkhead verify` refuses the changed configuration with the machine's own code."""
    good = medium.container.read_bytes()
    (medium.folder / "changed.bkc").write_bytes(good[:300] + bytes([good[300] ^ 1]) + good[301:])
    with pytest.raises(Exception, match="SIG-008"):
        bulkhead("verify", "--key", medium.key, medium.folder / "changed.bkc")
