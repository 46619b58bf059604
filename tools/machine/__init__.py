# SPDX-License-Identifier: Apache-2.0
"""Emulated machines: a configuration is signed and put on a boot medium, the medium boots in QEMU, the console is read.

The machine tests, the demonstration and the benchmark all start their machines here, and this package starts them by
`bulkhead run`. (The C files beside it read machine descriptions for `bulkhead plan`.)

    medium = Medium(folder, source="config/examples/shop.dts", images=GUESTS)
    with Machine(folder, medium.container, esp=medium.esp(), forward={"web": [80]}) as machine:
        machine.expect("BULKHEAD-READY web", timeout=180)
        urllib.request.urlopen(f"http://127.0.0.1:{machine.ports['web', 80]}/")

    with Tpm(folder) as tpm:                            # a TPM alone, for programs: tpm.tcti
        subprocess.run(["tpm2_pcrread", "-T", tpm.tcti])
    Machine(..., tpm=Tpm(folder))                       # the same chip in a machine; its NV memory outlives both
"""
from machine.console import ConsoleTimeout, MachineEnded
from machine.emulator import Machine
from machine.medium import BUILD, BULKHEAD, EFI, GUESTS, ROOT, CommandFailed, Medium, bulkhead
from machine.ports import free_ports
from machine.secureboot import SecureBoot
from machine.tpm import Authority, Tpm, TpmFailed

__all__ = ["Authority", "BUILD", "BULKHEAD", "EFI", "GUESTS", "ROOT", "CommandFailed", "ConsoleTimeout", "Machine",
           "MachineEnded", "Medium", "SecureBoot", "Tpm", "TpmFailed", "bulkhead", "free_ports"]
