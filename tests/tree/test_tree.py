# SPDX-License-Identifier: Apache-2.0
"""The habits of the source tree that a program can check."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
FILES = [ROOT / name for name in LISTED if (ROOT / name).is_file()] or [
    path for path in ROOT.rglob("*") if path.is_file() and not {"build", ".git"} & set(path.relative_to(ROOT).parts)]
C_FILES = [path for path in FILES if path.suffix in (".c", ".h")]
SOURCES = C_FILES + [path for path in FILES if path.suffix in (".S", ".ld", ".py", ".sh", ".mk")]

# Folders stand on one another in this order: none includes from a higher floor. boot and monitor share theirs, and meet
# in core/handoff.h and the headers beside it alone.
FLOORS = ["core/lib", "config", "core/plan", "core/tables", "core/measure", "core/x86", "core", "core/boot", "core/monitor"]


def name_of(path):
    return str(path.relative_to(ROOT))


def offences(pattern, paths=C_FILES):
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name_of(path)}:{number}: {line.strip()}")
    return found


def test_every_source_starts_with_its_licence():
    assert [name_of(path) for path in SOURCES
            if "SPDX-License-Identifier: Apache-2.0" not in "".join(path.read_text().splitlines()[:2])] == []


def test_lines_fit_on_a_screen():
    assert offences(r"^.{129}", SOURCES) == []


def test_files_are_at_most_400_lines():
    programs = [path for path in C_FILES if not name_of(path).startswith("tests/")]
    assert [f"{name_of(path)}: {n}" for path in programs if (n := len(path.read_text().splitlines())) > 400] == []


def test_nothing_is_left_to_do_and_nothing_jumps():
    assert offences(r"\b(TODO|FIXME|XXX|goto)\b") == []


def test_c_code_has_no_conditional_compilation():
    """An #ifndef guards a header against being read twice, and nothing else is conditional."""
    assert offences(r"^\s*#\s*(if|ifdef|elif)\b") == []
    assert [line for line in offences(r"^\s*#\s*ifndef\b") if not line.split(": #ifndef ")[1].endswith("_H")] == []


def floor_of(name):
    return max((floor for floor in FLOORS if name.startswith(floor + "/")), key=len, default=None)


def test_no_include_runs_back_up():
    wrong = []
    for path in C_FILES:
        mine = floor_of(name_of(path))
        if mine is None:
            continue
        for used in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            theirs = floor_of(used)
            if theirs is None or (FLOORS.index(theirs) > FLOORS.index(mine)) or \
                    (mine == "core/monitor" and theirs == "core/boot"):
                wrong.append(f"{name_of(path)} includes {used}")
    assert wrong == []


# core/lib/freestanding stands in for the C library's headers and cannot be compiled beside them.
HEADERS = [name_of(path) for path in C_FILES
           if path.suffix == ".h" and not name_of(path).startswith("core/lib/freestanding/")]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_stands_alone(header):
    build = ROOT / "build" / "src"
    done = subprocess.run(
        ["gcc", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I.",
         f"-I{build}/mbedtls/include", f"-I{build}/dtc/libfdt", "-include", header, "-x", "c", "/dev/null"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
