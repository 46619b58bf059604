# SPDX-License-Identifier: Apache-2.0
"""Hostile clients: whatever they send, the (sanitized) server refuses with a code and goes on."""
import json
import random
import socket
import time

import pytest

from fleet import wait_for

HEADERS = {"Content-Type": "application/json"}


def code_of(answer):
    return answer.get("error", {}).get("code") if isinstance(answer, dict) else None


def is_alive(verifier):
    return verifier.process.poll() is None and verifier.call("GET", "/v1/health", who=None)[0] == 200


def raw(verifier, data, patience=5):
    """Sends bytes over TLS; what came back until the end."""
    plain = socket.create_connection(("127.0.0.1", verifier.port), patience)
    with verifier.context(None).wrap_socket(plain, server_hostname="localhost") as tls:
        tls.settimeout(patience)
        received = b""
        try:
            tls.sendall(data)
            while part := tls.recv(65536):
                received += part
        except OSError:
            pass
        return received


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"null", b"7", b"\xff\xfe", b'{"asset": "\\u0000"}', b'{"asset":"a","asset":"b"}', b"{" * 5000,
    b"[" * 4000, b'{"asset": 1e999}', b'{"asset": "' + b"a" * 4000 + b'"}'])
def test_a_body_that_is_no_good_json_is_refused(shared, body):
    status, answer = shared.call("POST", "/v1/tokens", body)
    assert status in (400, 413) and code_of(answer) in ("ATT-805", "ATT-806", "ATT-807", "ATT-840")
    assert is_alive(shared)


def test_a_body_beyond_its_limit_is_refused_unread(shared):
    status, answer = shared.call("POST", "/v1/tokens", b"x" * 5000)
    assert (status, code_of(answer)) == (413, "ATT-806")
    status, answer = shared.call("POST", "/v1/enroll", b"x" * (200 << 10), None)
    assert (status, code_of(answer)) == (413, "ATT-806")


