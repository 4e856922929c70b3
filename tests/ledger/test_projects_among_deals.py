"""Rows among the deals that are no opportunities: won deals of a pipeline of their own, notes, or nothing (PRACTICE.md 3 row 25)."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import SchemaChange
from migrations_app.services import estimate, losses, policies, prepare, reach, rollback, verifying
from migrations_app.services.approving import approve
from migrations_app.services.connecting import client_for
from migrations_app.services.intake import take_in
from migrations_app.services.proposing import propose_map
from tests.ledger.ground import DOMAIN, Clock, write
from tests.ledger.hanging_ground import Hanging

HEAD = ("Opportunity ID", "Opportunity Name", "Company ID", "Value", "Currency", "Status", "Stage", "Contract Approved", "Is opportunity")
DEALS = [
    ("OP-1", "Pier", "CO-1", "100", "EUR", "Open", "Offer", "", "Yes"),
    ("OP-2", "<b>Dock</b> & crane", "CO-1", "2500.50", "EUR", "Default", "Default", "2023-05-04", "No"),
    ("OP-3", "Visit", "CO-1", "", "", "Default", "Default", "2023-05-05", "No"),
]
PIPELINE = "Projects from Results"


class Projects(Hanging):
    def stage_deals(self) -> "Projects":
        write(self._folder / "companies.csv", ("Company ID", "Company Name"), [("CO-1", "Harbour Works")])
        write(self._folder / "opportunities.csv", HEAD, DEALS)
        take_in(self.project, self._folder, kind="full", user=self.user)
        propose_map(self.project, user=self.user)
        approve(self.project, user=self.user)
        return self

    def pipelines(self) -> set[str]:
        return set(SchemaChange.objects.filter(kind="pipeline").values_list("name", flat=True))

    def skipped(self, run: Any, entity: str = "deal") -> dict[str, int]:
        skipped: dict[str, int] = run.phases.get(entity=entity).report["skipped"]
        return skipped


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Projects:
    return Projects(sandbox, settings, ledger_clock, tmp_path / "export").stage_deals()


def test_a_project_with_a_value_is_a_won_deal_of_its_own_pipeline(ground: Projects) -> None:
    run = ground.connect().load()
    assert (run.state, ground.skipped(run)) == ("finished", {"project_without_value": 1})
    dock = ground.live("deal")["deal:OP-2"]
    assert (dock["title"], dock["value"], dock["status"]) == ("<b>Dock</b> & crane", 2500.5, "won")
    assert dock["won_time"] == "2023-05-04T12:00:00Z"
    names = {each["id"]: each["name"] for each in ground.control.records(DOMAIN, "pipeline")}
    assert (names[dock["pipeline_id"]], PIPELINE in ground.pipelines()) == (PIPELINE, True)
    assert names[ground.live("deal")["deal:OP-1"]["pipeline_id"]] != PIPELINE
    assert estimate.expected_counts(ground.project)["deals"] == 2
    told = {loss.key: loss.count for loss in losses.known_losses(ground.project) if "projects" in loss.subject}
    assert told == {"values:deals:projects as won deals": 1, "scope:deals:projects without a value": 1}
    assert not any(phase.report["created"] for phase in ground.load().phases.all())


@pytest.mark.parametrize(("choice", "reason"), [("skip", "not_an_opportunity"), ("note", "project_as_note")])
def test_no_pipeline_is_made_where_projects_are_no_deals(ground: Projects, choice: str, reason: str) -> None:
    policies.change(ground.project, {"projects": choice}, user=ground.user)
    run = ground.connect().load()
    assert (ground.skipped(run), PIPELINE in ground.pipelines()) == ({reason: 2}, False)
    assert set(ground.live("deal")) == {"deal:OP-1"}


def test_a_project_as_a_note_says_all_that_the_row_says_and_goes_with_its_run(ground: Projects) -> None:
    policies.change(ground.project, {"projects": "note"}, user=ground.user)
    run = ground.connect().load()
    notes = ground.by_reference("note")
    assert set(notes) == {"note:project:OP-2", "note:project:OP-3"}
    dock, company = notes["note:project:OP-2"], ground.live()["organization:CO-1"]
    assert "Project from Results: &lt;b&gt;Dock&lt;/b&gt; &amp; crane" in dock["content"]
    assert "Value: 2500.50" in dock["content"]
    assert (dock["org_id"], dock["add_time"]) == (company["id"], "2023-05-04T12:00:00Z")
    report = run.phases.get(entity="note").report
    assert (report["source"], report["derived"], report["created"], report["verified"]) == (2, 2, 2, 2)
    assert estimate.expected_counts(ground.project) | {"companies": 1} == {"companies": 1, "contacts": 0, "deals": 1, "notes": 2}
    again = ground.load()
    assert not any(phase.report["created"] for phase in again.phases.all())
    assert verifying.verify_run(again, client_for(run.account), user=ground.user)
    rollback.begin(run, reach.Scope(), user=ground.user)
    assert rollback.work_through(run, patience=60).state == "rolled_back"
    assert ground.by_reference("note") == {}


def test_the_choice_can_be_changed_before_the_load(ground: Projects) -> None:
    policies.change(ground.project, {"projects": "skip"}, user=ground.user)
    ground.connect()
    policies.change(ground.project, {"projects": "deal"}, user=ground.user)
    run = ground.load()
    assert run.state == "failed"  # its pipeline is not there yet: nothing goes into the sales pipeline instead
    assert "Projects" in run.reason
    prepare.prepare(ground.account, user=ground.user)
    run = ground.load()
    assert (run.state, set(ground.live("deal"))) == ("finished", {"deal:OP-1", "deal:OP-2"})
