# SPDX-License-Identifier: Apache-2.0
"""Challenge and evidence while everything around the agent goes wrong: network, verifier, TPM, hypervisor at work."""
import base64
import os
import signal
import subprocess
import time

import pytest

from agent_bench import Relay, Running, wait_for
from booted import CC_CLEAR, CC_PCR_READ, CC_QUOTE, EV_EVENT_TAG, RC_FAILURE, RC_RETRY, spec_id_event, tagged
from verifier_double import Authority


def test_rounds_go_on_with_one_log_and_leave_nothing_in_the_tpm(bench):
    bench.enrol()
    first = len(bench.booted.log.read_bytes())
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 10, 60, "ten rounds")
    assert agent.stop() == 0
    assert bench.verifier.complaints == []
    assert {entry["log_offset"] for entry in bench.verifier.rounds} == {first}
    assert bench.wire.leftovers() == [0, 0, 0]


def test_the_pause_is_the_verifiers(bench):
    bench.enrol()
    bench.verifier.next_in_s = 3
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 2, 60, "a round")
    time.sleep(1.5)
    assert len(bench.verifier.rounds) == 2
    wait_for(lambda: len(bench.verifier.rounds) >= 3, 60, "the next round")
    assert agent.stop() == 0


def test_a_request_to_stop_is_obeyed_at_once(bench):
    bench.enrol()
    bench.verifier.next_in_s = 3600
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 2, 60, "a round")
    start = time.monotonic()
    assert agent.stop(signal.SIGINT) == 0
    assert time.monotonic() - start < 5
    assert bench.wire.leftovers() == [0, 0, 0]


def test_t14_the_agent_outlives_an_outage_of_the_verifier(bench):
    bench.enrol()
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 3, 60, "rounds")
    bench.verifier.stop()
    wait_for(lambda: "AGENT-840" in agent.said, 60, "a complaint")
    time.sleep(3)
    seen = len(bench.verifier.rounds)
    bench.verifier.start()
    wait_for(lambda: len(bench.verifier.rounds) >= seen + 3, 60, "rounds after the outage")
    assert agent.stop() == 0
    assert bench.verifier.complaints == []


def test_an_outage_is_met_with_longer_and_longer_pauses(bench):
    bench.enrol()
    bench.verifier.requests.clear()
    bench.verifier.on_request = lambda path: (503, '{"error": {"code": "ATT-998", "text": "busy"}}')
    agent = bench.run(longest_wait=60)
    wait_for(lambda: len(bench.verifier.requests) >= 2, 30, "two attempts")
    time.sleep(6)
    assert agent.stop() == 0
    assert 2 <= len(bench.verifier.requests) <= 6, "1 s, 2 s, 4 s, each up to a half shorter"
    assert "AGENT-841" in agent.said and "ATT-998 busy" in agent.said


@pytest.mark.parametrize("asked, waited", [(7, 7), (7200, 3600), (10 ** 12, 3600)])
def test_retry_after_is_obeyed_up_to_an_hour(bench, asked, waited):
    bench.enrol()
    bench.verifier.on_request = lambda path: (503, "{}", {"Retry-After": str(asked)})
    agent = bench.run()
    wait_for(lambda: f"next attempt in {waited}000 ms" in agent.said, 30, "the pause")
    assert agent.stop() == 0


def test_a_connection_that_is_cut_is_tried_again(bench):
    bench.enrol()
    cuts = []

    def cut(path):
        if len(cuts) < 3 and not path.endswith("/challenges"):
            cuts.append(path)
            return "cut"
        return None

    bench.verifier.on_request = cut
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 3, 60, "rounds")
    assert agent.stop() == 0 and len(cuts) == 3


def test_what_the_hypervisor_records_meanwhile_is_sent_with_the_next_round(bench):
    bench.enrol()
    agent = bench.run()
    for number in range(5):
        seen = len(bench.verifier.rounds)
        bench.booted.run_time("start", partition="web", number=number)
        wait_for(lambda: len(bench.verifier.rounds) >= seen + 2, 60, "rounds")
    assert agent.stop() == 0
    assert bench.verifier.complaints == []
    parts = [base64.b64decode(entry["log"]) for entry in bench.verifier.rounds]
    assert b"".join(parts[1:]) and sum(bool(part) for part in parts[1:]) == 5


