"""People change the account while a load runs: the phase stops with what changed, and goes on when that is settled."""

from typing import Any

import pytest

from migrations_app.models import Decision, RecordLink, Run, SchemaChange
from migrations_app.services import connecting, decisions, lifecycle, prepare, schema, watching
from tests.ledger.ground import COMPANIES, DOMAIN, Ground, write

PIPELINE, STAGE = "Sales", "Lead"
DEALS = [("OP-1", "One", "CO-1", PIPELINE, STAGE, "ann@seller.example"), ("OP-2", "Two", "CO-1", PIPELINE, STAGE, "")]
HEADER = ("Opportunity ID", "Title", "Company ID", "Pipeline", "Stage", "Owner")


@pytest.fixture
def ground(bare: Ground) -> Ground:
    """Companies, and two deals in a stage of the source; one of them is Ann's."""
    write(bare._folder / "opportunities.csv", HEADER, DEALS)
    bare.stage().connect()
    ann = bare.control.add_user(DOMAIN, name="Ann", email="ann@seller.example")
    bare.ann = ann["id"]  # type: ignore[attr-defined]
    return bare


def before_the_deals(ground: Ground) -> Run:
    """The companies are there, but cannot be compared at the moment: the load is held."""
    run = ground.sent_but_not_compared()
    assert run.phases.get(entity="deal").state == "waiting"
    return run


def stage_id() -> str:
    return SchemaChange.objects.get(kind="stage").pipedrive_id


def test_a_renamed_stage_stops_the_phase_until_it_is_renamed_back(ground: Ground) -> None:
    run = before_the_deals(ground)
    ground.by_hand("PATCH", f"stages/{stage_id()}", {"name": "Qualified"})
    run = ground.load()
    assert (run.state, run.resume_at) == ("failed", None)
    assert "the stage “Lead” is called “Qualified” now" in run.reason
    assert run.phases.get(entity="deal").reason == run.reason
    assert not ground.live("deal")
    assert ground.load().state == "failed", "nothing was settled"
    ground.by_hand("PATCH", f"stages/{stage_id()}", {"name": "Lead"})
    again = ground.load()
    assert (again.pk, again.state, len(ground.live("deal"))) == (run.pk, "finished", 2)
    assert again.phases.get(entity="deal").reason == ""


def test_a_renamed_stage_is_taken_as_it_is_where_a_person_says_so(ground: Ground) -> None:
    run = before_the_deals(ground)
    ground.by_hand("PATCH", f"stages/{stage_id()}", {"name": "Qualified"})
    assert ground.load().state == "failed"
    lifecycle.resume(run, user=ground.user, accept=True)
    assert ground.load_on(run).state == "finished"
    assert {str(deal["stage_id"]) for deal in ground.live("deal").values()} == {stage_id()}


def test_a_field_deleted_in_the_middle_of_a_batch_refuses_nobody(bare: Ground) -> None:
    many = [f"Company {number}" for number in range(60)]
    ground = bare.stage(companies=many).connect()
    run = ground.plan()
    ground.let_go(run)
    worker, lease = ground.worker(run)
    fields = schema.account_schema(ground.account).fields
    code = fields["organization", schema.MATCHED_DOMAIN]
    worker.size = 4
    record, handfuls = worker.watch.judge, []

    def deleting_after_the_first(outcomes: Any) -> None:
        handfuls.append(len(outcomes))
        if len(handfuls) == 1:
            ground.by_hand("DELETE", f"organizationFields/{code}")
            ground.by_hand("DELETE", f"organizationFields/{fields['organization', schema.SOURCE_ID]}")
        record(outcomes)

    worker.watch = type("Eye", (), {"judge": staticmethod(deleting_after_the_first)})()
    with pytest.raises(watching.Stop, match=r"Matched domain.* of organizations is gone"):
        ground.work(worker, lease)
    worker.close()
    assert set(ground.states()) == {"created", "planned"}
    assert 0 < ground.states()["created"] < len(many)


