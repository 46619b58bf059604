# SPDX-License-Identifier: Apache-2.0
"""The attestation partition as it is shipped, under Bulkhead: its agent quotes what this machine measured."""
import pathlib
import sys

from machine import GUESTS, Machine, Medium, Tpm

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "attest" / "agent"))

from agent_bench import wait_for  # noqa: E402
from deployment import deployed  # noqa: E402
from verifier_double import Verifier  # noqa: E402

SYSTEM = """/dts-v1/;
/ {
    compatible = "bulkhead,system-1";
    release = "test";
    security-version = <1>;
    machine { iommu = "required"; tpm = "required"; smt = "one-owner"; };
    partitions {
        attest {
            cores = <1>;
            memory-mib = <384>;
            restart = "always";
            role = "attest";
            console;
            kernel {
                file = "vmlinuz";
                command-line = "console=ttyS0 console=tty0 panic=1 quiet bulkhead.ip=10.0.2.15/24 bulkhead.gw=10.0.2.2";
                root-hash-file = "attest/roothash";
            };
            initrd { file = "initrd.img"; };
            nic  { pci = "0000:00:03.0"; id = <0x8086 0x10d3>; };
            disk { pci = "0000:00:06.0"; id = <0x1b36 0x0010>; };
        };
    };
};
"""


def test_the_agent_enrols_from_its_partition_and_quotes_what_was_measured(tmp_path):
    """The verifier double checks quote, registers and log; the log is the live one, which the monitor goes on writing."""
    verifier = Verifier(tmp_path).start()
    verifier.approved = True
    medium = Medium(tmp_path / "medium", SYSTEM, [GUESTS])
    with Machine(tmp_path / "machine", medium.container, esp=medium.esp(), snapshot=False, tpm=Tpm(tmp_path / "tpm"),
                 disks={"attest": deployed(tmp_path, verifier)}) as machine:
        machine.expect("BULKHEAD-READY attest", 300)
        wait_for(lambda: len(verifier.rounds) >= 3, 120, "three rounds")
        assert verifier.complaints == []
        log = verifier.logs[verifier.rounds[0]["boot"]]
        assert b"bulkhead.verity=" in log, "the command line that was signed is in the log"
    verifier.stop()
