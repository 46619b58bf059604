# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the example shop on an emulated server, used from outside, broken twice. Begin with run.py."""
