# SPDX-License-Identifier: Apache-2.0
"""What the outside learns: webhook, syslog, metrics, tokens; and appraisal without the server."""
import base64
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from fleet import wait_for

KEY = b"a shared key"


class Receiver:
    """Takes webhook calls; refuses the first `refusals` of them."""

    def __init__(self, refusals=0):
        self.events, self.bad, self.refusals = [], [], refusals
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                expected = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
                refused, receiver.refusals = receiver.refusals > 0, receiver.refusals - 1
                if not refused:
                    (receiver.events if self.headers["X-Bulkhead-Signature"] == expected else receiver.bad).append(
                        json.loads(body))
                self.send_response(500 if refused else 204)
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def states(self):
        return [(event["before"], event["state"]) for event in self.events if event["event"] == "state"]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver(refusals=1)
    yield made
    made.close()


def test_each_change_of_state_is_posted_signed_in_order_and_again_when_refused(stopped, receiver):
    key = stopped.folder / "hook.key"
    key.write_bytes(KEY + b"\n")
    key.chmod(0o600)
    verifier = stopped.start("--webhook", receiver.url, "--webhook-key", str(key))
    verifier.release()
    host = verifier.host("web-1").enroll()
    host.attest()
    host.attest()
    host.attest("--tamper", "signature")
    wait_for(lambda: len(receiver.states()) == 4)
    assert receiver.states() == [("pending", "pending"), ("pending", "stale"), ("stale", "trusted"), ("trusted", "failed")]
    assert receiver.bad == []
    last = [event for event in receiver.events if event["event"] == "state"][-1]
    assert (last["asset"], last["verdict"]) == ("web-1", "contraindicated") and "ATT-911" in last["reason"]
    lines = wait_for(lambda: (found := [line for line in verifier.log.read_text().splitlines() if "[bulkhead@0" in line])[3:]
                     and found)
    assert len(lines) == 4 and 'state="failed"' in lines[3]


def test_a_sign_of_life_is_posted_again_and_again(stopped, receiver):
    key = stopped.folder / "hook.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    verifier = stopped.start("--webhook", receiver.url, "--webhook-key", str(key))
    verifier.settings(heartbeat_s=1)
    wait_for(lambda: sum(event["event"] == "heartbeat" for event in receiver.events) >= 2)


def test_a_dead_webhook_holds_nobody_up(stopped):
    key = stopped.folder / "hook.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    verifier = stopped.start("--webhook", "http://127.0.0.1:9/", "--webhook-key", str(key))
    verifier.release()
    host = verifier.host("web-1").enroll()
    assert host.attest()["state"] == "trusted"
    assert "bulkhead_webhook_waiting" in verifier.call("GET", "/metrics")[1]


def test_a_webhook_without_a_key_is_refused(stopped):
    empty = stopped.folder / "empty.key"
    empty.touch(0o600)
    assert "ATT-876" in stopped.cli_serve("--webhook", "http://127.0.0.1:9/")
    assert "ATT-876" in stopped.cli_serve("--webhook", "http://127.0.0.1:9/", "--webhook-key", str(empty))


def test_many_events_and_a_webhook_that_never_answers_hold_up_no_stop(stopped):
    """One time limit for all that is left, not one for each."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as mute:
        key = stopped.folder / "hook.key"
        key.write_bytes(KEY)
        key.chmod(0o600)
        verifier = stopped.start("--webhook", f"http://127.0.0.1:{mute.getsockname()[1]}/", "--webhook-key", str(key))
        verifier.release()
        host = verifier.host("web-1").enroll()
        for _ in range(4):
            host.attest()
            host.attest("--tamper", "signature")
        started = time.monotonic()
        verifier.stop()
        assert time.monotonic() - started < 20


def test_metrics_count_states_and_verdicts(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    verifier.host("web-2").enroll()
    host.attest()
    text = verifier.call("GET", "/metrics")[1]
    for line in ('bulkhead_hosts{state="trusted"} 1', 'bulkhead_hosts{state="stale"} 1',
                 'bulkhead_appraisals_total{verdict="affirming"} 1', "bulkhead_challenges_total 1"):
        assert line in text.splitlines()


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_token_is_an_ear_signed_by_the_verifiers_key(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    header, claims, signature = host.attest()["token"].split(".")
    jwk = verifier.ok("GET", "/v1/key", who=None)
    key = ec.EllipticCurvePublicNumbers(*(int.from_bytes(unbase64(jwk[part]), "big") for part in "xy"),
                                        ec.SECP384R1()).public_key()
    raw = unbase64(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big"))
    key.verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA384()))
    assert json.loads(unbase64(header)) == {"alg": "ES384", "typ": "JWT", "kid": jwk["kid"]}
    content = json.loads(unbase64(claims))
    assert host.id in content["submods"]
    assert content["submods"][host.id]["ear.status"] == "affirming"


@pytest.fixture
def exported(verifier):
    """Evidence, host record and release as files."""
    release = verifier.release()
    host = verifier.host("web-1").enroll()
    host.step("attest")
    record = verifier.folder / "host.json"
    record.write_text(verifier.cli("hosts", "show", "web-1", "--memory"))
    kept = verifier.ok("GET", f"/v1/hosts/{host.id}/verdicts?evidence=1")["verdicts"][0]["evidence"]
    evidence = verifier.folder / "evidence.json"
    evidence.write_text(json.dumps(kept))
    return verifier, evidence, record, release


def test_kept_evidence_can_be_appraised_without_the_server(exported):
    verifier, evidence, record, release = exported
    verifier.stop()
    nonce = base64.b64decode(json.loads(evidence.read_text())["nonce"]).hex()
    out = verifier.cli("appraise", str(evidence), "--release", str(release), "--host", str(record), "--nonce", nonce, "--json")
    result = json.loads(out)
    assert (result["verdict"], result["release"]) == ("affirming", "shop-1")
    assert result["key_checked"] and result["nonce_checked"]


def test_edited_evidence_does_not_pass_offline(exported):
    verifier, evidence, record, release = exported
    content = json.loads(evidence.read_text())
    log = bytearray(base64.b64decode(content["evidence"]["log"]))
    log[-40] ^= 1
    content["evidence"]["log"] = base64.b64encode(log).decode()
    evidence.write_text(json.dumps(content))
    verifier.cli("appraise", str(evidence), "--release", str(release), "--host", str(record), status=1)
    assert "ATT-893" in verifier.cli("appraise", str(evidence), "--release", str(release), "--host", str(record), "--nonce",
                                     "0" * 64, status=1)
    assert "ATT-890" in verifier.cli("appraise", str(record), "--release", str(release), status=1)
    whole = json.loads(evidence.read_text())
    for number, other in enumerate((whole | {"format": "bulkhead-evidence-2"}, whole | {"format": 1},
                                    {name: value for name, value in whole.items() if name != "format"})):
        path = evidence.with_name(f"other-{number}.json")
        path.write_text(json.dumps(other))
        assert "ATT-890" in verifier.cli("appraise", str(path), "--release", str(release), "--host", str(record), status=1)


def test_a_release_without_its_signature_counts_for_nothing_offline(exported):
    verifier, evidence, record, release = exported
    release.write_text(release.read_text() + "\n")
    assert "ATT-832" in verifier.cli("appraise", str(evidence), "--release", str(release), "--host", str(record), status=1)
