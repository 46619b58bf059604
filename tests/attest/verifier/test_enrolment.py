# SPDX-License-Identifier: Apache-2.0
"""Enrolment: tokens, EK certificates and pins, credential activation, approval."""
import base64
import hashlib
import subprocess

import pytest
from cryptography import x509

import certificates


def code_of(answer):
    return answer.get("error", {}).get("code")


def certified(host, maker, folder, **how):
    """Options that send an EK certificate chain for the host's key."""
    shown = host.step("show")[1]
    chain = maker.certify(base64.b64decode(shown["ek_x"]), base64.b64decode(shown["ek_y"]), **how)
    options = []
    for i, der in enumerate(chain):
        path = folder / f"ek{i}.der"
        path.write_bytes(der)
        options += ["--certificate", path]
    return options


@pytest.fixture
def maker(stopped):
    made = certificates.Maker()
    made.trust(stopped.data / "ek-ca")
    stopped.start()
    return made


def test_a_host_enrols_is_approved_and_gets_a_certificate_of_its_own(either):
    host = either.host("web-1").enroll()
    crt = x509.load_pem_x509_certificate((host.folder / "agent.pem").read_bytes())
    names = {attribute.oid: attribute.value for attribute in crt.subject}
    assert names[x509.NameOID.COMMON_NAME] == host.id
    assert names[x509.NameOID.ORGANIZATIONAL_UNIT_NAME] == "agent"
    assert crt.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value == \
        x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH])
    assert host.show()["state"] == "stale"
    assert host.show()["ek_trust"] == "pin"
    assert [action for action, _ in either.audit()][-4:] == ["pin", "token", "enrol", "approve"]


def test_nobody_attests_before_approval(verifier):
    host = verifier.host("web-1").pin()
    assert host.step("enroll", "activate", "--token", host.token())[0] == 202
    assert host.step("poll")[1]["state"] == "pending"
    assert code_of(host.attest()) == "ATT-802"
    assert host.show()["state"] == "pending"


def test_an_ek_certificate_of_a_trusted_maker_is_enough(verifier_with_maker):
    verifier, maker = verifier_with_maker
    host = verifier.host("web-1")
    options = certified(host, maker, verifier.folder)
    assert host.step("enroll", "activate", "--token", host.token(), *options)[0] == 202
    assert host.show()["ek_trust"] == "certificate"


@pytest.fixture
def verifier_with_maker(stopped, maker):
    return stopped, maker


def test_t3_a_certificate_for_another_key_is_refused(verifier_with_maker):
    verifier, maker = verifier_with_maker
    host, other = verifier.host("web-1"), verifier.host("web-2")
    status, answer = host.step("enroll", "--token", host.token(), *certified(other, maker, verifier.folder))
    assert (status, code_of(answer)) == (403, "ATT-855")


def test_a_certificate_of_an_unknown_maker_is_refused(verifier_with_maker):
    verifier, _ = verifier_with_maker
    host = verifier.host("web-1")
    status, answer = host.step("enroll", "--token", host.token(), *certified(host, certificates.Maker(), verifier.folder))
    assert (status, code_of(answer)) == (403, "ATT-854")


@pytest.mark.parametrize("how, code", [({"purpose": certificates.SERVER_AUTH}, "ATT-856"), ({"days": -1}, "ATT-854")])
def test_a_certificate_that_is_no_ek_certificate_or_out_of_date_is_refused(verifier_with_maker, how, code):
    verifier, maker = verifier_with_maker
    host = verifier.host("web-1")
    _, answer = host.step("enroll", "--token", host.token(), *certified(host, maker, verifier.folder, **how))
    assert code_of(answer) == code


@pytest.mark.parametrize("kind", ["rsa2048", "secp384r1"])
def test_a_certificate_that_swtpm_has_issued_leads_to_its_ca(stopped, kind):
    """Shown by the next refusal: the chain holds, and is for another key."""
    verifier, folder = stopped, stopped.folder / "swtpm"
    folder.mkdir()
    (folder / "setup.conf").write_text(f"create_certs_tool=/usr/bin/swtpm_localca\n"
                                       f"create_certs_tool_config={folder}/localca.conf\n"
                                       f"create_certs_tool_options={folder}/options\n")
    (folder / "localca.conf").write_text(f"statedir={folder}/ca\nsigningkey={folder}/ca/signkey.pem\n"
                                         f"issuercert={folder}/ca/issuercert.pem\ncertserial={folder}/ca/certserial\n")
    (folder / "options").write_text("--platform-manufacturer Bulkhead\n--platform-version 1\n--platform-model test\n")
    ecc = ["--ecc"] if kind != "rsa2048" else []
    subprocess.run(["swtpm_setup", "--tpm2", "--tpmstate", folder, "--create-ek-cert", "--config", folder / "setup.conf",
                    "--write-ek-cert-files", folder, *ecc], check=True, capture_output=True)
    for pem in ("ca/swtpm-localca-rootca-cert.pem", "ca/issuercert.pem"):
        (verifier.data / "ek-ca" / pem.replace("/", "-")).write_bytes((folder / pem).read_bytes())
    verifier.start()
    host = verifier.host("web-1")
    ek = next(folder.glob(f"ek-{kind}.crt"))
    _, answer = host.step("enroll", "--token", host.token(), "--certificate", ek)
    assert code_of(answer) == "ATT-855"


