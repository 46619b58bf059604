# SPDX-License-Identifier: Apache-2.0
"""The key manifest: made, signed here or elsewhere, shown, verified; and what it allows and refuses."""
import hashlib
import json
import random
import subprocess

import pytest

IMAGE_SIZE, TRUST_AT = 4096, 640
TRUST_MAGIC = b"BULKHEAD-TRUST\0\2"
DATES = ("--from", "2026-11-01", "--until", "2027-11-01")


def key_hash(folder, name):
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", f"{name}.pub.pem", "-outform", "DER"], cwd=folder,
                         capture_output=True, check=True).stdout
    return hashlib.sha384(der[-97:]).digest()


@pytest.fixture
def site(bulkhead, system):
    """A root key, two configuration keys ("key", "other"), a configuration signed with the first, an image."""
    for name in ("root", "other"):
        assert bulkhead("keygen", name).status == 0
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    image = bytearray(b"MZ" + bytes(IMAGE_SIZE - 2))
    image[TRUST_AT:TRUST_AT + 16] = TRUST_MAGIC
    (system / "bulkhead.efi").write_bytes(image)
    return system


def make(bulkhead, *more, allow=("key",), out="keys.bkm", version=1, dates=DATES):
    allowed = [word for name in allow for word in ("--allow", f"{name}.pub.pem")]
    return bulkhead("manifest", "--root-key", "root.pem", "--version", version, *dates, *allowed, "--out", out, *more)


def verify(bulkhead, *more, manifest="keys.bkm", root="root.pub.pem"):
    return bulkhead("verify", "--root-key", root, "--manifest", manifest, "system.bkc", *more)


def refused(done, code):
    assert done.status == 1 and code in done.err, done


def test_a_manifest_says_what_it_was_told(bulkhead, site):
    done = make(bulkhead, "--revoke", "other.pub.pem", "--revoke-configuration", "ab" * 48, "--security-version", "4",
                version=7)
    assert done.status == 0, done
    seen = json.loads(bulkhead("manifest", "keys.bkm", "--root-key", "root.pub.pem", "--json").out)
    assert seen["verified"] and seen["version"] == 7 and seen["security_version"] == 4
    assert (seen["not_before"], seen["not_after"]) == (1793491200, 1825027200)
    assert seen["key_id"] == key_hash(site, "root").hex() and seen["second_key_id"] is None
    assert [(entry["kind"], entry["id"]) for entry in seen["entries"]] == [
        ("key", key_hash(site, "key").hex()), ("revoked-key", key_hash(site, "other").hex()),
        ("revoked-configuration", "ab" * 48)]


def test_the_file_has_the_documented_layout(bulkhead, site):
    assert make(bulkhead, version=7).status == 0
    content = (site / "keys.bkm").read_bytes()
    assert content[:8] == b"BULKKEYS" and len(content) == 160 + 64 + 208
    assert int.from_bytes(content[16:20], "little") == len(content)
    assert content[64:112] == key_hash(site, "root") and content[160 + 16:160 + 64] == key_hash(site, "key")


def test_without_a_root_key_it_is_shown_as_not_verified(bulkhead, site):
    assert make(bulkhead).status == 0
    done = bulkhead("manifest", "keys.bkm")
    assert done.status == 0 and "NOT VERIFIED" in done.out


def test_a_listed_key_is_accepted(bulkhead, site):
    assert make(bulkhead, version=3).status == 0
    done = verify(bulkhead, "--json")
    assert done.status == 0 and json.loads(done.out)["manifest"]["version"] == 3


def test_t17_an_unlisted_and_a_revoked_key_are_refused(bulkhead, site):
    assert make(bulkhead, allow=("other",)).status == 0
    refused(verify(bulkhead), "SIG-030")
    assert make(bulkhead, "--revoke", "key.pub.pem", allow=("other",), out="new.bkm", version=2).status == 0
    refused(verify(bulkhead, manifest="new.bkm"), "SIG-031")
    done = bulkhead("bundle", "system.bkc", "--root-key", "root.pub.pem", "--manifest", "new.bkm", "--efi", "bulkhead.efi",
                    "--folder", "medium")
    refused(done, "SIG-031")
    assert not (site / "medium").exists()


def test_a_revoked_configuration_is_refused(bulkhead, site):
    assert make(bulkhead, "--revoke-configuration", "system.bkc").status == 0
    refused(verify(bulkhead), "SIG-032")


def test_a_manifest_of_another_root_is_refused(bulkhead, site):
    assert make(bulkhead).status == 0
    refused(verify(bulkhead, root="other.pub.pem"), "SIG-024")


def test_random_damage_is_always_refused(bulkhead, site):
    assert make(bulkhead).status == 0
    good = (site / "keys.bkm").read_bytes()
    chance = random.Random(11)
    for _ in range(40):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        (site / "bad.bkm").write_bytes(bad[:chance.choice([len(bad), chance.randrange(len(bad))])])
        refused(verify(bulkhead, manifest="bad.bkm"), "SIG-0")


