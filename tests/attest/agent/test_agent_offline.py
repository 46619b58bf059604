# SPDX-License-Identifier: Apache-2.0
"""Evidence as a file; what the command line and the settings refuse; where the log comes from."""
import base64
import json

import pytest

from agent_bench import BOOT
from verifier_double import check_attest, check_log, check_signature

import hashlib

NONCE = "ab" * 32


def collect(bench, *arguments, **settings):
    out = bench.folder / "evidence.json"
    done = bench.call("collect", "--nonce", NONCE, "--out", out, *arguments, **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def check(file, host, channel):
    evidence = file["evidence"]
    ak = base64.b64decode(file["ak_public"])
    attest, signature, log = (base64.b64decode(evidence[name]) for name in ("attest", "signature", "log"))
    check_signature(ak, attest, signature)
    binding = hashlib.sha256(b"bulkhead-quote-1" + bytes.fromhex(NONCE) + host.encode() + BOOT.encode() + channel).digest()
    check_attest(ak, attest, binding, evidence["pcrs"])
    check_log(log, BOOT, evidence["pcrs"])
    assert file["format"] == "bulkhead-evidence-1" and file["host"] == host
    assert base64.b64decode(file["nonce"]).hex() == NONCE and base64.b64decode(file["channel"]) == channel


def test_evidence_of_a_host_that_never_met_a_verifier(bench):
    check(collect(bench), "0" * 32, bytes(32))
    assert bench.wire.leftovers() == [0, 0, 0]


def test_evidence_for_a_host_id_given_by_hand(bench):
    check(collect(bench, "--host", "5" * 32), "5" * 32, bytes(32))


def test_evidence_of_an_enrolled_host_is_bound_to_its_certificate(bench):
    bench.enrol()
    bench.verifier.stop()
    host, = bench.verifier.hosts.values()
    check(collect(bench), host["id"], host["channel"])


@pytest.mark.parametrize("arguments, status, code", [
    (["--nonce", "xy", "--out", "e"], 1, "AGENT-805"),
    (["--nonce", NONCE.upper(), "--out", "e"], 1, "AGENT-805"),
    (["--nonce", NONCE, "--out", "e", "--host", "12"], 1, "AGENT-805"),
    (["--nonce", NONCE], 2, "--nonce and --out are needed"),
    (["--nonce", NONCE, "--out", "/proc/none/e"], 1, "TOOL-704"),
])
def test_a_command_line_that_is_wrong(bench, arguments, status, code):
    done = bench.call("collect", *arguments)
    assert done.returncode == status and code in done.stderr


def test_a_log_that_is_none(bench):
    bench.booted.log.write_bytes(b"\x7fELF" * 100)
    done = bench.call("collect", "--nonce", NONCE, "--out", bench.folder / "e")
    assert done.returncode == 1 and "AGENT-816" in done.stderr


def test_a_log_of_another_hypervisor(bench):
    whole = bench.booted.log.read_bytes()
    bench.booted.log.write_bytes(whole[:whole.index(BOOT.encode()) - 200])
    done = bench.call("collect", "--nonce", NONCE, "--out", bench.folder / "e")
    assert done.returncode == 1 and "AGENT-819" in done.stderr


def test_zeros_and_half_a_record_behind_the_log_are_not_part_of_it(bench):
    whole = bench.booted.log.read_bytes()
    bench.booted.log.write_bytes(whole + bytes(5000))
    check(collect(bench), "0" * 32, bytes(32))
    bench.booted.log.write_bytes(whole + whole[32 + 41:32 + 41 + 50])
    assert base64.b64decode(collect(bench)["evidence"]["log"]) == whole


def test_no_tpm(bench):
    done = bench.call("collect", "--nonce", NONCE, "--out", bench.folder / "e", tcti="swtpm:host=127.0.0.1,port=1")
    assert done.returncode == 1 and "AGENT-810" in done.stderr


def test_all_mistakes_of_the_settings_are_told_at_once(bench):
    file = bench.folder / "agent.conf"
    file.write_text("# comment\n\nverifier = http://plain\nca-file=/ca.pem\ncolour = red\nno sense\nlongest-wait = 0\n")
    done = bench.call("status", "--config", file)
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stderr.splitlines() if line.startswith("AGENT")] == [
        "AGENT-803", "AGENT-802", "AGENT-801", "AGENT-803"]
    assert f"{file} line 3"[-90:] in done.stderr


def test_settings_of_the_file_hold_unless_an_option_overrides_them(bench):
    file = bench.folder / "agent.conf"
    file.write_text("verifier = https://file.test\nasset = from-file\n")
    told = bench.call("status", "--config", file, verifier="https://option.test", asset="from-option").stdout
    assert "https://option.test" in told and "from-option" in told


def test_running_without_a_verifier_is_refused(bench):
    done = bench.call("run")
    assert done.returncode == 1 and "AGENT-804" in done.stderr
