# SPDX-License-Identifier: Apache-2.0
"""predict: registers and events of a boot, from the files of a release alone."""
import hashlib
import json
import struct

import pytest

from release_files import authenticode, boot_image, encode, machine, replay

ABSENT = bytes(48)
SEPARATOR = bytes(4)
BANKS = ("sha256", "sha384")


@pytest.fixture
def release(bulkhead, system):
    """A signed configuration, a boot image, Secure Boot keys, a machine."""
    (system / "bulkhead.efi").write_bytes(boot_image())
    (system / "machine.json").write_text(machine())
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    return system


def predict(bulkhead, *more, container="system.bkc"):
    done = bulkhead("predict", container, "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--json", *more)
    assert done.status == 0, done
    return json.loads(done.out)


def data_of(prediction, pcr):
    return [bytes.fromhex(event["data"]) for event in prediction["events"] if event["pcr"] == pcr]


def sha384(data):
    return hashlib.sha384(data).digest()


def facts_of(bulkhead):
    done = bulkhead("verify", "system.bkc", "--key", "key.pub.pem", "--json")
    assert done.status == 0, done
    return json.loads(done.out)


def own_records(bulkhead, folder):
    """PCR 8 and 9 as docs/attestation.md says."""
    facts = facts_of(bulkhead)
    configuration = [
        encode(1, "key-manifest", number=0, digest=ABSENT),
        encode(1, "signing-key", digest=bytes.fromhex(facts["key_id"])),
        encode(1, "second-signing-key", digest=ABSENT),
        encode(1, "security-version", number=3),
        encode(1, "flags", number=0),
        encode(1, "configuration", text="test-1", number=facts["serial"], digest=bytes.fromhex(facts["digest"])),
        SEPARATOR]
    kernel, initrd = (folder / "vmlinuz").read_bytes(), (folder / "initrd.img").read_bytes()
    partition = [
        encode(2, "role", "one", "guest"),
        encode(2, "resources", "one", "1 core(s), 64 MiB, console, restart never"),
        encode(2, "kernel-format", "one", "linux"),
        encode(2, "kernel", "one", "vmlinuz", len(kernel), sha384(kernel)),
        encode(2, "command-line", "one", "console=ttyS0", 13, sha384(b"console=ttyS0")),
        encode(2, "initrd", "one", "initrd.img", len(initrd), sha384(initrd)),
        SEPARATOR]
    return configuration, partition


def record(pcr, data):
    return struct.pack("<III", pcr, 4 if data == SEPARATOR else 6, len(data)) + data


def test_the_events_are_those_of_the_contract(bulkhead, release):
    prediction = predict(bulkhead)
    configuration, partition = own_records(bulkhead, release)
    assert data_of(prediction, 8) == configuration
    assert data_of(prediction, 9) == partition
    sealed = b"".join(record(8, data) for data in configuration) + b"".join(record(9, data) for data in partition)
    assert data_of(prediction, 21) == [encode(4, "seal", digest=sha384(sealed))]


@pytest.mark.parametrize("bank", BANKS)
def test_every_register_follows_from_its_events(bulkhead, release, bank):
    assert bulkhead("sb-keys", "sb").status == 0
    prediction = predict(bulkhead, "--sb-keys", "sb", "--machine", "machine.json")
    assert list(prediction["pcrs"][bank]) == ["4", "7", "8", "9", "11", "21"]
    for pcr, value in prediction["pcrs"][bank].items():
        assert replay(prediction["events"], int(pcr), bank) == value
    for event in prediction["events"]:
        if "data" in event:
            assert hashlib.new(bank, bytes.fromhex(event["data"])).hexdigest() == event[bank]


@pytest.mark.parametrize("bank", BANKS)
def test_register_4_holds_the_image_as_the_medium_has_it(bulkhead, release, bank):
    assert bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--folder", "medium").status == 0
    image = (release / "medium/EFI/BOOT/BOOTX64.EFI").read_bytes()
    events = [event for event in predict(bulkhead)["events"] if event["pcr"] == 4]
    call = hashlib.new(bank, b"Calling EFI Application from Boot Option").hexdigest()
    assert [event[bank] for event in events] == [call, hashlib.new(bank, SEPARATOR).hexdigest(), authenticode(image, bank)]


def test_the_image_may_be_the_built_the_bundled_or_the_signed_one(bulkhead, release):
    assert bulkhead("sb-keys", "sb").status == 0
    expected = predict(bulkhead, "--sb-keys", "sb")
    for folder, more in (("plain", []), ("signed", ["--sb-key", "sb/db.key", "--sb-cert", "sb/db.pem"])):
        assert bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--folder", folder,
                        *more).status == 0
        done = bulkhead("predict", "system.bkc", "--key", "key.pub.pem", "--efi", f"{folder}/EFI/BOOT/BOOTX64.EFI",
                        "--sb-keys", "sb", "--json")
        assert json.loads(done.out) == expected


