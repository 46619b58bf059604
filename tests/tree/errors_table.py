#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps docs/errors.md and the rules in the sources in agreement.

Every rule is a `struct rule` in a .c file: code, what is wrong, what is allowed, what to do. This program reads them all,
refuses codes that are used twice or stand outside their folder's range, and compares them with docs/errors.md.

  errors_table.py           exits with 1 and says what differs
  errors_table.py --write   writes docs/errors.md
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "errors.md"
FOLDERS = ("config", "core", "tools", "attest")

# What the codes of each hundred are about.
CHAPTERS = {
    "SIG-0": "The signed container",
    "CFG-1": "The configuration",
    "PLAN-2": "Placing the configuration on a machine",
    "WALL-3": "Tables, and walking the finished tables",
    "BOOT-4": "Finding out what the machine has, and starting on it",
    "IMG-5": "Guest images",
    "STOP-6": "Why a partition stopped",
    "TOOL-7": "The command line",
    "AGENT-8": "The attestation agent",
    "ATT-8": "The verifier",
    "ATT-9": "Attestation",
}

STRING = r'"(?:[^"\\]|\\.)*"'
CODE = re.compile(r'"((?:' + "|".join(chapter.split("-")[0] for chapter in CHAPTERS) + r')-\d{3})"')
TOKEN = re.compile(rf"({STRING})|([A-Z][A-Z0-9_]+)|([,{{}}])|\.\w+\s*=")


def without_comments(text):
    return re.sub(rf"({STRING})|/\*.*?\*/", lambda m: m.group(1) or " ", text, flags=re.S)


def read_sources():
    return {
        path.relative_to(ROOT): without_comments(path.read_text())
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.[ch]"))
    }


def read_defines(sources):
    """Macros that stand for a string or a number, as rules use them in their texts."""
    found = {}
    for text in sources.values():
        for name, value in re.findall(rf"^#define\s+([A-Z][A-Z0-9_]*)\s+({STRING}|\d+)[uUlL]*\s*$", text, flags=re.M):
            found[name] = value
    return found


def unquote(literal):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), literal[1:-1])


def read_fields(text, start, defines):
    """The strings of one initializer, from its first one to the closing brace; neighbours are joined as C joins them."""
    fields, current = [], []
    for match in TOKEN.finditer(text, start):
        string, name, mark = match.groups()
        if string:
            current.append(unquote(string))
        elif name in defines:
            current.append(unquote(defines[name]) if defines[name].startswith('"') else defines[name])
        elif mark:
            fields.append("".join(current))
            current = []
        if mark == "}":
            break
    return [field for field in fields if field]


def read_rules(sources):
    """(code, fields, path) of every rule, in the order of the sources."""
    defines = read_defines(sources)
    for path, text in sources.items():
        for match in CODE.finditer(text):
            fields = read_fields(text, match.start(), defines)
            if len(fields) >= 2 and fields[0] == match.group(1):
                yield fields[0], fields[1:], path


def check_rules(rules):
    problems, seen = [], {}
    for code, fields, path in rules:
        if code in seen:
            problems.append(f"{code} is used twice: in {seen[code]} and in {path}")
        seen[code] = path
        if code[:-2] not in CHAPTERS:
            problems.append(f"{code} in {path} is outside its range")
        if not code.startswith("STOP") and len(fields) != 3:
            problems.append(f"{code} in {path} lacks what is expected or what to do")
    return problems


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def write_table(rules):
    lines = [
        "# Error codes",
        "",
        "Every refusal names a code that stays the same from release to release, the place (a path in the configuration, a",
        "PCI address, a file or a table), what was found there, what is allowed, and what to do. All findings of a step are",
        "listed at once. This page is made from the rules in the sources (`make errors`); a test compares the two.",
    ]
    for hundred, title in CHAPTERS.items():
        chapter = sorted(rule for rule in rules if rule[0][:-2] == hundred)
        if not chapter:
            continue
        stop = hundred == "STOP-6"
        lines += ["", f"## {hundred}xx: {title}", ""]
        lines += ["| code | meaning |", "|---|---|"] if stop else \
                 ["| code | what is wrong | what is allowed | what to do |", "|---|---|---|---|"]
        for code, fields, _ in chapter:
            lines.append(f"| {code} | " + " | ".join(cell(field) for field in fields) + " |")
    return "\n".join(lines) + "\n"


def main():
    rules = list(read_rules(read_sources()))
    problems = check_rules(rules)
    table = write_table(rules)
    if "--write" in sys.argv[1:] and not problems:
        TABLE.write_text(table)
    elif not TABLE.exists() or TABLE.read_text() != table:
        problems.append("docs/errors.md differs from the rules in the sources: run 'make errors'")
    for problem in problems:
        print(f"errors: {problem}", file=sys.stderr)
    print(f"errors: {len(rules)} rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
