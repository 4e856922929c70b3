"""Between two batches nobody looks through all records of an account: what is on its way has an index of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from migrations_app.models import PipedriveAccount, Project
from migrations_app.services import settling

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by its statistics"),
]


@pytest.fixture
def account() -> PipedriveAccount:
    return PipedriveAccount.objects.create(project=Project.objects.create(name="A", slug="a"), role="staging")


def plans(ask: Callable[[], object]) -> list[str]:
    """How the database finds the links that `ask` asks for, with its parameters left as such."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    with connection.cursor() as cursor:
        found = [cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall() for sql, params in asked]
    return [step[3] for steps in found for step in steps if "migrations_app_recordlink" in step[3]]


def test_what_is_on_its_way_is_found_by_its_own_index(account: PipedriveAccount) -> None:
    for ask in (settling.expire_sending, lambda: settling.due(account), lambda: settling.next_due(account)):
        found = plans(ask)
        assert found
        assert all("link_unsettled" in step for step in found), found
