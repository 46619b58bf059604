# SPDX-License-Identifier: Apache-2.0
"""What the machine tests share: the package that starts machines, a way to start one, and how long each test took."""
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from machine import Machine, Medium  # noqa: E402 (the path comes first)
from sources import IMAGES, system  # noqa: E402

MEMORY_MIB = 1024
SLOW = ["test_linux.py", "test_demo.py"]


@pytest.fixture
def start(tmp_path):
    """A function that starts a machine with these partitions, by UEFI or from a disc; all is gone after the test."""
    machines = []

    def start_machine(*partitions, uefi=False, **choices):
        medium = Medium(tmp_path, system(*partitions), IMAGES)
        boot = {"esp": medium.esp()} if uefi else {"iso": medium.iso()}
        machines.append(Machine(tmp_path / "machine", medium.container, memory_mib=MEMORY_MIB, **boot, **choices))
        return machines[-1]

    yield start_machine
    for machine in machines:
        machine.stop()


def pytest_configure():
    """A terminated run ends as an interrupted one: with no machine left behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Fast tests first."""
    items.sort(key=lambda item: SLOW.index(item.path.name) if item.path.name in SLOW else -1)


def pytest_report_teststatus(report):
    """A machine test takes its time: a line a test says how much."""
    if report.when != "call":
        return None
    name = report.nodeid.split("::")[-1]
    return report.outcome, f"{report.duration:6.1f} s  {name}  {report.outcome}\n", report.outcome.upper()
