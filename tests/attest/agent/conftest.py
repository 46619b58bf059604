# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the attestation tests."""
import pathlib
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools"), str(pathlib.Path(__file__).parent)]

from agent_bench import Bench  # noqa: E402
from machine.tpm import Authority, Tpm  # noqa: E402


@pytest.fixture(scope="session")
def manufactured(tmp_path_factory):
    """A TPM as it leaves the factory; making one takes a second or two, copying one nothing."""
    folder = tmp_path_factory.mktemp("factory")
    return Tpm(folder / "tpm", Authority(folder / "ca"))


@pytest.fixture
def new_tpm(manufactured, tmp_path):
    """Makes a copy of the manufactured TPM."""

    def make(name="tpm"):
        shutil.copytree(manufactured.folder, tmp_path / name)
        return Tpm(tmp_path / name, manufactured.authority)

    return make


@pytest.fixture
def bench(new_tpm, tmp_path):
    made = Bench(tmp_path, new_tpm())
    yield made
    made.close()
