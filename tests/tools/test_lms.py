# SPDX-License-Identifier: Apache-2.0
"""LMS keys and second signatures: an independent verifier agrees, and no leaf ever signs twice."""
import hashlib
import json
import os
import signal
import stat
import subprocess

import pytest

from lms import verify

DIGEST = bytes(range(48))


def second_signature(container):
    """Public key and signature of the second record (docs/container.md)."""
    record = container[-1520:]
    assert record[:8] == (2).to_bytes(4, "little") + (1520).to_bytes(4, "little") and record[1516:] == bytes(4)
    return record[8:64], record[64:1516]


def signed_digest(container):
    return hashlib.sha384(container[:256 + int.from_bytes(container[60:64], "little")]).digest()


def next_leaf(key):
    content = key.read_bytes()
    first, inverted = (int.from_bytes(content[at:at + 4], "little") for at in (8, 12))
    assert first == inverted ^ 0xffffffff
    return first


def set_next_leaf(key, number):
    content = bytearray(key.read_bytes())
    content[8:16] = number.to_bytes(4, "little") + (number ^ 0xffffffff).to_bytes(4, "little")
    key.write_bytes(content)


@pytest.fixture
def both(bulkhead, system, lms_key):
    """A configuration's folder with an LMS key beside the P-384 one."""
    for ending in ("lms", "lms.pub"):
        (system / f"second.{ending}").write_bytes(lms_key.with_suffix(f".{ending}").read_bytes())
    return system


def sign(bulkhead, *more, out="system.bkc"):
    return bulkhead("sign", "system.dts", "--key", "key.pem", "--second-key", "second.lms", "--out", out, *more)


def test_keygen_makes_a_key_that_only_its_owner_reads(bulkhead, tmp_path):
    done = bulkhead("keygen", "--lms", "k", "--json")
    assert done.status == 0, done
    public = (tmp_path / "k.lms.pub").read_bytes()
    assert public[:8] == bytes.fromhex("0000000600000004") and len(public) == 56
    assert json.loads(done.out)["key_id"] == hashlib.sha384(public).hexdigest()
    assert stat.S_IMODE((tmp_path / "k.lms").stat().st_mode) == 0o600
    assert "TOOL-703" in bulkhead("keygen", "--lms", "k").err


def test_a_verifier_written_after_the_rfc_accepts_the_second_signature(bulkhead, both):
    assert sign(bulkhead).status == 0
    content = (both / "system.bkc").read_bytes()
    public, signature = second_signature(content)
    assert public == (both / "second.lms.pub").read_bytes()
    assert verify(public, signed_digest(content), signature)
    assert not verify(public, DIGEST, signature)


def test_both_signatures_are_demanded_when_both_keys_are_named(bulkhead, both):
    assert sign(bulkhead).status == 0
    keys = ("--key", "key.pub.pem", "--second-key", "second.lms.pub")
    done = bulkhead("verify", *keys, "system.bkc", "--json")
    assert done.status == 0
    assert json.loads(done.out)["second_key_id"] == hashlib.sha384((both / "second.lms.pub").read_bytes()).hexdigest()
    assert "SIG-016" in bulkhead("verify", "--key", "key.pem", "system.bkc").err
    assert bulkhead("sign", "system.dts", "--key", "key.pem", "--out", "one.bkc").status == 0
    assert "SIG-015" in bulkhead("verify", *keys, "one.bkc").err


def test_every_signature_takes_the_next_leaf(bulkhead, both):
    start = next_leaf(both / "second.lms")
    leaves = []
    for number in range(3):
        done = sign(bulkhead, out=f"{number}.bkc")
        assert done.status == 0 and f"{1024 - start - number - 1} signatures left" in done.err
        leaves.append(int.from_bytes(second_signature((both / f"{number}.bkc").read_bytes())[1][:4], "big"))
    assert leaves == [start, start + 1, start + 2]
    assert next_leaf(both / "second.lms") == start + 3


def test_a_used_up_key_refuses(bulkhead, both):
    set_next_leaf(both / "second.lms", 1023)
    assert sign(bulkhead).status == 0
    done = sign(bulkhead, "--force")
    assert done.status == 1 and "TOOL-727" in done.err
    assert next_leaf(both / "second.lms") == 1024


def test_a_half_written_count_is_refused(bulkhead, both):
    content = bytearray((both / "second.lms").read_bytes())
    content[8] ^= 1
    (both / "second.lms").write_bytes(content)
    assert "TOOL-729" in sign(bulkhead).err


