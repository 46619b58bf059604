# SPDX-License-Identifier: Apache-2.0
"""run: the QEMU command line follows the configuration."""
import json
import shlex

import pytest

DEVICES = """
            nic  { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };
            disk { pci = "0000:00:1c.0/00.0"; id = <0x1b36 0x0010>; };
"""


@pytest.fixture
def machine(system):
    """A configuration with a network card and, behind a bridge, a disk."""
    source = (system / "system.dts").read_text()
    (system / "system.dts").write_text(source.replace("            console;", "            console;" + DEVICES))
    (system / "disk.img").write_bytes(bytes(4096))
    (system / "esp.img").write_bytes(bytes(4096))
    return system


def command(bulkhead, *more):
    done = bulkhead("run", "system.dts", "--esp", "esp.img", "--print", "--json", *more)
    assert done.status == 0, done
    return json.loads(done.out)["command"]


def value_after(words, option, start):
    return [words[i + 1] for i, word in enumerate(words[:-1]) if word == option and words[i + 1].startswith(start)]


def test_each_device_sits_at_its_path(bulkhead, machine):
    words = command(bulkhead, "--disk", "one=disk.img")
    assert "bus=pcie.0,addr=03.0" in value_after(words, "-device", "e1000e")[0]
    assert "bus=pcie.0,addr=1c.0" in value_after(words, "-device", "pcie-root-port")[0]
    assert "bus=port-1c.0,addr=00.0" in value_after(words, "-device", "nvme")[0]
    assert value_after(words, "-drive", "if=none,id=one-disk") == ["if=none,id=one-disk,format=raw,file=disk.img"]


def test_the_iommu_translates_and_the_processor_has_svm(bulkhead, machine):
    words = command(bulkhead, "--disk", "one=disk.img")
    assert value_after(words, "-device", "amd-iommu") == ["amd-iommu,intremap=on,xtsup=on,pt=off"]
    assert value_after(words, "-cpu", "EPYC") == ["EPYC,+svm,+npt,+x2apic"]


def test_a_tpm_with_all_localities_is_there_when_asked_for(bulkhead, machine):
    assert "-tpmdev" not in command(bulkhead, "--omit", "one/disk")
    words = command(bulkhead, "--omit", "one/disk", "--tpm", "/run/tpm")
    assert value_after(words, "-chardev", "socket") == ["socket,id=tpm-control,path=/run/tpm"]
    assert value_after(words, "-tpmdev", "emulator") == ["emulator,id=tpm,chardev=tpm-control"]
    assert value_after(words, "-device", "tpm-tis") == ["tpm-tis,tpmdev=tpm"]


def test_forwards_lead_to_the_partition(bulkhead, machine):
    words = command(bulkhead, "--disk", "one/disk=disk.img", "--forward", "one=8080:80", "--forward", "one/nic=8443:443")
    assert value_after(words, "-netdev", "user") == [
        "user,id=one-nic,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=tcp:127.0.0.1:8443-:443"]


def test_a_snapshot_leaves_every_disk_alone_but_those_to_keep(bulkhead, machine):
    disk = ("--disk", "one=disk.img")
    written, untouched = ["if=none,id=one-disk,format=raw,file=disk.img"], [
        "if=none,id=one-disk,format=raw,snapshot=on,file=disk.img"]
    assert value_after(command(bulkhead, *disk), "-drive", "if=none,id=one") == written
    assert value_after(command(bulkhead, *disk, "--snapshot"), "-drive", "if=none,id=one") == untouched
    assert value_after(command(bulkhead, *disk, "--snapshot", "--keep", "one"), "-drive", "if=none,id=one") == written


def test_a_device_may_be_left_out(bulkhead, machine):
    words = command(bulkhead, "--omit", "one/disk")
    assert value_after(words, "-device", "nvme") == []


def test_cores_and_memory_may_be_chosen_and_more_may_be_added(bulkhead, machine):
    words = command(bulkhead, "--omit", "one/disk", "--cores", "7", "--memory", "8192", "--", "-name", "x")
    assert words[words.index("-smp") + 1] == "7" and words[words.index("-m") + 1] == "8192M" and words[-2:] == ["-name", "x"]


def test_the_printed_line_is_fit_for_a_shell(bulkhead, machine):
    (machine / "my disk,1.img").write_bytes(bytes(4096))
    done = bulkhead("run", "system.dts", "--esp", "esp.img", "--disk", "one=my disk,1.img", "--print")
    words = shlex.split(done.out)
    assert words[0] == "qemu-system-x86_64" and "if=none,id=one-disk,format=raw,file=my disk,,1.img" in words


def test_a_signed_configuration_serves_as_well(bulkhead, machine):
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    done = bulkhead("run", "system.bkc", "--esp", "esp.img", "--omit", "one/disk", "--print")
    assert done.status == 0 and "e1000e" in done.out


@pytest.mark.parametrize("more, code", [
    ([], "TOOL-771"),
    (["--disk", "one=missing.img"], "TOOL-771"),
    (["--disk", "one=disk.img", "--forward", "one=80"], "TOOL-774"),
    (["--disk", "one=disk.img", "--forward", "one=0:80"], "TOOL-774"),
    (["--disk", "one=disk.img", "--forward", "two=8080:80"], "TOOL-773"),
    (["--disk", "two=disk.img", "--omit", "one/disk"], "TOOL-773"),
    (["--disk", "one=disk.img", "--keep", "two"], "TOOL-773"),
])
def test_options_that_do_not_fit_are_refused(bulkhead, machine, more, code):
    done = bulkhead("run", "system.dts", "--esp", "esp.img", "--print", *more)
    assert done.status == 1 and code in done.err, done


def test_a_device_that_qemu_does_not_have_is_refused(bulkhead, machine):
    source = (machine / "system.dts").read_text()
    (machine / "system.dts").write_text(source.replace("0x10d3", "0x1572"))
    done = bulkhead("run", "system.dts", "--esp", "esp.img", "--omit", "one/disk", "--print")
    assert done.status == 1 and "TOOL-770" in done.err and "0x1572" in done.err


def test_a_device_behind_two_bridges_is_refused(bulkhead, machine):
    source = (machine / "system.dts").read_text()
    (machine / "system.dts").write_text(source.replace("1c.0/00.0", "1c.0/00.0/01.0"))
    done = bulkhead("run", "system.dts", "--esp", "esp.img", "--disk", "one=disk.img", "--print")
    assert done.status == 1 and "TOOL-772" in done.err


def test_a_missing_qemu_is_named(bulkhead, system):
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    done = bulkhead("run", "system.bkc", "--esp", "esp.img", environment={"PATH": "/nonexistent"})
    assert done.status == 1 and "TOOL-775" in done.err


def test_command_lines_that_make_no_sense_are_refused(bulkhead, machine):
    assert bulkhead("run", "system.dts", "--print").status == 2
    assert bulkhead("run", "system.dts", "--esp", "a", "--iso", "b", "--print").status == 2
    assert bulkhead("run", "system.dts", "--esp", "a", "--cores", "0", "--print").status == 2
    assert bulkhead("run", "system.dts", "--esp", "a", "--json").status == 2
