# SPDX-License-Identifier: Apache-2.0
"""The attestation partition: it sees the TPM's locality 0 and the event log, and can forge neither; what happens to partitions
after launch is measured. T11 and T13 are attacks of docs/THREATS.md."""
import hashlib
import re

import pytest

from event_log import parse, replayed
from machine import Tpm
from sources import linux, prober

ATTEST = 'role = "attest";'
TPM_PAGE, LOG = "fed40000", "fed50000"
LOG_ROOM = 0x40000
LOCALITY, HIERARCHY, BAD_AUTH = "0x907", "0x185", "0x9a2"  # TPM_RC_LOCALITY, ..._HIERARCHY, ..._BAD_AUTH
OURS = (8, 9, 11, 12, 21, 22)


@pytest.fixture
def tpm(tmp_path):
    return Tpm(tmp_path / "tpm")


class Log:
    """The event log of a machine as it is now, read from outside."""

    def __init__(self, machine):
        place = machine.expect(r"^\[bulkhead\] keeps 256 KiB for its event log at 0x([0-9a-f]+)", 1, anywhere=True)
        memory = machine.peek(int(place[1], 16), LOG_ROOM)
        self.events, self.used = parse(memory)
        self.bytes = memory[:self.used]
        self.sha256 = hashlib.sha256(self.bytes).hexdigest()

    def told(self, pcr=22):
        """What this register was told of partitions: [(partition, item, text, number)]."""
        events = (event.fields for event in self.events if event.pcr == pcr)
        return [(event["partition"], event["item"], event.get("text"), event["number"]) for event in events
                if "partition" in event]

    def assert_replays(self, machine, folder):
        """What tpm2_eventlog makes of the log is what the attestation partition's kernel read last."""
        said = re.findall(r"TEST-GUEST measured (sha\d+) (\d+) ([0-9A-F]+)", "\n".join(machine.lines("attest")))
        registers = {(bank, int(pcr)): value.lower() for bank, pcr, value in said}
        file = folder / "log"
        file.write_bytes(self.bytes)
        values = replayed(file)
        assert len(registers) == 2 * len(OURS)
        assert {place: values[place] for place in registers} == registers


def test_linux_shows_the_tpm_and_the_log_and_reads_on_in_it(start, tpm, tmp_path):
    machine = start(linux("attest", "tpm,measured", properties=ATTEST), tpm=tpm)
    machine.expect(r"^\[attest\] .*TEST-GUEST tpm version=2", 180)
    boot_copy = machine.expect(r"^\[attest\] .*TEST-GUEST tpm log size=(\d+) sha256=([0-9a-f]{64})", 60)
    live = machine.expect(r"^\[attest\] .*TEST-GUEST measured size=(\d+) sha256=([0-9a-f]{64})", 60)
    machine.expect(r"^\[attest\] .*TEST-GUEST done measured", 60)
    log = Log(machine)
    assert live.groups() == (str(log.used), log.sha256)
    assert boot_copy.groups() == live.groups(), "nothing happened since"
    assert any("fed50000-fed8ffff" in line for line in machine.lines("attest")), "the kernel keeps off the log"
    assert log.told() == [("attest", "start", None, 1)]
    log.assert_replays(machine, tmp_path)


def test_t13_a_restart_is_in_the_log_at_once_and_register_22_replays(start, tpm, tmp_path):
    machine = start(linux("attest", "tpm,follow", properties=ATTEST),
                    prober("other", "wait=3a98 reset", restart=(4, 600)), tpm=tpm)
    boot_copy = machine.expect(r"^\[attest\] .*TEST-GUEST tpm log size=(\d+)", 180, anywhere=True)
    machine.expect(r"^\[bulkhead\] other stays stopped after 5 start\(s\)", 240, anywhere=True)
    log = Log(machine)
    live = machine.expect(rf"^\[attest\] .*TEST-GUEST measured size={log.used} sha256=([0-9a-f]{{64}})", 60, anywhere=True)
    machine.expect(rf"^\[attest\] .*TEST-GUEST measured to {log.used}", 60, anywhere=True)
    assert live[1] == log.sha256
    assert int(boot_copy[1]) < log.used, "Linux' own copy ends where its driver started"
    told = [event for event in log.told() if event[0] == "other"]
    assert told[:3] == [("other", "start", None, 1), ("other", "stop", "STOP-602", 1), ("other", "start", None, 2)]
    assert told[-2:] == [("other", "stop", "STOP-602", 5), ("other", "stays-stopped", None, 5)]
    assert log.told(12) == log.told(22)
    log.assert_replays(machine, tmp_path)


