# SPDX-License-Identifier: Apache-2.0
"""UEFI Secure Boot with keys of our own: firmware starts the boot image that was signed with them, and no other."""
import subprocess

import pytest

from conftest import MEMORY_MIB
from machine import Machine, Medium, SecureBoot
from sources import IMAGES, prober, system

# Debian's throw-away key for tests (package ovmf), which a firmware with our keys does not know.
FOREIGN = ("/usr/share/ovmf/PkKek-1-snakeoil.key", "/usr/share/ovmf/PkKek-1-snakeoil.pem")


@pytest.fixture
def foreign_key(tmp_path):
    """The foreign key without its password, and its certificate."""
    plain = tmp_path / "foreign.key"
    subprocess.run(["openssl", "pkey", "-in", FOREIGN[0], "-passin", "pass:snakeoil", "-out", plain], check=True)
    return plain, FOREIGN[1]


@pytest.mark.parametrize("signed, line", [
    ("ours", r"^\[one\] prober done"),
    ("foreign", "BdsDxe: .*(Access Denied|Security Violation)"),
    (None, "BdsDxe: .*(Access Denied|Security Violation)"),
])
def test_firmware_starts_the_image_signed_with_our_key_alone(tmp_path, foreign_key, signed, line):
    keys = SecureBoot()
    medium = Medium(tmp_path, system(prober("one")), IMAGES)
    disk = medium.esp({"ours": keys.signing, "foreign": foreign_key, None: None}[signed])
    with Machine(tmp_path / "machine", medium.container, esp=disk, secure_boot=keys.store(tmp_path),
                 memory_mib=MEMORY_MIB) as machine:
        machine.expect(line, 120)
        started = any("started by UEFI" in said for said in machine.lines("bulkhead"))
    assert started == (signed == "ours")
