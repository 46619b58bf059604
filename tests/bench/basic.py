#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench-basic`: exits by reason, sizes, memory and start-up times of the example shop on the emulated server.

Exits are counted, which an emulator does exactly. Times are the emulator's and say little about a server: they show
how the steps compare."""
import argparse
import contextlib
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from demo.report import table  # noqa: E402 # pylint: disable=wrong-import-position
from demo.shop import Shop  # noqa: E402 # pylint: disable=wrong-import-position
from demo.services import Database  # noqa: E402 # pylint: disable=wrong-import-position
from exits import ExitCounter, difference  # noqa: E402 # pylint: disable=wrong-import-position
from machine import BUILD, GUESTS  # noqa: E402 # pylint: disable=wrong-import-position
from measuring import measuring_lines  # noqa: E402 # pylint: disable=wrong-import-position

BOOT_SECONDS = 300
IDLE_SECONDS = 30
SETTLE_SECONDS = 20  # what a service still does after its start
LOADS = {"web": (300, "page requests"), "mail": (10, "mails delivered and read"), "database": (1000, "queries")}


def section(title, lines):
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")
    sys.stdout.flush()


def start(shop):
    """Boots the shop and tries every service once."""
    shop.accept_server()
    shop.start(shop.make_medium())
    shop.machine.expect(r"^\[bulkhead\] time from entry.*$", BOOT_SECONDS, anywhere=True)
    for _ in shop.partitions:
        shop.wait_ready()


def memory_lines(log):
    """What the boot stage set aside for Bulkhead itself."""
    kept = re.findall(r"^keeps (\d+) KiB for its (.*) at", log, re.MULTILINE)
    return [f"{what:15} {int(size):7} KiB" for size, what in kept] + [
        f"{'all':15} {sum(int(size) for size, _ in kept):7} KiB"]


def time_lines(log):
    words = re.search(r"^time from entry in us: (.*)$", log, re.MULTILINE)[1].split()
    steps = [(step, int(micro)) for step, micro in zip(words[::2], words[1::2])]
    return [f"{step:10} {micro / 1000:9.0f} ms" for step, micro in steps + [("all", sum(micro for _, micro in steps))]]


def load_web(shop, count):
    for _ in range(count):
        shop.fetch_page()


def load_mail(shop, count):
    for number in range(count):
        shop.deliver_mail(f"load {number}")


def load_database(shop, count):
    with contextlib.closing(Database(shop.port("database", 5432))) as session:
        session.execute("CREATE TABLE load (number integer)")
        for number in range(count):
            session.execute("INSERT INTO load VALUES (%s)" if number % 2 == 0 else
                            "SELECT count(*) FROM load WHERE number <> %s", (number,))


def busy(shop, counters):
    """{name: (seconds, exits)} while a partition works; the others wait meanwhile."""
    found = {}
    for name, load in (("web", load_web), ("mail", load_mail), ("database", load_database)):
        before, begin = counters[name].sample(), time.monotonic()
        load(shop, LOADS[name][0])
        seconds = time.monotonic() - begin
        found[name] = (seconds, difference(counters[name].sample(), before))
    return found


def idle(counters):
    time.sleep(SETTLE_SECONDS)
    begin = time.monotonic()
    before = {name: counter.sample() for name, counter in counters.items()}
    time.sleep(IDLE_SECONDS)
    after = {name: counter.sample() for name, counter in counters.items()}
    seconds = time.monotonic() - begin
    return {name: (seconds, difference(after[name], before[name])) for name in counters}


def exit_lines(boots, loads, idles):
    """One line a partition and phase: the sum, per second, and the reasons that occur."""
    rows = []
    for name in LOADS:
        count, what = LOADS[name]
        for phase, seconds, exits in (("boot to service ready", None, boots[name]),
                                      (f"busy: {count} {what}", *loads[name]), (f"idle: {IDLE_SECONDS} s", *idles[name])):
            total = sum(exits.values())
            reasons = ", ".join(f"{reason} {count}" for reason, count in exits.items() if count)
            rows.append((name, phase, str(total), f"{total / seconds:.2f}" if seconds else "", reasons))
    return table(("partition", "phase", "exits", "per second", "by reason"), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=pathlib.Path, required=True, help="what `make size` printed")
    arguments = parser.parse_args()
    section("Lines and bytes", arguments.sizes.read_text().splitlines())
    section("Measured boot: partitions x size of their images (emulated)", measuring_lines(BUILD / "bench" / "measuring"))
    with Shop(BUILD / "bench") as shop, contextlib.ExitStack() as sessions:
        start(shop)
        log = "\n".join(shop.machine.lines("bulkhead"))
        section("Memory that Bulkhead keeps for itself", memory_lines(log))
        section("Time from bulkhead.efi's entry to the first guest instruction (emulated)", time_lines(log))
        counters = {}
        for name in LOADS:
            counters[name] = ExitCounter(shop.key(name), shop.port(name, 22), GUESTS / "tools" / "bulkhead-exits")
            sessions.callback(counters[name].close)
        loads = busy(shop, counters)
        lines = exit_lines({name: counters[name].before for name in LOADS}, loads, idle(counters))
        section("Exits", lines)


if __name__ == "__main__":
    main()
