# SPDX-License-Identifier: Apache-2.0
"""Attacks on the verifier, one test and more for each id of docs/THREATS.md; a real TPM signs, resets and refuses."""
import base64
import hashlib
import json
import struct
import subprocess

import pytest

from forged_log import SEPARATOR
from host import BOOTS, CHANNEL, HOST, PCRS, Ak, ToolFailed, appraiser, b64, binding, release_of
from tpm_bytes import RC_LOCALITY, Refused


def refused(verdict, code):
    """The evidence was not even taken for this host's: nothing is remembered of it."""
    assert verdict["verdict"] == "contraindicated" and not verdict["accepted"], verdict
    assert code in verdict.codes, verdict


def differs(verdict, code):
    assert verdict["verdict"] == "contraindicated" and code in verdict.codes, verdict


# T1: replay of an old quote


def test_t01_a_replayed_quote_fits_no_other_nonce(host):
    evidence = host.evidence(host.challenge())
    assert host.judge(evidence)["verdict"] == "affirming"
    host.challenge()
    refused(host.judge(evidence), "ATT-932")


def test_t01_a_quote_from_before_the_last_one_is_refused_by_clock_and_counters(host):
    old_nonce = host.challenge()
    old = host.evidence(old_nonce)
    assert host.appraise()["verdict"] == "affirming"
    host.challenge(nonce=b64(old_nonce))  # even a verifier that lost its list of used nonces sees it
    refused(host.judge(old), "ATT-935")
    host.boot(boot=BOOTS[1])
    assert host.appraise()["verdict"] == "affirming"
    host.challenge(nonce=b64(old_nonce))
    refused(host.judge(old), "ATT-935")


# T2: relay of a healthy host's quote


@pytest.mark.parametrize("change", ["host", "channel", "boot"])
def test_t02_a_quote_made_for_another_host_channel_or_boot_is_refused(host, change):
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    arguments = {"boot": host.boot_id, "host": HOST, "channel": CHANNEL}
    arguments[change] = arguments[change][:-1] + "5"
    attest, signature = host.quote(nonce, extra=binding(nonce, **arguments))
    refused(host.judge({**evidence, "attest": b64(attest), "signature": b64(signature)}), "ATT-932")
    assert host.judge(evidence)["verdict"] == "affirming"


# T3: substitution of the attestation key


def test_t03_another_key_of_the_same_tpm_is_refused(host):
    other = Ak(host, name="other")
    nonce = host.challenge()
    attest, signature = host.quote(nonce, ak=other)
    refused(host.judge(host.evidence(nonce, attest=b64(attest), signature=b64(signature))), "ATT-911")


@pytest.mark.parametrize("attributes", [
    "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign",  # not restricted: signs forged structures
    "sensitivedataorigin|userwithauth|noda|sign",                       # could be duplicated to another TPM
    "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt"])
def test_t03_a_key_that_could_sign_or_live_elsewhere_is_no_attestation_key(host, attributes):
    decrypts = "decrypt" in attributes
    host.ak.scheme = "ecc256:aes128cfb" if decrypts else "ecc256:ecdsa-sha256:null"
    host.ak.load(create=True, attributes=attributes)
    done = appraiser("name", "AK", host.ak.file)
    assert done.returncode == 1 and "ATT-901" in done.stdout, done


def test_t03_a_key_with_another_scheme_or_beside_its_curve_is_refused(host):
    good = host.ak.file.read_bytes()
    changed = host.folder / "changed.tss"
    for forged, code in ((good[:-1] + bytes([good[-1] ^ 1]), "ATT-904"), (good[:-1], "ATT-900"), (good + b"\0", "ATT-900"),
                         (good[:2] + b"\0\1" + good[4:], "ATT-900")):
        changed.write_bytes(forged)
        done = appraiser("name", "AK", changed)
        assert done.returncode == 1 and code in done.stdout, (code, done)
    host.ak.scheme = "ecc256:ecdsa-sha384:null"
    host.ak.load(create=True)
    assert "ATT-902" in appraiser("name", "AK", host.ak.file).stdout


