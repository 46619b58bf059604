# SPDX-License-Identifier: Apache-2.0
"""Commands to an emulated TPM as bytes, at any locality: what a machine does before there are programs."""
import socket
import struct

ST_NO_SESSIONS, ST_SESSIONS = 0x8001, 0x8002
CC_PCR_RESET, CC_FLUSH_CONTEXT, CC_GET_CAPABILITY, CC_PCR_READ, CC_PCR_EXTEND = 0x13D, 0x165, 0x17A, 0x17E, 0x182
ALG = {"sha1": 0x4, "sha256": 0xB, "sha384": 0xC}
RC_LOCALITY = 0x107
CMD_SET_LOCALITY = 5  # swtpm's control channel
PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)  # an empty password session


class Refused(Exception):
    """The TPM's response code."""

    def __init__(self, code):
        super().__init__(f"response code 0x{code:x}")
        self.code = code


class TpmBytes:
    """A connection to a swtpm that tools/machine/tpm.py switched on with tcp=True; close it before a program connects."""

    def __init__(self, tpm):
        port = int(tpm.tcti.rsplit("=", 1)[1])
        self.data = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.control = socket.create_connection(("127.0.0.1", port + 1), timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.locality(0)
        self.data.close()
        self.control.close()

    @staticmethod
    def _read(sock, size):
        got = b""
        while len(got) < size:
            part = sock.recv(size - len(got))
            assert part, "swtpm went away"
            got += part
        return got

    def locality(self, number):
        self.control.sendall(struct.pack(">IB", CMD_SET_LOCALITY, number))
        result, = struct.unpack(">I", self._read(self.control, 4))
        assert result == 0

    def command(self, tag, code, body):
        self.data.sendall(struct.pack(">HII", tag, 10 + len(body), code) + body)
        head = self._read(self.data, 10)
        _, size, result = struct.unpack(">HII", head)
        rest = self._read(self.data, size - 10)
        if result != 0:
            raise Refused(result)
        return rest

    def extend(self, pcr, digests):
        """`digests`: {"sha256": bytes, "sha384": bytes}."""
        body = struct.pack(">I", pcr) + PASSWORD + struct.pack(">I", len(digests))
        for name, digest in digests.items():
            body += struct.pack(">H", ALG[name]) + digest
        self.command(ST_SESSIONS, CC_PCR_EXTEND, body)

    def reset(self, pcr):
        self.command(ST_SESSIONS, CC_PCR_RESET, struct.pack(">I", pcr) + PASSWORD)

    def read(self, bank, pcr):
        select = (1 << pcr).to_bytes(3, "little")
        answer = self.command(ST_NO_SESSIONS, CC_PCR_READ, struct.pack(">IHB", 1, ALG[bank], 3) + select)
        count, = struct.unpack_from(">I", answer, 4 + 4 + 2 + 1 + 3)
        assert count == 1
        size, = struct.unpack_from(">H", answer, 18)
        return answer[20:20 + size]

    def flush_objects(self):
        """Frees the slots for transient objects."""
        answer = self.command(ST_NO_SESSIONS, CC_GET_CAPABILITY, struct.pack(">III", 1, 0x80000000, 64))
        count, = struct.unpack_from(">I", answer, 5)
        for handle in struct.unpack_from(f">{count}I", answer, 9):
            self.command(ST_NO_SESSIONS, CC_FLUSH_CONTEXT, struct.pack(">I", handle))
