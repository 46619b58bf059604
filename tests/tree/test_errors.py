# SPDX-License-Identifier: Apache-2.0
"""Every rule has one code, stands in docs/errors.md, and has a test that breaks it."""
import re

import errors_table

RULES = list(errors_table.read_rules(errors_table.read_sources()))
CODES = {code for code, _, _ in RULES}


def test_every_code_belongs_to_one_rule_in_its_range():
    assert errors_table.check_rules(RULES) == []


def test_the_error_page_agrees_with_the_sources():
    assert errors_table.TABLE.read_text() == errors_table.write_table(RULES), "run 'make errors'"


def test_every_rule_of_the_configuration_is_broken_by_a_test():
    named = set()
    for path in (errors_table.ROOT / "tests").rglob("*.[cp]*"):
        named |= set(re.findall(r"CFG-\d{3}", path.read_text(errors="replace")))
    assert {code for code in CODES if code.startswith("CFG")} - named == set()
