# SPDX-License-Identifier: Apache-2.0
"""What each server image does, and what the initramfs refuses."""

import imaplib
import shutil
import smtplib
import subprocess
import time
import urllib.request

import psycopg2
import pytest
from conftest import GUESTS

SECTOR = 512


def send_mail(port, subject):
    with smtplib.SMTP("127.0.0.1", port, timeout=120, local_hostname="client.example") as client:
        client.sendmail("customer@client.example", ["demo@shop.example"], f"Subject: {subject}\r\n\r\nHello\r\n")


def read_subjects(port):
    with imaplib.IMAP4("127.0.0.1", port, timeout=120) as client:
        client.login("demo@shop.example", "demo")
        client.select("INBOX")
        found = client.search(None, "ALL")[1][0].split()
        return [client.fetch(number, "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode().strip() for number in found]


def wait_for_mail(port, subject):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if f"Subject: {subject}" in read_subjects(port):
            return
        time.sleep(0.5)
    pytest.fail(f"mail '{subject}' was accepted but did not arrive within 120 s")


def query(port, *statements):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="demo", password="demo", dbname="shop",
                                  connect_timeout=120)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        rows = cursor.fetchall()
    connection.close()
    return rows


def damaged_disk(tmp_path, partition, offset, length=1):
    """A copy of the web server's disk with some bytes inverted, at an offset into one of its partitions."""
    copy = tmp_path / "disk.img"
    shutil.copy(GUESTS / "web" / "disk.img", copy)
    listing = subprocess.run(["sgdisk", "-i", str(partition), str(copy)], stdout=subprocess.PIPE, text=True, check=True)
    first = next(int(line.split()[2]) for line in listing.stdout.splitlines() if line.startswith("First sector"))
    with copy.open("r+b") as file:
        file.seek(first * SECTOR + offset)
        found = file.read(length)
        file.seek(first * SECTOR + offset)
        file.write(bytes(byte ^ 0xFF for byte in found))
    return copy


def test_web_serves_a_page_and_its_root_is_read_only(start_guest):
    guest = start_guest("web", ports=(80, 22))
    guest.wait_ready()
    page = urllib.request.urlopen(f"http://127.0.0.1:{guest.ports[80]}/", timeout=60).read()
    assert b"The web partition answers" in page
    assert "Read-only file system" in guest.ssh("touch /usr/bin/planted")
    assert "0 loaded units listed" in guest.ssh("systemctl --failed")


def test_mail_is_delivered_and_outlives_a_crash(start_guest):
    guest = start_guest("mail", ports=(25, 143, 22), reboot=True)
    guest.wait_ready()
    send_mail(guest.ports[25], "before the crash")
    wait_for_mail(guest.ports[143], "before the crash")
    assert "0 loaded units listed" in guest.ssh("systemctl --failed")
    guest.ssh("nohup sh -c 'sleep 1; echo c >/proc/sysrq-trigger' >/dev/null 2>&1 &")
    guest.expect("Kernel panic - not syncing: sysrq triggered crash")
    guest.wait_ready()
    assert "Subject: before the crash" in read_subjects(guest.ports[143])
    send_mail(guest.ports[25], "after the crash")
    wait_for_mail(guest.ports[143], "after the crash")


def test_mail_can_try_to_read_memory_that_is_not_its_own(start_guest):
    guest = start_guest("mail", ports=(22,))
    guest.wait_ready()
    assert guest.ssh("busybox devmem 0x100000000").strip() == "0x00000000"


def test_database_keeps_rows(start_guest):
    guest = start_guest("database", ports=(5432, 22))
    guest.wait_ready()
    rows = query(guest.ports[5432], "CREATE TABLE orders (id serial, what text)",
                 "INSERT INTO orders (what) VALUES ('lamp'), ('chair')", "SELECT what FROM orders ORDER BY id")
    assert rows == [("lamp",), ("chair",)]
    assert query(guest.ports[5432], "SELECT count(*) FROM orders") == [(2,)]
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(host="127.0.0.1", port=guest.ports[5432], user="demo", password="wrong", dbname="shop")
    assert "0 loaded units listed" in guest.ssh("systemctl --failed")


def test_a_changed_root_file_system_is_refused(start_guest, tmp_path):
    disk = damaged_disk(tmp_path, partition=1, offset=1024 + 64)
    start_guest("web", disk=disk).expect("BULKHEAD-REFUSED .* does not match the root hash")


def test_a_changed_hash_tree_is_refused(start_guest, tmp_path):
    disk = damaged_disk(tmp_path, partition=2, offset=4096 + 32)
    start_guest("web", disk=disk).expect("BULKHEAD-REFUSED .* does not match the root hash")


def test_another_images_root_hash_is_refused(start_guest):
    roothash = (GUESTS / "mail" / "roothash").read_text().strip()
    start_guest("web", roothash=roothash).expect("BULKHEAD-REFUSED .* does not match the root hash")


def test_a_root_hash_that_is_none_is_refused(start_guest):
    start_guest("web", roothash="0123").expect("BULKHEAD-REFUSED .* is no SHA-256 hash")


def test_a_change_deep_in_the_file_system_stops_the_kernel_when_it_is_read(start_guest, tmp_path):
    """Most of the file system is damaged, so that something that systemd needs is among it."""
    disk = damaged_disk(tmp_path, partition=1, offset=16 << 20, length=48 << 20)
    start_guest("web", disk=disk).expect("Kernel panic - not syncing: dm-verity device corrupted")