def changed(before, after):
    return {pcr for pcr, value in before["pcrs"]["sha384"].items() if after["pcrs"]["sha384"][pcr] != value}


def test_one_byte_of_a_command_line_changes_the_configurations_registers_alone(bulkhead, release):
    assert bulkhead("sb-keys", "sb").status == 0
    more = ("--sb-keys", "sb", "--machine", "machine.json")
    before = predict(bulkhead, *more)
    source = (release / "system.dts").read_text()
    (release / "system.dts").write_text(source.replace("console=ttyS0", "console=ttyS1"))
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "other.bkc").status == 0
    assert changed(before, predict(bulkhead, *more, container="other.bkc")) == {"8", "9", "21"}


def test_another_key_changes_the_image_too(bulkhead, release):
    before = predict(bulkhead)
    assert bulkhead("keygen", "other").status == 0
    assert bulkhead("sign", "system.dts", "--key", "other.pem", "--out", "other.bkc").status == 0
    done = bulkhead("predict", "other.bkc", "--key", "other.pub.pem", "--efi", "bulkhead.efi", "--json")
    assert changed(before, json.loads(done.out)) == {"4", "8", "21"}


def test_one_more_core_on_the_machine_changes_register_11_alone(bulkhead, release):
    before = predict(bulkhead, "--machine", "machine.json")
    cores = json.loads(machine())["cores"]
    (release / "machine.json").write_text(machine(cores=cores + [{"apic-id": len(cores), "smt-group": len(cores)}]))
    assert changed(before, predict(bulkhead, "--machine", "machine.json")) == {"11"}


def test_facts_of_the_machine_are_in_register_11(bulkhead, release):
    data = data_of(predict(bulkhead, "--machine", "machine.json", "--rollback-floor", "2"), 11)
    assert data[:7] == [
        encode(3, "iommu", text="on"), encode(3, "interrupt-remapping", text="on"), encode(3, "smt", text="one-owner"),
        encode(3, "processor", number=0x800F12), encode(3, "microcode", number=7),
        encode(3, "tpm-locality-2", text="open"), encode(3, "rollback-protection", text="counter", number=2)]
    assert len(data) == 10 and data[9] == SEPARATOR
    without = data_of(predict(bulkhead, "--machine", "machine.json"), 11)
    assert without[6] == encode(3, "rollback-protection", text="none", number=0)


def test_a_machine_whose_locality_2_is_closed_seals_nothing(bulkhead, release):
    (release / "machine.json").write_text(machine(**{"tpm-locality-2": False}))
    prediction = predict(bulkhead, "--machine", "machine.json")
    assert "21" not in prediction["pcrs"]["sha384"] and data_of(prediction, 21) == []
    assert encode(3, "tpm-locality-2", text="closed") in data_of(prediction, 11)


def test_people_see_every_register_and_event(bulkhead, release):
    done = bulkhead("predict", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi")
    assert done.status == 0, done
    for bank in BANKS:
        assert all(value in done.out for value in predict(bulkhead)["pcrs"][bank].values())
    assert "command-line           console=ttyS0 13" in done.out


def spoil(file):
    """Its last byte becomes another one."""
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("change, more, code", [
    (lambda folder: (folder / "bulkhead.efi").write_bytes(b"MZ" + boot_image()[2:0x3000]), [], "TOOL-792"),
    (lambda folder: (folder / "bulkhead.efi").write_bytes(bytes(0x4000)), [], "TOOL-761"),
    (lambda folder: (folder / "machine.json").write_text(machine(tpm="none")), ["--machine", "machine.json"], "TOOL-797"),
    (lambda folder: (folder / "bulkhead.efi").write_bytes(boot_image().replace(b"*Monitor", bytes(8))),
     ["--machine", "machine.json"], "TOOL-796"),
    (lambda folder: (folder / "machine.json").write_text(machine(**{"tpm-locality-2": False})),
     ["--machine", "machine.json", "--rollback-floor", "1"], "TOOL-799"),
    (lambda folder: None, ["--machine", "machine.json", "--rollback-floor", "4"], "TOOL-799"),
    (lambda folder: None, ["--sb-keys", "nowhere"], "TOOL-701"),
    (lambda folder: spoil(folder / "system.bkc"), [], "SIG-"),
])
def test_files_that_do_not_fit_are_refused(bulkhead, release, change, more, code):
    change(release)
    done = bulkhead("predict", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", *more)
    assert done.status == 1 and code in done.err and done.out == "", done


def test_command_lines_that_make_no_sense_are_refused(bulkhead, release):
    assert bulkhead("predict", "system.bkc").status == 2
    assert bulkhead("predict", "system.bkc", "--key", "key.pem", "--rollback-floor", "1").status == 2
    for floor in ("x", "-1", "4294967296"):
        assert bulkhead("predict", "system.bkc", "--key", "key.pem", "--machine", "m", "--rollback-floor", floor).status == 2
