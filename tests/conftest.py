"""Shared fixtures. Nothing here opens a database or starts a server until a test asks for it."""

import pytest

from tests.servers import queues, sandbox, sandbox_server, valkey

__all__ = ["queues", "sandbox", "sandbox_server", "valkey"]

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}


@pytest.fixture(autouse=True)
def _no_jobs_left_over(request: pytest.FixtureRequest) -> None:
    """A test with a database starts with empty queues: primary keys repeat from test to test, and so would job ids."""
    if DATABASE_FIXTURES.intersection(request.fixturenames):
        request.getfixturevalue("queues")