def test_t11_another_partition_has_no_tpm(start, tpm):
    machine = start(prober("attest", "tpm-event=10", properties=ATTEST), prober("registers", f"read={TPM_PAGE}"),
                    prober("log", f"read={LOG}"), tpm=tpm)
    machine.expect(r"^\[attest\] tpm event 16: result 0 code 0x0", 90, anywhere=True)
    for name, address in ("registers", TPM_PAGE), ("log", LOG):
        machine.expect(rf"^\[bulkhead\] STOP-603 {name} stopped: broke its memory wall \(read of 0x{address}", 90,
                       anywhere=True)


def test_t11_the_attestation_partition_cannot_touch_what_is_not_its_own(start, tpm):
    actions = "tpm-event=10 tpm-event=11 tpm-event=15 tpm-event=16 tpm-reset=15 tpm-reset=16 tpm-secret=16 tpm-platform"
    machine = start(prober("attest", f"{actions} write={LOG}", properties=ATTEST), tpm=tpm)
    machine.expect(rf"^\[bulkhead\] STOP-603 attest stopped: broke its memory wall \(write to 0x{LOG}", 90)
    machine.expect(r"^\[bulkhead\] attest stays stopped", 60)
    said = [line for line in machine.lines("attest") if line.startswith("tpm ")]
    assert said[:7] == [
        "tpm event 16: result 0 code 0x0",
        f"tpm event 17: result 5 code {LOCALITY}",
        *(f"tpm {what}: result 5 code {BAD_AUTH}" for what in ("event 21", "event 22", "reset 21", "reset 22",
                                                               "secret 22")),
    ]
    for line, what in zip(said[7:], ("clear", "allocate", "take"), strict=True):
        # switched off, or closed with a secret that firmware threw away
        assert re.fullmatch(rf"tpm {what} 0: result 5 code ({HIERARCHY}|{BAD_AUTH})", line)
    assert Log(machine).told() == [("attest", "start", None, 1), ("attest", "stop", "STOP-603", 1),
                                   ("attest", "stays-stopped", None, 1)], "PCR 22 is the monitor's"


@pytest.mark.parametrize("uefi", [False, True])
def test_t11_the_tpms_registers_stay_what_they_are(start, tpm, uefi):
    """SeaBIOS locks its interface, OVMF does not."""
    machine = start(prober("attest", "tpm-switch tpm-event=10", properties=ATTEST), tpm=tpm, uefi=uefi)
    machine.expect(r"^\[attest\] tpm interface: type 0 lock 1", 90)
    machine.expect(r"^\[attest\] tpm event 16: result 0 code 0x0", 60)


@pytest.mark.parametrize("locality", [1, 2, 3, 4])
def test_t11_the_other_localities_are_not_there(start, tpm, locality):
    page = f"fed4{locality}000"
    machine = start(prober("attest", f"tpm-event=10 read={page}", properties=ATTEST), tpm=tpm)
    machine.expect(rf"^\[bulkhead\] STOP-603 attest stopped: broke its memory wall \(read of 0x{page}", 90)


def test_a_partition_that_keeps_the_tpm_holds_nobody_up(start, tpm):
    machine = start(prober("attest", "tpm-keep", properties=ATTEST),
                    prober("other", "wait=3e8 reset", restart=(2, 600)), tpm=tpm)
    machine.expect(r"^\[bulkhead\] other stays stopped after 3 start\(s\)", 240, anywhere=True)
    beats = sum(line.startswith("tpm kept") for line in machine.lines("attest"))
    machine.expect(rf"^\[attest\] tpm kept {beats + 2}$", 60, anywhere=True)
    log = Log(machine)
    told = [event for event in log.told() if event[0] == "other"]
    expected = [("other", "start", None, 1)]
    for number in range(1, 3):
        expected += [("other", "stop", "STOP-602", number), ("other", "start", None, number + 1)]
    assert told == expected + [("other", "stop", "STOP-602", 3), ("other", "stays-stopped", None, 3)]
    assert log.told(12) == log.told(22)
    assert not any("not measured" in line for line in machine.lines("bulkhead"))


def test_without_a_tpm_the_partition_has_none_and_bulkhead_says_so(start):
    machine = start(prober("attest", f"read={TPM_PAGE}", properties=ATTEST))
    machine.expect(r"^\[bulkhead\] plan attest: no TPM: it cannot attest", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] starts and stops are not measured: no TPM", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] STOP-603 attest stopped: broke its memory wall", 90, anywhere=True)
