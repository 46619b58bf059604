# SPDX-License-Identifier: Apache-2.0
"""A TPM as a machine under Bulkhead has it: registers extended, the event log beside them, and a wire between agent and TPM
that tests can listen to, write to and cut."""
import contextlib
import hashlib
import socket
import struct
import threading

BANKS = ((0x000B, "sha256"), (0x000C, "sha384"))
EV_EVENT_TAG = 6
EV_SEPARATOR = 4
TAG = 0x42484400

CC_PCR_EXTEND = 0x182
CC_PCR_RESET = 0x13D
CC_QUOTE = 0x158
CC_PCR_READ = 0x17E
CC_GET_CAPABILITY = 0x17A
CC_CLEAR = 0x126
RC_RETRY = 0x922
RC_FAILURE = 0x101
PASSWORD_SESSION = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)


def spec_id_event():
    """The first record of a crypto-agile log (TCG PC Client Platform Firmware Profile 1.06, 10.4.5.1)."""
    data = b"Spec ID Event03\0" + struct.pack("<IBBBB", 0, 0, 2, 0, 2) + struct.pack("<I", len(BANKS))
    for algorithm, name in BANKS:
        data += struct.pack("<HH", algorithm, hashlib.new(name).digest_size)
    data += b"\0"
    return struct.pack("<II20sI", 0, 3, bytes(20), len(data)) + data


def tagged(kind, item, partition=None, text=None, number=None, digest=None):
    """The data of one of Bulkhead's events (docs/attestation.md, Events)."""
    values = ((1, partition and partition.encode()), (2, item.encode()), (3, text and text.encode()),
              (4, None if number is None else struct.pack("<Q", number)), (5, digest))
    payload = b"".join(struct.pack("<BBH", field, 0, len(value)) + value for field, value in values if value is not None)
    return struct.pack("<II", TAG + kind, len(payload)) + payload


class Wire:
    """Stands between programs and swtpm: one command at a time goes through, whoever sends it.

    on_command(code) is called before a command of a program goes to the TPM; what it returns, when that is not None, is the
    answer instead ("cut" ends the connection). `commands` counts what came through.
    """

    def __init__(self, tcti):
        self.tpm_port = int(tcti.rsplit("=", 1)[1])
        self.upstream = socket.create_connection(("127.0.0.1", self.tpm_port))
        self.lock = threading.RLock()
        self.on_command = lambda code: None
        self.commands = {}
        self.listeners = self._listen()
        self.tcti = f"swtpm:host=127.0.0.1,port={self.listeners[0].getsockname()[1]}"
        for listener, serve in zip(self.listeners, (self._serve, self._serve_control)):
            threading.Thread(target=self._accept, args=(listener, serve), daemon=True).start()

    @staticmethod
    def _listen():
        """Data and control: programs take the control port to be the next one."""
        while True:
            with contextlib.suppress(OSError):
                first = socket.create_server(("127.0.0.1", 0))
                return first, socket.create_server(("127.0.0.1", first.getsockname()[1] + 1))

    @staticmethod
    def _accept(listener, serve):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    def _serve(self, peer):
        with peer, contextlib.suppress(OSError, EOFError):
            while True:
                command = read_packet(peer)
                code, = struct.unpack_from(">I", command, 6)
                with self.lock:
                    self.commands[code] = self.commands.get(code, 0) + 1
                    answer = self.on_command(code)
                    if answer == "cut":
                        return
                    peer.sendall(self.send(command) if answer is None else struct.pack(">HII", 0x8001, 10, answer))

    def _serve_control(self, peer):
        """Programs choose a locality before each command: granted, and not passed on, since only 0 is theirs."""
        with peer, contextlib.suppress(OSError):
            while peer.recv(4096):
                peer.sendall(bytes(4))

    def send(self, command):
        with self.lock:
            self.upstream.sendall(command)
            return read_packet(self.upstream)

    def command(self, code, handles, parameters, sessions=1):
        """One command with empty passwords; the answer's parameters. Raises with the TPM's code."""
        body = b"".join(struct.pack(">I", handle) for handle in handles)
        body += PASSWORD_SESSION * sessions + parameters if sessions else parameters
        answer = self.send(struct.pack(">HII", 0x8002 if sessions else 0x8001, 10 + len(body), code) + body)
        status, = struct.unpack_from(">I", answer, 6)
        if status:
            raise AssertionError(f"TPM command {code:#x}: {status:#x}")
        return answer[14:] if sessions else answer[10:]

    def handles(self, first):
        """How many handles there are from `first` on, of its kind."""
        answer = self.command(CC_GET_CAPABILITY, [], struct.pack(">III", 1, first, 64), sessions=0)
        count, = struct.unpack_from(">I", answer, 5)
        found = struct.unpack_from(f">{count}I", answer, 9)
        return sum(handle >> 24 == first >> 24 for handle in found)

    def leftovers(self):
        """Transient objects, loaded sessions, saved sessions."""
        return [self.handles(first) for first in (0x80000000, 0x02000000, 0x03000000)]

    def at_locality(self, locality):
        """Later commands come from there (swtpm's control channel, CMD_SET_LOCALITY = 5)."""
        with socket.create_connection(("127.0.0.1", self.tpm_port + 1)) as control:
            control.sendall(struct.pack(">IB", 5, locality))
            assert control.recv(4) == bytes(4)

    def close(self):
        for listener in self.listeners:
            listener.close()
        self.upstream.close()


