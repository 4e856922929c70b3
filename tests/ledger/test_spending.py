"""What a load costs beside what was expected when it was planned: faults apart, within two percent."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Run
from migrations_app.services import estimate, retrying, spending
from tests.ledger.delta_ground import Later
from tests.ledger.ground import DOMAIN, Clock, Ground
from tests.ledger.hanging_ground import Hanging
from tests.ledger.test_correcting import CHANGE, READING, new_map

COMPANIES = [f"Company {number}" for number in range(300)]
DEALS = [f"Deal {number}" for number in range(300)]
LOOKS = 2 * 10 + 20  # fields when a phase begins and when it ends, users


@pytest.fixture
def move(transactional_db: None, sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Later(sandbox, settings, monkeypatch)
    move.folder = tmp_path / "package"
    return move.ready(tmp_path)


@pytest.fixture
def hanging(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Hanging:
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export").stage_all().connect()


def test_an_undisturbed_load_costs_what_was_expected_in_every_phase(bare: Ground) -> None:
    ground = bare.stage(companies=COMPANIES, deals=DEALS).connect()
    run = ground.plan()
    frozen = run.forecast
    ground.let_go(run)
    run = ground.load_on(run)
    lines = spending.lines(run)
    assert [(line.part, line.spent) for line in lines] == [(line.part, line.expected) for line in lines]
    assert [line.part for line in lines] == ["setup", "organization", "person", "deal", "together"]
    assert {line.lost for line in lines} == {0}
    assert run.forecast == frozen
    assert frozen["plans"]["lite"] == {"days": 1, "tokens_per_day": 30_000}


def test_faults_are_counted_apart_and_the_rest_stays_within_two_percent(bare: Ground) -> None:
    ground = bare.stage(companies=COMPANIES, deals=DEALS).connect()
    kinds = ("500", "drop_after", "truncate")
    ground.control.faults(*({"kind": kind, "share": 0.03, "methods": ["POST"]} for kind in kinds), seed=5)
    run = ground.load()
    whole = spending.lines(run)[-1]
    assert run.state == "finished"
    assert whole.lost >= 5 * 10
    assert whole.spent > whole.expected
    assert whole.off is not None
    assert abs(whole.off) <= 2
    assert len(ground.live("deal")) == len(DEALS)


def test_what_was_spent_is_what_the_server_counted(ground: Ground) -> None:
    before = ground.control.counters("harbour")["tokens"]
    run = ground.load()
    assert run.tokens == ground.control.counters("harbour")["tokens"] - before


def test_a_second_load_is_expected_to_cost_its_reading_only(ground: Ground) -> None:
    ground.load()
    lines = spending.lines(ground.load())
    assert [(line.part, line.expected) for line in lines if line.part == "organization"] == [("organization", 10)]
    assert lines[-1].spent == lines[-1].expected


def test_a_delta_costs_what_was_expected_in_every_phase(move: Later) -> None:
    move.load()
    for n in (1, 2):
        move.cell("companies.csv", f"CO-{n}", 1, f"Renamed {n}")
    move.cell("contacts.csv", "CT-1", 3, "ann@new.example")
    lines = spending.lines(Run.objects.get(pk=move.again()["run"]))
    assert [(line.part, line.spent) for line in lines] == [(line.part, line.expected) for line in lines]
    assert {line.part: line.spent for line in lines}["organization"] == CHANGE * 2 + READING * 2 + LOOKS


def test_a_correction_costs_what_was_said_and_is_booked_by_phase(move: Later) -> None:
    move.load()
    new_map("Industry", field="")
    said = move.do("correct", "move", "--role", "staging", "--dry-run")["tokens"]
    run = Run.objects.get(pk=move.do("correct", "move", "--role", "staging")["run"])
    lines = spending.lines(run)
    assert [(line.part, line.expected, line.spent) for line in lines] == [
        ("setup", 0, 0),
        ("organization", said, said),
        ("together", said, said),
    ]


def test_a_retry_costs_what_was_expected(bare: Ground) -> None:
    ground = bare.stage(companies=("One",), deals=("Good", "Bad"), currencies=("EUR", "SEK")).connect(currencies=["EUR"])
    ground.load()
    ground.control.settings(DOMAIN, currencies=["EUR", "SEK"])
    retrying.retry_refused(ground.account, user=ground.user)
    lines = spending.lines(ground.load())
    assert [(line.part, line.spent) for line in lines] == [(line.part, line.expected) for line in lines]


@pytest.mark.parametrize(("choice", "downloads"), [("all", 2), ("sample", 1), ("none", 0)])
def test_files_are_downloaded_as_the_forecast_says(hanging: Hanging, choice: str, downloads: int) -> None:
    hanging.project.settings = {**hanging.project.settings, "file_check": choice}
    hanging.project.save()
    # before the audit the estimate counts the row of the missing file as well
    estimated = estimate.estimate(hanging.project, account=hanging.account)["phases"]["verify"]
    lines = {line.part: line for line in spending.lines(hanging.load())}
    assert lines["file"].spent == lines["file"].expected == 2 * 10 + 20 + 20 + 20 * downloads
    hanging.project.settings = {**hanging.project.settings, "file_check": "none"}
    assert estimated - estimate.estimate(hanging.project, account=hanging.account)["phases"]["verify"] == 20 * (
        downloads + (choice == "all")
    )
