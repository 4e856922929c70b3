"""What each handful writes and asks, as plain statements: put together by the ORM they would take as long as half a request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

LEASE = """
UPDATE migrations_app_batch SET lease_until = %s, heartbeat_at = %s
WHERE id = %s AND state = 'leased' AND lease_owner = %s AND attempt = %s
AND EXISTS (SELECT 1 FROM migrations_app_run WHERE id = %s AND state = 'running')
"""
SEQ = "SELECT decision_seq FROM migrations_app_project WHERE id = %s"
INTEND = """
UPDATE migrations_app_recordlink
SET state = 'sending', attempt = attempt + 1, intended_at = %s, send_before = %s, reason = '', message = '', absent_at = NULL
WHERE state = 'planned' AND id IN ({some})
"""
STANDING = "SELECT id, attempt, state FROM migrations_app_recordlink WHERE id IN ({some}) ORDER BY id"
OUTCOME = """
UPDATE migrations_app_recordlink
SET state = %s, pipedrive_id = %s, reason = %s, message = %s, written_run_id = %s
WHERE id = %s
"""
PUT_ASIDE = """
UPDATE migrations_app_recordlink SET state = %s, reason = %s, message = %s
WHERE id = %s AND attempt = %s AND state = 'planned'
"""
RUN_TOKENS = "UPDATE migrations_app_run SET tokens = tokens + %s WHERE id = %s"
PHASE_TOKENS = "UPDATE migrations_app_phase SET tokens = tokens + %s, tokens_lost = tokens_lost + %s WHERE run_id = %s AND entity = %s"
DAY_TOKENS = "UPDATE migrations_app_budgetday SET tokens = tokens + %s WHERE company = %s AND day = %s"


def change(statement: str, *parameters: Any) -> int:
    """The number of rows that it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def change_each(statement: str, parameters: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, parameters)


def intend(ids: Sequence[int], now: datetime, until: datetime) -> int:
    """The number of planned records that are on their way from now on; the table of states allows exactly this."""
    return change(INTEND.format(some=_places(ids)), moment(now), moment(until), *ids) if ids else 0


def decision_seq(project: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SEQ, [project])
        return int(cursor.fetchone()[0])


def standing(ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """{link: (attempt, state)}; the rows stay locked until the transaction ends."""
    if not ids:
        return {}
    lock = f" {connection.ops.for_update_sql()}" if connection.features.has_select_for_update else ""  # SQLite locks as a whole
    with connection.cursor() as cursor:
        cursor.execute(STANDING.format(some=_places(ids)) + lock, ids)
        return {id: (attempt, state) for id, attempt, state in cursor.fetchall()}


def moment(value: datetime) -> Any:
    """As the database takes it."""
    return connection.ops.adapt_datetimefield_value(value)


def _places(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