def test_without_certificate_and_pin_nobody_enrols(shared):
    host = shared.host("unpinned")
    assert code_of(host.step("enroll", "--token", host.token())[1]) == "ATT-852"


def test_a_pinned_asset_enrols_with_its_own_tpm_alone(verifier):
    host, other = verifier.host("web-1").pin(), verifier.host("web-2")
    status, answer = other.step("enroll", "--token", host.token(), "--asset", "web-1")
    assert (status, code_of(answer)) == (403, "ATT-815")


def test_pins_can_be_forbidden(verifier):
    verifier.settings(allow_pins=0)
    host = verifier.host("web-1").pin()
    assert code_of(host.step("enroll", "--token", host.token())[1]) == "ATT-852"


@pytest.mark.parametrize("token", ["", "0" * 64, "x" * 200])
def test_an_unknown_token_is_refused(shared, token):
    status, answer = shared.host("web-1").pin().step("enroll", "--token", token)
    assert status in (400, 403) and code_of(answer) in ("ATT-805", "ATT-812")


def test_a_token_is_for_one_asset(shared):
    token = shared.host("web-1").token()
    assert code_of(shared.host("web-2").pin().step("enroll", "--token", token)[1]) == "ATT-812"


def test_a_token_serves_once_but_its_host_may_try_again_until_then(verifier):
    host = verifier.host("web-1").pin()
    token = host.token()
    assert host.step("enroll", "--token", token)[0] == 200
    assert host.step("enroll", "activate", "--token", token)[0] == 202
    assert code_of(host.step("enroll", "--token", token)[1]) == "ATT-812"


def test_an_asset_and_a_tpm_are_enrolled_once(verifier):
    host = verifier.host("web-1").enroll()
    assert code_of(host.step("enroll", "--token", host.token())[1]) == "ATT-814"
    host.step("show", "--asset", "web-2")
    twin = verifier.ok("POST", "/v1/pins", {"asset": "web-2", "ek_sha256": host.ek_sha256})
    token = verifier.ok("POST", "/v1/tokens", {"asset": "web-2"})["token"]
    assert twin["asset"] == "web-2" and code_of(host.step("enroll", "--token", token)[1]) == "ATT-813"


def in_the_high_range(host):
    """The host's EK as template H-2 shows it: same point, other attributes and policy (EK Credential Profile 2.5, B.6)."""
    policy = bytes.fromhex("ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0")
    point = b"".join(b"\x00\x20" + base64.b64decode(host.step("show")[1][name]) for name in ("ek_x", "ek_y"))
    area = bytes.fromhex("0023 000b 000300f2 0020") + policy + bytes.fromhex("0006 0080 0043 0010 0003 0010") + point
    return len(area).to_bytes(2, "big") + area


def test_t3_one_tpm_is_one_host_whatever_template_its_key_is_shown_in(either):
    host = either.host("web-1").enroll()
    public = in_the_high_range(host)
    either.ok("POST", "/v1/pins", {"asset": "web-2", "ek_sha256": hashlib.sha256(public).hexdigest()})
    body = {"asset": "web-2", "token": either.ok("POST", "/v1/tokens", {"asset": "web-2"})["token"],
            "ek_public": base64.b64encode(public).decode(), "ek_certificates": [], "ak_public": host.show()["ak_public"],
            "csr": (host.folder / "agent.csr").read_text()}
    status, answer = either.call("POST", "/v1/enroll", body, None)
    assert (status, code_of(answer)) == (409, "ATT-813")
    either.cli("hosts", "retire", "web-1", "--reason", "rebuilt")
    assert either.call("POST", "/v1/enroll", body, None)[0] == 200


