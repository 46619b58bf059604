# SPDX-License-Identifier: Apache-2.0
"""Releases and evidence that are not what they should be: each is refused by a code, none is half believed."""
import copy
import json

import pytest

from host import Ak, appraiser, b64, release_of


@pytest.fixture(scope="module")
def round_of(tmp_path_factory, chip):
    """A host's file, a release and evidence that go together; tests change copies."""
    from host import Host  # pylint: disable=import-outside-toplevel
    host = Host(tmp_path_factory.mktemp("round"), chip)
    host.boot()
    host.ak = Ak(host)
    host.enrol()
    release = release_of(host.log, machine=True)
    evidence = host.evidence(host.challenge())
    host.tpm.power_off()
    known = host.file.read_text()
    host.releases = [release]

    def judge(release=release, evidence=evidence):
        host.file.write_text(known)
        return host.judge(evidence, releases=[release])

    judge.host, judge.release, judge.evidence = host, release, evidence
    return judge


def refused(verdict, code):
    assert verdict.get("refused", "").startswith(code), verdict


def test_the_round_that_the_tests_change_is_good(round_of):
    assert round_of().codes == ["ATT-964"]


def changed(original, path, value):
    """A copy with one member changed; ... takes it away."""
    result = copy.deepcopy(original)
    place = result
    for name in path[:-1]:
        place = place[name]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


RELEASES = [
    (["format"], "bulkhead-release-2", "ATT-923"),
    (["format"], ..., "ATT-906"),
    (["name"], "shop\n1", "ATT-906"),
    (["name"], "x" * 65, "ATT-906"),
    (["name"], "shop-9", "ATT-924"),
    (["serial"], -1, "ATT-906"),
    (["serial"], 1.5, "ATT-906"),
    (["serial"], 5, "ATT-924"),
    (["security-version"], 2**32, "ATT-906"),
    (["security-version"], 4, "ATT-924"),
    (["build"], None, "ATT-906"),
    (["build", "image-sha384"], "AA" * 48, "ATT-906"),
    (["more"], 1, "ATT-907"),
    (["pcrs", "sha256", "9"], "00" * 32, "ATT-924"),
    (["pcrs", "sha256", "9"], ..., "ATT-908"),
    (["pcrs", "sha256", "09"], "00" * 32, "ATT-908"),
    (["pcrs", "sha1"], {}, "ATT-906"),
    (["events"], [], "ATT-924"),
    (["events"], {}, "ATT-906"),
    (["events"], [{}] * 2049, "ATT-906"),
    (["events", 0, "pcr"], 10, "ATT-921"),
    (["events", 0, "pcr"], 24, "ATT-906"),
    (["events", 0, "type"], 5, "ATT-920"),
    (["events", 0, "item"], "other", "ATT-920"),
    (["events", 0, "kind"], 2, "ATT-920"),
    (["events", 0, "number"], 7, "ATT-920"),
    (["events", 0, "digest"], ..., "ATT-920"),
    (["events", 0, "partition"], "web", "ATT-920"),
    (["events", 0, "sha384"], "00" * 48, "ATT-920"),
    (["events", 0, "data"], "0", "ATT-906"),
    (["events", 0, "data"], "00" * 1025, "ATT-906"),
    (["firmware-events", 0, "pcr"], 8, "ATT-921"),
    (["firmware-events", 0, "sha256"], "00" * 32, "ATT-924"),
    (["firmware-events"], ..., "ATT-924"),
    (["machine", "events", 0, "pcr"], 8, "ATT-921"),
    (["machine", "pcrs", "sha384", "11"], "00" * 48, "ATT-924"),
    (["machine", "name"], ..., "ATT-906"),
    (["policy"], [], "ATT-926"),
    (["policy", "require-secure-boot"], True, "ATT-907"),
    (["policy", "allow-debug"], "no", "ATT-926"),
    (["policy", "platform"], [], "ATT-926"),
    (["policy", "platform", "iommu"], "on", "ATT-926"),
    (["policy", "platform", "iommu"], [None], "ATT-926"),
    (["policy", "platform", "iommu"], ["x"] * 33, "ATT-926"),
    (["policy", "platform"], {f"fact-{i}": [] for i in range(17)}, "ATT-926"),
]


@pytest.mark.parametrize("path, value, code", RELEASES, ids=lambda value: str(value)[:40])
def test_a_release_that_is_not_right_is_refused(round_of, path, value, code):
    refused(round_of(release=changed(round_of.release, path, value)), code)


EVIDENCE = [
    (["boot"], "00" * 15, "ATT-906"),
    (["boot"], "AB" * 16, "ATT-906"),
    (["attest"], b64(bytes(513)), "ATT-906"),
    (["attest"], "####", "ATT-906"),
    (["attest"], ..., "ATT-906"),
    (["signature"], b64(bytes(129)), "ATT-906"),
    (["signature"], 5, "ATT-906"),
    (["pcrs"], [], "ATT-906"),
    (["pcrs", "sha256", "0"], "00", "ATT-908"),
    (["pcrs", "sha256", "24"], "00" * 32, "ATT-908"),
    (["pcrs", "sha384"], {}, "ATT-908"),
    (["pcrs", "sha512"], {}, "ATT-906"),
    (["log_offset"], -1, "ATT-906"),
    (["log_offset"], 2**19 + 1, "ATT-906"),
    (["log"], b64(bytes(2**19 + 3)), "ATT-906"),
    (["log"], b64(bytes(10)) + "\n", "ATT-906"),
    (["log"], None, "ATT-906"),
    (["quote"], "", "ATT-907"),
    (["q\u0001\u00e9"], "", "ATT-907"),
]


@pytest.mark.parametrize("path, value, code", EVIDENCE, ids=lambda value: str(value)[:40])
def test_evidence_that_is_not_right_is_refused(round_of, path, value, code):
    verdict = round_of(evidence=changed(round_of.evidence, path, value))
    refused(verdict, code)
    assert verdict["refused"].isprintable()


def test_evidence_is_one_object_with_each_member_once(round_of):
    path, text = round_of.host.folder / "text.json", json.dumps(round_of.evidence)
    for wrong in (b"", b"{", b"[]", b"1", text.encode() + b"{}", b'{"boot": 1, "boot": 2}', b"\xff\xfe", b'{"a": "\\u0000"}',
                  b"[" * 5000, b" " * (1 << 20) + b"{}"):
        path.write_bytes(wrong)
        done = appraiser("appraise", round_of.host.file, path)
        assert done.returncode == 1 and done.stdout.startswith("ATT-905"), (wrong[:40], done)


def test_evidence_from_another_offset_than_the_challenge_says_is_refused(round_of):
    verdict = round_of(evidence={**round_of.evidence, "log_offset": 69})
    assert verdict.codes == ["ATT-937"], verdict
    verdict = round_of(evidence={**round_of.evidence, "log_offset": 2**19})
    assert verdict.codes == ["ATT-930"], verdict
