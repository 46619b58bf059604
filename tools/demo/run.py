#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: starts the example shop on an emulated AMD server, uses it from outside, lets a verifier appraise it, and breaks
one partition twice. Then it boots once more with one byte changed, and the verifier must notice.

Ends with status 0 only if everything went as it should, and leaves nothing running unless --keep is given."""
import argparse
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from demo import attestation, report, rounds  # noqa: E402 # pylint: disable=wrong-import-position
from demo.progress import Progress, clock  # noqa: E402 # pylint: disable=wrong-import-position
from demo.shop import Shop  # noqa: E402 # pylint: disable=wrong-import-position
from demo.verifier import Verifier  # noqa: E402 # pylint: disable=wrong-import-position
from machine import BUILD  # noqa: E402 # pylint: disable=wrong-import-position

FIRMWARE_SECONDS = 300
STEPS = 15
FLOOR_SECONDS = 120
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


def prepare(shop, verifier, progress):
    """The boot disk."""
    with progress.step("sign the configuration, make the boot disk"):
        disk = shop.make_medium()
    with progress.step("compute what the server must measure, sign that as a release"):
        release, key = attestation.make_release(shop)
    with progress.step("accept the server: provision its TPM against older configurations"):
        shop.accept_server()
    with progress.step("start the verifier, outside the server"):
        name = attestation.start_verifier(shop, verifier, release, key)
        attestation.deploy(shop, verifier)
        progress.say(f"verifier release {name} is active; one server may join, by token")
    return disk


def boot(shop, disk, progress, title):
    with progress.step(title):
        shop.start(disk)
        progress.now("the firmware checks the boot image's signature and measures it")
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
    with progress.step("web, mail, database and the agent start"):
        for count in range(len(tries) + 1):
            progress.now(f"{count} of {len(tries) + 1} ready")
            name = shop.wait_ready()
            progress.say(f"{name:8} ready: {tries[name]()}" if name in tries else f"{name:8} ready")


def break_mail_twice(shop, progress):
    for title, round_, subject, earlier in (
            ("mail's kernel crashes", rounds.crash, "second", ["first"]),
            ("mail reads another partition's memory", rounds.trespass, "third", ["first", "second"])):
        with progress.step(title):
            round_(shop, progress)
        with progress.step("mail works again"):
            use_mail(shop, subject, earlier)
            progress.say("mail     a new mail delivered; the earlier ones are still there")


def boot_changed(shop, verifier, progress):
    """The same server, TPM and keys; one byte of the signed configuration is another one than the release has."""
    with progress.step("switch the server off, change one byte of web's kernel command line, sign with the same valid key"):
        shop.stop()
        disk = shop.make_medium(attestation.changed_source(), "changed")
    boot(shop, disk, progress, "start the server once more")
    with progress.step("the verifier notices"):
        attestation.expect_refusal(shop, verifier, progress)


def demonstrate(shop, verifier, progress):
    """What was checked in each partition, for the table."""
    boot(shop, prepare(shop, verifier, progress), progress,
         "start the server: 5 cores, 4 GiB, AMD-Vi, TPM, Secure Boot with own keys, 4 NVMe disks, 4 network cards")
    use_services(shop, progress)
    with progress.step("the server joins and is appraised"):
        host = attestation.join(shop, verifier, progress)
        shop.machine.expect(r"^\[bulkhead\] rollback protection: the floor is 1$", FLOOR_SECONDS, anywhere=True)
        progress.say("attest   asked that nothing older starts here any more")
    break_mail_twice(shop, progress)
    with progress.step("web, database and attest have run all the time, and the verdict stands"):
        shop.fetch_page()
        stops = shop.stops("web") + shop.stops("database") + shop.stops("attest")
        if stops:
            raise rounds.Noticed("; ".join(stops))
        attestation.expect_verdict(shop, verifier, progress, "trusted", "affirming")
    return {
        "web": "page fetched over HTTP",
        "mail": "mail by SMTP and IMAP, 3 times",
        "database": "rows written and read",
        "attest": f"{host['state']}, release {host['release']}",
    }


def leave_up(shop, verifier):
    """Leaves server and verifier up."""
    pids = (shop.machine.detach(), verifier.detach())
    shop.tpm.release()
    KeptMachine(shop.folder).remember(pids[0])
    print("\n".join(report.how_to_reach(shop, verifier, pids)))


def show_failure(shop, failure):
    print(f"\nDEMO FAILED: {failure}", file=sys.stderr)
    if shop.machine:
        if "--- last lines" not in str(failure):
            print(shop.machine.console.tail(), file=sys.stderr)
        print(f"the whole console: {shop.machine.console.path}", file=sys.stderr)


def show(shop, checked):
    print()
    print("\n".join(report.summary(shop, checked)))
    print()


def run(folder, started, keep):
    """The exit status."""
    progress = Progress(STEPS - (3 if keep else 0), started)
    with Shop(folder) as shop, Verifier(folder / "verifier") as verifier:
        try:
            checked = demonstrate(shop, verifier, progress)
            show(shop, checked)
            if keep:
                leave_up(shop, verifier)
            else:
                boot_changed(shop, verifier, progress)
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
