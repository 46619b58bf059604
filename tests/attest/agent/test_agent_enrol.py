# SPDX-License-Identifier: Apache-2.0
"""Enrolment: from a join token to a certificate, against a real TPM (swtpm) and a verifier that checks each byte."""
import datetime
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from agent_bench import wait_for
from credential import read_ecc_public, skip_to_parameters
from verifier_double import Authority, pem


def test_a_host_enrols_waits_for_approval_and_is_trusted(bench):
    bench.verifier.start()
    first = bench.call("run", "--once")
    assert (first.returncode, first.stdout) == (1, "the host waits for an operator's approval\n")
    bench.verifier.approved = True
    second = bench.call("run", "--once")
    assert (second.returncode, second.stdout) == (0, "verdict affirming, host trusted\n")
    assert bench.verifier.complaints == []
    assert bench.wire.leftovers() == [0, 0, 0]
    assert bench.verifier.requests.count("/v1/enroll") == 1


def test_what_is_kept_is_for_the_owner_alone(bench):
    bench.enrol()
    assert stat.S_IMODE(bench.state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in bench.state.iterdir()} == {0o600}


def test_status_tells_how_far_enrolment_has_come(bench):
    assert "not enrolled" in bench.call("status").stdout
    bench.verifier.start()
    bench.call("run", "--once")
    assert "waits for approval" in bench.call("status").stdout
    bench.verifier.approved = True
    bench.call("run", "--once")
    told = bench.call("status")
    assert ", approved; its certificate ends at" in told.stdout and told.returncode == 0, told.stderr


def test_p384_keys_by_option(bench):
    bench.enrol(attestation_key="p384")
    host, = bench.verifier.hosts.values()
    assert bench.verifier.complaints == []
    assert read_ecc_public(host["ak"])[0] == 4
    assert host["request"].public_key().curve.name == "secp384r1"


def host_key_matches(host):
    """The certificate is for the endorsement key that the agent sent."""
    public = host["certificates"][0].public_key()
    if isinstance(public, rsa.RSAPublicKey):
        _, _, _, rest = skip_to_parameters(host["ek"])
        return public.public_numbers().n == int.from_bytes(rest[10:], "big")
    numbers = public.public_numbers()
    return read_ecc_public(host["ek"])[1] == (numbers.x, numbers.y)


def undefine(bench, *indices):
    for index in indices:
        subprocess.run(["tpm2_nvundefine", "-T", bench.tpm_tcti, "-C", "p", index], check=True, capture_output=True)


def define(bench, index, data):
    file = bench.folder / "nv"
    file.write_bytes(data)
    for command in (["tpm2_nvdefine", "-C", "o", "-s", str(len(data)), "-a", "ownerread|ownerwrite|authread", index],
                    ["tpm2_nvwrite", "-C", "o", "-i", str(file), index]):
        subprocess.run([command[0], "-T", bench.tpm_tcti, *command[1:]], check=True, capture_output=True)


@pytest.fixture
def factory(bench):
    """A bench whose NV memory can be changed: the wire lets go of the TPM for a while."""

    def change(work):
        bench.wire.close()
        bench.tpm_tcti = bench.tpm.tcti
        work()
        bench.boot("ffffffffffffffffffffffffffffffff")

    bench.change = change
    return bench


def test_the_best_key_with_a_certificate_is_chosen(factory):
    factory.enrol()
    host, = factory.verifier.hosts.values()
    assert read_ecc_public(host["ek"])[0] == 4
    assert host_key_matches(host)


def test_rsa_is_taken_where_it_is_the_only_one_with_a_certificate(factory):
    factory.change(lambda: undefine(factory, "0x01c00016"))
    factory.enrol()
    host, = factory.verifier.hosts.values()
    assert host_key_matches(host) and skip_to_parameters(host["ek"])[0] == 1
    assert factory.wire.leftovers() == [0, 0, 0]


