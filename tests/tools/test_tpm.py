# SPDX-License-Identifier: Apache-2.0
"""The emulated TPM that machines and programs are given: a chip with certificates, whose state outlives its runs."""
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from machine import CommandFailed, Machine, Tpm, TpmFailed  # noqa: E402 # pylint: disable=wrong-import-position

EK_CERTIFICATES = ["0x1c00002", "0x1c00016"]  # NV indices: RSA 2048, P-384
PCR = "16"  # the debug register, which anybody may reset
ZEROS = "0" * 64


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    """The folder of a TPM that was manufactured once."""
    folder = tmp_path_factory.mktemp("tpm")
    Tpm(folder)
    return folder


def tool(tpm, name, *arguments):
    return subprocess.run([name, "-T", tpm.tcti, *map(str, arguments)], check=True, capture_output=True,
                          timeout=60).stdout


def pcr(tpm, bank="sha256"):
    return tool(tpm, "tpm2_pcrread", f"{bank}:{PCR}").decode().split("0x")[-1].strip().lower()


def test_both_banks_are_on_and_no_other(chip):
    with Tpm(chip) as tpm:
        said = tool(tpm, "tpm2_getcap", "pcrs").decode()
    on = {line.split(":")[0].strip(" -") for line in said.splitlines() if "[ 0," in line}
    assert on == {"sha256", "sha384"}


def test_its_certificates_lead_to_the_manufacturer(chip, tmp_path):
    tpm = Tpm(chip)
    assert [file.name for file in tpm.certificates] == ["ek-rsa2048.crt", "ek-secp384r1.crt"]
    with tpm:
        for index, file in zip(EK_CERTIFICATES, tpm.certificates):
            assert tool(tpm, "tpm2_nvread", index) == file.read_bytes()
            done = subprocess.run(["openssl", "verify", "-CAfile", tpm.authority.root, "-untrusted",
                                   tpm.authority.issuer, "-ignore_critical", file], capture_output=True, check=False)
            assert done.returncode == 0, done.stderr


def test_a_power_cycle_clears_the_registers_and_keeps_the_memory(chip):
    tpm = Tpm(chip)
    with tpm:
        tool(tpm, "tpm2_pcrextend", f"{PCR}:sha256={'11' * 32}")
        assert pcr(tpm) != ZEROS
        tool(tpm, "tpm2_nvdefine", "0x1500001", "-C", "o", "-s", "4", "-a", "ownerread|ownerwrite")
        subprocess.run(["tpm2_nvwrite", "-T", tpm.tcti, "-C", "o", "0x1500001", "-i-"], input=b"kept", check=True)
    with Tpm(chip) as again:
        assert pcr(again) == ZEROS
        assert tool(again, "tpm2_nvread", "-C", "o", "0x1500001") == b"kept"


def test_two_chips_are_two(chip, tmp_path):
    one, two = Tpm(chip), Tpm(tmp_path, Tpm(chip).authority)
    assert one.certificates[0].read_bytes() != two.certificates[0].read_bytes()
    with one, two:
        tool(one, "tpm2_pcrextend", f"{PCR}:sha256={'22' * 32}")
        assert pcr(two) == ZEROS


def test_nothing_of_it_runs_or_lies_about_after_power_off(chip):
    tpm = Tpm(chip).power_on()
    process, private, control = tpm.process, tpm.private, tpm.control
    assert control.is_socket() and len(os.fsencode(control)) < 108
    tpm.power_off()
    tpm.power_off()
    assert process.poll() is not None and not private.exists() and not tpm.running


def test_a_machine_that_does_not_start_leaves_nothing_behind(chip, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tpm = Tpm(chip)
    with pytest.raises(CommandFailed, match="missing.dts"):
        Machine(tmp_path / "machine", tmp_path / "missing.dts", iso=tmp_path / "missing.iso", tpm=tpm)
    assert not tpm.running and [path.name for path in tmp_path.iterdir()] == ["machine"]


def test_a_chip_that_does_not_come_up_says_why(tmp_path):
    tpm = Tpm(tmp_path)
    (tpm.state / "tpm2-00.permall").write_bytes(b"not a TPM's state")
    with pytest.raises(TpmFailed, match="swtpm"):
        tpm.power_on(tcp=True)