def test_a_prepared_account_lets_the_load_go_on(ground: Ground) -> None:
    run = before_the_deals(ground)
    code = schema.account_schema(ground.account).fields["deal", schema.ORIGINAL_OWNER]
    ground.by_hand("DELETE", f"dealFields/{code}")
    run = ground.load()
    assert (run.state, "the field “Original owner” of deals is gone" in run.reason) == ("failed", True)
    assert "Prepare the account again" in run.reason
    prepare.prepare(ground.account, user=ground.user)
    again = ground.load()
    assert (again.pk, again.state, len(ground.live("deal"))) == (run.pk, "finished", 2)


def test_an_owner_who_is_switched_off_stops_the_phase_until_another_is_named(ground: Ground) -> None:
    run = before_the_deals(ground)
    ground.control.change_user(DOMAIN, ground.ann, active_flag=False)  # type: ignore[attr-defined]
    run = ground.load()
    assert (run.state, "the user ann@seller.example is not active any more" in run.reason) == ("failed", True)
    assert ground.load().state == "failed", "nothing was settled"
    bob = ground.control.add_user(DOMAIN, name="Bob", email="bob@target.example")
    answers = {"ann@seller.example": {"email": "bob@target.example"}}
    decisions.decide(ground.project, kind=Decision.Kind.OWNER, object="owners", answers=answers, user=ground.user)
    assert ground.load().state == "finished"
    assert ground.live("deal")["deal:OP-1"]["owner_id"] == bob["id"]


def test_what_is_new_in_the_account_and_what_nobody_needs_stops_nothing(ground: Ground) -> None:
    run = before_the_deals(ground)
    ground.by_hand("POST", "dealFields", {"field_name": "Their own", "field_type": "varchar"})
    somebody = ground.control.add_user(DOMAIN, name="Bob", email="bob@target.example")
    ground.control.change_user(DOMAIN, somebody["id"], active_flag=False)
    pipelines = ground.by_hand("POST", "pipelines", {"name": "Theirs"})
    ground.by_hand("PATCH", f"pipelines/{pipelines['id']}", {"name": "Still theirs"})
    assert ground.load_on(run).state == "finished"


def test_a_change_after_the_last_record_is_noticed_before_the_phase_closes(ground: Ground) -> None:
    run = ground.plan()
    ground.control.faults({"kind": "503", "methods": ["GET"], "paths": "/deals"})
    ground.let_go(run)
    run = ground.load(patience=0)
    ground.control.faults()
    assert ground.states("deal") == {"created": 2}
    ground.by_hand("DELETE", f"stages/{stage_id()}")
    run = ground.load()
    assert (run.state, run.phases.get(entity="deal").state) == ("failed", "open")
    assert "the stage “Lead” is gone" in run.reason


def test_refusals_of_the_records_own_cost_one_look(bare: Ground) -> None:
    ground = bare.stage(companies=("One",), deals=("A", "B", "C"), currencies=("SEK", "SEK", "SEK")).connect(currencies=["EUR"])
    run = ground.load()
    assert (run.state, ground.states("deal")) == ("finished", {"refused": 3})
    lists = ground.control.counters(DOMAIN)["requests_by_operation"]
    assert lists["GET v2 /dealFields"] <= 1 + 2 + 3, "prepared and planned, begun, refused and closed"
    assert RecordLink.objects.filter(reason="refused by Pipedrive").count() == 3


def test_the_account_is_read_with_the_token_that_counts_now(ground: Ground) -> None:
    run = before_the_deals(ground)
    stale = Run.objects.select_related("account").get(pk=run.pk)
    assert stale.account.token == ground.token
    fresh = ground.control.new_token(DOMAIN, ground.account.user_id)
    connecting.attach(ground.project, role="staging", url=ground.sandbox.url, token=fresh, plan="premium", seats=1, user=ground.user)
    assert ground.load_on(stale).state == "finished"
    assert len(COMPANIES) == len(ground.live())
