# SPDX-License-Identifier: Apache-2.0
"""Says what is being done, how far it is and how long it takes: a line a step, kept up to date on a terminal."""
import contextlib
import os
import sys
import threading
import time

TICK_SECONDS = 0.5


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Counts steps. On a terminal the current line is rewritten as time goes by; elsewhere lines are only added."""

    def __init__(self, steps, started=None, out=sys.stdout):
        self.steps = steps
        self.started = time.time() if started is None else started
        self.out = out
        self.live = out.isatty()
        self.number = 0
        self.title = self.state = None
        self.lock = threading.Lock()

    def elapsed(self):
        return time.time() - self.started

    @contextlib.contextmanager
    def step(self, title):
        """The body is one step. Its line gets a time when it ends well, and stays as it stands when it fails."""
        self.number += 1
        begin = time.time()
        ended = threading.Event()
        self._begin(title)
        ticker = threading.Thread(target=self._tick, args=(ended,), daemon=True)
        ticker.start()
        try:
            yield
        except BaseException:
            ended.set()
            ticker.join()
            self._print_permanent(self._line(title, "stopped here"))
            raise
        ended.set()
        ticker.join()
        self._print_permanent(self._line(title, f"done in {time.time() - begin:.0f} s"))

    def now(self, state):
        """What the current step is at: shown until the next call."""
        with self.lock:
            changed = state != self.state
            self.state = state
        if changed and not self.live:
            self._print_permanent(f"{'':10}{clock(self.elapsed()):>5}  ... {state}")

    def say(self, text):
        """A line that stays."""
        self._print_permanent(f"{'':17}{text}")

    def _begin(self, title):
        with self.lock:
            self.title, self.state = title, None
        if self.live:
            self._draw()
        else:
            self._print_permanent(self._line(title, "..."))

    def _line(self, title, state):
        return f"[{self.number:2}/{self.steps}]   {clock(self.elapsed()):>5}  {title}: {state}"

    def _tick(self, ended):
        while self.live and not ended.wait(TICK_SECONDS):
            self._draw()

    def _draw(self):
        columns = os.get_terminal_size(self.out.fileno()).columns
        with self.lock:
            line = self._line(self.title, self.state or "...")
            self.out.write(f"\r\x1b[K{line[:max(columns - 1, 20)]}")
            self.out.flush()

    def _print_permanent(self, line):
        with self.lock:
            start = "\r\x1b[K" if self.live else ""
            self.out.write(f"{start}{line}\n")
            self.out.flush()
