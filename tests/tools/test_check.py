# SPDX-License-Identifier: Apache-2.0
"""check: what it says about sound and unsound configurations."""
import json

import pytest


def spoil(system, old, new):
    source = (system / "system.dts").read_text()
    assert old in source
    (system / "system.dts").write_text(source.replace(old, new))


def test_a_sound_configuration_is_summed_up(bulkhead, system):
    done = bulkhead("check", "system.dts")
    assert done.status == 0 and "good" in done.out and "64 MiB" in done.out and done.err == ""


def test_json_tells_what_was_decoded(bulkhead, system):
    done = bulkhead("check", "--json", "system.dts")
    seen = json.loads(done.out)
    assert done.status == 0 and seen["ok"] and seen["findings"] == []
    assert seen["partitions"][0]["name"] == "one" and seen["partitions"][0]["memory_mib"] == 64


def test_all_mistakes_are_listed_at_once(bulkhead, system):
    spoil(system, "memory-mib = <64>", "memory-mib = <3>")
    spoil(system, 'restart = "never"', 'restart = "sometimes"')
    spoil(system, "cores = <1>", "cpus = <1>")
    done = bulkhead("check", "system.dts", "--json")
    codes = {finding["code"] for finding in json.loads(done.out)["findings"]}
    assert done.status == 1 and codes == {"CFG-110", "CFG-133", "CFG-138", "CFG-145"}


def test_a_finding_says_what_where_found_expected_and_what_to_do(bulkhead, system):
    spoil(system, "memory-mib = <64>", "memory-mib = <3>")
    done = bulkhead("check", "system.dts")
    assert done.status == 1 and done.out == ""
    for part in ("CFG-138", "/partitions/one/memory-mib", "<3>", "expected", "to do"):
        assert part in done.err


def test_the_signed_form_is_demanded_on_request(bulkhead, system):
    done = bulkhead("check", "--signed", "system.dts", "--json")
    assert done.status == 1
    assert [finding["code"] for finding in json.loads(done.out)["findings"]] == ["CFG-155", "CFG-155"]


@pytest.mark.parametrize("source", ["", "/dts-v1/;", "/dts-v1/; / {", "\0\1\2", "/dts-v1/; / { a = <1>; a = <2>; };",
                                    "/dts-v1/; / { x { }; x { }; };", "/dts-v1/; / { a = \"\\x1b[2J\"; };"])
def test_odd_sources_are_refused_without_a_crash(bulkhead, system, source):
    (system / "system.dts").write_text(source)
    done = bulkhead("check", "system.dts")
    assert done.status == 1 and done.err != "" and "\x1b" not in done.err


def test_a_missing_file_is_named(bulkhead, tmp_path):
    done = bulkhead("check", "nowhere.dts")
    assert done.status == 1 and "TOOL-701" in done.err and "nowhere.dts" in done.err