def test_a_lost_answer_to_the_activation_is_asked_for_again(either):
    host = either.host("web-1").pin()
    token = host.token()
    first, again = host.steps("enroll", "activate", "activate", "--token", token)[1:]
    assert (first["status"], again["status"]) == (202, 202)
    assert first["answer"]["ticket"] != again["answer"]["ticket"]
    path = f"/v1/enroll/{host.id}"
    old = either.call("GET", path, who=None, headers={"Authorization": "Bearer " + first["answer"]["ticket"]})
    assert (old[0], code_of(old[1])) == (403, "ATT-816")
    assert [action for action, _ in either.audit()][-2:] == ["enrol", "ticket"]
    assert len(either.ok("GET", "/v1/hosts")["hosts"]) == 1
    either.ok("POST", f"/v1/hosts/{host.id}/approve")
    assert host.step("poll")[1]["state"] == "approved"


@pytest.mark.parametrize("decision", ["approve", "retire"])
def test_no_ticket_is_given_again_once_an_operator_has_decided(verifier, decision):
    host = verifier.host("web-1").pin()
    assert host.step("enroll", "activate", "--token", host.token())[0] == 202
    verifier.cli("hosts", decision, "web-1", *(["--reason", "rebuilt"] if decision == "retire" else []))
    status, answer = host.step("activate")
    assert (status, code_of(answer)) == (410, "ATT-817")


def test_an_agent_with_another_proof_gets_no_ticket_either(verifier):
    host = verifier.host("web-1").pin()
    assert host.step("enroll", "activate", "--token", host.token())[0] == 202
    proof = base64.b64encode(bytes(32)).decode()
    status, answer = verifier.call("POST", f"/v1/enroll/{host.id}/activate", {"proof": proof, "evidence": {}}, None)
    assert (status, code_of(answer)) == (403, "ATT-818")


def test_polling_tells_a_host_that_is_gone_from_a_wrong_ticket(verifier):
    """The agent begins anew when its host is not there, and only then."""
    host = verifier.host("web-1").pin()
    assert host.step("enroll", "activate", "--token", host.token())[0] == 202
    assert code_of(verifier.call("GET", f"/v1/enroll/{host.id}", who=None)[1]) == "ATT-816"
    status, answer = verifier.call("GET", "/v1/enroll/" + "0" * 32, who=None)
    assert (status, code_of(answer)) == (404, "ATT-816")
    verifier.cli("hosts", "retire", "web-1", "--reason", "rebuilt")
    assert host.step("poll")[0] == 410


def test_a_retired_host_can_enrol_again(verifier):
    host = verifier.host("web-1").enroll()
    verifier.cli("hosts", "retire", "web-1", "--reason", "rebuilt")
    (host.folder / "agent.pem").unlink()
    assert host.step("enroll", "activate", "--token", host.token())[0] == 202


def test_a_key_outside_this_tpm_cannot_activate(shared):
    host = shared.host("web-1").pin()
    assert host.step("enroll", "--token", host.token())[0] == 200
    path = f"/v1/enroll/{host.id}/activate"
    proof = base64.b64encode(bytes(32)).decode()
    assert code_of(shared.call("POST", path, {"proof": proof, "evidence": {}}, None)[1]) == "ATT-818"
    assert code_of(shared.call("POST", path.replace(host.id, "0" * 32), {"proof": proof}, None)[1]) == "ATT-817"


@pytest.mark.parametrize("tamper", ["signature", "nonce", "host", "channel", "log", "pcr", "magic"])
def test_first_evidence_that_is_not_genuine_does_not_enrol(shared, tamper):
    host = shared.host("web-1").pin()
    status, answer = host.step("enroll", "activate", "--token", host.token(), "--tamper", tamper)
    assert (status, code_of(answer)) == (422, "ATT-819")
    assert shared.ok("GET", "/v1/hosts")["hosts"] == []


def test_a_ticket_is_one_hosts_own(verifier):
    host = verifier.host("web-1").enroll()
    for bearer in ({}, {"Authorization": "Bearer " + "0" * 64}, {"Authorization": "Basic abc"}):
        status, answer = verifier.call("GET", f"/v1/enroll/{host.id}", who=None, headers=bearer)
        assert (status, code_of(answer)) == (403, "ATT-816")


@pytest.mark.parametrize("change", [
    {"ek_public": "AAAA"}, {"ak_public": "AAAA"}, {"ek_public": "!"}, {"csr": "-----BEGIN"}, {"csr": 7}, {"asset": "a b"},
    {"asset": ""}, {"asset": None}, {"token": None}, {"ek_certificates": None}, {"ek_certificates": ["AAAA"] * 9}])
def test_an_enrolment_in_another_form_is_refused_with_its_code(shared, change):
    host = shared.host("web-1").pin()
    body = {"asset": "web-1", "token": host.token(), "ek_public": "", "ek_certificates": [], "ak_public": "",
            "csr": (host.folder / "agent.csr").read_text(), **change}
    status, answer = shared.call("POST", "/v1/enroll", body, None)
    assert status in (400, 403) and code_of(answer).startswith("ATT-")
