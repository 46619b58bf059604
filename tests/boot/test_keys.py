# SPDX-License-Identifier: Apache-2.0
"""Whose configurations a machine starts: keys listed in a manifest that a root key signed, and second signatures."""
import pytest

from conftest import MEMORY_MIB
from machine import Machine, Medium, bulkhead
from refusal import changed_disc, expect_refusal
from sources import IMAGES, prober, system


@pytest.fixture
def medium(tmp_path):
    return Medium(tmp_path, system(prober("one")), IMAGES)


def make_manifest(medium, name, version, *words):
    """A key manifest by the key "root". Manifests with the same number of entries are of the same size."""
    root = medium.make_key("root")
    bulkhead("manifest", "--root-key", root, "--version", version, "--from", "2026-01-01", "--until", "2030-01-01", *words,
             "--out", medium.folder / name)
    medium.trust = ["--root-key", root, "--manifest", medium.folder / name]
    return medium.folder / name


def make_lms_key(medium, name):
    bulkhead("keygen", "--lms", medium.folder / name)
    return medium.folder / f"{name}.lms"


def expect_start(medium, **boot):
    boot = boot or {"iso": medium.iso()}
    with Machine(medium.folder / "machine", medium.container, memory_mib=MEMORY_MIB, **boot) as machine:
        machine.expect(r"^\[one\] prober done", timeout=90)
        return machine.lines("bulkhead")


def test_a_listed_key_starts_from_disc_and_from_uefi(medium):
    make_manifest(medium, "keys.bkm", 7, "--allow", medium.key)
    assert any("key manifest version 7" in line for line in expect_start(medium))
    expect_start(medium, esp=medium.esp())


def test_t17_a_configuration_signed_with_a_revoked_key_is_refused(medium):
    """The disc starts until the manifest that revokes the stolen key replaces the one that lists it."""
    stolen = medium.make_key("stolen")
    new = make_manifest(medium, "new.bkm", 2, "--allow", medium.key, "--revoke", stolen).read_bytes()
    old = make_manifest(medium, "keys.bkm", 1, "--allow", medium.key, "--allow", stolen).read_bytes()
    medium.container = medium.sign(stolen, "stolen.bkc")
    expect_start(medium)
    expect_refusal(medium, "SIG-031", iso=changed_disc(medium, old, new))


def test_t17_a_configuration_signed_with_an_unlisted_key_is_refused(medium):
    make_manifest(medium, "keys.bkm", 1, "--allow", medium.key)
    good = medium.container.read_bytes()
    other = medium.sign(medium.make_key("other"), "other.bkc").read_bytes()
    expect_refusal(medium, "SIG-030", iso=changed_disc(medium, good, other))


def test_a_manifest_by_another_root_key_is_refused(medium):
    good = make_manifest(medium, "keys.bkm", 1, "--allow", medium.key).read_bytes()
    trust = medium.trust
    forged = medium.folder / "forged.bkm"
    bulkhead("manifest", "--root-key", medium.make_key("forger"), "--version", 2, "--from", "2026-01-01", "--until",
             "2030-01-01", "--allow", medium.key, "--out", forged)
    medium.trust = trust
    expect_refusal(medium, "SIG-024", iso=changed_disc(medium, good, forged.read_bytes()))


def test_a_missing_manifest_is_refused(medium):
    make_manifest(medium, "keys.bkm", 1, "--allow", medium.key)
    expect_refusal(medium, "SIG-033", iso=changed_disc(medium, b"/keys.bkm keys.bkm", b"/keys.bkm keys.xyz"))


def test_two_signatures_are_verified_where_the_image_demands_them(medium):
    lms = make_lms_key(medium, "second")
    medium.container = medium.sign(medium.key, "system.bkc", second_key=lms)
    medium.trust = ["--key", medium.key, "--second-key", lms]
    expect_start(medium)
    good = medium.container.read_bytes()
    changed = good[:-700] + bytes([good[-700] ^ 1]) + good[-699:]  # in the LMS signature
    expect_refusal(medium, "SIG-008", iso=changed_disc(medium, good, changed))


def test_the_root_policy_demands_two_signatures_of_manifest_and_configuration(medium):
    root_lms, lms = make_lms_key(medium, "root"), make_lms_key(medium, "second")
    keys = make_manifest(medium, "keys.bkm", 1, "--allow", medium.key, "--allow-second", lms, "--second-root-key", root_lms)
    medium.trust = ["--root-key", medium.make_key("root"), "--second-root-key", root_lms, "--manifest", keys]
    medium.container = medium.sign(medium.key, "system.bkc", second_key=lms)
    expect_start(medium)
