"""Undoing and correcting from the desk: said first, with its price; then workers do it."""

from pathlib import Path
from typing import Any

import django_rq
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app import jobs
from migrations_app.models import FieldRule, PipedriveAccount, Project, Run
from migrations_app.services import approving, proposing
from tests.ledger.rollback_ground import EVERYTHING, Move

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Move:
    settings.LEDGER_TIME_SCALE = 0.02
    return Move(sandbox, settings, monkeypatch).ready(tmp_path)


@pytest.fixture
def desk(move: Move) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="boss"))
    return client


def address(name: str, target: Any) -> str:
    return reverse("admin:crossdock_action", args=[Project.objects.get().pk, name, target.pk])


def work(queue: str) -> list[Any]:
    """What a worker would do now; the results."""
    found = django_rq.get_queue(queue)
    results = []
    for job in found.jobs:
        job.delete()
        results.append(job.func(*job.args))
    return results


def test_a_load_is_undone_from_the_desk(move: Move, desk: Client) -> None:
    run = Run.objects.get(pk=move.load())
    said = desk.get(address("undo", run)).content.decode()
    assert "11 records that run" in said
    assert "About 43 tokens" in said
    desk.post(address("foresee-undo", run))
    [told] = work(jobs.DESK_QUEUE)
    assert told["text"].startswith(f"Undoing run {run.pk}: 4 deals removed, 4 persons removed, 3 organizations removed. Cost: 83 tokens")
    assert move.there() == EVERYTHING
    desk.post(address("undo", run))
    work(jobs.QUEUE)
    assert (move.state(run.pk), sum(move.there().values())) == ("rolled_back", 0)
    page = desk.get(reverse("admin:crossdock_project", args=[run.project_id]))
    assert page.status_code == 200
    assert Run.objects.get().phases.get(entity="deal").report["removed"] == 4


def test_production_asks_for_the_name_of_the_company_before_it_undoes(move: Move, desk: Client) -> None:
    run = Run.objects.get(pk=move.load())
    PipedriveAccount.objects.update(role="production")
    desk.post(address("undo", run), {"company": "Another"})
    assert (move.state(run.pk), work(jobs.QUEUE)) == ("finished", [])
    desk.post(address("undo", run), {"company": "Target"})
    work(jobs.QUEUE)
    assert move.state(run.pk) == "rolled_back"


def test_records_are_corrected_from_the_desk(move: Move, desk: Client) -> None:
    move.load()
    boss, account = User.objects.get(username="boss"), PipedriveAccount.objects.get()
    draft = proposing.propose_map(account.project, user=boss)
    approving.edit_rule(FieldRule.objects.get(mapping=draft, column="Industry"), user=boss, field="")
    approving.approve(account.project, user=boss)
    assert "5 tokens a record" in desk.get(address("correct", account)).content.decode()
    desk.post(address("foresee-correction", account))
    [told] = work(jobs.DESK_QUEUE)
    assert told["text"].startswith("3 organizations (Industry (from Results)) would change. Cost: 75 tokens")
    assert move.sent("PATCH") == 0
    desk.post(address("correct", account))
    work(jobs.DESK_QUEUE)
    while work(jobs.QUEUE):
        pass
    assert (Run.objects.get(kind="correction").state, move.sent("PATCH")) == ("finished", 3)
    desk.post(address("correct", account))
    [told] = work(jobs.DESK_QUEUE)
    assert "nothing is to be corrected" in told["text"]
