# SPDX-License-Identifier: Apache-2.0
"""Reading a TCG event log (crypto-agile), and Bulkhead's own events in it as docs/attestation.md describes them. Written from
the document, not from the code that writes them."""
import hashlib
import re
import struct
import subprocess

SIZES = {0x04: 20, 0x0b: 32, 0x0c: 48, 0x0d: 64, 0x12: 32}
NAMES = {0x0b: "sha256", 0x0c: "sha384"}
NO_ACTION, SEPARATOR, TAG = 3, 4, 6


class Event:
    """One record behind the first: pcr, type, digests {"sha256": bytes, ...}, data."""

    def __init__(self, pcr, kind, digests, data):
        self.pcr, self.type, self.digests, self.data = pcr, kind, digests, data

    @property
    def hashed(self):
        """Whether every digest is that of all the data."""
        return all(hashlib.new(name, self.data).digest() == digest for name, digest in self.digests.items())

    @property
    def fields(self):
        """{"kind", "partition", "item", "text", "number", "digest"} of an event of ours, as far as it has them."""
        tag, size = struct.unpack_from("<II", self.data)
        assert tag >> 8 == 0x424844 and size == len(self.data) - 8
        found, at, last = {"kind": tag & 0xff}, 8, 0
        while at < len(self.data):
            field, zero, length = struct.unpack_from("<BBH", self.data, at)
            value = self.data[at + 4:at + 4 + length]
            assert field > last and zero == 0 and len(value) == length
            name = ("partition", "item", "text", "number", "digest")[field - 1]
            found[name] = {"number": lambda v: int.from_bytes(v, "little"), "digest": bytes.hex}.get(name, bytes.decode)(value)
            at, last = at + 4 + length, field
        return found

    @property
    def record(self):
        """What a digest over records covers."""
        return struct.pack("<III", self.pcr, self.type, len(self.data)) + self.data


def parse(log):
    """The events behind the first, which names the banks, up to where the log ends and zeroes begin."""
    first = struct.unpack_from("<I", log, 28)[0]
    assert log[32:48] == b"Spec ID Event03\0"
    at, events = 32 + first, []
    while at + 12 <= len(log) and struct.unpack_from("<I", log, at + 8)[0] != 0:
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at, digests = at + 12, {}
        for _ in range(count):
            algorithm = struct.unpack_from("<H", log, at)[0]
            digests[NAMES.get(algorithm, algorithm)] = log[at + 2:at + 2 + SIZES[algorithm]]
            at += 2 + SIZES[algorithm]
        size = struct.unpack_from("<I", log, at)[0]
        events.append(Event(pcr, kind, digests, log[at + 4:at + 4 + size]))
        at += 4 + size
    return events, at


def records(events, *registers):
    """The digest over all records of some registers, in hex."""
    return hashlib.sha384(b"".join(event.record for event in events if event.pcr in registers)).hexdigest()


def replayed(file):
    """{("sha256", pcr): value in hex}: what tpm2_eventlog says that the log comes to."""
    said = subprocess.run(["tpm2_eventlog", file], capture_output=True, check=True, text=True).stdout
    values, bank = {}, None
    for line in said[said.index("\npcrs:"):].splitlines():
        if match := re.match(r"  (sha\d+):", line):
            bank = match[1]
        elif match := re.match(r"    (\d+)\s*: 0x([0-9a-f]+)", line):
            values[bank, int(match[1])] = match[2]
    return values
