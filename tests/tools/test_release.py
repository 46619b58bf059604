# SPDX-License-Identifier: Apache-2.0
"""release: the file by which a verifier knows a release, and its signature."""
import hashlib
import json
import subprocess

import pytest

from release_files import authenticode, boot_image, machine

POLICY = {"platform": {"iommu": ["on"], "interrupt-remapping": ["on"], "smt": ["one-owner"]}, "allow-debug": False,
          "require-locality-2": True, "require-rollback-protection": False}


@pytest.fixture
def files(bulkhead, system):
    (system / "bulkhead.efi").write_bytes(boot_image())
    (system / "server.json").write_text(machine())
    assert bulkhead("sb-keys", "sb").status == 0
    assert bulkhead("keygen", "release").status == 0
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc").status == 0
    return system


def release(bulkhead, *more, out="release.json"):
    return bulkhead("release", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--release-key", "release.pem",
                    "--out", out, *more)


def verify(bulkhead, name="release.json", key="release.pub.pem"):
    return bulkhead("release", "--verify", name, "--release-key", key)


def test_a_release_says_what_predict_says(bulkhead, files):
    assert release(bulkhead, "--sb-keys", "sb", "--machine", "server.json").status == 0
    made = json.loads((files / "release.json").read_text())
    done = bulkhead("predict", "system.bkc", "--key", "key.pub.pem", "--efi", "bulkhead.efi", "--sb-keys", "sb", "--machine",
                    "server.json", "--json")
    predicted = json.loads(done.out)
    for bank in ("sha256", "sha384"):
        assert made["pcrs"][bank] | made["machine"]["pcrs"][bank] == predicted["pcrs"][bank]
    for events, pcrs in ((made["events"], (8, 9, 21)), (made["firmware-events"], (4, 7)), (made["machine"]["events"], (11,))):
        assert events == [event for event in predicted["events"] if event["pcr"] in pcrs]
    assert made["machine"]["name"] == "server" and made["policy"] == POLICY


def test_its_head_names_release_and_build(bulkhead, files):
    (files / "sbom.json").write_text("{}")
    assert release(bulkhead, "--sbom", "sbom.json").status == 0
    made = json.loads((files / "release.json").read_text())
    verified = json.loads(bulkhead("verify", "system.bkc", "--key", "key.pub.pem", "--json").out)
    assert (made["format"], made["name"], made["serial"], made["security-version"]) == (
        "bulkhead-release-1", "test-1", verified["serial"], 3)
    assert made["build"] == {
        "id": authenticode(boot_image(), "sha384")[:32], "image-sha384": made["firmware-events"][-1]["sha384"],
        "configuration-sha384": verified["digest"], "sbom": hashlib.sha384(b"{}").hexdigest()}
    assert "machine" not in made and "7" not in made["pcrs"]["sha256"]


def test_the_build_id_is_the_same_for_every_site(bulkhead, files):
    assert release(bulkhead).status == 0
    assert bulkhead("keygen", "other").status == 0
    assert bulkhead("sign", "system.dts", "--key", "other.pem", "--out", "other.bkc").status == 0
    assert bulkhead("release", "other.bkc", "--key", "other.pub.pem", "--efi", "bulkhead.efi", "--release-key", "release.pem",
                    "--out", "other.json").status == 0
    one, two = (json.loads((files / name).read_text())["build"] for name in ("release.json", "other.json"))
    assert one["id"] == two["id"] and one["image-sha384"] != two["image-sha384"]


def test_two_runs_write_the_same_bytes(bulkhead, files):
    for out in ("a.json", "b.json"):
        assert release(bulkhead, "--sb-keys", "sb", "--machine", "server.json", out=out).status == 0
    assert (files / "a.json").read_bytes() == (files / "b.json").read_bytes()
    assert (files / "a.json.sig").read_bytes() == (files / "b.json.sig").read_bytes()


def test_the_signature_is_an_ordinary_ecdsa_one(bulkhead, files):
    assert release(bulkhead).status == 0
    raw = (files / "release.json.sig").read_bytes()
    assert len(raw) == 96
    numbers = [number.lstrip(b"\0") for number in (raw[:48], raw[48:])]
    parts = b"".join(b"\x02" + bytes([len(n) + (n[0] >> 7)]) + b"\0" * (n[0] >> 7) + n for n in numbers)
    (files / "der").write_bytes(b"\x30" + bytes([len(parts)]) + parts)
    done = subprocess.run(["openssl", "dgst", "-sha384", "-verify", "release.pub.pem", "-signature", "der", "release.json"],
                          cwd=files, capture_output=True, check=False)
    assert done.returncode == 0, done


def test_a_release_that_was_touched_or_signed_by_others_is_refused(bulkhead, files):
    assert release(bulkhead).status == 0
    assert verify(bulkhead).status == 0 and "test-1" in verify(bulkhead).out
    assert bulkhead("keygen", "other").status == 0
    assert "ATT-925" in verify(bulkhead, key="other.pub.pem").err
    text = (files / "release.json").read_text()
    (files / "release.json").write_text(text.replace('"allow-debug": false', '"allow-debug": true'))
    done = verify(bulkhead)
    assert done.status == 1 and "ATT-925" in done.err


def test_a_policy_of_ones_own_takes_the_defaults_place(bulkhead, files):
    own = {"platform": {"iommu": ["on"], "microcode": [7, 8]}, "allow-debug": True}
    (files / "policy.json").write_text(json.dumps(own))
    assert release(bulkhead, "--policy", "policy.json").status == 0
    assert json.loads((files / "release.json").read_text())["policy"] == own


@pytest.mark.parametrize("policy, code", [("[]", "TOOL-798"), ("{", "TOOL-798"), ('{"a": 1, "a": 2}', "TOOL-798"),
                                          ('{"require-everything": true}', "ATT-"), ('{"platform": {"iommu": "on"}}', "ATT-")])
def test_a_policy_that_no_verifier_would_take_is_refused(bulkhead, files, policy, code):
    (files / "policy.json").write_text(policy)
    done = release(bulkhead, "--policy", "policy.json")
    assert done.status == 1 and code in done.err and not (files / "release.json").exists(), done


def test_files_are_not_overwritten_unasked(bulkhead, files):
    (files / "release.json.sig").write_text("mine")
    done = release(bulkhead)
    assert done.status == 1 and "TOOL-703" in done.err and not (files / "release.json").exists()
    assert release(bulkhead, "--force").status == 0 and verify(bulkhead).status == 0


def test_command_lines_that_make_no_sense_are_refused(bulkhead, files):
    assert bulkhead("release", "system.bkc", "--key", "key.pem", "--out", "a").status == 2
    assert bulkhead("release", "system.bkc", "--key", "key.pem", "--release-key", "release.pem").status == 2
    assert release(bulkhead, "--machine-name", "x").status == 2
