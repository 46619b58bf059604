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
    assert len(spans) == 7
    spans.sort()
    assert all(base + size <= following for (base, size), (following, _) in zip(spans, spans[1:]))


# Register ranges that may answer a guest: docs/guest-view.md, core/tables/msr_list.h and core/monitor/msr.c.
READABLE_MSRS = """0x10-0x10 0x1b-0x1b 0x8b-0x8b 0xfe-0xfe 0x174-0x176 0x179-0x17a 0x1d9-0x1d9 0x200-0x20f 0x250-0x26f
    0x277-0x277 0x2ff-0x2ff 0x802-0x803 0x808-0x80b 0x80d-0x80d 0x80f-0x828 0x830-0x839 0x83e-0x83e
    0xc0000080-0xc0000084 0xc0000100-0xc0000103 0xc0010000-0xc0010007 0xc0010010-0xc0010010 0xc0010015-0xc0010015
    0xc001001f-0xc001001f 0xc0011020-0xc001102a""".split()
ANSWERING_PORTS = "0x42-0x42 0x71-0x71 0x3f8-0x3ff 0x605-0x605 0xcf9-0xcf9".split()

NIC_PLACE = 0x03 << 3  # device and function number on bus 0
NIC = 'nic { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };'
STATUS_AND_COMMAND, NIC_MSI_ADDRESS = 0x04, 0xd4


def configuration_spaces(meddler):
    """Every register of every function on bus 0, as the machine itself shows them."""
    there = [devfn for devfn in range(256) if meddler.read_config(devfn, 0) != 0xffffffff]
    return {(devfn, register): meddler.read_config(devfn, register) for devfn in there for register in range(0, 256, 4)}


def answers(machine, what):
    return [line.split()[-1] for line in machine.lines("one") if line.startswith(what)]


def test_what_is_not_allowed_by_name_does_not_answer(start):
    machine = start(prober("neighbour", "listen"), prober(
        "one", "sweep-msrs sweep-ports sweep-cpuid sweep-local-vectors sweep-hypercalls wait=bb8 sweep-pci-writes "
        f"walk={OUTSIDE}", devices=NIC), meddle=True)
    machine.expect(r"^\[one\] waiting", 90)
    before = configuration_spaces(machine.meddler)
    assert "pci sweep: survived" not in machine.lines("one"), "the snapshot came in time"
    machine.expect(r"^\[one\] pci sweep: survived", 60)
    after = configuration_spaces(machine.meddler)
    changed = {place for place in before if before[place] != after[place]}
    assert changed <= {(NIC_PLACE, STATUS_AND_COMMAND), (NIC_PLACE, NIC_MSI_ADDRESS)}
    assert after[NIC_PLACE, NIC_MSI_ADDRESS] == 0xfee00000, "Bulkhead's message, not the guest's"
    assert answers(machine, "readable MSRs") == READABLE_MSRS
    assert answers(machine, "answering ports") == ANSWERING_PORTS
    assert "local vectors: 0 dangerous settings stand" in machine.lines("one")
    machine.expect(r"^\[bulkhead\] STOP-603 one stopped: broke its memory wall")
    wait_for_calm(machine)
