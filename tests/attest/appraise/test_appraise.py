# SPDX-License-Identifier: Apache-2.0
"""What the appraisal says of a good host, and which weaknesses it names without an attack."""
import json

import pytest

from host import BOOTS, Ak, b64, release_of


@pytest.mark.parametrize("scheme, hash_name", [("ecc256:ecdsa-sha256:null", "sha256"), ("ecc384:ecdsa-sha384:null", "sha384")])
@pytest.mark.parametrize("hierarchy", ["e", "o"])
def test_a_good_host_is_affirmed_boot_after_boot(machine, scheme, hash_name, hierarchy):
    machine.boot()
    machine.ak = Ak(machine, scheme=scheme, hash_name=hash_name, hierarchy=hierarchy)
    machine.enrol()
    machine.releases = [release_of(machine.log)]
    assert machine.appraise()["verdict"] == "warning"
    machine.approve()
    for boot in BOOTS[1:]:
        machine.boot(boot=boot)
        for _ in range(2):
            verdict = machine.appraise()
            assert (verdict["verdict"], verdict["accepted"], verdict.codes) == ("affirming", True, []), verdict
        assert verdict["boot"] == boot and verdict["release"] == "shop-1" and verdict["security-version"] == 3


def test_only_what_was_added_to_the_log_travels_again(host):
    known = len(host.log.to_bytes())
    host.log = host.measured(restarts=2)
    added = [record for record in host.log.records[-8:]]
    with host.bytes() as tpm:
        for record in added:
            tpm.locality(2 if record.pcr == 22 else 0)
            tpm.extend(record.pcr, record.digests)
    verdict = host.judge(host.evidence(host.challenge(offset=known), offset=known))
    assert verdict["verdict"] == "affirming", verdict
    assert len(json.loads(host.file.read_text())["log"]) == len(b64(host.log.to_bytes()))


def test_records_written_after_the_quote_are_left_for_the_next_round(host):
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    later = host.measured(restarts=1)
    evidence["log"] = b64(later.to_bytes())
    assert host.judge(evidence)["verdict"] == "affirming"
    assert len(json.loads(host.file.read_text())["log"]) == len(b64(host.log.to_bytes()))


def test_a_quote_between_register_12_and_22_is_a_warning(host):
    later = host.measured(restarts=1)
    with host.bytes() as tpm:
        tpm.extend(12, later.records[-4].digests)
    host.log.records.append(later.records[-4])
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-973"]), verdict


def test_lost_events_are_a_warning_though_register_12_has_one_more(host):
    host.boot(boot=BOOTS[1], lost=1)
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-974"]), verdict


def failed_twice(host, lost, boot=BOOTS[1]):
    """`web` stops, which reaches register 12 alone, as does the attempt to say so; 22 goes on with `lost`."""
    log, once = host.measured(boot=boot, lost=lost), host.measured(boot=boot, lost=1)
    log.records.insert(log.find("lost", pcr=12), once.records[once.find("lost", pcr=12)])
    return log


def test_each_event_that_was_lost_may_have_left_one_record_in_register_12(host):
    host.boot(boot=BOOTS[1], log=failed_twice(host, lost=2))
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-974"]), verdict
    host.boot(boot=BOOTS[2], log=failed_twice(host, lost=3, boot=BOOTS[2]))  # one of them did not even reach register 12
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-974"]), verdict


def test_more_records_in_register_12_than_were_lost_are_a_different_story(host):
    log = failed_twice(host, lost=2)
    at = log.find("lost", pcr=12)
    log.records.insert(at, log.records[at])
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and "ATT-972" in verdict.codes, verdict


def test_a_quote_between_two_failures_and_what_says_so_is_a_warning(host):
    log = failed_twice(host, lost=2)
    del log.records[log.find("lost", pcr=12) + 1:]
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert verdict["verdict"] == "warning" and sorted(verdict.codes) == ["ATT-973", "ATT-974"], verdict


