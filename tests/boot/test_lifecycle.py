# SPDX-License-Identifier: Apache-2.0
"""How partitions end, and which of them start again."""
from sources import prober


def test_restart_policies_are_kept_and_memory_is_clean_each_time(start):
    machine = start(prober("always", "scrubbed reset", restart="always"),
                    prober("limited", "scrubbed triple-fault", restart=(2, 600)),
                    prober("never", "reset"),
                    prober("off", "power-off", restart="always"),
                    prober("broken", "invalid-state"))
    expected = [
        r"STOP-602 always stopped: reset by its guest", r"always starts \(start 3, 1 core\(s\)\)",
        r"STOP-604 limited stopped: triple fault", r"limited stays stopped after 3 start\(s\)",
        r"STOP-602 never stopped: reset by its guest", r"never stays stopped after 1 start\(s\)",
        r"STOP-601 off stopped: powered off by its guest", r"off stays stopped after 1 start\(s\)",
        r"STOP-607 broken stopped: put its core into a state the processor refuses",
        r"broken stays stopped after 1 start\(s\)",
    ]
    for line in expected:
        machine.expect(rf"^\[bulkhead\] {line}", 90, anywhere=True)
    for name in "always", "limited":
        assert machine.lines(name).count("memory is clean") >= 2
    assert "SOILED" not in machine.console.text()


def test_the_log_outlives_a_warm_reset(start):
    machine = start(prober("one"))
    machine.expect("prober done", 90)
    ring = int(machine.expect(r"its log ring at 0x([0-9a-f]+)", anywhere=True).group(1), 16)
    machine.reset()
    machine.expect(r"log ring at 0x[0-9a-f]+ holds the text of 1 earlier boot\(s\)", 90)
    machine.expect("prober done", 90)
    kept = machine.peek(ring, 0x20000)  # LOG_RING_SIZE
    assert kept.count(b"[one] prober done") == 2


def test_a_partition_stops_and_starts_with_all_its_cores_whatever_the_second_one_does(start):
    machine = start(prober("spins", "scrubbed second-spin=1 reset", cores=2, restart=(2, 600)),
                    prober("sleeps", "scrubbed second-sleep=3 triple-fault", cores=2, restart=(2, 600)),
                    prober("reads", "second-read=5:10000000 listen", cores=2, restart="never"))
    machine.expect(r"^\[bulkhead\] spins stays stopped after 3 start\(s\)", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] sleeps stays stopped after 3 start\(s\)", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] STOP-603 reads stopped: broke its memory wall", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] reads stays stopped after 1 start\(s\)", anywhere=True)
    for name in "spins", "sleeps":
        assert machine.lines(name).count("second core: started 2 times") == 3
        assert machine.lines(name).count("memory is clean") == 3


def test_nothing_of_a_guest_outlives_its_restart(start):
    machine = start(prober("floods", "scrubbed outlive-look outlive-startup=2:1", cores=3, restart=(8, 600)),
                    prober("leaves", "scrubbed outlive-vectors", restart=(2, 600)))
    machine.expect(r"^\[bulkhead\] leaves stays stopped after 3 start\(s\)", 90, anywhere=True)
    machine.expect(r"^\[bulkhead\] floods stays stopped after 9 start\(s\)", 120, anywhere=True)
    assert machine.lines("floods").count("an earlier life is over") == 9
    assert machine.lines("floods").count("memory is clean") == 9
    assert machine.lines("leaves").count("left vectors 16 to 31") == 3
