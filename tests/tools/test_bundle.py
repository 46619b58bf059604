# SPDX-License-Identifier: Apache-2.0
"""bundle: boot media hold what was signed, and nothing else is let onto them."""
import hashlib
import json
import subprocess

import pytest

TRUST_AT = 64 * 10
TRUST_MAGIC = b"BULKHEAD-TRUST\0\2"


@pytest.fixture
def release(bulkhead, system):
    """A signed configuration, and an image with an empty trust section."""
    image = bytearray(b"MZ" + bytes(4094))
    image[TRUST_AT:TRUST_AT + 16] = TRUST_MAGIC
    (system / "bulkhead.efi").write_bytes(image)
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    return system


def bundle(bulkhead, *more):
    return bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", *more)


def read_esp(folder, disk, path):
    return subprocess.run(["mtype", "-i", f"{disk}@@1048576", f"::{path}"], cwd=folder, capture_output=True,
                          check=True).stdout


def key_hash(folder):
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", "key.pub.pem", "-outform", "DER"], cwd=folder,
                         capture_output=True, check=True).stdout
    return hashlib.sha384(der[-97:]).digest()


def test_a_folder_holds_image_configuration_and_files(bulkhead, release):
    assert bundle(bulkhead, "--folder", "medium").status == 0
    medium = release / "medium"
    names = {str(path.relative_to(medium)) for path in medium.rglob("*") if path.is_file()}
    assert names == {"EFI/BOOT/BOOTX64.EFI", "bulkhead/system.bkc", "bulkhead/vmlinuz", "bulkhead/initrd.img"}
    for name in ("system.bkc", "vmlinuz", "initrd.img"):
        assert (medium / "bulkhead" / name).read_bytes() == (release / name).read_bytes()


def test_the_image_trusts_the_key_and_is_otherwise_unchanged(bulkhead, release):
    assert bundle(bulkhead, "--folder", "medium").status == 0
    original = (release / "bulkhead.efi").read_bytes()
    filled = (release / "medium/EFI/BOOT/BOOTX64.EFI").read_bytes()
    at = TRUST_AT + 16
    assert filled[at:at + 48] == key_hash(release)
    assert filled[:at] == original[:at] and filled[at + 48:] == original[at + 48:]


def test_a_disk_image_holds_the_same_and_is_reproducible(bulkhead, release):
    for disk in ("a.img", "b.img"):
        assert bundle(bulkhead, "--esp", disk, ).status == 0
    assert (release / "a.img").read_bytes() == (release / "b.img").read_bytes()
    assert read_esp(release, "a.img", "/bulkhead/vmlinuz") == (release / "vmlinuz").read_bytes()
    assert TRUST_MAGIC + key_hash(release) in read_esp(release, "a.img", "/EFI/BOOT/BOOTX64.EFI")
    table = subprocess.run(["sgdisk", "-v", "a.img"], cwd=release, capture_output=True, text=True, check=True).stdout
    assert "No problems found" in table


def test_an_iso_names_every_module_by_its_file(bulkhead, release):
    assert bundle(bulkhead, "--iso", "disc.iso").status == 0
    menu = subprocess.run(["xorriso", "-indev", "disc.iso", "-osirrox", "on", "-extract", "/boot/grub/grub.cfg", "menu"],
                          cwd=release, capture_output=True, check=True)
    assert menu.returncode == 0
    lines = (release / "menu").read_text().split("\n")
    modules = [line.split() for line in lines if "module2" in line]
    assert modules == [["module2", f"/bulkhead/{name}", name] for name in ("system.bkc", "vmlinuz", "initrd.img")]


def test_nothing_is_overwritten_unasked(bulkhead, release):
    (release / "disk.img").write_text("precious")
    done = bundle(bulkhead, "--esp", "disk.img")
    assert done.status == 1 and "TOOL-703" in done.err and (release / "disk.img").read_text() == "precious"
    assert bundle(bulkhead, "--esp", "disk.img", "--force").status == 0


def expect(done, code, *texts):
    assert done.status == 1, done
    assert code in done.err and all(text in done.err for text in texts), done


def test_an_image_that_was_not_signed_is_refused(bulkhead, release):
    (release / "initrd.img").write_bytes(b"INITRD" * 1000)
    expect(bundle(bulkhead, "--folder", "medium"), "TOOL-760", "initrd.img")
    assert not (release / "medium").exists()


def test_a_configuration_of_another_key_is_refused(bulkhead, release):
    assert bulkhead("keygen", "other").status == 0
    done = bulkhead("bundle", "system.bkc", "--key", "other.pub.pem", "--efi", "bulkhead.efi", "--folder", "medium")
    expect(done, "SIG-007")


def test_a_tampered_configuration_is_refused(bulkhead, release):
    blob = bytearray((release / "system.bkc").read_bytes())
    blob[400] ^= 1
    (release / "system.bkc").write_bytes(blob)
    expect(bundle(bulkhead, "--folder", "medium"), "SIG-")


@pytest.mark.parametrize("image", [b"", b"MZ" * 500, (TRUST_MAGIC + bytes(112)) * 2])
def test_a_file_that_is_no_boot_image_is_refused(bulkhead, release, image):
    (release / "bulkhead.efi").write_bytes(image)
    expect(bundle(bulkhead, "--folder", "medium"), "TOOL-761", "bulkhead.efi")


def test_an_image_that_trusts_another_key_is_refused(bulkhead, release):
    image = bytearray((release / "bulkhead.efi").read_bytes())
    image[TRUST_AT + 16] = 1
    (release / "bulkhead.efi").write_bytes(image)
    expect(bundle(bulkhead, "--folder", "medium"), "TOOL-762")


def test_a_failed_disk_image_leaves_nothing_behind(bulkhead, release):
    done = bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--esp", "disk.img",
                    environment={"PATH": "/nonexistent"})
    expect(done, "TOOL-764", "sgdisk")
    assert not list(release.glob("disk.img*"))


@pytest.mark.parametrize("option, code", [("--esp", "TOOL-766"), ("--iso", "TOOL-767")])
def test_an_output_that_cannot_be_put_in_its_place_is_refused(bulkhead, release, option, code):
    (release / "taken").mkdir()
    expect(bundle(bulkhead, option, "taken", "--force"), code, "taken")
    assert not (release / "taken.part").exists()


def test_a_folder_that_cannot_be_made_is_refused(bulkhead, release):
    expect(bundle(bulkhead, "--folder", "system.dts/medium"), "TOOL-763")
    done = bulkhead("bundle", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--iso", "disc.iso",
                    environment={"TMPDIR": "/nonexistent"})
    expect(done, "TOOL-763")


def test_secure_boot_signing_uses_the_given_key(bulkhead, release):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "sb.pem",
                    "-out", "sb.crt"], cwd=release, capture_output=True, check=True)
    done = bundle(bulkhead, "--folder", "medium", "--sb-key", "sb.pem", "--sb-cert", "sb.crt")
    expect(done, "TOOL-765", "sbsign")  # the pretended image is no PE file, and sbsign says so


def test_command_lines_that_make_no_sense_are_refused(bulkhead, release):
    assert bundle(bulkhead).status == 2
    assert bundle(bulkhead, "--folder", "m", "--sb-key", "sb.pem").status == 2
    assert bulkhead("bundle", "system.bkc", "--folder", "m").status == 2


def test_json_names_the_outputs(bulkhead, release):
    done = bundle(bulkhead, "--folder", "medium", "--json")
    assert done.status == 0 and json.loads(done.out)["folder"] == "medium"
