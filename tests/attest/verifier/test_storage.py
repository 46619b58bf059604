# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is kept, whatever happens to the verifier."""
import concurrent.futures
import http.client
import json
import signal
import sqlite3
import subprocess
import threading

import pytest

from fleet import VERIFIER, Verifier, wait_for

SUBMISSIONS = 1000
CLIENTS = 8


def stored_values(verifier, database, cluster, sql):
    if database is None:
        with sqlite3.connect(verifier.data / "verifier.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {row[0] for row in db.execute(sql)}
    return set(cluster.query(database, sql))


def submit(verifier, client, acknowledged, enough):
    """Makes one token after the other until the server is gone; notes each that was acknowledged."""
    try:
        with verifier.connection() as connection:
            for i in range(SUBMISSIONS):
                asset = f"asset-{client}-{i}"
                connection.request("POST", "/v1/tokens", json.dumps({"asset": asset}))
                if connection.getresponse().read() and len(acknowledged) < SUBMISSIONS:
                    acknowledged.append(asset)
                if len(acknowledged) > SUBMISSIONS // 2:
                    enough.set()
    except (OSError, http.client.HTTPException):
        pass


def test_kill_9_amid_a_thousand_submissions_loses_nothing_that_was_acknowledged(either, database, request):
    cluster = request.getfixturevalue("cluster") if database else None
    acknowledged, enough = [], threading.Event()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for client in range(CLIENTS):
            pool.submit(submit, either, client, acknowledged, enough)
        assert enough.wait(60)
        either.stop(signal.SIGKILL)
    stored = stored_values(either, database, cluster, "SELECT asset FROM tokens")
    assert len(acknowledged) > SUBMISSIONS // 2
    assert set(acknowledged) - stored == set()
    # Each token came with its row in the audit log, or not at all.
    assert stored_values(either, database, cluster, "SELECT subject FROM audit WHERE action = 'token'") == stored
    assert "whole" in either.cli("audit", "verify")
    either.start()
    assert either.ok("POST", "/v1/tokens", {"asset": "afterwards"})["asset"] == "afterwards"


def test_kill_9_amid_evidence_keeps_every_verdict_that_was_told(either, database, request):
    cluster = request.getfixturevalue("cluster") if database else None
    either.release()
    either.settings(challenge_every_s=0)
    hosts = [either.host(f"web-{i}").enroll() for i in range(2)]
    told = {host.id: 1 for host in hosts}
    enough = threading.Event()

    def attest(host):
        for _ in range(40):
            lines = host.steps(*["attest"] * 12)
            told[host.id] += sum(line["status"] == 200 for line in lines)
            if told[host.id] > 25:
                enough.set()
            if lines[-1]["status"] == 0:
                return

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for host in hosts:
            pool.submit(attest, host)
        assert enough.wait(60)
        either.stop(signal.SIGKILL)
    for host in hosts:
        [stored] = stored_values(either, database, cluster, f"SELECT number FROM appraisals WHERE host = '{host.id}'")
        assert int(stored) >= told[host.id]
    either.start()
    for host in hosts:
        assert host.attest()["state"] == "trusted"


def test_old_verdicts_are_forgotten_bit_by_bit_but_for_each_hosts_newest(either, database, request):
    either.release()
    host = either.host("web-1").enroll()
    host.attest()
    either.settings(history_days=1)
    either.stop()
    columns = "(host, number, at, until, verdict, state, release_name, boot, reasons, evidence)"
    cluster = request.getfixturevalue("cluster") if database else None
    if database:
        cluster.query(database, f"INSERT INTO verdicts {columns}"
                                f" SELECT '{host.id}', -n, n, n, 'none', 'failed', '', '', '[]', ''"
                                " FROM generate_series(1, 2500) n; UPDATE verdicts SET at = 5 WHERE number > 0;"
                                " UPDATE verdicts SET until = 5 WHERE number > 0 AND until > 0")
    else:
        with sqlite3.connect(either.data / "verifier.db") as db:
            db.executemany(f"INSERT INTO verdicts {columns} VALUES (?, ?, ?, ?, 'none', 'failed', '', '', '[]', '')",
                           [(host.id, -n, n, n) for n in range(1, 2501)])
            db.execute("UPDATE verdicts SET at = 5 WHERE number > 0")
            db.execute("UPDATE verdicts SET until = 5 WHERE number > 0 AND until > 0")
            plan = db.execute("EXPLAIN QUERY PLAN SELECT host, number FROM verdicts"
                              " WHERE until > 0 AND until < 9 ORDER BY until LIMIT 9").fetchall()
            assert any("verdicts_ended" in step[3] for step in plan)
    either.start()
    wait_for(lambda: len(stored_values(either, database, cluster, "SELECT number FROM verdicts")) == 1)
    [run] = either.ok("GET", f"/v1/hosts/{host.id}/verdicts")["verdicts"]
    assert (run["number"], run["verdict"]) == (host.show()["appraisals"], "affirming")


def test_nobody_else_may_read_what_a_verifier_keeps(verifier):
    """The database's password is in verifier.json; the database and its log are made by SQLite."""
    verifier.ok("POST", "/v1/tokens", {"asset": "web-1"})
    modes = {path.name: path.stat().st_mode & 0o777 for path in verifier.data.iterdir() if path.suffix != ".pem"}
    assert {"verifier.json", "verifier.db", "verifier.db-wal", "ca.key", "signing.key"} <= set(modes)
    modes.pop("checkpoint.json", None)
    assert [name for name, mode in modes.items() if mode & 0o077] == []
    assert verifier.data.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("key", ["signing.key", "ca.key", "server.key"])
def test_a_key_that_others_may_read_is_refused(stopped, key):
    (stopped.data / key).chmod(0o640)
    assert "ATT-842" in stopped.cli_serve()


def test_an_operators_key_that_others_may_read_is_refused(verifier):
    (verifier.data / "operator.key").chmod(0o604)
    assert "ATT-842" in verifier.cli("hosts", "list", status=1)


def test_a_folder_that_others_may_enter_becomes_no_data_folder(stopped):
    folder = stopped.folder / "open"
    folder.mkdir()
    folder.chmod(0o755)
    command = [VERIFIER, "init", "--data", folder, "--name", "localhost"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "ATT-873" in done.stderr
    assert list(folder.iterdir()) == []
    folder.chmod(0o700)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_second_server_on_the_same_folder_is_refused_while_the_first_one_lives(verifier):
    assert "ATT-843" in verifier.cli_serve()
    verifier.stop(signal.SIGKILL)
    verifier.start()
    assert verifier.ok("GET", "/v1/health", who=None)["status"] == "ok"


def test_a_database_of_a_newer_verifier_is_not_touched(stopped):
    with sqlite3.connect(stopped.data / "verifier.db") as db:
        db.execute("UPDATE schema_version SET version = 99")
    assert "ATT-872" in stopped.cli("audit", "verify", status=1)


def test_an_older_database_is_brought_up_to_date(stopped):
    with sqlite3.connect(stopped.data / "verifier.db") as db:
        assert db.execute("SELECT version FROM schema_version").fetchone()[0] >= 3
        db.executescript("DROP INDEX verdicts_open; DROP INDEX verdicts_ended; ALTER TABLE verdicts DROP COLUMN until;"
                         "ALTER TABLE appraisals DROP COLUMN outcome")
        for table in ("audit", "audit_head"):
            db.execute(f"DROP TABLE {table}")
        db.execute("CREATE TABLE IF NOT EXISTS challenges (host TEXT PRIMARY KEY)")
        db.execute("UPDATE schema_version SET version = 2")
    stopped.start()
    assert stopped.ok("POST", "/v1/tokens", {"asset": "web-1"})["asset"] == "web-1"
    assert stopped.audit() == [("token", "web-1")]


def test_what_each_appraisal_reads_and_writes_is_compressed_by_lz4_where_postgresql_has_it(tmp_path, cluster):
    database = cluster.create()
    verifier = Verifier(tmp_path, database)
    verifier.start()
    verifier.release()
    verifier.host("web-1").enroll()
    verifier.stop()
    assert cluster.query(database, "SELECT DISTINCT pg_column_compression(bytes) FROM logs") == ["lz4"]
    assert cluster.query(database, "SELECT DISTINCT pg_column_compression(head) FROM appraisals") == ["lz4"]


def test_a_verifier_without_its_database_refuses_and_recovers(tmp_path, cluster):
    verifier = Verifier(tmp_path, cluster.create())
    verifier.start()
    assert verifier.ok("GET", "/v1/health", who=None)["status"] == "ok"
    cluster.stop()
    status, answer = verifier.call("POST", "/v1/tokens", {"asset": "web-1"})
    assert (status, answer["error"]["code"]) == (503, "ATT-860")
    cluster.start()
    wait_for(lambda: verifier.call("POST", "/v1/tokens", {"asset": "web-1"})[0] == 201)
    verifier.stop()


def test_a_restart_of_the_database_between_two_requests_is_not_noticed(tmp_path, cluster):
    """Each connection learns of it when it is used: the writer's, and every reader's."""
    verifier = Verifier(tmp_path, cluster.create())
    verifier.start()
    try:
        assert verifier.ok("POST", "/v1/tokens", {"asset": "before"})
        verifier.ok("GET", "/v1/health", who=None)
        cluster.stop()
        cluster.start()
        assert verifier.call("POST", "/v1/tokens", {"asset": "after"})[0] == 201
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            statuses = list(pool.map(lambda _: verifier.call("GET", "/v1/tokens")[0], range(4 * CLIENTS)))
        assert set(statuses) == {200}
    finally:
        verifier.stop()
