# SPDX-License-Identifier: Apache-2.0
"""The parts of the demonstration that judge, without a machine: a judge that never says no is none."""
import io
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from demo import report, rounds  # noqa: E402 # pylint: disable=wrong-import-position
from demo.progress import Progress  # noqa: E402 # pylint: disable=wrong-import-position
from demo.watch import Watch  # noqa: E402 # pylint: disable=wrong-import-position


class FakeShop:
    """Two partitions as the boot log would show them: {name: ((own first, own end), machine's first)}."""

    def __init__(self, places):
        self.places = places

    def memory_ranges(self, name):
        (first, end), host = self.places[name]
        return [(first, end)], [(host, host + end - first)]


def watch_for(seconds, ask):
    with Watch({"service": ask}) as watch:
        time.sleep(seconds)
    return watch


def test_a_service_that_answers_has_no_problems():
    watch = watch_for(0.5, lambda: None)
    assert watch.problems(longest_allowed=0.4) == []
    assert watch.services["service"].answers >= 2


def test_a_failed_request_is_a_problem():
    answers = iter([None, None])
    watch = watch_for(0.5, lambda: next(answers))
    assert watch.services["service"].answers == 2
    assert "StopIteration" in watch.problems(longest_allowed=10)[0]


def test_a_long_silence_is_a_problem():
    watch = watch_for(0.3, lambda: time.sleep(0.8))
    assert "no answer for 0." in watch.problems(longest_allowed=0.5)[0]


def test_the_round_fails_when_a_neighbour_noticed():
    watch = watch_for(0.1, lambda: time.sleep(0.4))
    watch.services["service"].longest_gap = rounds.REQUEST_SECONDS + 1
    with pytest.raises(rounds.Noticed):
        rounds.judge(watch, Progress(1, out=io.StringIO()))


def test_the_foreign_address_is_in_the_neighbours_memory_and_not_in_the_own():
    shop = FakeShop({"mail": ((0, 0x18000000), 0x24200000), "web": ((0, 0x20000000), 0x4200000)})
    assert 0x18000000 <= rounds.foreign_address(shop, "mail", "web") < 0x24200000


def test_there_may_be_no_foreign_address():
    shop = FakeShop({"mail": ((0, 0x40000000), 0x40000000), "web": ((0, 0x20000000), 0x4200000)})
    with pytest.raises(LookupError):
        rounds.foreign_address(shop, "mail", "web")


def test_columns_line_up():
    assert report.table(("a", "long heading"), [("wide cell", "b")]) == [
        "a          long heading", "---------  ------------", "wide cell  b"]


def test_a_step_says_how_long_it_took_and_where_it_stopped():
    out = io.StringIO()
    progress = Progress(2, out=out)
    with progress.step("first"):
        progress.now("half-way")
    with pytest.raises(ValueError), progress.step("second"):
        raise ValueError
    lines = out.getvalue().splitlines()
    assert "[ 1/2]" in lines[0] and "half-way" in lines[1] and "done in 0 s" in lines[2]
    assert "[ 2/2]" in lines[-1] and "stopped here" in lines[-1]