def test_a_medium_holds_the_manifest_and_the_image_trusts_the_root(bulkhead, site):
    assert make(bulkhead).status == 0
    done = bulkhead("bundle", "system.bkc", "--root-key", "root.pub.pem", "--manifest", "keys.bkm", "--efi", "bulkhead.efi",
                    "--folder", "medium", "--iso", "disc.iso")
    assert done.status == 0, done
    assert (site / "medium/bulkhead/keys.bkm").read_bytes() == (site / "keys.bkm").read_bytes()
    trust = (site / "medium/EFI/BOOT/BOOTX64.EFI").read_bytes()[TRUST_AT:TRUST_AT + 128]
    assert trust == TRUST_MAGIC + key_hash(site, "root") + bytes(48) + b"\1\0\0\0" + bytes(12)
    subprocess.run(["xorriso", "-indev", "disc.iso", "-osirrox", "on", "-extract", "/boot/grub/grub.cfg", "menu"], cwd=site,
                   capture_output=True, check=True)
    assert "module2 /bulkhead/keys.bkm keys.bkm" in (site / "menu").read_text()


def test_the_root_policy_can_demand_second_signatures(bulkhead, site, lms_key):
    for name in ("second", "second-root"):
        (site / f"{name}.lms").write_bytes(lms_key.with_suffix(".lms").read_bytes())
    assert make(bulkhead, "--second-root-key", "second-root.lms", "--allow-second", "second.lms").status == 0
    refused(verify(bulkhead, "--second-root-key", "second-root.lms"), "SIG-015")
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--second-key", "second.lms", "--out", "system.bkc",
                    "--force").status == 0
    assert verify(bulkhead, "--second-root-key", "second-root.lms").status == 0
    done = bulkhead("bundle", "system.bkc", "--root-key", "root.pem", "--second-root-key", "second-root.lms", "--manifest",
                    "keys.bkm", "--efi", "bulkhead.efi", "--folder", "medium")
    assert done.status == 0, done
    trust = (site / "medium/EFI/BOOT/BOOTX64.EFI").read_bytes()[TRUST_AT:TRUST_AT + 128]
    public = lms_key.with_suffix(".lms.pub").read_bytes()
    assert trust[64:] == hashlib.sha384(public).digest() + b"\3\0\0\0" + bytes(12)
    assert make(bulkhead, out="one.bkm").status == 0
    refused(verify(bulkhead, "--second-root-key", "second-root.lms", manifest="one.bkm"), "SIG-025")


def test_the_root_key_may_be_elsewhere(bulkhead, site):
    done = bulkhead("manifest", "--root-key", "root.pub.pem", "--version", "1", *DATES, "--allow", "key.pub.pem",
                    "--digest-out", "digest", "--out", "un.bkm")
    assert done.status == 0, done
    refused(verify(bulkhead, manifest="un.bkm"), "SIG-008")
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", "root.pem", "-in", "digest", "-out", "signature"], cwd=site,
                   check=True)
    assert bulkhead("manifest", "un.bkm", "--attach", "signature", "--out", "keys.bkm").status == 0
    assert verify(bulkhead).status == 0
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", "other.pem", "-in", "digest", "-out", "wrong"], cwd=site,
                   check=True)
    refused(bulkhead("manifest", "un.bkm", "--attach", "wrong", "--out", "bad.bkm"), "SIG-008")
    assert not (site / "bad.bkm").exists()


@pytest.mark.parametrize("words, code", [
    (("--revoke", "key.pub.pem"), "SIG-026"),  # listed and revoked
    (("--allow", "key.pem"), "SIG-026"),  # twice
    (("--revoke", "abc"), "TOOL-741"),
    (("--revoke-configuration", "/no/such/file"), "TOOL-701"),
    (("--allow-second", "key.pem"), "TOOL-725"),
    (("--security-version", "4294967296"), "TOOL-743"),
])
def test_a_manifest_that_makes_no_sense_is_not_made(bulkhead, site, words, code):
    refused(make(bulkhead, *words), code)
    assert not (site / "keys.bkm").exists()


@pytest.mark.parametrize("until, code", [("2027-02-29", "TOOL-742"), ("soon", "TOOL-742"), ("2026-10-31", "SIG-028")])
def test_a_validity_that_makes_no_sense_is_refused(bulkhead, site, until, code):
    refused(make(bulkhead, dates=("--from", "2026-11-01", "--until", until)), code)


def test_a_manifest_without_keys_is_not_made(bulkhead, site):
    refused(make(bulkhead, "--revoke", "other.pub.pem", allow=()), "SIG-027")


def test_too_many_entries_are_refused(bulkhead, site):
    words = [word for number in range(33) for word in ("--revoke", f"{number:096x}")]
    assert make(bulkhead, *words).status == 2 and not (site / "keys.bkm").exists()
    assert make(bulkhead, *words[:64]).status == 0


@pytest.mark.parametrize("words", [
    ("--out", "keys.bkm"),
    ("keys.bkm", "--allow", "key.pem"),
    ("keys.bkm", "--root-key", "root.pem", "--out", "o"),
    ("keys.bkm", "--second-root-key", "x.lms"),
    ("--attach", "signature", "--root-key", "root.pem", "--version", "1", *DATES, "--out", "o"),
    ("keys.bkm", "--attach", "signature"),
])
def test_command_lines_that_make_no_sense_are_refused(bulkhead, site, words):
    assert make(bulkhead).status == 0
    assert bulkhead("manifest", *words).status == 2


@pytest.mark.parametrize("words", [
    ("--root-key", "root.pem"), ("--manifest", "keys.bkm"), ("--key", "key.pem", "--root-key", "root.pem", "--manifest", "k"),
    ("--key", "key.pem", "--second-root-key", "x"), ("--root-key", "root.pem", "--manifest", "k", "--second-key", "x"),
])
def test_keys_that_do_not_go_together_are_refused(bulkhead, site, words):
    assert bulkhead("verify", *words, "system.bkc").status == 2
    assert bulkhead("bundle", "system.bkc", *words, "--folder", "medium").status == 2
