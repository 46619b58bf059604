# SPDX-License-Identifier: Apache-2.0
"""The console of a machine, as QEMU writes it to a file: waiting for lines, and the lines of one speaker."""
import re
import time

POLL_SECONDS = 0.05
TAIL_LINES = 30


class ConsoleTimeout(AssertionError):
    """What was waited for did not appear in time."""


class MachineEnded(AssertionError):
    """The machine ended before what was waited for appeared."""


class Console:
    """Follows a file that grows. Speakers' lines begin with their name in brackets."""

    def __init__(self, path, ended):
        """`ended` is a function: whether nothing more will be written."""
        self.path = path
        self.ended = ended
        self.position = 0  # expect() searches from here on

    def text(self):
        """All that has been written so far."""
        try:
            return self.path.read_bytes().decode("utf-8", errors="replace").replace("\r", "")
        except FileNotFoundError:
            return ""

    def tail(self, lines=TAIL_LINES):
        """The last lines, to be shown when something fails."""
        shown = self.text().splitlines()[-lines:]
        return f"--- last lines of {self.path}\n" + "\n".join(shown)

    def expect(self, pattern, timeout, anywhere=False):
        """Waits for a regular expression behind what an earlier call found, and returns the match.

        `anywhere` searches the text from its beginning and leaves the position alone: for lines of several speakers,
        whose order nobody knows."""
        wanted = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout
        while True:
            ended = self.ended()  # before the text is read: what was written last is not missed
            text = self.text()
            match = wanted.search(text, 0 if anywhere else self.position)
            if match:
                if not anywhere:
                    self.position = match.end()
                return match
            if ended:
                raise MachineEnded(f"the machine ended; the console does not show: {pattern}\n{self.tail()}")
            if time.monotonic() >= deadline:
                raise ConsoleTimeout(f"not on the console after {timeout:.0f} s: {pattern}\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def lines(self, speaker):
        """The complete lines of a partition, or of "bulkhead", without the prefix."""
        prefix = f"[{speaker}] "
        text = self.text()
        complete = text[:text.rfind("\n") + 1].splitlines()
        return [line[len(prefix):] for line in complete if line.startswith(prefix)]