def starts_of_web(host, number):
    """The records of this start in 12 and 22."""
    log = host.measured(boot=BOOTS[1], restarts=number)
    return [record for record in log.of(12, 22) if record.names("start", "web") and
            record.data.endswith(number.to_bytes(8, "little"))]


def test_a_gap_ends_with_a_partitions_next_start(host):
    log = host.measured(boot=BOOTS[1], lost=1)
    log.records += starts_of_web(host, 3)  # it is running for the second time: where did that end?
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and sorted(verdict.codes) == ["ATT-971", "ATT-974"], verdict
    assert verdict.reason("ATT-971")["partition"] == "web"


def test_a_host_whose_sender_was_never_started_is_a_warning(host):
    """Evidence comes from a partition, so at least that one's start must have been recorded."""
    log = host.measured(boot=BOOTS[1])
    log.records = [record for record in log.records if record.pcr not in (12, 22) or record.names("boot")]
    host.boot(boot=BOOTS[1], log=log)
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-974"]), verdict
    reason = verdict.reason("ATT-974")
    assert (reason["partition"], reason["item"], reason["found"]) == ("attest", "start", "none")
    for boot, why, code in ((BOOTS[2], "full", "ATT-975"), (BOOTS[0], "lost", "ATT-974")):  # then it may be missing
        other = host.measured(boot=boot, **{why: 1})
        other.records = [record for record in other.records if not record.names("start", "attest")]
        host.boot(boot=boot, log=other)
        verdict = host.appraise()
        assert (verdict["verdict"], verdict.codes) == ("warning", [code]), verdict
        assert "partition" not in verdict["reasons"][0]


def test_a_full_log_is_a_warning(host):
    host.boot(boot=BOOTS[1], full=1)
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-975"]), verdict


def test_zeros_behind_the_last_record_end_the_log(host):
    nonce = host.challenge()
    evidence = host.evidence(nonce)
    evidence["log"] = b64(host.log.to_bytes() + bytes(4096))
    assert host.judge(evidence)["verdict"] == "affirming"
    assert len(json.loads(host.file.read_text())["log"]) == len(b64(host.log.to_bytes()))


def test_the_reason_names_partition_item_expected_and_found(host):
    host.boot(boot=BOOTS[1], command_line="console=ttyS0 root=/dev/mapper/root ro quiex")
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated"
    reason = verdict.reason("ATT-950")
    assert (reason["partition"], reason["item"]) == ("web", "command-line")
    assert reason["expected"] == '"console=ttyS0 root=/dev/mapper/root ro quiet"'
    assert reason["found"] == '"console=ttyS0 root=/dev/mapper/root ro quiex"'
    assert sorted((reason["code"], reason.get("item")) for reason in verdict["reasons"]) == \
        [("ATT-950", "command-line"), ("ATT-950", "seal")]


def test_without_a_release_or_a_policy_the_verdict_is_none(host):
    verdict = host.judge(host.evidence(host.challenge()), releases=[])
    assert (verdict["verdict"], verdict.codes) == ("none", ["ATT-980"]), verdict
    for policy in ({}, {"platform": {}}, None):
        release = {**host.releases[0], "policy": policy}
        verdict = host.judge(host.evidence(host.challenge()), releases=[release])
        assert (verdict["verdict"], verdict.codes) == ("none", ["ATT-981"]), verdict


def test_the_release_that_was_started_is_the_one_compared_with(host):
    newer = release_of(host.measured(release="shop-2", serial=1800000000, command_line="other"))
    assert host.judge(host.evidence(host.challenge()), releases=[newer, *host.releases])["release"] == "shop-1"
    verdict = host.judge(host.evidence(host.challenge()), releases=[newer])
    assert (verdict["verdict"], verdict["release"]) == ("contraindicated", "shop-2")


