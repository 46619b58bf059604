# SPDX-License-Identifier: Apache-2.0
"""bulkhead-agent provision: the two TPM indexes of rollback protection, as the boot stage wants them.
tests/boot/test_rollback.py starts machines with them."""
import hashlib
import subprocess

import pytest

from agent_bench import AGENT

COUNTER, BASE = "0x01804248", "0x01804249"
POLICY = hashlib.sha256(bytes(32) + bytes.fromhex("0000016f04")).hexdigest().upper()  # TPM2_PolicyLocality(2)


def agent(tpm, *words):
    return subprocess.run([AGENT, *words, "--tcti", tpm.tcti], capture_output=True, text=True, timeout=60, check=False)


def tool(tpm, name, *words):
    return subprocess.run([name, "-T", tpm.tcti, *words], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture
def tpm(new_tpm):
    with new_tpm() as tpm:
        yield tpm


def test_both_indexes_are_for_locality_2_to_write(tpm):
    done = agent(tpm, "provision")
    assert done.returncode == 0 and "begins when this machine starts next" in done.stdout, done
    for index, attributes in ((COUNTER, "0x2060018"), (BASE, "0x2062008")):
        said = tool(tpm, "tpm2_nvreadpublic", index)
        assert f"value: {attributes}" in said.lower().replace("0x0", "0x"), said
        assert POLICY in said.upper() and "size: 8" in said and "sha256" in said


@pytest.mark.parametrize("index", [COUNTER, BASE])
def test_an_index_that_is_there_is_left_alone(tpm, index):
    tool(tpm, "tpm2_nvdefine", index, "-C", "o", "-s", "8", "-a", "ownerread|ownerwrite")
    done = agent(tpm, "provision")
    assert done.returncode == 1 and "AGENT-850" in done.stderr and index in done.stderr
    assert tool(tpm, "tpm2_getcap", "handles-nv-index").upper().count("0X0180424") + \
        tool(tpm, "tpm2_getcap", "handles-nv-index").upper().count("0X180424") == 1


def test_the_owners_password_is_used_where_there_is_one(tpm, tmp_path):
    tool(tpm, "tpm2_changeauth", "-c", "o", "secret")
    done = agent(tpm, "provision")
    assert done.returncode == 1 and "AGENT-8" in done.stderr
    (tmp_path / "password").write_text("secret\n")
    done = agent(tpm, "provision", "--owner-password-file", tmp_path / "password")
    assert done.returncode == 0, done
    (tmp_path / "password").write_text("x" * 65)
    assert "AGENT-851" in agent(tpm, "provision", "--owner-password-file", tmp_path / "password").stderr


def test_the_floor_is_raised_by_bulkhead_alone(tpm):
    done = agent(tpm, "raise-floor")
    assert done.returncode == 1 and "AGENT-852" in done.stderr and "Bulkhead does not run this machine" in done.stderr
