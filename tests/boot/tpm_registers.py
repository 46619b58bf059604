# SPDX-License-Identifier: Apache-2.0
"""A machine's TPM as somebody at its bus would use it: commands through the register page of a locality, from outside, while
the machine runs."""
import struct
import time

BASE, PAGE = 0xfed40000, 0x1000
ACCESS, STATUS, FIFO = 0x00, 0x18, 0x24
ACTIVE, REQUEST, SEIZE = 0x20, 0x02, 0x08
READY, GO, DATA, EXPECT = 0x40, 0x20, 0x10, 0x08
SECONDS = 30

NO_SESSIONS, SESSIONS = 0x8001, 0x8002
PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
PLATFORM = 0x4000000c
BANKS = {"sha256": (0x0b, 32), "sha384": (0x0c, 48)}


class TpmError(Exception):
    """The TPM answered with an error code."""

    def __init__(self, code):
        super().__init__(f"0x{code:x}")
        self.code = code


class TpmRegisters:
    """The TPM of a machine that was started with meddle=True, at one locality."""

    def __init__(self, machine, locality=0):
        self.bus = machine.meddler
        self.page = BASE + locality * PAGE

    def _read(self, register):
        return self.bus.command("readb", self.page + register)

    def _write(self, register, value):
        self.bus.command("writeb", self.page + register, value)

    def _await(self, register, bits):
        deadline = time.monotonic() + SECONDS
        while self._read(register) & bits != bits:
            assert time.monotonic() < deadline, f"register 0x{register:x} never showed 0x{bits:x}"

    def holds(self):
        """Whether the locality is the active one."""
        return self._read(ACCESS) & ACTIVE != 0

    def request(self, how=REQUEST):
        self._write(ACCESS, how)

    def release(self):
        self._write(ACCESS, ACTIVE)

    def command(self, tag, code, body=b""):
        """Sends a command and returns what follows the response's header."""
        if not self.holds():
            self.request()
        self._await(ACCESS, ACTIVE)
        self._write(STATUS, READY)
        self._await(STATUS, READY)
        for byte in struct.pack(">HII", tag, 10 + len(body), code) + body:
            self._write(FIFO, byte)
        self._write(STATUS, GO)
        self._await(STATUS, DATA)
        head = bytes(self._read(FIFO) for _ in range(10))
        _, size, status = struct.unpack(">HII", head)
        rest = bytes(self._read(FIFO) for _ in range(size - 10))
        self._write(STATUS, READY)
        self.release()
        if status != 0:
            raise TpmError(status)
        return rest

    def read(self, bank, pcr):
        """The value of a register, in lower-case hex."""
        algorithm, size = BANKS[bank]
        select = bytearray(3)
        select[pcr // 8] |= 1 << pcr % 8
        answer = self.command(NO_SESSIONS, 0x17e, struct.pack(">IHB", 1, algorithm, 3) + bytes(select))
        assert struct.unpack_from(">IH", answer, 14) == (1, size)
        return answer[20:20 + size].hex()

    def extend(self, pcr):
        algorithm, size = BANKS["sha256"]
        self.command(SESSIONS, 0x182, struct.pack(">I", pcr) + PASSWORD + struct.pack(">IH", 1, algorithm) + bytes(size))

    def reset(self, pcr):
        self.command(SESSIONS, 0x13d, struct.pack(">I", pcr) + PASSWORD)

    def clear(self):
        """TPM2_Clear with the platform hierarchy's empty password."""
        self.command(SESSIONS, 0x126, struct.pack(">I", PLATFORM) + PASSWORD)
