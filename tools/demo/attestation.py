# SPDX-License-Identifier: Apache-2.0
"""The attestation's part of the demonstration: a verifier outside learns what the server was started with.

It is deployed as docs/agent.md and docs/verifier.md tell an administrator to: the release goes to the verifier, the host's own
settings to the data area of its attestation partition."""
import re
import shutil
import subprocess

from demo.shop import SOURCE
from demo.verifier import ADDRESS_IN_GUESTS, NAME
from machine import GUESTS, ROOT, bulkhead

ASSET = "shop-server"
JOIN_SECONDS = 300
VERDICT_SECONDS = 240
INTERVAL_SECONDS = 10  # between two quotes; an hour is more usual than what a demonstration has patience for
WRITE_DATA = ROOT / "partitions" / "write-data.sh"
SETTINGS = """verifier = https://{name}:{port}
verifier-address = {address}
ca-file = /data/agent/ca.pem
asset = {asset}
token-file = /data/agent/token
state-folder = /data/agent/state
"""


class WrongVerdict(Exception):
    """The verifier came to another verdict than it should have."""


def make_release(shop):
    """Computes from files alone what the server must measure, and signs it: release.json, and the signer's public key."""
    key = shop.medium.make_key(shop.folder / "keys" / "release")
    release = shop.folder / "release.json"
    bulkhead("release", shop.medium.container, "--key", shop.medium.key, "--efi", shop.medium.efi, "--sb-keys",
             shop.secure_boot.folder, "--release-key", key, "--out", release, "--force")
    return release, key.with_name("release.pub.pem")


def start_verifier(shop, verifier, release, release_key):
    """Starts the verifier with the release active; the name of the release."""
    verifier.start([shop.tpm.authority.root, shop.tpm.authority.issuer], release_key)
    name = verifier.ask("release", "import", release)["name"]
    verifier.call("release", "activate", name)
    verifier.call("policy", "interval_s", INTERVAL_SECONDS)
    return name


def deploy(shop, verifier):
    """Gives the attestation partition a disk of its own, with the settings and the operator's permission to join."""
    disk, data = shop.folder / "attest.img", shop.folder / "attest-data"
    shutil.rmtree(data, ignore_errors=True)
    (data / "agent").mkdir(parents=True)
    (data / "ssh").mkdir(mode=0o700)
    shutil.copy(verifier.folder / "ca.pem", data / "agent" / "ca.pem")
    (data / "agent" / "token").write_text(verifier.ask("token", "create", ASSET)["token"] + "\n")
    (data / "agent" / "agent.conf").write_text(
        SETTINGS.format(name=NAME, port=verifier.port, address=ADDRESS_IN_GUESTS, asset=ASSET))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", data / "ssh" / "host_key"], check=True)
    shutil.copy(GUESTS / "attest" / "ssh-key.pub", data / "ssh" / "authorized_keys")
    subprocess.run(["cp", "--sparse=always", GUESTS / "attest" / "disk.img", disk], check=True)
    subprocess.run([str(WRITE_DATA), disk, data], check=True, capture_output=True)
    shop.disks["attest"] = disk


def alive(shop):
    """Raises when the server has ended: nobody will send evidence any more."""
    if not shop.machine.running:
        raise WrongVerdict("the server ended")


def join(shop, verifier, progress):
    """The agent has enrolled by itself; the operator approves it, and the first verdict comes in."""
    progress.now("the agent proves that its keys are in this server's TPM")
    host = verifier.wait(ASSET, lambda host: host["state"] == "pending", JOIN_SECONDS, lambda: alive(shop))
    progress.say(f"verifier {ASSET} wants to join: TPM certificate checked, keys proved")
    verifier.call("hosts", "approve", host["host"])
    progress.say("operator approves it")
    return expect_verdict(shop, verifier, progress, "trusted", "affirming")


def expect_verdict(shop, verifier, progress, state, verdict):
    """Waits for a verdict newer than what is known now."""
    before = verifier.host(ASSET)["appraisals"]
    progress.now(f"the verifier appraises; expected is {state}")
    host = verifier.wait(ASSET, lambda host: host["appraisals"] > before and host["state"] != "pending", VERDICT_SECONDS,
                         lambda: alive(shop))
    if (host["state"], host["verdict"]) != (state, verdict):
        raise WrongVerdict(f"{host['state']}, {host['verdict']}: {host['state_reason']}\n" +
                           verifier.call("hosts", "show", host["host"]))
    for line in verifier.call("status").splitlines():
        progress.say(f"         {line}")
    return host


def changed_source():
    """The shop's configuration with one byte changed: in the command line of web's kernel."""
    text = SOURCE.read_text()
    web = text.index("web {")
    at = text.index("panic=1", web) + len("panic=")
    assert text.index("mail {") > at
    return text[:at] + "9" + text[at + 1:]


def reasons_about(verifier, host, partition):
    """The reasons of the last verdict that name a partition."""
    shown = verifier.ask("hosts", "show", host["host"])
    return [reason for reason in shown["reasons"] if reason.get("partition") == partition]


def expect_refusal(shop, verifier, progress):
    """The changed system runs, validly signed, and the verifier says what is wrong with it."""
    host = expect_verdict(shop, verifier, progress, "failed", "contraindicated")
    found = [reason for reason in reasons_about(verifier, host, "web") if reason["item"] == "command-line"]
    if len(found) != 1 or not re.search(r"\bpanic=1\b", found[0]["expected"]) or \
            not re.search(r"\bpanic=9\b", found[0]["found"]):
        raise WrongVerdict(f"the reason does not name the changed byte: {found}")
    reason = found[0]
    progress.say(f"verifier partition {reason['partition']}, {reason['item']}")
    progress.say(f"         expected {reason['expected']}")
    progress.say(f"         found    {reason['found']}")
