# SPDX-License-Identifier: Apache-2.0
"""An event log as a row of records that can be left out, changed and moved: the tests' way of forging one."""
import hashlib
import struct

SIZES = {0x4: ("sha1", 20), 0xB: ("sha256", 32), 0xC: ("sha384", 48)}
TAG, SEPARATOR = 0x6, 0x4


class Record:
    """One TCG_PCR_EVENT2."""

    def __init__(self, pcr, kind, digests, data):
        self.pcr, self.type, self.digests, self.data = pcr, kind, dict(digests), data

    def copy(self, **changes):
        values = {"pcr": self.pcr, "kind": self.type, "digests": self.digests, "data": self.data, **changes}
        return Record(**values)

    def with_data(self, data):
        """The same record over other data, with the right digests."""
        return self.copy(data=data, digests={name: hashlib.new(name, data).digest() for name in self.digests})

    def to_bytes(self):
        numbers = {name: number for number, (name, _) in SIZES.items()}
        out = struct.pack("<III", self.pcr, self.type, len(self.digests))
        for name, digest in self.digests.items():
            out += struct.pack("<H", numbers[name]) + digest
        return out + struct.pack("<I", len(self.data)) + self.data

    def names(self, item, partition=None):
        """True for the tagged event of this item (and partition)."""
        def field(number, text):
            return bytes([number, 0]) + struct.pack("<H", len(text)) + text.encode()
        return self.type == TAG and field(2, item) in self.data and \
            (partition is None or self.data[8:].startswith(field(1, partition)))


class EventLog:
    """`head` is the Spec ID event, as it was; `records` the rest."""

    def __init__(self, data):
        size, = struct.unpack_from("<I", data, 28)
        self.head, at = data[:32 + size], 32 + size
        self.records = []
        while at < len(data):
            pcr, kind, count = struct.unpack_from("<III", data, at)
            at += 12
            digests = {}
            for _ in range(count):
                number, = struct.unpack_from("<H", data, at)
                name, length = SIZES[number]
                digests[name] = data[at + 2:at + 2 + length]
                at += 2 + length
            length, = struct.unpack_from("<I", data, at)
            self.records.append(Record(pcr, kind, digests, data[at + 4:at + 4 + length]))
            at += 4 + length

    def copy(self):
        return EventLog(self.to_bytes())

    def to_bytes(self):
        return self.head + b"".join(record.to_bytes() for record in self.records)

    def of(self, *pcrs):
        return [record for record in self.records if record.pcr in pcrs]

    def find(self, item, partition=None, pcr=None):
        """The index of the first such record."""
        return next(i for i, record in enumerate(self.records)
                    if record.names(item, partition) and pcr in (None, record.pcr))


def replay(records):
    """{bank: {pcr: value}} after these records, by hashlib: not the library's own opinion."""
    values = {}
    for bank, size in (("sha256", 32), ("sha384", 48)):
        values[bank] = {}
        for record in records:
            old = values[bank].get(record.pcr, bytes(size))
            values[bank][record.pcr] = hashlib.new(bank, old + record.digests[bank]).digest()
    return values
