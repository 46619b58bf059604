# SPDX-License-Identifier: Apache-2.0
"""Unmodified Linux as a guest: all its cores come up, it sleeps without exits to answer, and its wall holds."""
from sources import linux, prober
from test_walls import wait_for_calm


def test_a_crash_restarts_all_cores_and_a_broken_wall_stops_one_guest(start):
    machine = start(linux("pair", "cpus,tlb,crash", cores=2, restart="always"),
                    linux("thief", "memread=0x10000000"), prober("neighbour", "listen"))
    machine.expect(r"^\[bulkhead\] STOP-603 thief stopped: broke its memory wall \(read of 0x10000000", 180,
                   anywhere=True)
    machine.expect(r"^\[bulkhead\] thief stays stopped after 1 start", anywhere=True)
    machine.expect(r"^\[pair\] .*TEST-GUEST cpus online=0-1 count=2", 180)
    machine.expect(r"^\[pair\] .*TEST-GUEST done tlb", 60)
    machine.expect(r"^\[bulkhead\] STOP-602 pair stopped: reset by its guest", 60)
    machine.expect(r"^\[bulkhead\] pair starts \(start 2, 2 core\(s\)\)", 60)
    machine.expect(r"^\[pair\] .*TEST-GUEST cpus online=0-1 count=2", 180)
    wait_for_calm(machine)
