# SPDX-License-Identifier: Apache-2.0
"""What the tests of predict and release share: a boot image and a machine, made up but of the right form, and the contract of
docs/attestation.md written down a second time."""
import hashlib
import json
import pathlib
import struct

EXAMPLE_MACHINE = pathlib.Path(__file__).resolve().parents[2] / "config" / "examples" / "machine-qemu.json"
TRUST_MAGIC = b"BULKHEAD-TRUST\0\2"
MONITOR_MAGIC = 0x726F74696E6F4D2A
PE, HEADERS, TRUST_AT, MONITOR_AT, SIZE = 0x80, 0x1000, 0x1000, 0x2000, 0x4000
CHECKSUM, CERTIFICATES = PE + 24 + 64, PE + 24 + 144
TAG = 0x42484400


def boot_image():
    """A PE32+ image with an empty trust section and a monitor of 64 KiB that is not there."""
    image = bytearray(SIZE)
    struct.pack_into("<2s58xI", image, 0, b"MZ", PE)
    struct.pack_into("<4sHH12xHH", image, PE, b"PE\0\0", 0x8664, 1, 240, 0x226)
    struct.pack_into("<H58xI", image, PE + 24, 0x20B, HEADERS)
    struct.pack_into("<I", image, PE + 24 + 108, 16)
    struct.pack_into("<8sIIII", image, PE + 24 + 240, b".text", SIZE - HEADERS, HEADERS, SIZE - HEADERS, HEADERS)
    image[TRUST_AT:TRUST_AT + 16] = TRUST_MAGIC
    struct.pack_into("<QQQQ", image, MONITOR_AT, MONITOR_MAGIC, 0x8000, 0x10000, 0)
    return bytes(image)


def authenticode(image, name):
    """The digest that firmware extends into PCR 4."""
    spared = image[:CHECKSUM] + image[CHECKSUM + 4:CERTIFICATES] + image[CERTIFICATES + 8:]
    return hashlib.new(name, spared).hexdigest()


def machine(**changes):
    """The example's machine with a TPM."""
    described = json.loads(EXAMPLE_MACHINE.read_text())
    described.update({"processor": "0x800f12", "microcode": 7, "tpm": "tis", "tpm-base": "0xfed40000", "tpm-start-method": 6,
                      "tpm-locality-2": True}, **changes)
    return json.dumps(described)


def encode(kind, item, partition=None, text=None, number=None, digest=None):
    """The data of one of Bulkhead's events."""
    fields = [(1, partition and partition.encode()), (2, item.encode()), (3, None if text is None else text.encode()),
              (4, None if number is None else struct.pack("<Q", number)), (5, digest)]
    payload = b"".join(struct.pack("<BBH", number, 0, len(data)) + data for number, data in fields if data is not None)
    return struct.pack("<II", TAG + kind, len(payload)) + payload


def replay(events, pcr, name):
    """The value that a register has after its events."""
    value = bytes(hashlib.new(name).digest_size)
    for event in events:
        if event["pcr"] == pcr:
            value = hashlib.new(name, value + bytes.fromhex(event[name])).digest()
    return value.hex()