def test_a_described_machine_must_be_that_machine(host):
    release = release_of(host.log, machine=True)
    assert host.judge(host.evidence(host.challenge()), releases=[release])["verdict"] == "affirming"
    host.boot(boot=BOOTS[1], microcode=0x8001251)
    verdict = host.judge(host.evidence(host.challenge()), releases=[release])
    assert verdict["verdict"] == "contraindicated"
    assert (verdict.reason("ATT-950")["item"], verdict.reason("ATT-950")["found"]) == ("microcode", str(0x8001251))


def test_the_policy_decides_which_platforms_are_good_enough(host):
    host.boot(boot=BOOTS[1], iommu=0)
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and verdict.reason("ATT-955")["item"] == "iommu"
    assert verdict.reason("ATT-955")["found"] == "off"
    policy = {**host.releases[0]["policy"], "platform": {"iommu": ["on", "off"], "microcode": [0x8001250]}}
    host.releases = [{**host.releases[0], "policy": policy}]
    assert host.appraise()["verdict"] == "affirming"


@pytest.mark.parametrize("required, expected", [(False, "warning"), (True, "contraindicated")])
def test_a_closed_locality_2_is_at_best_a_warning(machine, required, expected):
    open_log = machine.measured()
    machine.boot(locality_2=0)
    machine.ak = Ak(machine)
    machine.enrol()
    machine.releases = [release_of(open_log)]
    machine.releases[0]["policy"]["require-locality-2"] = required
    machine.appraise()
    machine.approve()
    verdict = machine.appraise()
    assert (verdict["verdict"], verdict.codes) == (expected, ["ATT-956"]), verdict


@pytest.mark.parametrize("required, expected", [(False, "warning"), (True, "contraindicated")])
def test_missing_rollback_protection_is_at_best_a_warning(machine, required, expected):
    machine.boot(counter=0)
    machine.ak = Ak(machine)
    machine.enrol()
    machine.releases = [release_of(machine.log)]
    machine.releases[0]["policy"]["require-rollback-protection"] = required
    machine.appraise()
    machine.approve()
    verdict = machine.appraise()
    assert (verdict["verdict"], verdict.codes) == (expected, ["ATT-958"]), verdict


def test_a_debug_configuration_needs_a_policy_that_allows_it(host):
    log = host.boot(boot=BOOTS[1], flags=1)
    host.releases = [release_of(log)]
    assert host.appraise().codes == ["ATT-962"]
    host.releases[0]["policy"]["allow-debug"] = True
    assert host.appraise()["verdict"] == "affirming"


@pytest.mark.parametrize("until, expected, codes", [(4000000000, "affirming", []), (1600000001, "warning", ["ATT-967"])])
def test_an_expired_key_manifest_is_a_warning(host, until, expected, codes):
    host.releases = [release_of(host.boot(boot=BOOTS[1], manifest_until=until))]
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == (expected, codes), verdict


def test_registers_the_release_leaves_open_are_a_warning(host):
    host.releases = [release_of(host.log, firmware=(4,))]
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("warning", ["ATT-965"]), verdict
    host.boot(boot=BOOTS[1], keys="their keys")  # then register 7 is as approved, or not
    verdict = host.appraise()
    assert verdict["verdict"] == "contraindicated" and verdict.reason("ATT-963")["item"] == "PCR 7", verdict


def test_other_firmware_needs_a_new_approval(host):
    host.boot(boot=BOOTS[1], firmware="firmware 2")
    verdict = host.appraise()
    assert (verdict["verdict"], verdict.codes) == ("contraindicated", ["ATT-963"]), verdict
    assert verdict["reasons"][0]["item"] == "PCR 0"
    host.approve()
    assert host.appraise()["verdict"] == "affirming"


def test_a_host_without_a_past_is_a_first_meeting(host):
    known = json.loads(host.file.read_text())
    del known["state"], known["log"]
    host.file.write_text(json.dumps(known))
    assert host.appraise().codes == ["ATT-964"]
