"""Loading works in sets: what a handful costs the database does not depend on its size, nor on what Pipedrive answers."""

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import RecordLink
from migrations_app.services import loading
from tests.ledger.conftest import bare, ledger_clock
from tests.ledger.ground import DOMAIN, Ground

__all__ = ["bare", "ledger_clock"]

HANDFULS = {1: 16, 3: 16 + 32 + 40}  # a worker begins small and doubles while Pipedrive is quick
FIXED = 26
EACH = 8 if connection.vendor == "postgresql" else 9  # a COPY, by which PostgreSQL takes the history, is not captured


def queries(ground: Ground) -> int:
    """Statements of one batch, from the first body to the last record, without transactions and clocks."""
    run = ground.plan()
    ground.let_go(run)
    worker, lease = ground.worker(run)
    with CaptureQueriesContext(connection) as captured:
        assert loading.work_batch(worker, lease, until=math.inf)
    worker.close()
    said = [each["sql"].strip().split(" times: ")[-1].strip() for each in captured.captured_queries]
    return sum(sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) and "clock_timestamp" not in sql for sql in said)


@pytest.mark.parametrize("handfuls", HANDFULS)
@pytest.mark.parametrize("answer", ["created", "refused"])
def test_a_batch_costs_a_few_statements_and_a_few_more_for_each_handful(
    bare: Ground, answer: str, handfuls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "HANDFUL_SECONDS", 3600.0)  # as quick as any Pipedrive, however busy the machine is
    companies = [f"Company {number}" for number in range(HANDFULS[handfuls])]
    ground = bare.stage(companies=companies).connect(limits={"window": False})
    if answer == "refused":  # who may see a record is said otherwise on a smaller plan
        ground.control.settings(DOMAIN, plan="lite")
    assert queries(ground) == FIXED + EACH * handfuls
    assert set(RecordLink.objects.values_list("state", flat=True)) == {answer}
