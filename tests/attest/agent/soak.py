#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A day of quotes, one a second, without the pauses: as many of the 86,400 as fit into the time.

  soak.py [SECONDS]     default 240
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "attest" / "agent")]

from agent_bench import AGENT, BOOT  # noqa: E402
from booted import Booted, Wire  # noqa: E402
from machine.tpm import Tpm  # noqa: E402


def main():
    seconds = sys.argv[1] if len(sys.argv) > 1 else "240"
    with tempfile.TemporaryDirectory() as name, Tpm(pathlib.Path(name) / "tpm") as tpm:
        folder = pathlib.Path(name)
        wire = Wire(tpm.tcti)
        log = Booted(wire, folder, BOOT).log
        wire.close()
        for key in ("p256", "p384"):
            print(f"---- attestation key {key}", flush=True)
            done = subprocess.run([AGENT, "soak", "--quotes", "86400", "--seconds", str(max(1, int(seconds) // 2)),
                                   "--tcti", tpm.tcti, "--log-file", log, "--attestation-key", key,
                                   "--state-folder", folder / key], check=False)
            if done.returncode != 0:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
