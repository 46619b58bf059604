# SPDX-License-Identifier: Apache-2.0
"""Anybody who builds an image from the same packages gets the root hash that stands in the signed configuration."""

import os
import shutil
import subprocess

from conftest import GUESTS

BUILDER = GUESTS.parents[1] / "partitions" / "build-image.sh"


def test_a_second_build_has_the_same_root_hash(tmp_path):
    environment = dict(os.environ, BULKHEAD_CACHE=str(tmp_path / "cache"))
    subprocess.run([BUILDER, "web", tmp_path / "web"], env=environment, check=True, timeout=1200)
    shutil.rmtree(tmp_path / "cache")
    assert (tmp_path / "web" / "roothash").read_text() == (GUESTS / "web" / "roothash").read_text()