def test_t03_a_software_key_in_the_form_of_an_attestation_key_cannot_read_the_credential(host, tmp_path):
    """Its public area says what it likes; the name in the credential is its own, which this TPM does not hold."""
    area = bytearray(host.ak.file.read_bytes())
    key, forged = tmp_path / "soft.pem", tmp_path / "forged.tss"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
    point = subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-outform", "DER"], check=True,
                           capture_output=True).stdout[-64:]
    area[-66:-34], area[-32:] = point[:32], point[32:]  # unique: size, x, size, y
    forged.write_bytes(bytes(area))
    assert appraiser("name", "AK", forged).returncode == 0
    host.tool("tpm2_createek", "-c", tmp_path / "ek.ctx", "-G", "ecc", "-u", tmp_path / "ek.pub", "-f", "tss")
    (tmp_path / "secret").write_bytes(bytes(range(32)))
    assert appraiser("credential", tmp_path / "ek.pub", forged, tmp_path / "secret", tmp_path / "cred").returncode == 0
    with pytest.raises(ToolFailed):
        activate(host, tmp_path)
    assert appraiser("credential", tmp_path / "ek.pub", host.ak.file, tmp_path / "secret", tmp_path / "cred").returncode == 0
    assert activate(host, tmp_path) == bytes(range(32))


def activate(host, folder):
    """TPM2_ActivateCredential under the EK's own policy, as an agent does it."""
    tool, session = host.tool, folder / "session"
    tool("tpm2_startauthsession", "--policy-session", "-S", session)
    try:
        tool("tpm2_policysecret", "-S", session, "-c", "e")
        tool("tpm2_activatecredential", "-c", host.ak.path("ctx"), "-C", folder / "ek.ctx", "-i", folder / "cred", "-o",
             folder / "plain", "-P", f"session:{session}")
    finally:
        tool("tpm2_flushcontext", session)
    return (folder / "plain").read_bytes()


# T4: a forged attest structure (CVE-2024-29038)


def unrestricted(host):
    """A key that signs anything, enrolled by a verifier that was careless: structure checks alone stand in the way."""
    host.ak.load(create=True, attributes="fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign")
    area = bytearray(host.ak.file.read_bytes())
    area[6:10] = struct.pack(">I", struct.unpack(">I", bytes(area[6:10]))[0] | 1 << 16)  # claims to be restricted
    known = json.loads(host.file.read_text())
    known["ak_public"] = b64(bytes(area))
    for member in ("state", "log"):
        known.pop(member, None)
    host.file.write_text(json.dumps(known))


def sign(host, message):
    digest = host.folder / "digest"
    digest.write_bytes(hashlib.sha256(message).digest())
    signature = host.folder / "forged.sig"
    host.tool("tpm2_sign", "-c", host.ak.path("ctx"), "-g", "sha256", "-s", "ecdsa", "-d", "-f", "tss", "-o", signature, digest)
    return signature.read_bytes()


def wrong_magic(attest):
    return b"\xff\x54\x43\x48" + attest[4:]


def wrong_type(attest):
    return attest[:4] + b"\x80\x17" + attest[6:]  # TPM_ST_ATTEST_CERTIFY


def trailing_byte(attest):
    return attest + b"\0"


def cut_short(attest):
    return attest[:-1]


def third_bank(attest):
    at = attest.index(struct.pack(">IH", 2, 0xB))
    return attest[:at] + struct.pack(">I", 3) + attest[at + 4:at + 16] + struct.pack(">HB", 4, 3) + bytes(3) + attest[at + 16:]


def one_bank_twice(attest):
    at = attest.index(struct.pack(">IH", 2, 0xB))
    return attest[:at + 10] + attest[at + 4:at + 10] + attest[at + 16:]


