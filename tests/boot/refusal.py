# SPDX-License-Identifier: Apache-2.0
"""What tests of refusals share: media changed after they were made, and a machine that says why it starts nothing."""
from conftest import MEMORY_MIB
from machine import Machine


def change_file(path, old, new):
    """Changes bytes on a finished medium, where files lie in one piece. The length stays the same."""
    assert len(old) == len(new)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def changed_disc(medium, old, new):
    disc = medium.iso()
    change_file(disc, old, new)
    return disc


def expect_refusal(medium, code, **choices):
    boot = choices if "iso" in choices or "esp" in choices else {"iso": medium.iso(), **choices}
    with Machine(medium.folder / "machine", medium.container, memory_mib=MEMORY_MIB, **boot) as machine:
        machine.expect("REFUSED: no partition was started", timeout=90)
        said = machine.lines("bulkhead")
    assert any(line.startswith(code) for line in said), said
    for label in ("where:", "found:", "expected:", "do:"):
        assert any(line.strip().startswith(label) for line in said), said
    assert not any("starts (" in line for line in said)
