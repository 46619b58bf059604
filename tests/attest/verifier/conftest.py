# SPDX-License-Identifier: Apache-2.0
"""Fixtures: verifiers with their databases."""
import pytest

import postgres
from fleet import Verifier


@pytest.fixture
def stopped(tmp_path):
    """A verifier that has not been started yet."""
    verifier = Verifier(tmp_path)
    yield verifier
    verifier.stop()


@pytest.fixture
def verifier(stopped):
    return stopped.start()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server of our own."""
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """None for SQLite, else a new database's connection string."""
    return None if request.param == "sqlite" else request.getfixturevalue("cluster").create()


@pytest.fixture
def either(tmp_path, database):
    """A running verifier, once on each kind of database."""
    verifier = Verifier(tmp_path, database)
    verifier.start()
    yield verifier
    verifier.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A running verifier for tests that leave nothing behind."""
    verifier = Verifier(tmp_path_factory.mktemp("shared"))
    verifier.start()
    yield verifier
    verifier.stop()
