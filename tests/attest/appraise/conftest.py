# SPDX-License-Identifier: Apache-2.0
"""A TPM that is manufactured once, and hosts that boot on it."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from host import Ak, Host, release_of  # noqa: E402 # pylint: disable=wrong-import-position

from machine import Tpm  # noqa: E402 # pylint: disable=wrong-import-position


@pytest.fixture(scope="session")
def chip(tmp_path_factory):
    """The folder of a TPM."""
    folder = tmp_path_factory.mktemp("chip")
    Tpm(folder)
    return folder


@pytest.fixture
def machine(tmp_path, chip):
    """A host that is off, and has no key yet."""
    host = Host(tmp_path, chip)
    yield host
    host.tpm.power_off()


@pytest.fixture
def host(machine):
    """A host that booted the release's sample, enrolled, was appraised once and then approved."""
    machine.boot()
    machine.ak = Ak(machine)
    machine.enrol()
    machine.releases = [release_of(machine.log)]
    first = machine.appraise()
    assert first["verdict"] == "warning" and first.codes == ["ATT-964"], first
    machine.approve()
    return machine
