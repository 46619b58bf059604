# SPDX-License-Identifier: Apache-2.0
"""The attestation image: its agent meets Linux's TPM driver, a live event log and a verifier, locked in by its unit."""

import subprocess
import time

import pytest
from conftest import ROOT
from deployment import deployed
from machine.tpm import Tpm
from verifier_double import Verifier


def until(guest, command, text, seconds=180):
    deadline = time.monotonic() + seconds
    while text not in (said := guest.ssh(command)):
        assert time.monotonic() < deadline, said
        time.sleep(2)
    return said


@pytest.fixture
def tpm(tmp_path):
    made = Tpm(tmp_path / "tpm").power_on()
    yield made
    made.power_off()


@pytest.fixture
def verifier(tmp_path):
    made = Verifier(tmp_path).start()
    yield made
    made.stop()


def test_the_agent_waits_for_its_settings(start_guest):
    guest = start_guest("attest", ports=(22,))
    guest.wait_ready()
    assert "agent.conf.example" in guest.ssh("ls /data/agent")
    assert "Condition: start condition failed" in guest.ssh("systemctl status bulkhead-agent")
    assert "0 loaded units listed" in guest.ssh("systemctl --failed")


def test_a_deployed_agent_reads_tpm_and_live_log_and_enrols(start_guest, tmp_path, tpm, verifier):
    """SeaBIOS measures into TPM and log but is no Bulkhead: enrolment goes as far as the first quote, for which a boot id
    is needed."""
    guest = start_guest("attest", disk=deployed(tmp_path, verifier), ports=(22,), tpm=tpm)
    guest.wait_ready()
    status = guest.ssh("bulkhead-agent status")
    assert "endorsement key   P-384, 1 certificate(s)" in status
    assert "bytes from /dev/mem" in status and "not started by Bulkhead?" in status
    said = until(guest, "journalctl -u bulkhead-agent -o cat", "AGENT-819")
    assert "now proving that the attestation key is in this TPM" in said
    host, = verifier.hosts.values()
    assert host["asset"] == "host-1" and verifier.complaints == []
    memory = guest.ssh("systemctl show bulkhead-agent -p MemoryCurrent --value").strip()
    print(f"the agent takes {int(memory) >> 10} KiB")
    kept = guest.ssh("stat -c '%a %U' /data/agent/state /data/agent/state/tls-key.pem")
    assert kept.split() == ["700", "root", "600", "root"]


@pytest.mark.parametrize("what", ["no-disk", "no-area"])
def test_write_data_refuses_what_is_no_disk_of_ours(tmp_path, what):
    disk = tmp_path / "disk.img"
    if what == "no-area":
        disk.write_bytes(bytes(1 << 20))
    command = [ROOT / "partitions" / "write-data.sh", disk, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert ("cannot be written" if what == "no-disk" else "no partition named bulkhead-data") in done.stderr
