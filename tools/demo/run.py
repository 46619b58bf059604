#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: starts the example shop on an emulated AMD server, uses it from outside, and breaks one partition twice.

Ends with status 0 only if everything went as it should, and leaves nothing running unless --keep is given."""
import argparse
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from demo import report, rounds  # noqa: E402 # pylint: disable=wrong-import-position
from demo.progress import Progress, clock  # noqa: E402 # pylint: disable=wrong-import-position
from demo.shop import Shop  # noqa: E402 # pylint: disable=wrong-import-position
from machine import BUILD  # noqa: E402 # pylint: disable=wrong-import-position

FIRMWARE_SECONDS = 180
STEPS = 8
INTERRUPTED = 130


class KeptMachine:
    """Remembers a machine that an earlier run left up."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "kept"

    def pid(self):
        """Its process id, or None when there is none any more."""
        try:
            pid = int(self.file.read_text())
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
        except (OSError, ValueError):
            return None
        return pid if str(self.folder) in command else None

    def remember(self, pid):
        self.file.write_text(f"{pid}\n")


def boot(shop, progress):
    with progress.step("sign the configuration, make the boot disk"):
        disk = shop.make_medium()
    with progress.step("start the server: 4 cores, 4 GiB, AMD-Vi, 3 NVMe disks, 3 network cards"):
        shop.start(disk)
        progress.now("the firmware looks for its boot disk")
        shop.machine.expect(r"^\[bulkhead\] Bulkhead, started by UEFI", FIRMWARE_SECONDS)
        progress.now("the boot stage verifies, plans, builds the walls and rechecks them")
        shop.machine.expect(r"^\[bulkhead\] rechecked the walls.*", FIRMWARE_SECONDS)
        shop.machine.expect(r"^\[bulkhead\] \w+ starts", FIRMWARE_SECONDS)


def use_mail(shop, subject, earlier=()):
    """Delivers a mail; it and all earlier ones must be in the inbox."""
    lost = set(earlier) - set(shop.deliver_mail(subject))
    if lost:
        raise LookupError(f"mails that were delivered before are lost: {', '.join(sorted(lost))}")


def use_services(shop, progress):
    """Tries each service as soon as its partition is ready."""
    tries = {
        "web": lambda: f"a page of {shop.fetch_page()} bytes fetched",
        "mail": lambda: use_mail(shop, "first") or "a mail delivered by SMTP, read back by IMAP",
        "database": lambda: f"{shop.write_and_read_rows()} rows written, and read in another session",
    }
    with progress.step("web, mail and database start"):
        for count in range(len(tries)):
            progress.now(f"{count} of {len(tries)} ready")
            name = shop.wait_ready()
            progress.say(f"{name:8} ready: {tries[name]()}")


def break_mail_twice(shop, progress):
    for title, round_, subject, earlier in (
            ("mail's kernel crashes", rounds.crash, "second", ["first"]),
            ("mail reads another partition's memory", rounds.trespass, "third", ["first", "second"])):
        with progress.step(title):
            round_(shop, progress)
        with progress.step("mail works again"):
            use_mail(shop, subject, earlier)
            progress.say("mail     a new mail delivered; the earlier ones are still there")


def demonstrate(shop, progress):
    boot(shop, progress)
    use_services(shop, progress)
    break_mail_twice(shop, progress)
    with progress.step("web and database have run all the time"):
        shop.fetch_page()
        stops = shop.stops("web") + shop.stops("database")
        if stops:
            raise rounds.Noticed("; ".join(stops))
    return {
        "web": "page fetched over HTTP",
        "mail": "mail by SMTP and IMAP, 3 times",
        "database": "rows written and read",
    }


def finish(shop, checked, keep):
    print()
    print("\n".join(report.summary(shop, checked)))
    print()
    if keep:
        pid = shop.machine.detach()
        KeptMachine(shop.folder).remember(pid)
        print("\n".join(report.how_to_reach(shop, pid)))


def show_failure(shop, failure):
    print(f"\nDEMO FAILED: {failure}", file=sys.stderr)
    if shop.machine:
        if "--- last lines" not in str(failure):
            print(shop.machine.console.tail(), file=sys.stderr)
        print(f"the whole console: {shop.machine.console.path}", file=sys.stderr)


def run(folder, started, keep):
    """The exit status."""
    progress = Progress(STEPS, started)
    with Shop(folder) as shop:
        try:
            checked = demonstrate(shop, progress)
            finish(shop, checked, keep)
        except KeyboardInterrupt:
            show_failure(shop, "interrupted")
            return INTERRUPTED
        except Exception as failure:  # pylint: disable=broad-except # each ends the demonstration in the same way
            show_failure(shop, f"{type(failure).__name__}: {failure}")
            return 1
    print(f"demo: every check passed in {clock(progress.elapsed())} min")
    return 0


def interrupt(_number, _frame):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the machine up at the end")
    parser.add_argument("--started", type=float, help="time from which to count, in seconds since 1970 (default: now)")
    arguments = parser.parse_args()
    folder = BUILD / "demo"
    kept = KeptMachine(folder).pid()
    if kept:
        sys.exit(f"demo: the machine of an earlier run is still up; stop it with: kill {kept}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    sys.exit(run(folder, arguments.started, arguments.keep))


if __name__ == "__main__":
    main()
