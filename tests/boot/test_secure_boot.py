# SPDX-License-Identifier: Apache-2.0
"""UEFI Secure Boot: firmware starts the boot image that was signed with an enrolled key, and no other."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import MEMORY_MIB
from machine import Machine, Medium
from sources import IMAGES, prober, system

# Debian's throw-away key for tests, and a variable store in which it is enrolled (package ovmf).
KEY = pathlib.Path("/usr/share/ovmf/PkKek-1-snakeoil.key")
CERTIFICATE = pathlib.Path("/usr/share/ovmf/PkKek-1-snakeoil.pem")
VARIABLES = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd")


@pytest.fixture
def key(tmp_path):
    """The key without its password."""
    plain = tmp_path / "sb.key"
    subprocess.run(["openssl", "pkey", "-in", KEY, "-passin", "pass:snakeoil", "-out", plain], check=True)
    return plain


@pytest.mark.parametrize("signed, line", [
    (True, r"^\[one\] prober done"),
    (False, "BdsDxe: .*(Access Denied|Security Violation)"),
], ids=["signed", "unsigned"])
def test_firmware_starts_the_signed_image_alone(tmp_path, key, signed, line):
    medium = Medium(tmp_path, system(prober("one")), IMAGES)
    disk = medium.esp((key, CERTIFICATE) if signed else None)
    variables = shutil.copy(VARIABLES, tmp_path / "vars.fd")
    with Machine(tmp_path / "machine", medium.container, esp=disk, secure_boot=variables,
                 memory_mib=MEMORY_MIB) as machine:
        machine.expect(line, 120)
        started = any("started by UEFI" in said for said in machine.lines("bulkhead"))
    assert started == signed
