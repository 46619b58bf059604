# SPDX-License-Identifier: Apache-2.0
"""What measuring adds to a boot: the same partitions with and without a TPM, by the size of their images."""
import re
import shutil
import sys

from machine import GUESTS, ROOT, Machine, Medium, Tpm

sys.path.insert(0, str(ROOT / "tests" / "boot"))

from sources import prober, system  # noqa: E402 # pylint: disable=wrong-import-position

SIZES_MIB = (2, 8, 32)
PARTITIONS = ("one", "two", "three")
START_SECONDS = 120


def _steps(machine):
    """{step: milliseconds} of a machine's start."""
    words = machine.expect(r"^\[bulkhead\] time from entry in us: (.* start \d+)\n", START_SECONDS)[1].split()
    return {step: int(micro) / 1000 for step, micro in zip(words[::2], words[1::2])}


def _medium(folder, size_mib):
    """Three probers whose images have so many MiB each."""
    images = folder / "images"
    images.mkdir(parents=True)
    shutil.copy(GUESTS / "prober" / "prober.bin", images)
    (images / "ballast").write_bytes(bytes(size_mib << 20))
    ballast = 'initrd { file = "ballast"; };'
    partitions = [prober(name, memory=size_mib + 32, properties=ballast) for name in PARTITIONS]
    return Medium(folder, system(*partitions), images)


def measuring_lines(folder):
    """One line a size: sealing and measuring, in milliseconds."""
    shutil.rmtree(folder, ignore_errors=True)
    lines = []
    for size in SIZES_MIB:
        place = folder / f"{size}"
        medium = _medium(place, size)
        disc = medium.iso()
        for tpm in (None, Tpm(folder / "tpm")):
            with Machine(place / "machine", medium.container, iso=disc, tpm=tpm, cores=4, memory_mib=1024) as machine:
                steps = _steps(machine)
                events = re.search(r"measured (\d+) events", machine.console.text())
            lines.append(f"{len(PARTITIONS)} x {size:3} MiB  {'TPM' if tpm else 'no TPM':6}  seal {steps['seal']:7.0f} ms"
                         f"  measure {steps['measure']:5.0f} ms  {int(events[1]) if events else 0:3} events")
    return lines
