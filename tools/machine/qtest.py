# SPDX-License-Identifier: Apache-2.0
"""QEMU's qtest protocol: reads and writes of the machine's ports and registers from outside, as a bad device or a
firmware would make them, while the processors run on."""
import socket

CONFIG_ADDRESS, CONFIG_DATA = 0xcf8, 0xcfc


class Qtest:
    """One connection to the socket that `-qtest` offers."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rw", encoding="ascii")

    def command(self, *words):
        self.lines.write(" ".join(f"0x{word:x}" if isinstance(word, int) else word for word in words) + "\n")
        self.lines.flush()
        answer = self.lines.readline().split()
        while answer and answer[0] == "IRQ":
            answer = self.lines.readline().split()
        if not answer or answer[0] != "OK":
            raise RuntimeError(f"qtest {words}: {' '.join(answer)}")
        return int(answer[1], 0) if len(answer) > 1 else None

    def read32(self, address):
        return self.command("readl", address)

    def write32(self, address, value):
        self.command("writel", address, value)

    def read64(self, address):
        return self.command("readq", address)

    def write64(self, address, value):
        self.command("writeq", address, value)

    def read_config(self, devfn, register):
        """A 32-bit register of a PCI function on bus 0."""
        self.command("outl", CONFIG_ADDRESS, 1 << 31 | devfn << 8 | register)
        return self.command("inl", CONFIG_DATA)

    def write_config(self, devfn, register, value):
        self.command("outl", CONFIG_ADDRESS, 1 << 31 | devfn << 8 | register)
        self.command("outl", CONFIG_DATA, value)

    def close(self):
        self.lines.close()
        self.socket.close()
