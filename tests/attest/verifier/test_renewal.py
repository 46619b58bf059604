# SPDX-License-Identifier: Apache-2.0
"""Certificates near their end: agents' by the ticket, the server's by hand."""
import datetime
import subprocess

import pytest
from cryptography import x509

from fleet import PATIENCE_S, SIM, VERIFIER

NEAR_ITS_END = (-70, 30)
ENDED = (-70, -1)


def certificate(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def key_of(one):
    return one.public_key().public_numbers()


def renewals(verifier):
    return sum(action == "renew" for action, _ in verifier.audit())


def aged(verifier, life, asset="web-1"):
    """An approved host whose certificate was made for another time; what it was is in agent.pem."""
    host = verifier.host(asset).enroll()
    verifier.stop()
    (host.folder / "agent.pem").write_text(verifier.replace_certificate(host.id, *life))
    verifier.start()
    return host


def polled(host):
    """By the ticket alone, as an agent does whose certificate has ended."""
    (host.folder / "agent.pem").unlink(missing_ok=True)
    status, answer = host.step("poll")
    assert status == 200, answer
    return answer["certificate"]


@pytest.mark.parametrize("life", [NEAR_ITS_END, ENDED])
def test_a_certificate_near_its_end_is_renewed_and_no_other_is_good_then(verifier, life):
    host = aged(verifier, life)
    old = (host.folder / "agent.pem").read_text()
    new = polled(host)
    assert new != old and key_of(certificate(new)) == key_of(certificate(old))
    assert certificate(new).not_valid_after > datetime.datetime.utcnow() + datetime.timedelta(days=3600)
    assert "verdict" in host.attest()
    assert renewals(verifier) == 1
    (host.folder / "agent.pem").write_text(old)
    assert host.attest()["error"]["code"] in ("ATT-804", "ATT-809")


def test_a_certificate_that_has_more_than_a_third_left_stays(verifier):
    host = aged(verifier, (-60, 40))
    old = (host.folder / "agent.pem").read_text()
    assert polled(host) == old and renewals(verifier) == 0


def test_an_answer_that_was_lost_is_had_by_asking_again(verifier):
    host = aged(verifier, NEAR_ITS_END)
    assert polled(host) == polled(host)
    assert renewals(verifier) == 1
    assert "verdict" in host.attest()


def test_agents_that_ask_at_once_get_one_certificate(verifier):
    host = aged(verifier, NEAR_ITS_END)
    command = [SIM, "--folder", host.folder, "--server", verifier.url, "--ca", verifier.data / "ca.pem", "poll"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    answers = {one.communicate(timeout=PATIENCE_S)[0] for one in running}
    assert len(answers) == 1 and b"BEGIN CERTIFICATE" in answers.pop()
    assert renewals(verifier) == 1


@pytest.mark.parametrize("life", [NEAR_ITS_END, ENDED])
def test_a_retired_hosts_certificate_is_not_renewed(verifier, life):
    host = aged(verifier, life)
    verifier.cli("hosts", "retire", "web-1", "--reason", "sold")
    (host.folder / "agent.pem").unlink()
    assert host.step("poll")[0] == 410
    assert renewals(verifier) == 0


def test_a_quarantined_host_keeps_its_connection(verifier):
    host = aged(verifier, NEAR_ITS_END)
    verifier.cli("hosts", "quarantine", "web-1", "--reason", "looked at")
    assert certificate(polled(host)) and renewals(verifier) == 1
    assert host.show()["state"] == "quarantined"


def test_no_certificate_outlives_the_ca(verifier):
    verifier.settings(certificate_days=36500)
    host = verifier.host("web-1").enroll()
    ca = certificate((verifier.data / "ca.pem").read_text())
    assert certificate((host.folder / "agent.pem").read_text()).not_valid_after == ca.not_valid_after


def test_the_servers_certificate_is_made_anew_for_the_same_key_and_name(stopped):
    old = certificate((stopped.data / "server.pem").read_text())
    assert "good until" in stopped.cli("renew-server")
    new = certificate((stopped.data / "server.pem").read_text())
    assert new.serial_number != old.serial_number and key_of(new) == key_of(old)
    assert new.extensions.get_extension_for_class(x509.SubjectAlternativeName) == \
        old.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    stopped.start()
    assert stopped.ok("GET", "/v1/hosts")["hosts"] == []


def test_a_server_without_its_key_gets_another(stopped):
    old = certificate((stopped.data / "server.pem").read_text())
    (stopped.data / "server.key").unlink()
    stopped.cli("renew-server")
    assert key_of(certificate((stopped.data / "server.pem").read_text())) != key_of(old)
    assert (stopped.data / "server.key").stat().st_mode & 0o777 == 0o600
    stopped.start()
    assert stopped.ok("GET", "/v1/hosts")["hosts"] == []


def test_a_server_key_that_is_none_is_refused(stopped):
    before = (stopped.data / "server.pem").read_bytes()
    (stopped.data / "server.key").write_text("no key")
    done = subprocess.run([VERIFIER, "renew-server", "--data", stopped.data], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "ATT-879" in done.stderr
    assert (stopped.data / "server.pem").read_bytes() == before