def test_a_damaged_tree_is_refused_before_a_leaf_is_spent(bulkhead, both):
    content = bytearray((both / "second.lms").read_bytes())
    content[-1] ^= 1
    (both / "second.lms").write_bytes(content)
    assert "TOOL-729" in sign(bulkhead).err
    assert next_leaf(both / "second.lms") == int.from_bytes(content[8:12], "little")


def test_the_count_is_on_the_disk_before_the_signature_is_written(bulkhead, both):
    """The output cannot be written: the leaf is spent all the same, and the next signature takes another."""
    start = next_leaf(both / "second.lms")
    assert sign(bulkhead, out="no-such-folder/system.bkc").status == 1
    assert next_leaf(both / "second.lms") == start + 1
    trace = both / "trace"
    subprocess.run(["strace", "-f", "-e", "trace=pwrite64,fsync,rename,link", "-o", trace, *bulkhead.command, "sign",
                    "system.dts", "--key", "key.pem", "--second-key", "second.lms", "--out", "traced.bkc"], cwd=both,
                   check=True, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}, capture_output=True)
    calls = [line.split()[1].split("(")[0] for line in trace.read_text().splitlines() if "(" in line]
    first = calls.index("pwrite64")
    assert calls[first:first + 3] == ["pwrite64", "fsync", "fsync"]  # count, file, folder
    assert not {"link", "rename"} & set(calls[:first + 3])


def test_two_processes_cannot_sign_at_once(bulkhead, both):
    start = next_leaf(both / "second.lms")
    with subprocess.Popen(["flock", "second.lms", "-c", "echo held; sleep 600"], cwd=both, stdout=subprocess.PIPE,
                          start_new_session=True) as holder:
        assert holder.stdout.readline() == b"held\n"
        done = sign(bulkhead)
        os.killpg(holder.pid, signal.SIGTERM)
    assert done.status == 1 and "TOOL-728" in done.err
    assert next_leaf(both / "second.lms") == start


def test_a_public_key_alone_cannot_sign(bulkhead, both):
    done = bulkhead("sign", "system.dts", "--key", "key.pem", "--second-key", "second.lms.pub", "--out", "system.bkc")
    assert done.status == 1 and "TOOL-726" in done.err


@pytest.mark.parametrize("content", [b"", b"x" * 56, bytes(32888), b"BULKLMS1" + bytes(10)],
                         ids=["empty", "no types", "no magic", "cut off"])
def test_files_that_are_no_lms_key_are_refused(bulkhead, both, content):
    (both / "no-key").write_bytes(content)
    done = bulkhead("sign", "system.dts", "--key", "key.pem", "--second-key", "no-key", "--out", "system.bkc")
    assert done.status == 1 and "TOOL-725" in done.err


def prepare(bulkhead, folder):
    done = bulkhead("sign", "system.dts", "--key", "key.pub.pem", "--second-key", "second.lms.pub", "--digest-out", "digest",
                    "--out", "un.bkc")
    assert done.status == 0, done
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "digest", "-out", "signature"], cwd=folder,
                   check=True)


def test_both_signatures_can_be_made_elsewhere(bulkhead, both):
    assert sign(bulkhead).status == 0  # the same digest: the serial is fixed
    _, lms_signature = second_signature((both / "system.bkc").read_bytes())
    (both / "lms-signature").write_bytes(lms_signature)
    prepare(bulkhead, both)
    done = bulkhead("sign", "un.bkc", "--attach", "signature", "--attach-second", "lms-signature", "--out", "whole.bkc")
    assert done.status == 0, done
    assert bulkhead("verify", "--key", "key.pem", "--second-key", "second.lms", "whole.bkc").status == 0


def test_the_second_signature_can_be_made_while_the_first_is_attached(bulkhead, both):
    prepare(bulkhead, both)
    done = bulkhead("sign", "un.bkc", "--attach", "signature", "--second-key", "second.lms", "--out", "whole.bkc")
    assert done.status == 0, done
    assert bulkhead("verify", "--key", "key.pem", "--second-key", "second.lms", "whole.bkc").status == 0


def test_signatures_that_do_not_fit_the_file_are_refused(bulkhead, both):
    prepare(bulkhead, both)
    assert "TOOL-734" in bulkhead("sign", "un.bkc", "--attach", "signature", "--out", "o").err
    done = bulkhead("sign", "un.bkc", "--attach", "signature", "--attach-second", "digest", "--out", "o")
    assert "TOOL-732" in done.err
    (both / "zeros").write_bytes(bytes(1452))
    done = bulkhead("sign", "un.bkc", "--attach", "signature", "--attach-second", "zeros", "--out", "o")
    assert "SIG-008" in done.err and not (both / "o").exists()
