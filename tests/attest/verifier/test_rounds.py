# SPDX-License-Identifier: Apache-2.0
"""Challenges, evidence, states and releases, on both kinds of database."""
import base64
import json
import sqlite3
import time

import pytest

from fleet import wait_for

EVIL = "console=ttyS0 root=/dev/vda init=/bin/sh"


def claims_of(token):
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def code_of(answer):
    return answer.get("error", {}).get("code")


def test_a_host_of_its_release_is_trusted(either):
    either.release()
    host = either.host("web-1").enroll()
    answer = host.attest()
    assert (answer["verdict"], answer["state"], answer["reasons"]) == ("affirming", "trusted", [])
    assert host.attest()["verdict"] == "affirming"
    assert host.step("restart-web", "attest")[1]["verdict"] == "affirming"
    shown = host.show()
    assert (shown["state"], shown["release"], shown["appraisals"]) == ("trusted", "shop-1", 4)
    assert "trusted" in either.cli("status")


def test_a_changed_command_line_is_named_with_partition_item_expected_and_found(either):
    either.release()
    host = either.host("web-1").enroll()
    assert host.attest()["state"] == "trusted"
    answer = host.step("reboot", "attest", "--command-line", EVIL)[1]
    assert (answer["verdict"], answer["state"]) == ("contraindicated", "failed")
    reason = next(reason for reason in answer["reasons"] if reason.get("item") == "command-line")
    assert reason["partition"] == "web" and EVIL in reason["found"] and "root=/dev/vda" in reason["expected"]
    assert "partition web, command-line" in either.cli("status")
    assert host.step("reboot", "attest", "--command-line", "console=ttyS0 root=/dev/vda")[1]["state"] == "trusted"


def test_without_a_release_nobody_passes(verifier):
    host = verifier.host("web-1").enroll()
    answer = host.attest()
    assert (answer["verdict"], answer["state"]) == ("none", "failed")


def test_t1_evidence_is_good_once(either):
    either.release()
    host = either.host("web-1").enroll()
    assert host.steps("attest", "replay")[1]["answer"]["error"]["code"] == "ATT-821"
    assert host.show()["state"] == "trusted"


