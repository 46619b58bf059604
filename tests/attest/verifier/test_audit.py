# SPDX-License-Identifier: Apache-2.0
"""T15: a database that was edited does not pass `audit verify`."""
import copy
import json
import shutil
import sqlite3

import pytest

from fleet import Verifier, wait_for


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A stopped verifier with a dozen rows in its audit log."""
    verifier = Verifier(tmp_path_factory.mktemp("made"))
    verifier.start()
    verifier.release()
    verifier.host("web-1").enroll().attest()
    for i in range(6):
        verifier.ok("POST", "/v1/tokens", {"asset": f"asset-{i}"})
    verifier.stop()
    return verifier


@pytest.fixture
def log(made, tmp_path):
    """A copy of it to tamper with."""
    verifier = copy.copy(made)
    verifier.folder, verifier.data, verifier.log = tmp_path, tmp_path / "data", tmp_path / "server.log"
    shutil.copytree(made.data, verifier.data)
    yield verifier
    verifier.stop()


def edit(verifier, *statements):
    with sqlite3.connect(verifier.data / "verifier.db") as db:
        for statement in statements:
            db.execute(statement)


def verify(verifier, *words, status=0):
    return verifier.cli("audit", "verify", *words, status=status)


def test_an_untouched_log_verifies(log):
    assert "the audit log is whole: 14 rows" in verify(log)


@pytest.mark.parametrize("what, code", [
    ("UPDATE audit SET actor = 'operator mallory' WHERE seq = 5", "ATT-881"),
    ("UPDATE audit SET detail = '{}' WHERE seq = 14", "ATT-881"),
    ("UPDATE audit SET at = at + 1 WHERE seq = 1", "ATT-881"),
    ("UPDATE audit SET subject = action, action = subject WHERE seq = 7", "ATT-881"),
    ("DELETE FROM audit WHERE seq = 6", "ATT-880"),
    ("DELETE FROM audit WHERE seq = 1", "ATT-880"),
    ("DELETE FROM audit WHERE seq > 10", "ATT-882"),
    ("DELETE FROM audit", "ATT-882"),
    ("INSERT INTO audit SELECT 15, at, actor, action, subject, detail, hash FROM audit WHERE seq = 14", "ATT-881"),
])
def test_t15_an_edited_removed_or_added_row_is_found(log, what, code):
    edit(log, what)
    assert code in verify(log, status=1)


def test_t15_swapped_rows_are_found(log):
    edit(log, "UPDATE audit SET seq = -5 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 6",
         "UPDATE audit SET seq = 6 WHERE seq = -5")
    assert "ATT-881" in verify(log, status=1)


def test_t15_a_cut_tail_is_found_even_when_the_head_is_cut_too(log):
    edit(log, "DELETE FROM audit WHERE seq > 10",
         "UPDATE audit_head SET seq = 10, hash = (SELECT hash FROM audit WHERE seq = 10)")
    assert "ATT-883" in verify(log, status=1)


def test_t15_an_older_copy_of_the_database_contradicts_the_checkpoint(log):
    old = log.folder / "old.db"
    shutil.copy(log.data / "verifier.db", old)
    log.start()
    checkpoint = log.folder / "kept.json"
    log.ok("POST", "/v1/tokens", {"asset": "late"})
    checkpoint.write_text(log.cli("audit", "checkpoint"))
    log.stop()
    assert "2 checkpoints" in verify(log, "--checkpoint", str(checkpoint))
    shutil.copy(old, log.data / "verifier.db")
    for rest in ("verifier.db-wal", "verifier.db-shm"):
        (log.data / rest).unlink(missing_ok=True)
    assert "ATT-884" in verify(log, status=1)
    (log.data / "checkpoint.json").unlink()
    assert "ATT-884" in verify(log, "--checkpoint", str(checkpoint), status=1)


def test_t15_a_server_on_an_older_database_keeps_the_checkpoint_and_says_so(log):
    """Starting it must not destroy the proof that rows are missing."""
    old, checkpoint, kept = log.folder / "old.db", log.data / "checkpoint.json", log.data / "checkpoint-kept-1.json"
    shutil.copy(log.data / "verifier.db", old)
    log.start()
    log.ok("POST", "/v1/tokens", {"asset": "late"})
    log.stop()
    proof = checkpoint.read_text()
    assert json.loads(proof)["seq"] == 15
    shutil.copy(old, log.data / "verifier.db")
    for rest in ("verifier.db-wal", "verifier.db-shm"):
        (log.data / rest).unlink(missing_ok=True)
    log.start()
    wait_for(kept.exists)
    wait_for(lambda: 'event="audit" code="ATT-887"' in log.log.read_text())
    for asset in ("one", "two", "three"):
        log.ok("POST", "/v1/tokens", {"asset": asset})
    log.stop()
    assert kept.read_text() == proof
    assert json.loads(checkpoint.read_text())["seq"] == 17
    assert "ATT-884" in verify(log, status=1)


@pytest.mark.parametrize("content", ["", "{}", '{"seq": 1}'])
def test_a_damaged_checkpoint_is_kept_not_replaced(log, content):
    (log.data / "checkpoint.json").write_text(content)
    log.start()
    log.stop()
    assert (log.data / "checkpoint-kept-1.json").read_text() == content
    assert json.loads((log.data / "checkpoint.json").read_text())["seq"] == 14


def test_an_empty_log_is_not_whole(log):
    (log.data / "checkpoint.json").unlink()
    edit(log, "DELETE FROM audit", "DELETE FROM audit_head")
    assert "ATT-886" in verify(log, status=1)


def test_verifying_makes_no_database_and_changes_none(log):
    assert "ATT-872" in verify(log, "--database", str(log.folder / "mistyped.db"), status=1)
    assert not (log.folder / "mistyped.db").exists()
    (log.folder / "empty.db").touch()
    assert "ATT-872" in verify(log, "--database", str(log.folder / "empty.db"), status=1)
    assert (log.folder / "empty.db").stat().st_size == 0


def test_a_forged_checkpoint_is_not_believed(log):
    path = log.data / "checkpoint.json"
    head = json.loads(path.read_text())
    head["seq"] -= 1
    path.write_text(json.dumps(head))
    assert "ATT-883" in verify(log, status=1)


def test_the_log_verifies_while_the_server_writes(either):
    for i in range(5):
        either.ok("POST", "/v1/tokens", {"asset": f"asset-{i}"})
        assert "whole" in verify(either)


def test_every_act_is_in_the_log_with_its_actor(either):
    either.cli("user", "add", "--role", "auditor", "alice")
    either.release()
    host = either.host("web-1").enroll()
    host.attest()
    either.settings(interval_s=30)
    either.cli("hosts", "quarantine", "web-1", "--reason", "test")
    either.cli("user", "revoke", "alice")
    rows = either.ok("GET", "/v1/audit?limit=1000")["rows"]
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("administrator", "init"), ("administrator", "user add"), ("operator operator", "import"),
        ("operator operator", "activate"), ("operator operator", "pin"), ("operator operator", "token"), ("agent", "enrol"),
        ("operator operator", "approve"), ("verifier", "verdict"), ("operator operator", "policy"),
        ("operator operator", "quarantine"), ("administrator", "user revoke")]
    about_host = either.ok("GET", f"/v1/audit?subject={host.id}")["rows"]
    assert [row["action"] for row in about_host] == ["enrol", "approve", "verdict", "quarantine"]
