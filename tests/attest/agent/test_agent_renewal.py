# SPDX-License-Identifier: Apache-2.0
"""The agent's certificate near its end, past it, and refused."""
import pytest

from agent_bench import wait_for
from verifier_double import pem

NEAR_ITS_END = (-70, 30)
ENDED = (-70, -1)


def is_poll(path):
    return path.count("/") == 3 and path.startswith("/v1/enroll/")


def polls(bench):
    return sum(map(is_poll, bench.verifier.requests))


def enrolled(bench, life):
    """A host whose certificate has this life, and is the one that the verifier knows; later ones are good for a year."""
    bench.enrol()
    host, = bench.verifier.hosts.values()
    bench.verifier.authority.life = life
    (bench.state / "tls-certificate.pem").write_text(bench.verifier.poll(host)["certificate"])
    bench.verifier.authority.life = (-1, 365)
    bench.verifier.requests.clear()
    return host


def kept(bench):
    return (bench.state / "tls-certificate.pem").read_text()


@pytest.mark.parametrize("life", [NEAR_ITS_END, ENDED])
def test_a_certificate_near_its_end_or_past_it_is_renewed(bench, life):
    enrolled(bench, life)
    old = kept(bench)
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert "was renewed" in done.stderr and kept(bench) != old
    assert polls(bench) == 1 and bench.verifier.complaints == []


def test_a_certificate_that_has_time_is_left_alone(bench):
    enrolled(bench, (-60, 40))
    done = bench.call("run", "--once")
    assert done.returncode == 0 and polls(bench) == 0, done.stderr


@pytest.mark.parametrize("code", ["ATT-804", "ATT-809"])
def test_a_certificate_that_the_verifier_takes_no_more_is_renewed(bench, code):
    """As when the answer to a renewal was lost."""
    enrolled(bench, (-1, 365))
    bench.verifier.on_request = lambda path: (403, f'{{"error": {{"code": "{code}"}}}}') \
        if path.startswith("/v1/hosts") and not polls(bench) else None
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 3, 60, "rounds")
    assert agent.stop() == 0
    assert polls(bench) == 1 and bench.verifier.complaints == []


def test_another_refusal_is_no_reason_to_renew(bench):
    enrolled(bench, (-1, 365))
    bench.verifier.on_request = lambda path: (403, '{"error": {"code": "ATT-803"}}')
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.requests) >= 3, 60, "attempts")
    assert agent.stop() == 0 and polls(bench) == 0


def test_rounds_go_on_while_renewing_fails_and_it_is_said_once(bench):
    enrolled(bench, NEAR_ITS_END)
    bench.verifier.on_request = lambda path: (503, "{}") if is_poll(path) else None
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 8, 60, "rounds")
    assert agent.stop() == 0
    assert agent.said.count("was not renewed") == 1 and polls(bench) == 1
    assert "failed" not in agent.said and bench.verifier.complaints == []


def test_the_same_certificate_again_is_asked_about_later(bench):
    """The verifier's clock is behind: for it there is time."""
    enrolled(bench, NEAR_ITS_END)
    old = kept(bench)
    bench.verifier.poll = lambda host: {"state": "approved", "ca": "", "certificate": old}
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 8, 60, "rounds")
    assert agent.stop() == 0
    assert polls(bench) == 1 and kept(bench) == old and bench.verifier.complaints == []


def test_a_retired_host_keeps_what_it_has(bench):
    """Its enrolment is not forgotten: an operator decides what comes next."""
    enrolled(bench, NEAR_ITS_END)
    before = sorted(file.name for file in bench.state.iterdir())
    bench.verifier.on_request = lambda path: (410, '{"error": {"code": "ATT-816"}}') if is_poll(path) else \
        (403, '{"error": {"code": "ATT-804"}}')
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "ATT-816" in done.stderr and "ATT-804" in done.stderr
    assert sorted(file.name for file in bench.state.iterdir()) == before


def test_a_certificate_for_another_host_does_not_replace_the_old_one(bench):
    enrolled(bench, NEAR_ITS_END)
    old = kept(bench)
    host, = bench.verifier.hosts.values()
    bench.verifier.poll = lambda _: {"state": "approved", "ca": "", "certificate":
                                     pem(bench.verifier.authority.client(host["request"], "f" * 32)).decode()}
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert "AGENT-824" in done.stderr and kept(bench) == old