@pytest.mark.parametrize("path, size", [("/v1/enroll", 190 << 10), ("/v1/enroll/" + "0" * 32 + "/activate", 1 << 20)])
@pytest.mark.parametrize("piece", [b"{},", b"[],", b"0,", b'"":0,'])
def test_a_body_of_many_small_values_is_refused_before_it_is_parsed(shared, path, size, piece):
    """`{},` becomes some two hundred bytes: anyone could fill the memory."""
    before, after = (b'{"a":[', b"0]}") if piece[-3:] != b":0," else (b"{", b'"z":0}')
    body = before + piece * ((size - 20) // len(piece)) + after
    status, answer = shared.call("POST", path, body, None)
    assert (status, code_of(answer)) == (413, "ATT-840")


def test_texts_may_hold_any_number_of_separators(shared):
    status, answer = shared.call("POST", "/v1/tokens", json.dumps({"asset": '[{,:"\\' * 400}).encode())
    assert (status, code_of(answer)) == (400, "ATT-805")


def test_a_declared_length_of_terabytes_allocates_nothing(shared):
    answer = raw(shared, b"POST /v1/enroll HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999\r\n\r\n" + b"x" * 100, 3)
    assert b"ATT-806" in answer or answer == b""
    assert is_alive(shared)


def test_a_chunked_body_has_the_same_limit(shared):
    chunks = b"".join(b"1000\r\n" + b"x" * 4096 + b"\r\n" for _ in range(60)) + b"0\r\n\r\n"
    answer = raw(shared, b"POST /v1/enroll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, 3)
    assert b" 413 " in answer
    assert is_alive(shared)


@pytest.mark.parametrize("request_bytes", [
    b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 500, b"GET " + b"/a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/health HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(5000)) + b"\r\n",
    b"POST /v1/enroll HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"GET /v1/enroll/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xff\r\n\r\n" % (b"0" * 32)])
def test_requests_that_are_no_http_are_dropped(shared, request_bytes):
    answer = raw(shared, request_bytes, 2)
    assert not answer.startswith(b"HTTP/1.1 2")
    assert is_alive(shared)


def test_a_plain_connection_is_dropped(shared):
    with socket.create_connection(("127.0.0.1", shared.port), 5) as plain:
        plain.sendall(b"GET /v1/health HTTP/1.1\r\n\r\n")
        plain.settimeout(5)
        try:
            assert not plain.recv(100).startswith(b"HTTP")
        except ConnectionError:
            pass
    assert is_alive(shared)


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off(verifier):
    plain = socket.create_connection(("127.0.0.1", verifier.port), 5)
    started = time.monotonic()
    with verifier.context(None).wrap_socket(plain, server_hostname="localhost") as tls:
        try:
            tls.sendall(b"GET /v1/health HTTP/1.1\r\nX-Slow: ")
            while time.monotonic() - started < 60:
                tls.sendall(b"a")
                time.sleep(1)
        except OSError:
            pass
    assert time.monotonic() - started < 45
    metrics = verifier.call("GET", "/metrics")[1]
    assert "bulkhead_connections_cut_off_total 1" in metrics


def test_one_address_gets_no_more_connections_than_it_may_have(stopped):
    verifier = stopped.start("--connections-per-address", "2")
    with verifier.connection(None) as one, verifier.connection(None) as two:
        for connection in (one, two):
            connection.request("GET", "/v1/health")
            assert connection.getresponse().read()
        with pytest.raises(OSError):
            verifier.call("GET", "/v1/health", who=None)
    wait_for(lambda: is_served(verifier))


def is_served(verifier):
    try:
        return is_alive(verifier)
    except OSError:
        return False


def mutate(value, dice):
    """Some part of a JSON value replaced by something else."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        name = dice.choice(list(value))
        return {**value, name: mutate(value[name], dice)}
    if isinstance(value, str) and len(value) > 8 and dice.random() < 0.7:
        at = dice.randrange(len(value) - 4)
        return value[:at] + dice.choice(["AAAA", "////", "zzzz", "", "0", "\u20ac"]) + value[at + 4:]
    return dice.choice([None, True, -1, 2**63, 1.5, "", "A" * 3000, [], {}, [[]], "AAAA", value])


def test_hundreds_of_mutated_submissions_crash_nothing(verifier):
    """The whole way through: JSON, base64, quote, signature, log."""
    verifier.release()
    host = verifier.host("web-1").enroll()
    verifier.settings(challenge_every_s=0)
    assert host.attest()["state"] == "trusted"
    sample = verifier.ok("GET", f"/v1/hosts/{host.id}/verdicts?evidence=1")["verdicts"][0]["evidence"]["evidence"]
    dice = random.Random(7)
    boot = {"boot": sample["boot"], "log_length": 0}
    with verifier.connection("agent", host.folder) as connection:
        for _ in range(600):
            connection.request("POST", f"/v1/hosts/{host.id}/challenges", json.dumps(boot), HEADERS)
            challenge = json.loads(connection.getresponse().read())
            body = mutate({"challenge": challenge["challenge"], "evidence": sample}, dice)
            connection.request("POST", f"/v1/hosts/{host.id}/evidence", json.dumps(body), HEADERS)
            answer = connection.getresponse()
            text = json.loads(answer.read())
            assert answer.status in (200, 400, 409, 413), text
            assert answer.status != 200 or text["verdict"] == "contraindicated"
    assert is_alive(verifier)
    assert host.attest()["state"] == "trusted"


def test_mutated_enrolments_crash_nothing(verifier):
    host = verifier.host("web-1").pin()
    folder = host.folder
    host.step("enroll", "--token", host.token())
    sample = {"asset": "web-1", "token": host.token(), "ek_public": "AHo" + "A" * 161, "ek_certificates": ["MIIB" * 20],
              "ak_public": "AFgAIwALAAUAcgAA" + "A" * 96, "csr": (folder / "agent.csr").read_text()}
    dice = random.Random(11)
    with verifier.connection(None) as connection:
        for _ in range(500):
            connection.request("POST", "/v1/enroll", json.dumps(mutate(mutate(sample, dice), dice)), HEADERS)
            answer = connection.getresponse()
            assert code_of(json.loads(answer.read())) is not None
    assert is_alive(verifier)


@pytest.mark.parametrize("option, value", [("--connections", "0"), ("--connections", "x"), ("--idle", "29"), ("--idle", "-1"),
                                           ("--connections-per-address", "5000")])
def test_limits_that_make_no_sense_are_refused(stopped, option, value):
    assert "ATT-876" in stopped.cli_serve(option, value)


def test_a_caller_with_a_certificate_may_idle_as_long_as_the_option_says_and_a_stranger_30_s(stopped):
    verifier = stopped.start("--idle", "120")
    with verifier.connection() as known, verifier.connection(None) as stranger:
        for connection in (known, stranger):
            connection.request("GET", "/v1/health")
            assert connection.getresponse().read()
        sockets = {connection: connection.sock for connection in (known, stranger)}
        time.sleep(34)
        sockets[stranger].settimeout(5)
        assert sockets[stranger].recv(1) == b""
        known.request("GET", "/v1/hosts")
        assert known.getresponse().status == 200 and known.sock is sockets[known]