def certify(bench, authority):
    """A certificate for the TPM's P-256 endorsement key, as a maker gives it."""
    public = bench.folder / "ek.pem"
    context = bench.folder / "ek.ctx"
    subprocess.run(["tpm2_createek", "-T", bench.tpm_tcti, "-G", "ecc", "-u", str(public), "-f", "pem", "-c", str(context)],
                   check=True, capture_output=True)
    subprocess.run(["tpm2_flushcontext", "-T", bench.tpm_tcti, "-t"], check=True, capture_output=True)
    now = datetime.datetime.utcnow()
    key = serialization.load_pem_public_key(public.read_bytes())
    return x509.CertificateBuilder(authority.name, x509.Name([]), key, 7, now, now + datetime.timedelta(days=9)).sign(
        authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_p256_with_its_chain_spread_over_nv_indices(factory):
    """tpm2_getekcertificate of tpm2-tools 5.4 finds neither."""
    makers = [Authority(name) for name in ("issuer", "root")]
    chain = b"".join(maker.certificate.public_bytes(serialization.Encoding.DER) for maker in makers)

    def work():
        undefine(factory, "0x01c00016")
        define(factory, "0x01c0000a", certify(factory, makers[0]) + bytes(64))
        define(factory, "0x01c00100", chain[:500])
        define(factory, "0x01c00101", chain[500:] + b"\xff" * 20)

    factory.change(work)
    print(factory.enrol().stderr)
    host, = factory.verifier.hosts.values()
    assert read_ecc_public(host["ek"])[0] == 3 and host_key_matches(host)
    assert [pem(one) for one in host["certificates"][1:]] == [pem(maker.certificate) for maker in makers]


def test_a_certificate_for_another_key_is_passed_over(factory):
    stranger = Authority("stranger").certificate.public_bytes(serialization.Encoding.DER)

    def work():
        undefine(factory, "0x01c00016")
        define(factory, "0x01c0000a", stranger)

    factory.change(work)
    done = factory.enrol()
    host, = factory.verifier.hosts.values()
    assert "the P-256 endorsement certificate is for another key" in done.stderr
    assert skip_to_parameters(host["ek"])[0] == 1 and host_key_matches(host)


def test_an_index_that_was_defined_and_never_written_is_passed_over(factory):
    def work():
        undefine(factory, "0x01c00016")
        subprocess.run(["tpm2_nvdefine", "-T", factory.tpm_tcti, "-C", "o", "-s", "900", "-a",
                        "ownerread|ownerwrite|authread", "0x01c0000a"], check=True, capture_output=True)

    factory.change(work)
    done = factory.enrol()
    host, = factory.verifier.hosts.values()
    assert "0x01c0000a was defined and never written" in done.stderr
    assert skip_to_parameters(host["ek"])[0] == 1 and host_key_matches(host)


def test_an_endorsement_certificate_that_is_none_is_told(factory):
    def work():
        undefine(factory, "0x01c00016")
        define(factory, "0x01c0000a", bytes(64))

    factory.change(work)
    done = factory.enrol()
    host, = factory.verifier.hosts.values()
    assert "0x01c0000a, where the P-256 endorsement certificate should be, is none" in done.stderr
    assert skip_to_parameters(host["ek"])[0] == 1 and host_key_matches(host)


def test_without_a_certificate_the_key_itself_is_shown(factory):
    factory.change(lambda: undefine(factory, "0x01c00016", "0x01c00002"))
    assert "the verifier must know the P-384 key itself" in factory.enrol().stderr
    host, = factory.verifier.hosts.values()
    assert host["certificates"] == [] and read_ecc_public(host["ek"])[0] == 4
    told = factory.call("status").stdout
    assert "P-384, 0 certificate(s)" in told


def test_an_interruption_costs_one_step(bench):
    """The verifier fails after it answered the first request: its one-time token is not needed again."""
    bench.verifier.start()
    bench.verifier.on_request = lambda path: (503, "{}") if path.endswith("/activate") else None
    assert bench.call("run", "--once").returncode == 1
    assert bench.call("run", "--once").returncode == 1
    bench.token.unlink()
    bench.verifier.on_request = lambda path: None
    bench.enrol()
    assert bench.verifier.requests.count("/v1/enroll") == 1
    assert bench.verifier.complaints == []


@pytest.mark.parametrize("status", [404, 410])
def test_an_enrolment_that_the_verifier_forgot_begins_anew(bench, status):
    bench.verifier.start()
    bench.verifier.on_request = lambda path: (status, "{}") if path.endswith("/activate") else None
    assert "begins a new one" in bench.call("run", "--once").stderr
    bench.verifier.on_request = lambda path: None
    bench.enrol()
    assert bench.verifier.requests.count("/v1/enroll") == 2


def test_approval_is_asked_for_until_it_comes(bench):
    bench.verifier.start()
    agent = bench.run()
    polls = lambda: sum(path.count("/") == 3 for path in bench.verifier.requests)  # noqa: E731
    wait_for(lambda: polls() >= 3, 60, "three polls")
    bench.verifier.approved = True
    wait_for(lambda: bench.verifier.rounds, 60, "a round")
    assert agent.stop() == 0
    assert bench.verifier.complaints == []


def other_host(path, answer):
    if answer.get("state") == "approved":
        authority, key = Authority("verifier"), ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
        answer["certificate"] = pem(authority.client(request, path.split("/")[3])).decode()
    return answer


def test_a_certificate_for_another_key_is_refused(bench):
    bench.verifier.start()
    bench.verifier.approved = True
    bench.verifier.change = other_host
    bench.call("run", "--once")
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-824" in done.stderr
    assert not (bench.state / "tls-certificate.pem").exists()


def test_a_certificate_for_another_host_is_refused(bench):
    bench.verifier.start()
    bench.verifier.approved = True
    client = bench.verifier.authority.client
    bench.verifier.authority.client = lambda request, host: client(request, "f" * 32)
    bench.call("run", "--once")
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-824" in done.stderr


@pytest.mark.parametrize("token, code", [(None, "TOOL-701"), ("", "AGENT-825"), ("two words", "AGENT-825"),
                                         ("x" * 2000, "TOOL-702")])
def test_a_token_that_is_none(bench, token, code):
    bench.verifier.start()
    bench.token.unlink()
    if token is not None:
        bench.token.write_text(token)
    done = bench.call("run", "--once")
    assert done.returncode == 1 and code in done.stderr
    assert bench.verifier.requests == []


def test_a_wrong_token_is_refused_by_name(bench):
    bench.verifier.start()
    bench.token.write_text("wrong")
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-841" in done.stderr and "status 400, ATT-999" in done.stderr