def test_quote_log_and_registers_are_of_one_moment(bench):
    """The hypervisor records something between the quote and the reading of the registers, three times over."""
    bench.enrol()
    meddled = []

    def meddle(code):
        if code == CC_PCR_READ and len(meddled) < 3:
            meddled.append(code)
            bench.booted.run_time("stop", partition="web", text="STOP-603", number=len(meddled))

    bench.wire.on_command = meddle
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert len(meddled) == 3 and bench.verifier.complaints == []
    assert bench.wire.commands[CC_QUOTE] >= 3


def test_a_record_that_is_not_in_the_registers_yet_is_waited_for(bench):
    bench.enrol()
    data = tagged(5, "start", partition="web", number=1)
    bench.booted.write(12, EV_EVENT_TAG, data)
    quotes = []

    def late(code):
        if code == CC_QUOTE:
            quotes.append(code)
            if len(quotes) == 3:
                bench.booted.extend(12, data)

    bench.wire.on_command = late
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert bench.verifier.complaints == [] and len(quotes) >= 3


def at_the_third_quote(bench, work):
    """Runs one round, in which work() happens as the third quote is made; how many quotes there were."""
    quotes = []

    def late(code):
        if code == CC_QUOTE:
            quotes.append(code)
            if len(quotes) == 3:
                work()

    bench.wire.on_command = late
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert bench.verifier.complaints == []
    return len(quotes)


def test_a_log_that_lacks_the_record_of_register_22_yet_is_read_again(bench):
    """The monitor is between the record for 12 and the one for 22; the quote covers both."""
    bench.enrol()
    data = tagged(5, "start", partition="web", number=1)
    bench.booted.record(12, EV_EVENT_TAG, data)
    bench.booted.extend(22, data)
    assert at_the_third_quote(bench, lambda: bench.booted.write(22, EV_EVENT_TAG, data)) == 4


def test_a_record_whose_data_is_not_written_yet_is_read_again(bench):
    bench.enrol()
    bench.booted.run_time("start", partition="web", number=1)
    whole = bench.booted.log.read_bytes()
    bench.booted.log.write_bytes(whole[:-8] + bytes(8))
    assert at_the_third_quote(bench, lambda: bench.booted.log.write_bytes(whole)) == 4


def test_a_log_that_names_no_boot_is_not_asked_about(bench):
    bench.enrol()
    bench.booted.log.write_bytes(spec_id_event())
    bench.booted.write(0, 8, b"firmware")
    bench.verifier.requests.clear()
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-819" in done.stderr
    assert bench.verifier.requests == []


def test_registers_that_no_log_explains_are_shown_all_the_same(bench):
    """Judging is the verifier's: an agent that kept silent would hide an attack."""
    bench.enrol()
    bench.booted.extend(12, b"not in the log")
    done = bench.call("run", "--once")
    assert done.returncode == 1
    assert any("PCR 12 of sha256 does not follow" in line for line in bench.verifier.complaints)


@pytest.mark.parametrize("trouble", [RC_RETRY, RC_FAILURE, "cut"], ids=["busy", "failure", "seized"])
def test_a_tpm_that_is_taken_away_in_the_middle_of_a_command_is_asked_again(bench, trouble):
    bench.enrol()
    troubles = []

    def disturb(code):
        if code == CC_QUOTE and len(troubles) < 2:
            troubles.append(code)
            return trouble
        return None

    bench.wire.on_command = disturb
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 3, 60, "rounds")
    assert agent.stop() == 0
    assert bench.verifier.complaints == [] and len(troubles) == 2
    assert bench.wire.leftovers() == [0, 0, 0]


