# SPDX-License-Identifier: Apache-2.0
"""QEMU's control protocol (QMP): one JSON object a line, over a Unix socket."""
import json
import socket
import time


class QmpError(Exception):
    """QEMU refused a command."""


class Qmp:
    """One connection, made when it is first needed."""

    def __init__(self, path, timeout=60):
        deadline = time.monotonic() + timeout
        while True:  # QEMU makes the socket a moment after it starts
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(timeout)
        self.lines = self.socket.makefile("rw", encoding="utf-8")
        self._answer()  # the greeting
        self.command("qmp_capabilities")

    def _answer(self):
        """The next object that is no event."""
        while True:
            line = self.lines.readline()
            if not line:
                raise QmpError("QEMU closed the connection")
            answer = json.loads(line)
            if "event" not in answer:
                return answer

    def command(self, name, **arguments):
        """Executes a command and returns its result."""
        self.lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.lines.flush()
        answer = self._answer()
        if "error" in answer:
            raise QmpError(f"{name}: {answer['error']['desc']}")
        return answer["return"]

    def close(self):
        self.lines.close()
        self.socket.close()
