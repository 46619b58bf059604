# SPDX-License-Identifier: Apache-2.0
"""keygen, sign and verify: the way of a configuration from source to signed file, and what stands in it."""
import hashlib
import json
import os
import random
import stat
import subprocess

import pytest


def sign(bulkhead, *more):
    return bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc", *more)


def prepare(bulkhead):
    """Leaves un.bkc, which waits for the signature of the file `digest`."""
    return bulkhead("sign", "system.dts", "--key", "key.pub.pem", "--digest-out", "digest", "--out", "un.bkc")


def openssl_sign(folder, key):
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-in", "digest", "-out", "signature"], cwd=folder,
                   check=True)


def test_keygen_keeps_the_secret_private_and_names_the_key(bulkhead, tmp_path):
    done = bulkhead("keygen", "key", "--json")
    assert done.status == 0
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", "key.pub.pem", "-outform", "DER"], cwd=tmp_path,
                         capture_output=True, check=True).stdout
    assert json.loads(done.out)["key_id"] == hashlib.sha384(der[-97:]).hexdigest()


@pytest.mark.parametrize("existing", ["key.pem", "key.pub.pem"])
def test_keygen_never_overwrites(bulkhead, tmp_path, existing):
    (tmp_path / existing).write_text("precious")
    done = bulkhead("keygen", "key")
    assert done.status == 1 and "TOOL-703" in done.err
    assert (tmp_path / existing).read_text() == "precious"
    assert os.listdir(tmp_path) == [existing]


def test_a_signed_configuration_verifies(bulkhead, system):
    assert sign(bulkhead).status == 0
    done = bulkhead("verify", "--key", "key.pub.pem", "system.bkc", "--json")
    assert done.status == 0, done
    seen = json.loads(done.out)
    assert seen["ok"] and seen["security_version"] == 3 and seen["images"] == 2 and seen["serial"] == 1700000000


def test_digests_and_sizes_of_the_images_stand_in_the_signed_tree(bulkhead, system):
    assert sign(bulkhead).status == 0
    blob = (system / "system.bkc").read_bytes()
    for image in ("vmlinuz", "initrd.img"):
        data = (system / image).read_bytes()
        assert hashlib.sha384(data).digest() in blob
        assert len(data).to_bytes(8, "big") in blob


def test_signing_twice_gives_the_same_bytes(bulkhead, system):
    assert sign(bulkhead).status == 0
    first = (system / "system.bkc").read_bytes()
    assert sign(bulkhead, "--force").status == 0
    assert (system / "system.bkc").read_bytes() == first


def test_an_existing_file_is_kept_unless_forced(bulkhead, system):
    (system / "system.bkc").write_text("precious")
    done = sign(bulkhead)
    assert done.status == 1 and "TOOL-703" in done.err
    assert (system / "system.bkc").read_text() == "precious"
    assert sign(bulkhead, "--force").status == 0


def test_another_key_is_refused(bulkhead, system):
    assert sign(bulkhead).status == 0
    assert bulkhead("keygen", "other").status == 0
    done = bulkhead("verify", "--key", "other.pub.pem", "system.bkc")
    assert done.status == 1 and "SIG-007" in done.err


def test_a_detached_signature_by_openssl_is_attached(bulkhead, system):
    assert prepare(bulkhead).status == 0
    assert bulkhead("verify", "--key", "key.pem", "un.bkc").status == 1
    openssl_sign(system, "key.pem")
    assert bulkhead("sign", "un.bkc", "--attach", "signature", "--out", "system.bkc").status == 0
    assert bulkhead("verify", "--key", "key.pub.pem", "system.bkc").status == 0


def test_a_detached_signature_by_another_key_is_refused(bulkhead, system):
    assert prepare(bulkhead).status == 0
    assert bulkhead("keygen", "other").status == 0
    openssl_sign(system, "other.pem")
    done = bulkhead("sign", "un.bkc", "--attach", "signature", "--out", "system.bkc")
    assert done.status == 1 and "SIG-008" in done.err
    assert not (system / "system.bkc").exists()


def test_a_key_made_by_openssl_signs(bulkhead, system):
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-out",
                    "pk8.pem"], cwd=system, check=True)
    assert bulkhead("sign", "system.dts", "--key", "pk8.pem", "--out", "system.bkc").status == 0
    assert bulkhead("verify", "--key", "pk8.pem", "system.bkc").status == 0


def test_keys_on_other_curves_are_refused(bulkhead, system):
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "p256.pem"], cwd=system,
                   check=True)
    done = bulkhead("sign", "system.dts", "--key", "p256.pem", "--out", "system.bkc")
    assert done.status == 1 and "TOOL-720" in done.err