@pytest.mark.parametrize("forge, code", [
    (wrong_magic, "ATT-912"), (wrong_type, "ATT-912"), (trailing_byte, "ATT-912"), (cut_short, "ATT-912"),
    (third_bank, "ATT-913"), (one_bank_twice, "ATT-913")])
def test_t04_a_signed_structure_that_is_no_quote_is_refused(host, forge, code):
    unrestricted(host)
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    genuine = base64.b64decode(evidence["attest"])
    control = {**evidence, "signature": b64(sign(host, genuine))}
    forged = forge(genuine)
    refused(host.judge({**evidence, "attest": b64(forged), "signature": b64(sign(host, forged))}), code)
    assert host.judge(control)["accepted"]  # the signature is good: it was the structure


def test_t04_a_changed_quote_or_signature_is_refused(host):
    nonce = host.challenge()
    attest, signature = host.quote(nonce)
    good = host.folder / "good.sig"
    for at in range(0, len(attest), 7):
        changed = bytes([*attest[:at], attest[at] ^ 1, *attest[at + 1:]])
        (host.folder / "attest").write_bytes(changed)
        good.write_bytes(signature)
        assert appraiser("quote", host.ak.file, host.folder / "attest", good).returncode == 1, at
    (host.folder / "attest").write_bytes(attest)
    for at in range(0, len(signature), 7):
        good.write_bytes(bytes([*signature[:at], signature[at] ^ 1, *signature[at + 1:]]))
        assert appraiser("quote", host.ak.file, host.folder / "attest", good).returncode == 1, at
    good.write_bytes(signature)
    assert appraiser("quote", host.ak.file, host.folder / "attest", good).returncode == 0


def test_t04_a_signature_of_another_scheme_or_length_is_refused(host):
    attest, signature = host.quote(host.challenge())
    (host.folder / "attest").write_bytes(attest)
    other_scheme, other_hash = b"\0\x14" + signature[2:], signature[:2] + b"\0\x0c" + signature[4:]
    for forged in (b"", signature[:-1], signature + b"\0", other_scheme, other_hash):
        (host.folder / "signature").write_bytes(forged)
        done = appraiser("quote", host.ak.file, host.folder / "attest", host.folder / "signature")
        assert done.returncode == 1 and "ATT-910" in done.stdout, (forged.hex(), done)


# T5: register values outside the signed selection


def test_t05_a_quote_over_fewer_registers_is_refused(host):
    nonce = host.challenge()
    fewer = [pcr for pcr in PCRS if pcr != 8]
    attest, signature = host.quote(nonce, pcrs=fewer)
    evidence = host.evidence(nonce, attest=b64(attest), signature=b64(signature))
    refused(host.judge(evidence), "ATT-933")
    refused(host.judge({**evidence, "pcrs": host.values(fewer)}), "ATT-933")


def test_t05_values_that_were_not_quoted_are_refused(host):
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    changed = json.loads(json.dumps(evidence))
    changed["pcrs"]["sha384"]["9"] = "00" * 48
    refused(host.judge(changed), "ATT-934")
    more = json.loads(json.dumps(evidence))
    for bank, size in (("sha256", 32), ("sha384", 48)):
        more["pcrs"][bank]["10"] = "00" * size
    refused(host.judge(more), "ATT-933")


# T6: the event log edited


def edited(host, change):
    """The verdict on the first evidence of a boot whose log was changed after the measurement."""
    log = host.boot(boot=BOOTS[1] if host.boot_id != BOOTS[1] else BOOTS[2]).copy()
    change(log)
    return host.judge(host.evidence(host.challenge(), log=log))


def test_t06_a_record_with_other_data_is_refused(host):
    def change(log):
        at = log.find("command-line", "web")
        log.records[at] = log.records[at].copy(data=log.records[at].data.replace(b"quiet", b"quiex"))
    verdict = edited(host, change)
    refused(verdict, "ATT-940")
    assert (verdict.reason("ATT-940")["partition"], verdict.reason("ATT-940")["item"]) == ("web", "command-line")