def test_a_tpm_that_is_gone_is_reported_and_waited_for(bench):
    bench.enrol()
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 2, 60, "a round")
    bench.wire.on_command = lambda code: "cut"
    wait_for(lambda: "AGENT-81" in agent.said, 60, "a complaint")
    bench.wire.on_command = lambda code: None
    seen = len(bench.verifier.rounds)
    wait_for(lambda: len(bench.verifier.rounds) >= seen + 2, 60, "rounds")
    assert agent.stop() == 0


def test_the_attestation_key_outlives_a_restart_of_the_machine(bench):
    bench.enrol()
    bench.boot("fedcba98" * 4)
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    assert bench.verifier.complaints == []
    assert bench.verifier.rounds[-1]["boot"] == "fedcba98" * 4 and bench.verifier.rounds[-1]["log_offset"] == 0


def test_t11_a_cleared_tpm_still_quotes_so_that_the_verifier_sees_it(bench):
    bench.enrol()
    before = clock(bench.verifier.rounds[-1])
    bench.wire.command(CC_CLEAR, [0x4000000A], b"")
    done = bench.call("run", "--once")
    assert done.returncode == 0, done.stderr
    after = clock(bench.verifier.rounds[-1])
    assert after < before, "TPM2_Clear sets the clock back, and the quote tells"


def clock(evidence):
    """TPMS_CLOCK_INFO.clock of a quote."""
    attest = base64.b64decode(evidence["attest"])
    at = 6
    for _ in range(2):
        at += 2 + int.from_bytes(attest[at:at + 2], "big")
    return int.from_bytes(attest[at:at + 8], "big")


def test_another_tpm_cannot_use_the_key(bench, new_tpm):
    bench.enrol()
    other = new_tpm("other")
    with other:
        subprocess.run(["tpm2_changeeps", "-T", other.tcti], check=True, capture_output=True)
    bench.tpm.power_off()
    bench.tpm = other
    bench.boot("abcdef01" * 4)
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-814" in done.stderr


@pytest.mark.parametrize("other", ["authority", "name"])
def test_only_the_verifier_that_the_ca_file_vouches_for_is_talked_to(bench, other):
    folder = bench.folder
    if other == "authority":
        bench.verifier.server_file = Authority("verifier").server(folder)
    else:
        bench.verifier.server_file = bench.verifier.authority.server(folder, "192.0.2.1")
    bench.verifier.start()
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-840" in done.stderr
    assert bench.verifier.requests == []


def test_a_verifier_is_found_by_its_address_and_known_by_its_name(bench):
    bench.verifier.start()
    done = bench.call("run", "--once", verifier=f"https://verifier.test:{bench.verifier.port}", verifier_address="127.0.0.1")
    assert "approval" in done.stdout, done.stderr
    done = bench.call("run", "--once", verifier=f"https://another.test:{bench.verifier.port}", verifier_address="127.0.0.1")
    assert done.returncode == 1 and "AGENT-840" in done.stderr


def test_a_verifier_is_found_by_an_address_of_ipv6(bench):
    """A relay on ::1, since the verifier listens on 127.0.0.1 alone."""
    bench.verifier.start()
    with Relay(bench.verifier.port) as port:
        done = bench.call("run", "--once", verifier=f"https://verifier.test:{port}", verifier_address="::1")
    assert "approval" in done.stdout, done.stderr