def read_exactly(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_packet(peer):
    """A TPM command or answer: its size is in bytes 2 to 5."""
    head = read_exactly(peer, 10)
    return head + read_exactly(peer, struct.unpack_from(">I", head, 2)[0] - 10)


class Booted:
    """Plays firmware and hypervisor: what it records goes into registers and log. `log` is the file."""

    def __init__(self, wire, folder, boot_id):
        self.wire = wire
        self.boot_id = boot_id
        self.log = folder / "event.log"
        self.log.write_bytes(spec_id_event())
        self.record(0, 8, b"firmware")
        self.record(8, EV_EVENT_TAG, tagged(1, "configuration", text="test-1", number=1, digest=bytes(48)))
        for pcr in (8, 9, 11):
            self.record(pcr, EV_SEPARATOR, bytes(4))
        for pcr in (21, 22):
            self._at_locality_2(CC_PCR_RESET, pcr, b"")
        self.run_time("boot", text=boot_id, digest=hashlib.sha384(b"platform").digest())

    def _at_locality_2(self, code, pcr, parameters):
        with self.wire.lock:
            self.wire.at_locality(2)
            try:
                self.wire.command(code, [pcr], parameters)
            finally:
                self.wire.at_locality(0)

    def extend(self, pcr, data):
        digests = struct.pack(">I", len(BANKS))
        for algorithm, name in BANKS:
            digests += struct.pack(">H", algorithm) + hashlib.new(name, data).digest()
        if pcr in (21, 22):
            self._at_locality_2(CC_PCR_EXTEND, pcr, digests)
        else:
            self.wire.command(CC_PCR_EXTEND, [pcr], digests)

    def write(self, pcr, kind, data):
        """The log alone."""
        record = struct.pack("<III", pcr, kind, len(BANKS))
        for algorithm, name in BANKS:
            record += struct.pack("<H", algorithm) + hashlib.new(name, data).digest()
        with self.log.open("ab") as log:
            log.write(record + struct.pack("<I", len(data)) + data)

    def record(self, pcr, kind, data):
        with self.wire.lock:
            self.write(pcr, kind, data)
            self.extend(pcr, data)

    def run_time(self, item, **fields):
        """Register 12 with its record, then 22 with its own."""
        with self.wire.lock:
            for pcr in (12, 22):
                self.record(pcr, EV_EVENT_TAG, tagged(5, item, **fields))
