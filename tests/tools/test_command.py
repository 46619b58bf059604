# SPDX-License-Identifier: Apache-2.0
"""The bulkhead command: what every subcommand does alike."""
import re

import pytest


def test_without_arguments_it_lists_the_commands(bulkhead):
    done = bulkhead()
    assert done.status == 2
    assert "keygen" in done.err and "sign" in done.err


def test_an_unknown_command_is_wrong_usage(bulkhead):
    done = bulkhead("frobnicate")
    assert done.status == 2
    assert "there is no command 'frobnicate'" in done.err


def commands(bulkhead):
    return re.findall(r"^  ([a-z]+) ", bulkhead("--help").out, re.M)


def test_every_command_has_help_and_refuses_unknown_options(bulkhead):
    names = commands(bulkhead)
    assert {"keygen", "sign", "verify", "size"} <= set(names)
    for name in names:
        done = bulkhead(name, "--help")
        assert done.status == 0 and done.out.startswith(f"usage: bulkhead {name}"), done
        done = bulkhead(name, "--no-such-option")
        assert done.status == 2 and "unknown option" in done.err, done


@pytest.mark.parametrize("arguments, message", [
    (["verify", "x.bkc"], "--key is missing"),
    (["verify", "--key"], "needs a value"),
    (["verify", "--json=yes", "x"], "takes no value"),
    (["verify", "--key", "a", "--key", "b", "x"], "given twice"),
    (["keygen"], "argument is missing"),
    (["keygen", "a", "b"], "one argument too many"),
    (["sign", "x.dts", "--out", "y"], "give --key, or --attach"),
    (["sign", "x.dts", "--key", "k"], "--out is missing"),
])
def test_wrong_usage_says_what_is_wrong(bulkhead, arguments, message):
    done = bulkhead(*arguments)
    assert done.status == 2
    assert message in done.err


def test_two_dashes_end_the_options(bulkhead, tmp_path):
    assert bulkhead("keygen", "--", "--odd").status == 0
    assert (tmp_path / "--odd.pem").exists()


def test_output_to_a_pipe_has_no_colours(bulkhead, system):
    done = bulkhead("verify", "--key", "key.pem", "system.dts")
    assert done.status == 1
    assert "\033" not in done.out + done.err
