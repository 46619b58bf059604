# SPDX-License-Identifier: Apache-2.0
"""What a hostile guest can reach: its own cores, its own memory, and nothing else. A neighbour watches."""
import re

from sources import prober

OUTSIDE = "10000000"  # hexadecimal: 256 MiB, in no partition's guest-physical memory

HIDDEN_MSRS = ["0x3a", "0x12345", "0xc0010111", "0xc0010114", "0xc0010117", "0xdeadbeef"]
FORBIDDEN = ["vmrun", "vmload", "vmsave", "stgi", "clgi", "skinit", "invlpga", "monitor"]


def wait_for_calm(machine, name="neighbour", own=0):
    """Waits until a listening prober has said twice more that nothing reached it: what is under way has time to arrive.
    `own` is how many interrupts are its own."""
    beats = sum(line.startswith("heartbeat") for line in machine.lines(name))
    machine.expect(rf"^\[{name}\] heartbeat {beats + 2}: {own} own, 0 stray interrupts, 0 words changed", 60,
                   anywhere=True)


def test_a_guest_that_reaches_out_of_its_memory_stops_and_its_neighbour_goes_on(start):
    machine = start(prober("neighbour", "listen", kind="pvh"), prober("reader", f"read={OUTSIDE}"),
                    prober("writer", f"write={OUTSIDE}"), prober("jumper", f"execute={OUTSIDE}"))
    for name, what in ("reader", "read of"), ("writer", "write to"), ("jumper", "execution at"):
        machine.expect(rf"^\[bulkhead\] STOP-603 {name} stopped: broke its memory wall \({what} 0x{OUTSIDE}", 90,
                       anywhere=True)
        machine.expect(rf"^\[bulkhead\] {name} stays stopped after 1 start", anywhere=True)
    wait_for_calm(machine)
    assert "WALL BROKEN" not in machine.console.text()


def test_a_guest_sees_a_processor_without_what_is_not_its_own(start):
    machine = start(prober("neighbour", "listen"), prober(
        "one", "forge cpuid msrs ports instructions own-interrupts foreign-interrupts=0 pci"))
    machine.expect(r"^\[one\] prober done", 90)
    said = machine.lines("one")
    assert not any("forged" in line for line in machine.lines("bulkhead")), "no guest speaks for Bulkhead"
    assert said[1:4] == [".[2J[bulkhead] forged", "[bulkhead] forged too", ".....[bulkhead] forged again"]
    assert "cpuid: signature VMwareVMware, name Bulkhead, hypervisor 1, x2apic 1, svm 0" in said
    for msr in HIDDEN_MSRS:
        assert f"rdmsr {msr}: exception 13" in said and f"wrmsr {msr}: exception 13" in said
    assert "wrmsr 0xc0000080: exception 13" in said, "EFER.SVME cannot be set"
    assert "wrmsr 0x1b: exception 13" in said, "x2APIC cannot be left"
    assert "ports: 12 of 12 read all ones" in said
    assert "outsb 0x3f8: exception 13" in said
    for instruction in FORBIDDEN:
        assert f"{instruction} 0x0: exception 6" in said
    assert "own interrupts: core 1, fixed arrive, NMIs 1" in said
    assert "foreign interrupts: sent to core 0, 0 came back" in said
    assert "pci: 1 functions" in said, "the host bridge alone"
    wait_for_calm(machine)


def test_the_walls_are_told_before_the_first_guest_starts(start):
    """Every partition's memory and what Bulkhead keeps stand in the log, and no two of them overlap."""
    machine = start(prober("one"), prober("two", memory=64))
    machine.expect("two starts", 90, anywhere=True)
    said = "\n".join(machine.lines("bulkhead"))
    spans = [(int(host, 16), int(size, 16)) for size, host in
             re.findall(r"^plan \w+: memory 0x0-0x([0-9a-f]+) at host 0x([0-9a-f]+)", said, re.MULTILINE)]
    spans += [(int(base, 16), int(kib) << 10) for kib, base in
              re.findall(r"^keeps (\d+) KiB for its [\w ]+ at 0x([0-9a-f]+)", said, re.MULTILINE)]
    assert len(spans) == 6
    spans.sort()
    assert all(base + size <= following for (base, size), (following, _) in zip(spans, spans[1:]))