def test_t06_a_record_with_other_data_and_digests_is_refused(host):
    def change(log):
        at = log.find("command-line", "web")
        log.records[at] = log.records[at].with_data(log.records[at].data.replace(b"quiet", b"quiex"))
    verdict = edited(host, change)
    refused(verdict, "ATT-938")
    assert [reason["item"] for reason in verdict["reasons"]] == ["PCR 9"]


def test_t06_removed_added_and_reordered_records_are_refused(host):
    def remove(log):
        del log.records[log.find("initrd", "web")]

    def append(log):
        log.records.append(log.records[log.find("role", "web")])

    def reorder(log):
        at = log.find("role", "web")
        log.records[at], log.records[at + 1] = log.records[at + 1], log.records[at]

    for change in (remove, append, reorder):
        refused(edited(host, change), "ATT-938")


def idle(record):
    """The same words in a record that extends nothing: EV_NO_ACTION."""
    return record.copy(kind=3)


def test_t06_another_log_of_a_known_boot_is_refused_even_if_it_replays(host):
    """An agent that names a short log is asked for all of it, and the stored log would be a splice of both."""
    known = json.loads(host.file.read_text())["log"]
    at = host.log.find("role", "web")
    longer, other, shorter = host.log.copy(), host.log.copy(), host.log.copy()
    longer.records.insert(at, idle(longer.records[at]))
    assert longer.to_bytes().startswith(longer.head) and len(longer.to_bytes()) > len(host.log.to_bytes())
    other.records[at] = other.records[at].copy(kind=SEPARATOR)  # types are in no digest: it replays, too
    del shorter.records[-1]
    for log in (longer, other, shorter):
        verdict = host.judge(host.evidence(host.challenge(), log=log))
        refused(verdict, "ATT-937")
        assert verdict.codes == ["ATT-937"], verdict
        assert json.loads(host.file.read_text())["log"] == known
    assert host.appraise()["verdict"] == "affirming"


def test_t06_no_forged_record_comes_after_a_log_that_was_replaced(host):
    """What the stored splice would have held: a record with one digest alone, behind a cut through a record that counts for
    nothing."""
    known = len(host.log.to_bytes())
    log = host.log.copy()
    forged = log.records[-1].copy(digests={"sha384": bytes(48)})
    log.records.insert(0, idle(log.records[0]).copy(data=bytes(known) + forged.to_bytes()))
    refused(host.judge(host.evidence(host.challenge(), log=log)), "ATT-937")
    verdict = host.judge(host.evidence(host.challenge(offset=known), offset=known))
    assert verdict["verdict"] == "affirming", verdict
    assert json.loads(host.file.read_text())["log"] == b64(host.log.to_bytes())


def test_t06_a_stored_log_with_a_record_of_one_bank_is_refused(host):
    """Whatever wrote it: the later checks take both digests for granted."""
    state = json.loads(host.file.read_text())
    log = host.log.copy()
    at = log.find("role", "web")
    whole, log.records[at] = log.records[at], log.records[at].copy(digests={"sha384": log.records[at].digests["sha384"]})
    log.records.insert(at, idle(whole).copy(digests={"sha384": bytes(48)}, data=b""))  # as many bytes as were taken away
    lack = len(host.log.to_bytes()) - len(log.to_bytes())
    log.records[at] = log.records[at].copy(data=bytes(max(lack, 0)))
    if lack < 0:
        log.records[at + 1] = log.records[at + 1].copy(data=log.records[at + 1].data[:lack])
    assert len(log.to_bytes()) == len(host.log.to_bytes())
    state["log"] = b64(log.to_bytes())
    host.file.write_text(json.dumps(state))
    known = len(log.to_bytes())
    refused(host.judge(host.evidence(host.challenge(offset=known), offset=known)), "ATT-939")


