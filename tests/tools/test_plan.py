# SPDX-License-Identifier: Apache-2.0
"""plan: who gets what on a described machine, and what it says about machines that do not fit."""
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "config" / "examples"
SHOP = EXAMPLES / "shop.dts"


@pytest.fixture
def machine(tmp_path):
    """Writes the example machine, changed by a function, and gives its path."""

    def write(change=lambda described: None):
        described = json.loads((EXAMPLES / "machine-qemu.json").read_text())
        change(described)
        (tmp_path / "machine.json").write_text(json.dumps(described))
        return "machine.json"

    return write


def codes(done):
    return {finding["code"] for finding in json.loads(done.out)["findings"]}


def test_the_example_fits_its_machine(bulkhead, machine):
    done = bulkhead("plan", SHOP, "--machine", machine())
    assert done.status == 0 and done.err == ""
    for part in ("web", "0-1", "512 MiB", "nic 0000:00:03.0", "trapped MSI-X table", "rechecked"):
        assert part in done.out


def test_json_gives_every_core_and_frame_one_owner(bulkhead, machine):
    plan = json.loads(bulkhead("plan", SHOP, "--machine", machine(), "--json").out)
    assert plan["ok"] and [partition["cores"] for partition in plan["partitions"]] == [[0, 1], [2], [3], [4]]
    ranges = [plan[what] for what in ("monitor", "tables", "sealed", "log", "event_log")]
    for partition in plan["partitions"]:
        ranges += [{"base": region["host"], "size": region["size"]} for region in partition["memory"]]
        ranges += [window for device in partition["devices"] for window in device["windows"]]
    spans = sorted((int(span["base"], 16), int(span["size"], 16)) for span in ranges)
    assert all(base + size <= following for (base, size), (following, _) in zip(spans, spans[1:]))


def test_the_same_input_gives_the_same_plan(bulkhead, machine):
    name = machine()
    first, second = (bulkhead("plan", SHOP, "--machine", name, "--json").out for _ in range(2))
    assert first == second


def test_images_make_the_sealed_memory_larger(bulkhead, system, machine):
    small = json.loads(bulkhead("plan", "system.dts", "--machine", machine(), "--json").out)
    large = json.loads(bulkhead("plan", "system.dts", "--machine", machine(), "--images", ".", "--json").out)
    assert int(large["sealed"]["size"], 16) > int(small["sealed"]["size"], 16)


def test_all_that_does_not_fit_is_listed_at_once(bulkhead, machine):
    def spoil(described):
        del described["cores"][4]
        described["ram"] = [{"base": "0x100000", "size": "0x30000000"}]
        for function in described["functions"]:
            if function["address"] == "0000:00:03.0":
                function["device"] = "0x1533"
            if function["address"] == "0000:00:07.0":
                del function["iommu"]

    done = bulkhead("plan", SHOP, "--machine", machine(spoil), "--json")
    assert done.status == 1 and codes(done) == {"PLAN-215", "PLAN-222", "PLAN-225", "PLAN-245"}


def test_a_finding_names_the_place_in_the_configuration(bulkhead, machine):
    done = bulkhead("plan", SHOP, "--machine", machine(lambda described: described["functions"].pop(2)))
    assert done.status == 1 and done.out == ""
    for part in ("PLAN-221", "/partitions/web/nic", "0000:00:03.0 is empty", "expected", "to do"):
        assert part in done.err


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "{}", '{"vendor": 1}', '{"cores": [{}]}', '{"functions": [[]]}', '{"\\u001b[2J": 1}', "\x1b[2J",
    '"\u009b"', "[" * 5000, '{"ram": [{"base": 1e400, "size": -0}]}'])
def test_odd_descriptions_are_refused_without_a_crash(bulkhead, tmp_path, text):
    (tmp_path / "machine.json").write_text(text)
    done = bulkhead("plan", SHOP, "--machine", "machine.json")
    assert done.status == 1 and "TOOL-78" in done.err and not {"\x1b", "\u009b"} & set(done.err)


def test_a_missing_machine_is_a_wrong_command_line(bulkhead):
    assert bulkhead("plan", SHOP).status == 2
    assert bulkhead("plan").status == 2


def test_a_description_that_is_not_there_is_named(bulkhead):
    done = bulkhead("plan", SHOP, "--machine", "nowhere.json")
    assert done.status == 1 and "TOOL-701" in done.err and "nowhere.json" in done.err
