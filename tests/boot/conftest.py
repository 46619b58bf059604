# SPDX-License-Identifier: Apache-2.0
"""Lets the machine tests find the package that starts machines."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