def test_a_missing_image_is_named_with_the_place_it_was_sought(bulkhead, system):
    (system / "initrd.img").unlink()
    done = sign(bulkhead)
    assert done.status == 1 and "TOOL-730" in done.err and "initrd.img" in done.err
    assert not (system / "system.bkc").exists()


def test_images_come_from_named_folders_and_files(bulkhead, system):
    (system / "images").mkdir()
    (system / "vmlinuz").rename(system / "images" / "vmlinuz")
    (system / "initrd.img").rename(system / "other-name")
    done = sign(bulkhead, "--images", "images", "--file", "initrd.img=other-name")
    assert done.status == 0, done


def test_faults_of_the_configuration_are_listed_and_nothing_is_written(bulkhead, system):
    text = (system / "system.dts").read_text()
    (system / "system.dts").write_text(text.replace("cores = <1>", "cores = <0>").replace("console;", "consoul;"))
    done = sign(bulkhead, "--json")
    assert done.status == 1
    assert len(json.loads(done.out)["findings"]) >= 2
    assert not (system / "system.bkc").exists()


def test_source_that_does_not_compile_quotes_the_line(bulkhead, system):
    (system / "system.dts").write_text("/dts-v1/;\n/ { a = <1 };\n")
    done = sign(bulkhead)
    assert done.status == 1 and "TOOL-711" in done.err and "2." in done.err


@pytest.mark.parametrize("serial", ["", "-1", "1x", "0x10", "99999999999999999999999"])
def test_a_serial_that_is_no_number_is_refused(bulkhead, system, serial):
    done = sign(bulkhead, "--serial", serial)
    assert done.status == 1 and "TOOL-740" in done.err


@pytest.mark.parametrize("path", ["/", "/dev/zero", "/no/such/file", "system.dts", "empty"])
def test_files_that_are_something_else_are_refused(bulkhead, system, path):
    (system / "empty").write_bytes(b"")
    for arguments in (["verify", "--key", "key.pem", path], ["verify", "--key", path, "system.dts"],
                      ["sign", path, "--attach", "empty", "--out", "o"],
                      ["sign", "system.dts", "--key", path, "--out", "o"]):
        done = bulkhead(*arguments)
        assert done.status == 1, (arguments, done)
        assert "expected" in done.err


def test_a_configuration_larger_than_the_limit_is_refused(bulkhead, system):
    (system / "big").write_bytes(b"\0" * ((1 << 20) + 1))
    done = bulkhead("verify", "--key", "key.pem", "big")
    assert done.status == 1 and "TOOL-702" in done.err


def test_random_damage_is_always_refused(bulkhead, system):
    assert sign(bulkhead).status == 0
    good = (system / "system.bkc").read_bytes()
    chance = random.Random(7)
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        if bad == good:
            continue
        (system / "bad.bkc").write_bytes(bad[:chance.choice([len(bad), chance.randrange(len(bad))])])
        done = bulkhead("verify", "--key", "key.pem", "bad.bkc")
        assert done.status == 1 and "SIG-" in done.err


def test_a_folder_that_cannot_be_written_is_named(bulkhead, system):
    done = bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "no-such-folder/system.bkc")
    assert done.status == 1 and "TOOL-704" in done.err


def test_without_dtc_it_says_what_to_install(bulkhead, system):
    done = bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "system.bkc", environment={"PATH": "/none"})
    assert done.status == 1 and "TOOL-710" in done.err and "device-tree-compiler" in done.err


def test_a_blob_beyond_the_limit_is_refused(bulkhead, system):
    (system / "big").write_bytes(b"\0" * (600 << 10))
    text = (system / "system.dts").read_text()
    (system / "system.dts").write_text(text.replace("console;", 'console = /incbin/("big");'))
    done = sign(bulkhead)
    assert done.status == 1 and "TOOL-712" in done.err


def test_a_public_key_alone_cannot_sign(bulkhead, system):
    done = bulkhead("sign", "system.dts", "--key", "key.pub.pem", "--out", "system.bkc")
    assert done.status == 1 and "TOOL-721" in done.err


def test_a_signature_in_another_form_is_refused(bulkhead, system):
    assert prepare(bulkhead).status == 0
    done = bulkhead("sign", "un.bkc", "--attach", "digest", "--out", "system.bkc")
    assert done.status == 1 and "TOOL-723" in done.err


def test_a_key_name_that_is_too_long_is_refused(bulkhead, tmp_path):
    done = bulkhead("keygen", "x" * 4001)
    assert done.status == 1 and "TOOL-724" in done.err


def test_a_root_hash_file_that_is_no_text_is_refused(bulkhead, system):
    (system / "root-hash").write_bytes(b"ab\0cd")
    text = (system / "system.dts").read_text()
    (system / "system.dts").write_text(text.replace("command-line", 'root-hash-file = "root-hash"; command-line'))
    done = sign(bulkhead)
    assert done.status == 1 and "TOOL-731" in done.err
