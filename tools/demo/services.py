# SPDX-License-Identifier: Apache-2.0
"""The shop's services as its customers see them: a page, a mail, rows of a database; and the administrator's ssh.

Every function raises an exception when the answer is not the right one."""
import contextlib
import http.client
import imaplib
import select
import smtplib
import subprocess
import time

import psycopg2
import psycopg2.extensions

PATIENCE_SECONDS = 60  # for one request outside a watch: emulated cores are slow
PAGE_WORDS = b"The web partition answers"
ACCOUNT, PASSWORD = "demo@shop.example", "demo"


class WrongAnswer(Exception):
    """A service answered, but not what it should."""


def fetch_page(port, timeout=PATIENCE_SECONDS):
    """Fetches the front page over a connection of its own; the number of its bytes."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200 or PAGE_WORDS not in body:
        raise WrongAnswer(f"page: status {answer.status}, {len(body)} bytes: {body[:60]!r}")
    return len(body)


def send_mail(port, subject):
    """Delivers a mail by SMTP."""
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS, local_hostname="client.example") as client:
        client.sendmail("customer@client.example", [ACCOUNT], f"Subject: {subject}\r\n\r\nHello\r\n")


def read_subjects(port):
    """The subjects of all mails in the inbox, by IMAP."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
        client.login(ACCOUNT, PASSWORD)
        client.select("INBOX", readonly=True)
        numbers = client.search(None, "ALL")[1][0].split()
        headers = [client.fetch(number, "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1] for number in numbers]
    return [header.decode().strip().removeprefix("Subject: ") for header in headers]


def deliver_mail(smtp_port, imap_port, subject):
    """Sends a mail and reads it back; the subjects of all mails that are there."""
    send_mail(smtp_port, subject)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        subjects = read_subjects(imap_port)
        if subject in subjects:
            return subjects
        time.sleep(0.3)
    raise WrongAnswer(f"mail '{subject}' was accepted, but is not in the inbox after {PATIENCE_SECONDS} s")


def wait_for_database(connection):
    """psycopg2 waits here for every answer; left alone it would wait for ever for a server that falls silent."""
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        files = [[connection], []] if state == psycopg2.extensions.POLL_READ else [[], [connection]]
        if not any(select.select(*files, [], PATIENCE_SECONDS)):
            raise TimeoutError(f"no answer from the database for {PATIENCE_SECONDS} s")


psycopg2.extensions.set_wait_callback(wait_for_database)


class Database:
    """One session with the database, kept open until close()."""

    def __init__(self, port):
        self.connection = psycopg2.connect(host="127.0.0.1", port=port, user="demo", password="demo", dbname="shop")
        self.connection.autocommit = True

    def execute(self, statement, values=()):
        """Runs a statement; its rows, or None when it returns none."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def close(self):
        self.connection.close()


def write_and_read_rows(port):
    """Writes rows in one session and reads them in another; their number."""
    orders = [("lamp", 2), ("chair", 4), ("table", 1)]
    with contextlib.closing(Database(port)) as session:
        session.execute("CREATE TABLE orders (id serial PRIMARY KEY, what text, count integer)")
        for order in orders:
            session.execute("INSERT INTO orders (what, count) VALUES (%s, %s)", order)
    with contextlib.closing(Database(port)) as session:
        rows = session.execute("SELECT what, count FROM orders ORDER BY id")
    if rows != orders:
        raise WrongAnswer(f"database: wrote {orders}, read {rows}")
    return len(rows)


def ssh_command(key, port, command):
    """The argument list that runs a command as root in a partition. The host key is made at every start of it."""
    return ["ssh", "-i", str(key), "-p", str(port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={PATIENCE_SECONDS}", "root@127.0.0.1",
            command]


class RemoteCommand:
    """A command that runs in a partition when go() is called: the slow part, logging in, is done before. A context."""

    def __init__(self, key, port, command):
        self.process = subprocess.Popen(ssh_command(key, port, f"echo here; read -r _; {command}"), text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        if self.process.stdout.readline() != "here\n":
            raise WrongAnswer(f"ssh: {self.process.communicate()[1].strip()}")
        return self

    def go(self):
        self.process.stdin.write("\n")

    def __exit__(self, *exception):
        self.process.kill()
        self.process.communicate()
