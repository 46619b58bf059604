# SPDX-License-Identifier: Apache-2.0
"""Secure Boot with keys of our own: a variable store for OVMF in which they are enrolled.

The store is written as the firmware would have left it after an administrator enrolled PK, KEK and db in Setup Mode. What
OVMF makes of it on a machine (SecureBoot is on, PCR 7 names these keys) is what tests/boot looks at.
"""
import pathlib
import shutil
import struct

from machine.medium import BUILD, bulkhead

EMPTY_STORE = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
VARIABLES_LIST = ("db", "KEK", "PK")

# Guids as their 16 bytes: EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE_GUID (UEFI 2.10, 3.3 and 32.4.1).
GLOBAL = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
DATABASE = bytes.fromhex("cbb219d73a3d9645a3bcdad00e67656f")

# EDK II, MdeModulePkg/Include/Guid/VariableFormat.h: the store's header, then a header for each variable.
VOLUME_HEADER_LENGTH = struct.Struct("<H")  # at 48 of the firmware volume
STORE_HEADER = 28
VARIABLE = struct.Struct("<HBBIQ16sIII16s")
VARIABLE_START = 0x55AA
VARIABLE_ADDED = 0x3F
AUTHENTICATED = 0x27  # non-volatile, boot services, run time, time-based authenticated write
EFI_TIME = struct.Struct("<HBBBBBxIhBx")


def _variable(name, guid, data):
    """One variable as it lies in the store, filled up to a multiple of 4 bytes."""
    encoded = (name + "\0").encode("utf-16le")
    header = VARIABLE.pack(VARIABLE_START, VARIABLE_ADDED, 0, AUTHENTICATED, 0, EFI_TIME.pack(2026, 1, 1, 0, 0, 0, 0, 0, 0),
                           0, len(encoded), len(data), guid)
    whole = header + encoded + data
    return whole + b"\xff" * (-len(whole) % 4)


def write_store(keys, store):
    """Writes a variable store with the lists of the folder `keys` (bulkhead sb-keys) to the file `store`."""
    image = bytearray(EMPTY_STORE.read_bytes())
    volume_header, = VOLUME_HEADER_LENGTH.unpack_from(image, 48)
    at = volume_header + STORE_HEADER
    for name in VARIABLES_LIST:
        entry = _variable(name, DATABASE if name == "db" else GLOBAL, (pathlib.Path(keys) / f"{name}.esl").read_bytes())
        if image[at:at + len(entry)].strip(b"\xff"):
            raise ValueError(f"{EMPTY_STORE} is not empty at {at:#x}")
        image[at:at + len(entry)] = entry
        at += len(entry)
    pathlib.Path(store).write_bytes(image)
    return store


class SecureBoot:
    """Keys in a folder (made when they are not there), and stores in which they are enrolled.

    signing   the key and the certificate for Medium.esp()
    """

    def __init__(self, folder=BUILD / "secureboot"):
        self.folder = pathlib.Path(folder)
        if not (self.folder / "db.auth").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            bulkhead("sb-keys", self.folder)
        self.signing = (self.folder / "db.key", self.folder / "db.pem")

    def store(self, folder):
        """A fresh variable store in `folder`, for one machine, which may change it."""
        return write_store(self.folder, pathlib.Path(folder) / "vars.fd")
