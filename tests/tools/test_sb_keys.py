# SPDX-License-Identifier: Apache-2.0
"""sb-keys: Secure Boot keys of one's own, and the variable store that emulated machines get from them."""
import pathlib
import struct
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from machine import secureboot  # noqa: E402 # pylint: disable=wrong-import-position

X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")  # EFI_CERT_X509_GUID (UEFI 2.10, 32.4.1)


@pytest.fixture
def keys(bulkhead, tmp_path):
    done = bulkhead("sb-keys", "sb", "--name", "Test 1")
    assert done.status == 0, done
    return tmp_path / "sb"


def der(certificate):
    return subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "der"], capture_output=True,
                          check=True).stdout


@pytest.mark.parametrize("name", ["PK", "KEK", "db"])
def test_each_list_holds_its_certificate_and_one_owner(keys, name):
    data = (keys / f"{name}.esl").read_bytes()
    kind, size, header, entry = struct.unpack_from("<16sIII", data)
    assert (kind, size, header, entry) == (X509, len(data), 0, len(data) - 28)
    assert data[44:] == der(keys / f"{name}.pem")
    assert data[28:44] == (keys / "PK.esl").read_bytes()[28:44] != bytes(16)


@pytest.mark.parametrize("name, signer", [("PK", "PK"), ("KEK", "PK"), ("db", "KEK")])
def test_each_update_is_signed_by_the_key_above(keys, name, signer):
    update = (keys / f"{name}.auth").read_bytes()
    assert update.endswith((keys / f"{name}.esl").read_bytes())
    serial = subprocess.run(["openssl", "x509", "-in", keys / f"{signer}.pem", "-noout", "-serial"], check=True,
                            capture_output=True, text=True).stdout.strip().split("=")[1]
    assert bytes.fromhex(serial) in update[:-len((keys / f"{name}.esl").read_bytes())]


def test_secrets_are_for_their_owner_alone(keys):
    assert all(file.stat().st_mode & 0o077 == 0 for file in keys.glob("*.key"))


def test_a_key_is_never_overwritten(bulkhead, keys):
    before = {file.name: file.read_bytes() for file in keys.iterdir()}
    done = bulkhead("sb-keys", "sb")
    assert done.status == 1 and "TOOL-703" in done.err, done
    assert {file.name: file.read_bytes() for file in keys.iterdir()} == before


def test_a_name_that_a_certificate_cannot_carry_is_refused(bulkhead):
    for name in ("a/CN=b", "", "x" * 41):
        done = bulkhead("sb-keys", "sb", "--name", name)
        assert done.status == 1 and "TOOL-790" in done.err, done


def test_the_variable_store_holds_the_lists(keys, tmp_path):
    store = secureboot.write_store(keys, tmp_path / "vars.fd").read_bytes()
    empty = secureboot.EMPTY_STORE.read_bytes()
    at = 0x48 + 28
    assert len(store) == len(empty) and store[:at] == empty[:at]
    for name in secureboot.VARIABLES_LIST:
        _, _, _, attributes, _, _, _, name_size, size, _ = secureboot.VARIABLE.unpack_from(store, at)
        start = at + secureboot.VARIABLE.size
        assert attributes == 0x27 and store[start:start + name_size] == (name + "\0").encode("utf-16le")
        assert store[start + name_size:start + name_size + size] == (keys / f"{name}.esl").read_bytes()
        at = (start + name_size + size + 3) & ~3
    assert store[at:] == empty[at:]