WRONG_ANSWERS = {
    "no-object": "[1, 2]",
    "no-json": "<html>",
    "nested": "[" * 100000,
    "too-much": '{"a": "' + "x" * (2 << 20) + '"}',
    "nothing": "{}",
    "challenge-no-text": {"challenge": 7},
    "challenge-with-newline": {"challenge": "a\r\nX: y"},
    "challenge-too-long": {"challenge": "x" * 5000},
    "nonce-short": {"nonce": base64.b64encode(bytes(31)).decode()},
    "nonce-long": {"nonce": base64.b64encode(bytes(33)).decode()},
    "nonce-no-base64": {"nonce": "!" * 44},
    "no-registers": {"pcrs": {"sha256": [], "sha384": []}},
    "sha1-too": {"pcrs": {"sha1": [0], "sha256": [0], "sha384": [0]}},
    "other-registers": {"pcrs": {"sha256": [0, 1], "sha384": [0]}},
    "register-24": {"pcrs": {"sha256": [24], "sha384": [24]}},
    "register-minus-1": {"pcrs": {"sha256": [-1], "sha384": [-1]}},
    "offset-behind-the-end": {"log_offset": 400000},
    "offset-negative": {"log_offset": -1},
    "offset-huge": {"log_offset": 1 << 62},
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_challenge_that_is_none_is_refused(bench, wrong):
    bench.enrol()
    rounds = len(bench.verifier.rounds)
    if isinstance(wrong, str):
        bench.verifier.on_request = lambda path: (200, wrong) if path.endswith("/challenges") else None
    else:
        bench.verifier.change = lambda path, answer: {**answer, **wrong} if path.endswith("/challenges") else answer
    done = bench.call("run", "--once")
    assert done.returncode == 1, done.stderr
    assert any(code in done.stderr for code in ("AGENT-830", "AGENT-842", "AGENT-818"))
    assert "Sanitizer" not in done.stderr and len(bench.verifier.rounds) == rounds


@pytest.mark.parametrize("wrong", [{"verdict": "x\x1b[31m"}, {"next_in_s": -1}, {"next_in_s": "soon"}, {"next_in_s": 1e300},
                                   {"state": None}, {"reasons": "none"}], ids=str)
def test_a_verdict_that_is_none_is_refused(bench, wrong):
    bench.enrol()
    bench.verifier.change = lambda path, answer: {**answer, **wrong} if path.endswith("/evidence") else answer
    done = bench.call("run", "--once")
    assert done.returncode == 1 and "AGENT-830" in done.stderr


def test_reasons_are_shown_as_printable_text(bench):
    bench.enrol()
    reason = {"code": "ATT-951", "text": "differs", "partition": "web", "item": "command-line", "found": "\x1b[2Jevil\n",
              "expected": 5}
    wrong = {"verdict": "contraindicated", "reasons": [reason, 7, None]}
    bench.verifier.change = lambda path, answer: {**answer, **wrong} if path.endswith("/evidence") else answer
    done = bench.call("run", "--once")
    assert (done.returncode, done.stdout) == (1, "verdict contraindicated, host trusted\n")
    assert "ATT-951 differs web command-line: found ?[2Jevil?, expected " in done.stderr
    assert "\x1b" not in done.stderr


def resident_kib(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def test_nothing_grows_over_a_hundred_rounds(bench):
    bench.enrol()
    agent = bench.run()
    wait_for(lambda: len(bench.verifier.rounds) >= 30, 120, "thirty rounds")
    files = lambda: len(os.listdir(f"/proc/{agent.process.pid}/fd"))  # noqa: E731
    before, open_before = resident_kib(agent.process), files()
    objects = bench.wire.leftovers()
    wait_for(lambda: len(bench.verifier.rounds) >= 130, 300, "a hundred more")
    assert files() == open_before
    assert resident_kib(agent.process) - before < 4096
    assert bench.wire.leftovers() == objects == [1, 0, 0]
    assert agent.stop() == 0


def test_a_soak_that_was_stopped_before_it_counted_anything_fails(bench):
    running = Running(bench.command("soak", "--quotes", 1000), bench.folder / "soak.log")
    bench.running.append(running)
    stopped = []

    def stop(code):
        if code == CC_QUOTE and not stopped:
            stopped.append(code)
            running.process.send_signal(signal.SIGTERM)

    bench.wire.on_command = stop
    assert running.process.wait(60) == 1, running.said


def test_the_tpm_holds_as_much_after_a_thousand_quotes_as_before(bench):
    done = bench.call("soak", "--quotes", 1000, tcti=bench.wire.tcti)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert "TPM objects 1 -> 1, sessions 0 -> 0" in done.stdout
    assert "1000 times evidence in " in done.stdout and "; 0 did not fit together" in done.stdout
    assert bench.wire.leftovers() == [0, 0, 0]