def test_t1_a_challenge_is_used_up_even_by_a_restart(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    assert host.attest()["state"] == "trusted"
    boot = host.show()["boot"]
    challenge = verifier.call("POST", f"/v1/hosts/{host.id}/challenges", {"boot": boot, "log_length": 9}, "agent",
                              host.folder)[1]
    verifier.stop()
    verifier.start()
    assert host.attest()["state"] == "trusted"
    status, answer = verifier.call("POST", f"/v1/hosts/{host.id}/evidence", {"challenge": challenge["challenge"]}, "agent",
                                   host.folder)
    assert status in (400, 409) and code_of(answer).startswith("ATT-")


def test_a_host_that_asks_too_often_is_told_to_wait_and_no_other_one_is(verifier):
    verifier.release()
    host, other = verifier.host("web-1").enroll(), verifier.host("web-2").enroll()
    verifier.settings(challenge_every_s=60, challenge_burst=3)
    path, body = f"/v1/hosts/{host.id}/challenges", json.dumps({"boot": "0" * 32, "log_length": 0})
    with verifier.connection("agent", host.folder) as connection:
        for status in (200, 200, 200, 429):
            connection.request("POST", path, body)
            answer = connection.getresponse()
            text = json.loads(answer.read())
            assert answer.status == status
    assert code_of(text) == "ATT-841" and 50 <= int(answer.headers["Retry-After"]) <= 60
    assert other.attest()["state"] == "trusted"
    verifier.settings(challenge_every_s=0)
    assert host.attest()["state"] == "trusted"


def test_a_challenge_says_how_long_it_lives(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    verifier.settings(challenge_life_s=5)
    boot = "0" * 32
    path = f"/v1/hosts/{host.id}/challenges"
    assert verifier.call("POST", path, {"boot": boot, "log_length": 0}, "agent", host.folder)[1]["expires_in_s"] == 5


@pytest.mark.parametrize("tamper, code", [
    ("signature", "ATT-911"), ("magic", "ATT-912"), ("nonce", "ATT-932"), ("host", "ATT-932"), ("channel", "ATT-932"),
    ("pcr", "ATT-934")])
def test_forged_evidence_fails_the_host(verifier, tamper, code):
    verifier.release()
    host = verifier.host("web-1").enroll()
    answer = host.attest("--tamper", tamper)
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("contraindicated", code)
    assert host.show()["state"] == "failed"
    assert host.attest()["state"] == "trusted"


def test_t2_one_host_cannot_answer_anothers_challenge(verifier):
    verifier.release()
    one, two = verifier.host("web-1").enroll(), verifier.host("web-2").enroll()
    for verb, body in (("challenges", {"boot": "0" * 32, "log_length": 0}), ("evidence", {})):
        status, answer = verifier.call("POST", f"/v1/hosts/{two.id}/{verb}", body, "agent", one.folder)
        assert (status, code_of(answer)) == (403, "ATT-803")


def test_t14_a_silent_host_is_stale_for_every_reader_and_alarms_once(either):
    either.release()
    host = either.host("web-1").enroll()
    either.settings(interval_s=1, grace_s=1)
    assert host.attest()["state"] == "trusted"
    wait_for(lambda: host.show()["state"] == "stale", 10)
    wait_for(lambda: ("overdue", host.id) in either.audit(), 10)
    time.sleep(3)
    assert either.audit().count(("overdue", host.id)) == 1
    assert host.show()["state_reason"] == "evidence is overdue"
    assert host.attest()["state"] == "trusted"


def test_t14_stale_needs_no_running_watch(stopped):
    """A verifier that was away for a while calls nobody trusted who has not attested since."""
    verifier = stopped.start()
    verifier.release()
    host = verifier.host("web-1").enroll()
    verifier.settings(interval_s=1, grace_s=0)
    assert host.attest()["state"] == "trusted"
    verifier.stop()
    time.sleep(3)
    verifier.start()
    assert host.show()["state"] == "stale"


def test_a_quarantined_host_stays_so_until_it_is_released(either):
    either.release()
    host = either.host("web-1").enroll()
    host.attest()
    either.cli("hosts", "quarantine", "web-1", "--reason", "seen on a foreign network")
    answer = host.attest()
    assert (answer["verdict"], answer["state"]) == ("affirming", "quarantined")
    claims = claims_of(answer["token"])
    told = claims["submods"][host.id]
    assert (told["ear.status"], told["bulkhead.state"]) == ("contraindicated", "quarantined")
    assert host.show()["state_reason"] == "seen on a foreign network"
    either.cli("hosts", "release", "web-1")
    answer = host.attest()
    assert answer["state"] == "trusted"
    claims = claims_of(answer["token"])
    told = claims["submods"][host.id]
    assert (told["ear.status"], told["bulkhead.state"]) == ("affirming", "trusted")
    settings = either.ok("GET", "/v1/policy")
    assert claims["exp"] == claims["iat"] + settings["interval_s"] + settings["grace_s"]


def test_a_deprecated_release_warns_and_a_revoked_one_fails(either):
    either.release()
    host = either.host("web-1").enroll()
    assert host.attest()["verdict"] == "affirming"
    either.release("shop-2", "--serial", "2")
    answer = host.attest()
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("warning", "ATT-830")
    either.cli("release", "revoke", "shop-1")
    answer = host.attest()
    assert (answer["verdict"], answer["state"]) == ("contraindicated", "failed")
    assert "ATT-831" in [reason["code"] for reason in answer["reasons"]]
    assert host.step("reboot", "attest", "--name", "shop-2", "--serial", "2")[1]["verdict"] == "affirming"
    assert "revoked" in either.cli("release", "list")


def test_revoking_again_changes_nothing_and_is_no_error(either):
    either.release()
    for _ in range(2):
        assert either.ok("POST", "/v1/releases/shop-1/revoke")["state"] == "revoked"
    assert [row for row in either.audit() if row[0] == "revoke"] == [("revoke", "shop-1")]
    assert code_of(either.call("POST", "/v1/releases/shop-1/deprecate")[1]) == "ATT-835"


def test_a_revocation_that_could_not_be_read_back_is_in_force_as_soon_as_it_can(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    verifier.release("shop-2", "--serial", "2")
    assert host.attest()["verdict"] == "warning"
    with sqlite3.connect(verifier.data / "verifier.db", timeout=20) as db:
        file, = db.execute("SELECT file FROM releases WHERE name = 'shop-2'").fetchone()
        db.execute("UPDATE releases SET file = 'damaged' WHERE name = 'shop-2'")
    status, answer = verifier.call("POST", "/v1/releases/shop-1/revoke")
    assert (status, code_of(answer)) == (503, "ATT-860")
    with sqlite3.connect(verifier.data / "verifier.db", timeout=20) as db:
        db.execute("UPDATE releases SET file = ? WHERE name = 'shop-2'", (file,))
    wait_for(lambda: host.attest()["verdict"] == "contraindicated")


def test_a_boot_of_a_revoked_release_does_not_keep_the_host_from_going_back(either):
    either.release()
    host = either.host("web-1").enroll()
    assert host.attest()["verdict"] == "affirming"
    either.release("shop-2", "--serial", "2", "--security-version", "2")
    either.cli("release", "revoke", "shop-2")
    either.cli("release", "activate", "shop-1")
    answer = host.step("reboot", "attest", "--name", "shop-2", "--serial", "2", "--security-version", "2")[1]
    assert (answer["verdict"], [reason["code"] for reason in answer["reasons"]]) == ("contraindicated", ["ATT-831"])
    answer = host.step("reboot", "attest", "--name", "shop-1", "--serial", "1", "--security-version", "1")[1]
    assert (answer["verdict"], answer["reasons"]) == ("affirming", [])


def test_groups_and_single_hosts_run_releases_of_their_own(verifier):
    verifier.release()
    verifier.release("canary", "--serial", "2", activate=False)
    hosts = [verifier.host(name).enroll() for name in ("one", "two", "three")]
    verifier.cli("hosts", "group", "two", "early")
    verifier.cli("release", "activate", "canary", "--group", "early")
    verifier.cli("release", "activate", "canary", "--host", "three")
    for host, release in zip(hosts, ("shop-1", "canary", "canary")):
        serial = "1" if release == "shop-1" else "2"
        answer = host.step("reboot", "attest", "--name", release, "--serial", serial)[1]
        assert (answer["verdict"], host.show()["release"]) == ("affirming", release)
    assert hosts[0].step("reboot", "attest", "--name", "canary", "--serial", "2")[1]["verdict"] == "contraindicated"


def test_a_release_of_an_untrusted_signer_is_not_imported(verifier):
    stranger = verifier.make_signer("stranger", trusted=False)
    with pytest.raises(AssertionError, match="ATT-832"):
        verifier.release("shop-1", key=stranger)
    path = verifier.release("shop-2")
    path.write_text(path.read_text().replace("shop-2", "shop-3"))
    assert "ATT-832" in verifier.cli("release", "import", str(path), status=1)


def test_an_operator_approves_changed_firmware_anew(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    assert host.attest()["verdict"] == "affirming"
    verifier.cli("hosts", "approve", "web-1")
    assert host.show()["state"] == "stale"
    assert host.attest()["state"] == "trusted"


def test_history_keeps_the_evidence_where_something_changed(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    for _ in range(3):
        host.attest()
    host.step("reboot", "attest", "--command-line", EVIL)
    runs = verifier.ok("GET", f"/v1/hosts/{host.id}/verdicts?evidence=1")["verdicts"]
    assert [(run["number"], run["count"], run["verdict"]) for run in runs] == [
        (5, 1, "contraindicated"), (2, 3, "affirming"), (1, 1, "warning")]
    assert all("evidence" in run and run["at"] <= run["until"] for run in runs)
    assert runs[0]["at"] >= runs[1]["until"] >= runs[1]["at"] >= runs[2]["until"]


def test_history_begins_a_new_run_behind_an_alarm_and_an_operators_decision(verifier):
    verifier.release()
    host = verifier.host("web-1").enroll()
    host.attest()
    verifier.settings(interval_s=1, grace_s=0)
    host.attest()
    wait_for(lambda: any(action == "overdue" for action, _ in verifier.audit()))
    host.attest()
    verifier.cli("hosts", "quarantine", "web-1", "--reason", "a look")
    host.attest()
    host.attest()
    runs = verifier.ok("GET", f"/v1/hosts/{host.id}/verdicts")["verdicts"]
    assert [(run["count"], run["state"]) for run in runs] == [
        (2, "quarantined"), (1, "trusted"), (2, "trusted"), (1, "pending")]
