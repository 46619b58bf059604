# SPDX-License-Identifier: Apache-2.0
"""MakeCredential in software: a real TPM activates what it makes, for each kind of endorsement key."""
import struct

import pytest

from host import Ak, ToolFailed, appraiser

SECRET = bytes(range(100, 132))
RSA, P256, P384 = "rsa", "ecc", "ecc384"
MANUFACTURED = "0x81010016"  # where swtpm_setup keeps its P-384 EK, template H-3


@pytest.fixture
def keys(machine):
    machine.tpm.power_on(tcp=True)
    machine.ak = Ak(machine)
    return machine


def make(host, secret=SECRET, ek="ek.pub"):
    (host.folder / "secret").write_bytes(secret)
    done = appraiser("credential", host.folder / ek, host.ak.file, host.folder / "secret", host.folder / "cred")
    assert done.returncode == 0, done


def activate(host, ek="ek.ctx", policy=True):
    session = host.folder / "session"
    arguments = []
    if policy:
        host.tool("tpm2_startauthsession", "--policy-session", "-S", session)
        host.tool("tpm2_policysecret", "-S", session, "-c", "e")
        arguments = ["-P", f"session:{session}"]
    try:
        host.tool("tpm2_activatecredential", "-c", host.ak.path("ctx"), "-C", host.folder / ek, "-i", host.folder / "cred",
                  "-o", host.folder / "plain", *arguments)
    finally:
        if policy:
            host.tool("tpm2_flushcontext", session)
    return (host.folder / "plain").read_bytes()


def create(host, kind):
    """The two of low range are made as the profile says; the manufacturer left one of high range in the TPM."""
    if kind == P384:
        host.tool("tpm2_readpublic", "-c", MANUFACTURED, "-t", host.folder / "ek.ctx", "-f", "tss", "-o",
                  host.folder / "ek.pub")
    else:
        host.tool("tpm2_createek", "-c", host.folder / "ek.ctx", "-G", kind, "-u", host.folder / "ek.pub", "-f", "tss")


@pytest.fixture(params=[RSA, P256, P384])
def ek(request, keys):
    create(keys, request.param)
    return keys, request.param


def test_the_tpm_activates_what_was_made_for_it(ek):
    host, kind = ek
    make(host)
    assert activate(host, policy=kind != P384) == SECRET
    make(host, secret=bytes(32))
    assert activate(host, policy=kind != P384) == bytes(32)


def test_each_credential_is_made_anew(ek):
    host, _ = ek
    make(host)
    first = (host.folder / "cred").read_bytes()
    make(host)
    assert (host.folder / "cred").read_bytes() != first


def test_a_changed_credential_is_refused(ek):
    host, kind = ek
    make(host)
    good = (host.folder / "cred").read_bytes()
    for at in (12, 50, 80, len(good) - 1):
        (host.folder / "cred").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        with pytest.raises(ToolFailed):
            activate(host, policy=kind != P384)


def test_a_key_has_the_name_that_the_tpm_computes(ek):
    host, _ = ek
    name = host.folder / "name"
    host.tool("tpm2_readpublic", "-c", host.folder / "ek.ctx", "-n", name)
    assert appraiser("name", "EK", host.folder / "ek.pub").stdout.strip() == name.read_bytes().hex()
    host.tool("tpm2_readpublic", "-c", host.ak.path("ctx"), "-n", name)
    assert appraiser("name", "AK", host.ak.file).stdout.strip() == name.read_bytes().hex()


def test_keys_that_are_not_the_profiles_are_no_endorsement_keys(keys):
    for attributes in ("restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth",
                       "restricted|decrypt|sensitivedataorigin|userwithauth"):
        keys.tool("tpm2_createprimary", "-C", "e", "-G", "ecc", "-a", attributes, "-c", keys.folder / "srk.ctx")
        keys.tool("tpm2_readpublic", "-c", keys.folder / "srk.ctx", "-f", "tss", "-o", keys.folder / "srk.pub")
        assert "ATT-903" in appraiser("name", "EK", keys.folder / "srk.pub").stdout
    assert "ATT-903" in appraiser("name", "EK", keys.ak.file).stdout


def test_an_endorsement_key_is_written_in_one_way_only(ek):
    """Else one TPM could enrol as two hosts: its EK's bytes tell them apart."""
    host, kind = ek
    area = host.folder.joinpath("ek.pub").read_bytes()
    changed = host.folder / "changed.pub"

    def refused(body):
        changed.write_bytes(struct.pack(">H", len(body)) + body)
        done = appraiser("name", "EK", changed)
        return done.returncode == 1 and "ATT-903" in done.stdout

    def point(x, y):
        return b"".join(struct.pack(">H", len(number)) + number for number in (x, y))

    assert appraiser("name", "EK", host.folder / "ek.pub").returncode == 0
    if kind == RSA:
        at = len(area) - 256 - 2 - 4
        assert area[at:at + 4] == bytes(4)  # exponent, then the modulus with its size
        for exponent in (65537, 3):
            assert refused(area[2:at] + struct.pack(">I", exponent) + area[at + 4:])
        return
    size = 32 if kind == P256 else 48
    x, y = area[-2 * size - 2:-size - 2], area[-size:]
    assert area.endswith(point(x, y))
    assert refused(area[2:-2 * size - 4] + point(x[1:], y)) and refused(area[2:-2 * size - 4] + point(x, y[1:]))
