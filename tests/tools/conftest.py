# SPDX-License-Identifier: Apache-2.0
"""What the tests of the bulkhead command share: the program, and a small configuration with its images."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BULKHEAD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build")) / "bulkhead"

SYSTEM_DTS = """/dts-v1/;
/ {
    compatible = "bulkhead,system-1";
    release = "test-1";
    security-version = <3>;
    machine { iommu = "required"; tpm = "optional"; smt = "one-owner"; };
    partitions {
        one {
            cores = <1>;
            memory-mib = <64>;
            restart = "never";
            console;
            kernel { file = "vmlinuz"; command-line = "console=ttyS0"; };
            initrd { file = "initrd.img"; };
        };
    };
};
"""


class Result:
    """How one call of the command ended."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode(errors="replace")
        self.err = done.stderr.decode(errors="replace")

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"


@pytest.fixture
def bulkhead(tmp_path):
    """Calls the command in an empty folder."""

    def call(*arguments, environment=None):
        command = [str(BULKHEAD), *map(str, arguments)]
        env = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **(environment or {})}
        done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=env,
                              check=False)
        return Result(done)

    call.command = [str(BULKHEAD)]
    return call


@pytest.fixture(scope="session")
def lms_key(tmp_path_factory):
    """The path of an LMS key without its ending (.lms, .lms.pub): to be copied, since signing changes it."""
    name = tmp_path_factory.mktemp("lms") / "key"
    subprocess.run([str(BULKHEAD), "keygen", "--lms", name], capture_output=True, timeout=300, check=True)
    return name


@pytest.fixture
def system(tmp_path, bulkhead):
    """A configuration with its images and a key pair, in the folder the command is called in."""
    (tmp_path / "system.dts").write_text(SYSTEM_DTS)
    (tmp_path / "vmlinuz").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "initrd.img").write_bytes(b"initrd" * 1000)
    assert bulkhead("keygen", "key").status == 0
    return tmp_path
