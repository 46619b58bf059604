# SPDX-License-Identifier: Apache-2.0
"""An attestation image with one host's data area, for tests that start machines."""
import pathlib
import shutil
import subprocess

from verifier_double import TOKEN

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUESTS = ROOT / "build" / "guests"


def deployed(folder, verifier):
    """A host's disk: the release's root file system, and a data area of its own, as docs/agent.md says."""
    disk, data = folder / "disk.img", folder / "data"
    subprocess.run(["cp", "--sparse=always", GUESTS / "attest" / "disk.img", disk], check=True)
    (data / "agent").mkdir(parents=True)
    (data / "ssh").mkdir()
    shutil.copy(verifier.ca_file, data / "agent" / "ca.pem")
    (data / "agent" / "token").write_text(TOKEN)
    (data / "agent" / "agent.conf").write_text(
        f"verifier = https://verifier.test:{verifier.port}\nverifier-address = 10.0.2.2\nca-file = /data/agent/ca.pem\n"
        "asset = host-1\ntoken-file = /data/agent/token\nstate-folder = /data/agent/state\nlongest-wait = 5\n")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", data / "ssh" / "host_key"], check=True)
    shutil.copy(GUESTS / "attest" / "ssh-key.pub", data / "ssh" / "authorized_keys")
    subprocess.run([ROOT / "partitions" / "write-data.sh", disk, data], check=True)
    return disk
