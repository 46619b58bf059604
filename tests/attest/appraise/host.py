# SPDX-License-Identifier: Apache-2.0
"""A host with a real (emulated) TPM that boots the sample shop, and the verifier's file on it."""
import base64
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from machine import Tpm  # noqa: E402 # pylint: disable=wrong-import-position

from forged_log import SEPARATOR, EventLog, replay  # noqa: E402 # pylint: disable=wrong-import-position
from tpm_bytes import TpmBytes  # noqa: E402 # pylint: disable=wrong-import-position

APPRAISER = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build" / "san")) / "tests/attest/appraise/appraiser"
PCRS = [*range(0, 10), 11, 12, 21, 22]
BOOTS = ["000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f", "202122232425262728292a2b2c2d2e2f"]
HOST = "00112233445566778899aabbccddeeff"
CHANNEL = hashlib.sha256(b"the agent's certificate").hexdigest()
TAG_BASE = 0x42484400
# noda: power cuts without a word to the TPM would count as wrong passwords.
PARENT = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt"


def b64(data):
    return base64.b64encode(data).decode()


def appraiser(*arguments):
    done = subprocess.run([APPRAISER, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    assert "Sanitizer" not in done.stderr and done.returncode in (0, 1, 2), done.stderr
    return done


def binding(nonce, boot, host=HOST, channel=CHANNEL):
    """The quote's extraData, as docs/attestation.md says."""
    return hashlib.sha256(b"bulkhead-quote-1" + nonce + host.encode() + boot.encode() + bytes.fromhex(channel)).digest()


def decode(data):
    """The fields of a tagged event, for release.json's readers."""
    tag, size = struct.unpack_from("<II", data)
    assert size == len(data) - 8
    fields, at = {"kind": tag - TAG_BASE}, 8
    while at < len(data):
        number, _, length = struct.unpack_from("<BBH", data, at)
        value = data[at + 4:at + 4 + length]
        at += 4 + length
        fields[{1: "partition", 2: "item", 3: "text", 4: "number", 5: "digest"}[number]] = \
            int.from_bytes(value, "little") if number == 4 else value.hex() if number == 5 else value.decode()
    return fields


def event_json(record, data=True):
    event = {"pcr": record.pcr, "type": record.type, **{name: record.digests[name].hex() for name in ("sha256", "sha384")}}
    if data:
        event["data"] = record.data.hex()
        if record.type != SEPARATOR:
            event.update(decode(record.data))
    return event


def values_json(values, pcrs):
    return {bank: {str(pcr): values[bank][pcr].hex() for pcr in pcrs} for bank in ("sha256", "sha384")}


def release_of(log, firmware=(4, 7), machine=False, policy=None):
    """release.json for what this log measured."""
    own, values = log.of(8, 9, 21), replay(log.records)
    named = {fields["item"]: fields for record in own if record.type != SEPARATOR for fields in [decode(record.data)]}
    if 21 not in values["sha256"]:  # a log without locality 2: what 21 would have been is the caller's affair
        raise ValueError("make the release of a boot with locality 2")
    release = {
        "format": "bulkhead-release-1", "name": named["configuration"]["text"],
        "serial": named["configuration"]["number"], "security-version": named["security-version"]["number"],
        "build": {"id": "test", "image-sha384": "11" * 48, "configuration-sha384": "22" * 48, "sbom": None},
        "pcrs": values_json(values, [*firmware, 8, 9, 21]), "events": [event_json(record) for record in own],
        "firmware-events": [event_json(record, data=False) for record in log.of(*firmware)],
        "policy": {"platform": {"iommu": ["on"], "interrupt-remapping": ["on"], "smt": ["one-owner"]},
                   "allow-debug": False, "require-locality-2": False, "require-rollback-protection": False},
    }
    if machine:
        release["machine"] = {"name": "this one", "pcrs": values_json(values, [11]),
                              "events": [event_json(record) for record in log.of(11)]}
    if policy is not None:
        release["policy"] = policy
    return release


class ToolFailed(Exception):
    """What a program said."""


class Ak:
    """An attestation key of this TPM, loaded anew after each power cycle."""

    def __init__(self, host, name="ak", scheme="ecc256:ecdsa-sha256:null", hash_name="sha256", hierarchy="e"):
        self.host, self.name, self.scheme, self.hash, self.hierarchy = host, name, scheme, hash_name, hierarchy
        self.file = host.folder / f"{name}.tss"
        self.load(create=True)

    def path(self, suffix):
        return self.host.folder / f"{self.name}.{suffix}"

    def load(self, create=False, attributes="fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign"):
        tool = self.host.tool
        tool("tpm2_createprimary", "-C", self.hierarchy, "-G", "ecc", "-a", PARENT, "-c", self.path("parent"))
        if create:
            tool("tpm2_create", "-C", self.path("parent"), "-G", self.scheme, "-g", self.hash, "-a", attributes,
                 "-u", self.path("pub"), "-r", self.path("priv"))
        tool("tpm2_load", "-C", self.path("parent"), "-u", self.path("pub"), "-r", self.path("priv"), "-c",
             self.path("ctx"))
        tool("tpm2_readpublic", "-c", self.path("ctx"), "-f", "tss", "-o", self.file)
        return self


class Host:
    """The machine, its TPM, and host.json: what the verifier knows of it."""

    def __init__(self, folder, chip):
        self.folder, self.tpm = pathlib.Path(folder), Tpm(chip)
        self.log = self.boot_id = self.ak = None
        self.file = self.folder / "host.json"
        self.releases = []

    def tool(self, name, *arguments):
        """Runs one of tpm2-tools, which leave what they loaded in the TPM's few slots."""
        done = subprocess.run([name, "-T", self.tpm.tcti, *map(str, arguments)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        with self.bytes() as tpm:
            tpm.flush_objects()
        if done.returncode != 0:
            raise ToolFailed(done.stderr.decode())
        return done.stdout

    def bytes(self):
        return TpmBytes(self.tpm)

    # what the machine does

    def measured(self, boot=BOOTS[0], **parameters):
        """The log of such a boot, by core/measure's own list."""
        path = self.folder / "measured.log"
        settings = [f"{name.replace('_', '-')}={value}" for name, value in parameters.items()]
        done = appraiser("measure", path, f"boot={boot}", *settings)
        assert done.returncode == 0, done
        return EventLog(path.read_bytes())

    def extend(self, records):
        """Extends the TPM as firmware, boot stage and monitor would: 21 and 22 at locality 2, after a reset."""
        with self.bytes() as tpm:
            for pcr in (21, 22):
                if any(record.pcr == pcr for record in records):
                    tpm.locality(2)
                    tpm.reset(pcr)
            for record in records:
                tpm.locality(2 if record.pcr in (21, 22) else 0)
                tpm.extend(record.pcr, {bank: record.digests[bank] for bank in ("sha256", "sha384")
                                        if bank in record.digests})

    def boot(self, boot=BOOTS[0], log=None, **parameters):
        """A power cycle, and everything measured."""
        self.tpm.power_on(tcp=True)
        self.boot_id = boot
        self.log = log or self.measured(boot=boot, **parameters)
        self.extend(self.log.records)
        if self.ak is not None:
            self.ak.load()
        return self.log

    # what the agent does

    def quote(self, nonce, extra=None, pcrs=None, ak=None):
        """(attest, signature), as the TPM gave them."""
        ak, chosen = ak or self.ak, ",".join(map(str, pcrs or PCRS))
        extra = extra if extra is not None else binding(nonce, self.boot_id)
        attest, signature = self.folder / "attest", self.folder / "signature"
        self.tool("tpm2_quote", "-c", ak.path("ctx"), "-l", f"sha256:{chosen}+sha384:{chosen}", "-q", extra.hex(),
                  "-m", attest, "-s", signature, "-f", "tss", "-g", ak.hash)
        return attest.read_bytes(), signature.read_bytes()

    def values(self, pcrs=None):
        with self.bytes() as tpm:
            return {bank: {str(pcr): tpm.read(bank, pcr).hex() for pcr in pcrs or PCRS} for bank in ("sha256", "sha384")}

    def evidence(self, nonce, log=None, offset=0, **changes):
        attest, signature = self.quote(nonce)
        sent = (log or self.log).to_bytes()[offset:]
        return {"boot": self.boot_id, "attest": b64(attest), "signature": b64(signature), "pcrs": self.values(),
                "log_offset": offset, "log": b64(sent), **changes}

    # what the verifier does

    def enrol(self):
        self.file.write_text(json.dumps({
            "format": "bulkhead-host-1", "host": HOST, "ak_public": b64(self.ak.file.read_bytes()),
            "nonce": b64(bytes(32)), "channel": CHANNEL, "log_offset": 0}))

    def challenge(self, offset=0, **changes):
        """A new nonce; what the verifier knows goes into its file."""
        nonce = os.urandom(32)
        known = json.loads(self.file.read_text())
        known.update({"nonce": b64(nonce), "log_offset": offset, **changes})
        self.file.write_text(json.dumps(known))
        return nonce

    def judge(self, evidence, releases=None):
        """What the appraisal says; refusals by its readers are {"refused": line}."""
        path = self.folder / "evidence.json"
        path.write_text(json.dumps(evidence))
        files = []
        for number, release in enumerate(self.releases if releases is None else releases):
            files.append(self.folder / f"release-{number}.json")
            files[-1].write_text(json.dumps(release))
        done = appraiser("appraise", self.file, path, *files)
        return Verdict(json.loads(done.stdout)) if done.returncode == 0 else Verdict({"refused": done.stdout.strip()})

    def appraise(self, **changes):
        """A round as it should be: challenge, evidence, verdict."""
        return self.judge(self.evidence(self.challenge(), **changes))

    def approve(self):
        assert appraiser("approve", self.file).returncode == 0


class Verdict(dict):
    """The result, with its reasons by code."""

    @property
    def codes(self):
        return [reason["code"] for reason in self.get("reasons", [])]

    def reason(self, code):
        return next(reason for reason in self["reasons"] if reason["code"] == code)
