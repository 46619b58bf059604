# SPDX-License-Identifier: Apache-2.0
"""machine: the description of a machine, read from a console."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "examples" / "machine-qemu.json"


def console(text):
    lines = [text[at:at + 100] for at in range(0, len(text), 100)]
    said = ["machine.json begins", *(f"machine.json: {line}" for line in lines), f"machine.json ends: {len(text)}"]
    return "BdsDxe: starting\r\n" + "".join(f"[bulkhead] {line}\r\n" for line in said) + "[one] hello\r\n"


def test_the_description_on_a_console_is_fit_for_plan(bulkhead, system, tmp_path):
    (tmp_path / "console.log").write_text(console(json.dumps(json.loads(EXAMPLE.read_text()))))
    done = bulkhead("machine", "console.log")
    assert done.status == 0, done
    (tmp_path / "machine.json").write_text(done.out)
    by_console = bulkhead("plan", "system.dts", "--machine", "machine.json", "--json")
    assert by_console.status == 0 and by_console.out == bulkhead("plan", "system.dts", "--machine", EXAMPLE, "--json").out


def test_a_console_that_shows_no_machine_is_refused(bulkhead, tmp_path):
    (tmp_path / "console.log").write_text("[bulkhead] Bulkhead, started by UEFI\n")
    done = bulkhead("machine", "console.log")
    assert done.status == 1 and "TOOL-787" in done.err and done.out == ""


def test_a_description_that_no_machine_can_have_is_refused(bulkhead, tmp_path):
    (tmp_path / "console.log").write_text(console('{"vendor": "amd"}'))
    done = bulkhead("machine", "console.log")
    assert done.status == 1 and "TOOL-782" in done.err and done.out == ""
