# SPDX-License-Identifier: Apache-2.0
"""Agent and verifier as they are shipped, from the join token to the verdict and through an outage."""
import json
import sqlite3

import pytest

from agent_bench import wait_for
from host import BOOTS


def state(site):
    return site.verifier.ok("GET", "/v1/hosts/host-1")["state"]


def evidence_count(site):
    return site.verifier.ok("GET", "/v1/hosts/host-1")["appraisals"]


def test_a_host_enrols_is_approved_and_trusted(site):
    site.release()
    done = site.enrol()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "host trusted" in done.stdout
    assert state(site) == "trusted"


def test_an_agent_that_lost_the_answer_to_its_activation_goes_on(site):
    site.token()
    assert "approval" in site.agent("run", "--once").stdout
    kept = site.folder / "state" / "enrolment.json"
    enrolment = json.loads(kept.read_text())
    del enrolment["ticket"]
    kept.write_text(json.dumps(enrolment))
    assert "approval" in site.agent("run", "--once").stdout
    site.verifier.cli("hosts", "approve", "host-1")
    assert "verdict" in site.agent("run", "--once").stdout
    assert len(site.verifier.ok("GET", "/v1/hosts")["hosts"]) == 1


def test_an_agent_whose_host_the_verifier_lost_begins_anew(site):
    """As after an older copy of the database was restored."""
    site.token()
    assert "approval" in site.agent("run", "--once").stdout
    with sqlite3.connect(site.verifier.data / "verifier.db") as db:
        db.execute("DELETE FROM hosts")
        db.execute("DELETE FROM appraisals")
        db.execute("DELETE FROM enrolments")
    assert "begins a new one" in site.agent("run", "--once").stderr
    site.token()
    assert "approval" in site.agent("run", "--once").stdout


def renewals(site):
    return sum(action == "renew" for action, _ in site.verifier.audit())


@pytest.mark.parametrize("life", [(-70, 30), (-70, -1)], ids=["near-its-end", "ended"])
def test_a_certificate_is_renewed_by_itself(site, life):
    site.release()
    site.enrol()
    old = site.age_certificate(*life)
    done = site.agent("run", "--once")
    assert done.returncode == 0, done.stderr
    assert "was renewed" in done.stderr and state(site) == "trusted" and renewals(site) == 1
    assert (site.folder / "state" / "tls-certificate.pem").read_text() != old
    again = site.agent("run", "--once")
    assert again.returncode == 0 and "renewed" not in again.stderr and renewals(site) == 1


def test_an_agent_that_lost_the_answer_to_its_renewal_goes_on(site):
    site.release()
    site.enrol()
    old = site.age_certificate(-70, 30)
    assert site.agent("run", "--once").returncode == 0
    (site.folder / "state" / "tls-certificate.pem").write_text(old)
    done = site.agent("run", "--once")
    assert done.returncode == 0, done.stderr
    assert renewals(site) == 1


def test_a_retired_host_gets_no_certificate(site):
    site.release()
    site.enrol()
    site.age_certificate(-70, -1)
    site.verifier.cli("hosts", "retire", "host-1", "--reason", "sold")
    done = site.agent("run", "--once")
    assert done.returncode == 1 and "status 410, ATT-816" in done.stderr
    assert renewals(site) == 0


def test_t12_another_command_line_is_contraindicated_and_named(site):
    site.release()
    site.enrol()
    site.boot(boot=BOOTS[1], command_line="console=ttyS0 init=/bin/sh")
    done = site.agent("run", "--once")
    assert done.returncode == 1 and "verdict contraindicated, host failed" in done.stdout, done.stdout + done.stderr
    assert "command-line" in done.stderr and "init=/bin/sh" in done.stderr


def test_t14_an_outage_is_outlived_and_seen(site):
    site.release()
    site.verifier.settings(interval_s=1)
    site.enrol()
    agent = site.run()
    wait_for(lambda: "the verdict is" in agent.said, 60, "a verdict")
    before = evidence_count(site)
    site.verifier.stop()
    wait_for(lambda: "AGENT-840" in agent.said, 60, "a complaint")
    site.verifier.start("--listen", f"127.0.0.1:{site.verifier.port}")
    assert state(site) in ("stale", "trusted")
    wait_for(lambda: evidence_count(site) > before and state(site) == "trusted", 60, "evidence and trust again")
    assert agent.stop() == 0


def test_evidence_from_a_file_is_appraised_without_a_network(site):
    site.release()
    site.enrol()
    nonce = "5a" * 32
    out = site.folder / "evidence.json"
    done = site.agent("collect", "--nonce", nonce, "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["host"] == site.verifier.ok("GET", "/v1/hosts/host-1")["host"]
    told = site.folder / "host-1.json"
    told.write_text(site.verifier.cli("hosts", "show", "host-1", "--memory"))
    site.verifier.stop()
    print(site.verifier.cli("appraise", out, "--host", told, "--nonce", nonce, "--release", site.folder / "release.json"))