@pytest.mark.parametrize("pcrs", [(12,), (12, 22)])
def test_t06_a_run_time_record_of_another_type_is_none_of_the_monitors(host, pcrs):
    """Types are in no digest. The reason says nothing but what is in the record."""
    def change(log):
        for record in log.of(*pcrs)[-1:] if pcrs == (12,) else log.of(*pcrs)[-2:]:
            record.type = SEPARATOR
    verdict = edited(host, change)
    differs(verdict, "ATT-971")
    assert ("ATT-972" in verdict.codes) == (pcrs == (12,)), verdict
    reason = verdict.reason("ATT-971")
    assert (reason.get("partition"), reason.get("item")) == (None, None), reason
    assert reason["found"].startswith('"", number 0, record at offset '), reason


def test_t06_a_swapped_type_is_no_tagged_event_any_more(host):
    """Types are covered by no digest: what is not of its type in our registers is another event than the release's."""
    def change(log):
        at = log.find("role", "web")
        log.records[at] = log.records[at].copy(kind=SEPARATOR)
    verdict = edited(host, change)
    assert verdict["verdict"] == "contraindicated" and "ATT-951" in verdict.codes, verdict


def test_t06_a_record_that_extends_nothing_counts_for_nothing(host):
    def change(log):
        at = log.find("role", "web")
        log.records.insert(at, log.records[at].copy(kind=3))  # EV_NO_ACTION
    assert edited(host, change)["verdict"] == "affirming"


def test_t06_what_is_measured_besides_the_release_is_named(machine):
    """Here the log is honest, and the machine did something else."""
    log = machine.measured()
    extra = log.copy()
    at = extra.find("role", "mail")
    extra.records.insert(at, extra.records[at].with_data(extra.records[at].data.replace(b"mail", b"evil")))
    machine.boot(log=extra)
    machine.ak = Ak(machine)
    machine.enrol()
    machine.releases = [release_of(log)]
    verdict = machine.appraise()
    differs(verdict, "ATT-952")
    assert (verdict.reason("ATT-952")["partition"], verdict.reason("ATT-952")["item"]) == ("evil", "role")


def test_t06_what_is_measured_in_another_order_is_named(host):
    log = host.measured(boot=BOOTS[1])
    at = log.find("role", "web")
    log.records[at], log.records[at + 1] = log.records[at + 1], log.records[at]
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and verdict.codes == ["ATT-953"], verdict
    assert (verdict["reasons"][0]["partition"], verdict["reasons"][0]["item"]) == ("web", "role")


