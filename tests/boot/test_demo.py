# SPDX-License-Identifier: Apache-2.0
"""The demonstration passes, and leaves nothing running."""
import os
import pathlib
import re
import subprocess

from machine import BUILD, ROOT

DEMO = ROOT / "tools" / "demo" / "run.py"
DEMO_SECONDS = 1500


def running_machines():
    """Process ids of machines, TPMs and verifiers that the demonstration started."""
    wanted = str(BUILD / "demo").encode() + b"/"
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and wanted in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_the_shop_survives_its_mail_server_twice_and_a_verifier_tells_one_changed_byte():
    done = subprocess.run(["/usr/bin/python3", str(DEMO)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=DEMO_SECONDS, check=False,
                          env=os.environ | {"BULKHEAD_BUILD": str(BUILD)})
    assert done.returncode == 0, done.stdout
    print(done.stdout)
    assert re.search(r"^web +2 +512 MiB .*running, start 1$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^mail +1 +384 MiB .*running, start 3 after STOP-602, STOP-603$", done.stdout, re.MULTILINE)
    assert re.search(r"^database +1 +512 MiB .*running, start 1$", done.stdout, re.MULTILINE)
    assert re.search(r"^attest +1 +256 MiB .*trusted, release shop-2026.11 +running, start 1$", done.stdout, re.MULTILINE)
    assert re.search(r"shop-server +trusted +affirming +shop-2026.11", done.stdout)
    assert re.search(r"shop-server +failed +contraindicated", done.stdout)
    assert re.search(r"verifier partition web, command-line\n.*\bpanic=1\b.*\n.*\bpanic=9\b", done.stdout)
    assert not running_machines()
