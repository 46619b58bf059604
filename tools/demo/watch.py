# SPDX-License-Identifier: Apache-2.0
"""Asks services again and again in the background, and remembers every failure and the longest time without an answer."""
import threading
import time

PAUSE_SECONDS = 0.2


class Watch:
    """A context: asks from its beginning to its end, each service in a thread of its own.

    asks     {name: function}; a function returns when it has the right answer and raises otherwise
    """

    def __init__(self, asks):
        self.services = {name: WatchedService(name, ask) for name, ask in asks.items()}

    def __enter__(self):
        for service in self.services.values():
            service.start()
        return self

    def __exit__(self, *exception):
        for service in self.services.values():
            service.stop()

    def problems(self, longest_allowed):
        """What went wrong, as sentences; empty when every request was answered in time."""
        return [text for service in self.services.values() for text in service.problems(longest_allowed)]


class WatchedService:
    def __init__(self, name, ask):
        self.name = name
        self.ask = ask
        self.answers = 0
        self.failures = []
        self.longest_gap = 0.0
        self.last_answer = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.last_answer = time.monotonic()
        self.thread.start()

    def stop(self):
        """Waits for the answer to the last request, for as long as the request itself may take."""
        self.ending.set()
        self.thread.join()
        self._count_gap()

    def problems(self, longest_allowed):
        found = [f"{self.name}: {failure}" for failure in self.failures]
        if self.longest_gap > longest_allowed:
            found.append(f"{self.name}: no answer for {self.longest_gap:.1f} s")
        return found

    def _count_gap(self):
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self.last_answer)
        self.last_answer = now

    def _run(self):
        while not self.ending.is_set():
            try:
                self.ask()
                self.answers += 1
                self._count_gap()
            except Exception as failure:  # pylint: disable=broad-except # whatever it is, it is a request that failed
                self.failures.append(f"{type(failure).__name__}: {failure}".strip())
            self.ending.wait(PAUSE_SECONDS)
