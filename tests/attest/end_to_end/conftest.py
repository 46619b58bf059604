# SPDX-License-Identifier: Apache-2.0
"""The real agent, a TPM that booted the sample shop, and the real verifier."""
import pathlib
import sys

import pytest

ATTEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ATTEST / name) for name in ("appraise", "verifier", "agent", "end_to_end")]

from site_under_test import Site  # noqa: E402


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.close()