def test_t06_a_log_of_broken_records_is_refused_and_never_read_further(host):
    whole = host.boot(boot=BOOTS[1]).to_bytes()
    for cut in (1, 31, 60, 69, 100, len(whole) // 2, len(whole) - 1):
        evidence = host.evidence(host.challenge())
        evidence["log"] = b64(whole[:cut])
        verdict = host.judge(evidence)
        assert verdict["verdict"] == "contraindicated" and not verdict["accepted"], (cut, verdict)


# T7: a weak bank


def test_t07_a_log_without_one_of_the_banks_is_refused(host):
    host.boot(boot=BOOTS[1])
    for bank, number in (("sha256", 0xB), ("sha384", 0xC)):
        log = host.log.copy()
        log.records = [record.copy(digests={name: digest for name, digest in record.digests.items() if name != bank})
                       for record in log.records]
        verdict = host.judge(host.evidence(host.challenge(), log=log))
        refused(verdict, "ATT-939")
        at = log.head.index(struct.pack("<H", number), 60)
        log.head = log.head[:at] + struct.pack("<HH", 0x4, 20) + log.head[at + 4:]
        refused(host.judge(host.evidence(host.challenge(), log=log)), "ATT-916")


def test_t07_a_quote_over_one_bank_is_refused(host):
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    chosen = ",".join(map(str, PCRS))
    attest, signature = host.folder / "attest", host.folder / "signature"
    host.tool("tpm2_quote", "-c", host.ak.path("ctx"), "-l", f"sha256:{chosen}", "-q", binding(nonce, host.boot_id).hex(),
              "-m", attest, "-s", signature, "-f", "tss", "-g", "sha256")
    refused(host.judge({**evidence, "attest": b64(attest.read_bytes()), "signature": b64(signature.read_bytes())}),
            "ATT-913")


def test_t07_an_active_sha1_bank_is_named(host):
    log = host.boot(boot=BOOTS[1], sha1=1)
    assert "sha1" in log.records[0].digests
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("affirming", ["ATT-966"]), verdict
    assert verdict["reasons"][0]["level"] == "note"


# T8: the TPM alone is reset, and its registers rebuilt


def reset_alone(host):
    """The TPM forgets its registers; the machine, and its log, run on."""
    host.tpm.power_on(tcp=True)
    host.ak.load()


def test_t08_registers_21_and_22_cannot_be_rebuilt_from_locality_0(host):
    reset_alone(host)
    with host.bytes() as tpm:
        for record in host.log.records:
            if record.pcr not in (21, 22):
                tpm.extend(record.pcr, record.digests)
        for pcr in (21, 22):
            with pytest.raises(Refused) as why:
                tpm.extend(pcr, {"sha256": bytes(32), "sha384": bytes(48)})
            assert why.value.code == RC_LOCALITY + 0x800
            with pytest.raises(Refused):
                tpm.reset(pcr)
        assert tpm.read("sha384", 8) == bytes.fromhex(release_of(host.log)["pcrs"]["sha384"]["8"])  # 8 was rebuilt exactly
    verdict = host.appraise()
    refused(verdict, "ATT-936")  # same boot, but the TPM was reset


def test_t08_another_boot_id_does_not_help_either(host):
    log = host.measured(boot=BOOTS[2])
    reset_alone(host)
    host.boot_id, host.log = BOOTS[2], log
    with host.bytes() as tpm:
        for record in log.records:
            if record.pcr not in (21, 22):
                tpm.extend(record.pcr, record.digests)
    verdict = host.appraise()
    refused(verdict, "ATT-938")
    assert [reason["item"] for reason in verdict["reasons"]] == ["PCR 21", "PCR 22"]


def test_t08_pretending_that_locality_2_was_closed_is_a_protection_that_is_gone(host):
    host.boot(boot=BOOTS[2], locality_2=0)  # from locality 0 alone, with facts that say so
    verdict = host.appraise()
    differs(verdict, "ATT-959")
    assert verdict.reason("ATT-959")["item"] == "tpm-locality-2"


def test_t08_facts_that_deny_an_open_locality_2_are_contradicted_by_the_registers(host):
    log, honest = host.measured(boot=BOOTS[2], locality_2=0), host.measured(boot=BOOTS[2])
    log.records += honest.of(21, 22)
    host.boot(boot=BOOTS[2], log=log)
    differs(host.appraise(), "ATT-957")


def test_t08_other_platform_facts_do_not_fit_the_first_record_of_22(host):
    """8, 9, 21 and 22 stay; register 11 is told otherwise in a log that leaves 22's first record as it was."""
    log = host.measured(boot=BOOTS[1], iommu=0)
    honest = host.measured(boot=BOOTS[1])
    forged = log.copy()
    for index, record in enumerate(forged.records):
        if record.pcr in (12, 22) and record.names("boot"):
            forged.records[index] = honest.records[honest.find("boot", pcr=record.pcr)]
    host.boot(boot=BOOTS[1], log=forged)
    differs(host.appraise(), "ATT-970")


# T9, T10: rollback


def test_t09_an_older_security_version_is_refused_on_a_host_that_ran_a_newer_one(host):
    old = host.measured(boot=BOOTS[1], security_version=2, release="shop-0", serial=1600000000)
    host.releases.append(release_of(old))  # still active, by mistake
    host.boot(boot=BOOTS[1], log=old)
    verdict = host.appraise()
    differs(verdict, "ATT-960")
    assert (verdict.reason("ATT-960")["expected"], verdict.reason("ATT-960")["found"]) == ("3 or higher", "2")


def test_t10_a_counter_that_goes_back_is_refused(host):
    host.boot(boot=BOOTS[1], floor=1)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and verdict.codes == ["ATT-961"], verdict


def test_t10_a_counter_that_is_gone_is_refused(host):
    host.boot(boot=BOOTS[1], counter=0)
    assert host.appraise().codes == ["ATT-959"]


def test_t10_a_configuration_below_the_counter_is_refused(host):
    host.boot(boot=BOOTS[1], floor=4)
    assert host.appraise().codes == ["ATT-961"]


def test_t10_a_refused_boot_does_not_raise_what_is_remembered(host):
    """Else one forged boot with a huge version would lock the host out."""
    host.boot(boot=BOOTS[1], security_version=4000000000)
    assert host.appraise()["verdict"] == "contraindicated"
    host.boot(boot=BOOTS[2])
    assert host.appraise()["verdict"] == "affirming"


# T13: run-time events


def test_t13_a_record_in_register_12_alone_is_a_different_story(host):
    """Locality 0 can extend 12, and cannot write 22."""
    later = host.measured(restarts=1)
    for record in later.records[-4::2]:
        with host.bytes() as tpm:
            tpm.extend(12, record.digests)
        host.log.records.append(record)
    differs(host.appraise(), "ATT-972")


def test_t13_events_no_monitor_measures_are_refused(host):
    log = host.measured(boot=BOOTS[1], restarts=1)
    for record in log.of(12, 22):
        record.data = record.data.replace(b"STOP-602", b"GONE-602")
    log.records = [record.with_data(record.data) for record in log.records]
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    differs(verdict, "ATT-971")
    assert verdict.reason("ATT-971")["partition"] == "web"


# T18: a measurement left out


@pytest.mark.parametrize("item, partition, pcr", [
    ("second-signing-key", None, 8), ("initrd", "mail", 9), ("resources", "web", 9), ("rollback-protection", None, 11)])
def test_t18_a_measurement_that_was_left_out_is_missed(host, item, partition, pcr):
    log = host.measured(boot=BOOTS[1])
    del log.records[log.find(item, partition)]
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated"
    reason = verdict.reason("ATT-954" if pcr == 11 else "ATT-951")
    assert (reason.get("partition"), reason["item"]) == (partition, item)


def test_t18_a_separator_that_was_left_out_is_missed(host):
    log = host.measured(boot=BOOTS[1])
    del log.records[next(i for i, record in enumerate(log.records) if record.pcr == 9 and record.type == SEPARATOR)]
    host.boot(boot=BOOTS[1], log=log)
    assert host.appraise().reason("ATT-951")["item"] == "separator of PCR 9"


def test_t18_facts_whose_measuring_failed_are_not_the_list(host):
    """A boot that fails on the way closes the registers with all-ones, which is no separator."""
    log = host.measured(boot=BOOTS[1])
    at = next(i for i, record in enumerate(log.records) if record.pcr == 11 and record.type == SEPARATOR)
    log.records[at] = log.records[at].with_data(b"\xff" * 4)
    host.boot(boot=BOOTS[1], log=log)
    assert host.appraise().reason("ATT-954")["item"] == "separator of PCR 11"


# T19: an old signed loader


def test_t19_an_old_loader_is_seen_though_the_firmware_accepts_its_signature(host):
    host.boot(boot=BOOTS[1], loader="loader 0")
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and verdict.codes == ["ATT-950"], verdict
    assert verdict["reasons"][0]["item"] == "PCR 4, event 1"
    assert hashlib.sha256(b"loader 0").hexdigest() in verdict["reasons"][0]["found"]
