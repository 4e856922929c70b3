"""Preparing an account in a sandbox Pipedrive over real HTTP: once, in order, and never by guessing."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connectors.errors import LimitReached
from migrations_app import gates
from migrations_app.models import Forbidden, Mapping, Membership, PipedriveAccount, Question, SchemaChange, ValueRule
from migrations_app.services import capacity, clock, decisions, prepare, schema
from migrations_app.states import SchemaState
from tests.services.account_ground import TIER, connect, domain_of, extra_hosts, mapping, project, root, rule, run_prepare, table

__all__ = ["connect", "extra_hosts", "mapping", "project", "root"]

OWN = 7  # fields that the loader itself needs


@pytest.fixture(autouse=True)
def _gates() -> None:
    capacity.register()


def customs(sandbox: Any, account: PipedriveAccount, kind: str = "organizationFields") -> dict[str, dict[str, Any]]:
    """Custom fields as they stand in the account, by name."""
    rows = sandbox.control().records(domain_of(account), kind)
    return {row["field_name"]: row for row in rows if row["is_custom_field"]}


def posts(sandbox: Any, account: PipedriveAccount) -> int:
    return int(sandbox.control().counters(domain_of(account)).get("posts", 0))


def by_hand(sandbox: Any, account: PipedriveAccount, path: str, **body: Any) -> Any:
    """What a person makes in the account."""
    return sandbox.control().act(domain_of(account), "POST", f"/api/v2/{path}", body)


def no_waiting(monkeypatch: Any) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(prepare, "sleep", waits.append)
    return waits


def collision(account: PipedriveAccount) -> Question:
    return Question.objects.get(project=account.project, kind="name_collision")


# --- making ------------------------------------------------------------------------------------------------------------


def test_everything_is_made_once_and_a_second_call_writes_nothing(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    first = run_prepare(account, root)
    assert first | {"tokens": 0} == {
        "created": {"pipeline": 2, "stage": 3, "field": OWN + 1},
        "found": {},
        "asked": 0,
        "refused": 0,
        "tokens": 0,
    }
    made = posts(sandbox, account)
    assert run_prepare(account, root) == {
        "created": {},
        "found": {"pipeline": 2, "stage": 3, "field": OWN + 1},
        "asked": 0,
        "refused": 0,
        "tokens": 132,
    }
    assert posts(sandbox, account) == made
    assert first["tokens"] + 2 + 132 == sandbox.control().counters(domain_of(account))["tokens"]


def test_stages_stand_in_their_pipeline_in_order_with_their_probability(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    run_prepare(account, root)
    pipelines = {row["id"]: row for row in sandbox.control().records(domain_of(account), "pipeline")}
    assert [row["is_deal_probability_enabled"] for row in pipelines.values() if row["name"] in ("Sales", "Service")] == [True, True]
    rows = sandbox.control().records(domain_of(account), "stage")
    stages = sorted((pipelines[row["pipeline_id"]]["name"], row["order_nr"], row["name"], row["deal_probability"]) for row in rows)
    assert [(pipeline, name, percent) for pipeline, _, name, percent in stages if pipeline in ("Sales", "Service")] == [
        ("Sales", "Lead", 10),
        ("Sales", "Closing", 90),
        ("Service", "Lead", 20),
    ]
    account.refresh_from_db()
    target = schema.account_schema(account)
    assert target.stage_id("Sales", "Lead") != target.stage_id("service ", "LEAD")
    assert {target.stage_id("Sales", "Lead"), target.stage_id("Service", "Lead")} <= {row["id"] for row in rows}


def test_labels_resolve_to_the_keys_and_options_of_this_account(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    run_prepare(account, root)
    account.refresh_from_db()
    target = schema.account_schema(account)
    tier = customs(sandbox, account)["Customer Tier"]
    assert target.fields["organization", TIER] == tier["field_code"]
    assert target.options["organization", TIER] == {option["label"].casefold(): option["id"] for option in tier["options"]}
    assert target.own["deal", schema.SOURCE_ID] == customs(sandbox, account, "dealFields")["Source ID (Crossdock)"]["field_code"]


def test_names_of_every_kind_arrive_as_they_are(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    awkward = "<b>O'Hara & Söhne</b> =1+1 🚢 (old)"
    rule(mapping, "contacts", "X", "person", f"custom:{awkward} (varchar)")
    account = connect()
    run_prepare(account, root)
    account.refresh_from_db()
    code = customs(sandbox, account, "personFields")[awkward]["field_code"]
    assert schema.account_schema(account).fields["person", f"custom:{awkward} (varchar)"] == code


def test_a_field_that_is_there_is_used_and_gets_only_its_missing_options(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    by_hand(sandbox, account, "organizationFields", field_name="customer tier ", field_type="enum", options=[{"label": "GOLD"}])
    report = run_prepare(account, root)
    assert (report["created"]["field"], report["created"]["option"], report["found"]) == (OWN, 1, {"field": 1})
    [tier] = [row for name, row in customs(sandbox, account).items() if name.strip() == "customer tier"]
    assert [option["label"] for option in tier["options"]] == ["GOLD", "Silver"]
    assert run_prepare(account, root)["created"] == {}


def test_later_options_are_added_to_a_field_made_before(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    run_prepare(account, root)
    mapping.rules.filter(column="Tier").update(options={"choices": ["Gold", "Silver", "Bronze", "silver"]})
    assert run_prepare(account, root)["created"] == {"option": 1}
    assert [option["label"] for option in customs(sandbox, account)["Customer Tier"]["options"]] == ["Gold", "Silver", "Bronze"]


def test_a_built_in_field_needs_no_stand_in(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    rule(mapping, "companies", "Web", "organization", "website", "url")
    rich, plain = connect("staging"), connect("production", features={"organization_details": False})
    run_prepare(rich, root)
    run_prepare(plain, root)
    assert "Website" not in customs(sandbox, rich)
    assert customs(sandbox, plain)["Website"]["field_type"] == "varchar"


def test_pipelines_and_stages_that_are_there_are_used(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    sales = by_hand(sandbox, account, "pipelines", name="Sales")
    by_hand(sandbox, account, "stages", name="Closing", pipeline_id=sales["id"])
    report = run_prepare(account, root)
    assert (report["created"]["pipeline"], report["created"]["stage"]) == (1, 2)
    assert report["found"] == {"pipeline": 1, "stage": 1}


@pytest.mark.parametrize("needed", [["Ours", "Qualified"], ["A", "B", "C", "D", "E", "F", "G"]])
def test_stages_that_come_with_a_new_pipeline_become_those_that_it_needs(
    connect: Any, mapping: Mapping, root: User, sandbox: Any, needed: list[str]
) -> None:
    steps = [("Sales", name, str(place), str(place * 10)) for place, name in enumerate(needed, start=1)]
    table(mapping.project, "pipelines", ("pipeline", "stage", "order", "probability"), steps)
    account = connect(features={"pipeline_default_stages": True})
    assert run_prepare(account, root)["created"]["stage"] == len(needed)
    [sales] = [row["id"] for row in sandbox.control().records(domain_of(account), "pipeline") if row["name"] == "Sales"]
    rows = [
        row for row in sandbox.control().records(domain_of(account), "stage") if row["pipeline_id"] == sales and not row.get("is_deleted")
    ]
    there = [(row["name"], row["deal_probability"]) for row in sorted(rows, key=lambda row: row["order_nr"])]
    assert there == [(name, int(percent)) for _, name, _, percent in steps]
    assert run_prepare(account, root)["created"] == {}


# --- asking ------------------------------------------------------------------------------------------------------------


def test_a_field_of_another_type_is_asked_about_on_production(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect("production")
    by_hand(sandbox, account, "organizationFields", field_name="Customer Tier", field_type="varchar")
    report = run_prepare(account, root)
    assert (report["asked"], report["created"]["field"], list(customs(sandbox, account)).count("Customer Tier")) == (1, OWN, 1)
    question = collision(account)
    assert (question.object, question.subject, question.blocking) == ("organization", "Customer Tier", True)
    assert [choice["value"] for choice in question.choices] == ["new"]  # no text field holds options
    assert [missing.count for missing in capacity.not_prepared(account)] == [1]

    decisions.answer_question(question, "new", user=root)
    assert run_prepare(account, root)["created"] == {"field": 1}
    assert customs(sandbox, account)["Customer Tier (from Results)"]["field_type"] == "enum"
    assert capacity.not_prepared(account) == []
    assert run_prepare(account, root)["created"] == {}


def test_on_staging_the_harmless_answer_is_taken_and_stays_open(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect("staging")
    by_hand(sandbox, account, "organizationFields", field_name="Customer Tier", field_type="varchar")
    for _ in range(2):
        assert run_prepare(account, root)["asked"] == 1
    assert {"Customer Tier", "Customer Tier (from Results)"} <= set(customs(sandbox, account))
    assert collision(account).blocking is False
    assert capacity.not_prepared(account) == []


def test_a_person_may_choose_the_field_that_is_there_where_it_can_hold_the_values(
    connect: Any, mapping: Mapping, root: User, sandbox: Any
) -> None:
    rule(mapping, "contacts", "Role", "person", "custom:Job (varchar)")
    account = connect("production")
    there = by_hand(sandbox, account, "personFields", field_name="Job", field_type="text")
    run_prepare(account, root)
    decisions.answer_question(collision(account), "existing", user=root)
    run_prepare(account, root)
    account.refresh_from_db()
    assert schema.account_schema(account).fields["person", "custom:Job (varchar)"] == there["field_code"]
    assert list(customs(sandbox, account, "personFields")) == ["Job", "Source ID (Crossdock)", "Original owner"]


def test_two_equal_candidates_stop_and_ask(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect("production")
    for _ in range(2):
        by_hand(sandbox, account, "pipelines", name="Sales")
    report = run_prepare(account, root)
    assert (report["asked"], report["created"]["pipeline"], report["created"]["stage"]) == (1, 1, 1)
    decisions.answer_question(collision(account), "existing", user=root)
    assert run_prepare(account, root)["created"] == {"stage": 2}


def test_a_built_in_field_of_the_same_name_stops_nothing(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    rule(mapping, "companies", "Industry", "organization", "custom:Industry (enum)", "option", choices=["Ships"])
    account = connect("production")
    assert run_prepare(account, root)["asked"] == 0
    assert "Industry (from Results)" in customs(sandbox, account)
    assert capacity.not_prepared(account) == []


# --- lost answers ------------------------------------------------------------------------------------------------------


def test_a_lost_answer_makes_one_field(connect: Any, mapping: Mapping, root: User, sandbox: Any, monkeypatch: Any) -> None:
    waits = no_waiting(monkeypatch)
    account = connect()
    for path in ("pipelines", "stages", "organizationFields"):
        sandbox.control().next_fault("drop_after", paths=path)
        run_prepare(account, root)
        assert sandbox.control().faults_fired() == {"drop_after": 1}
    assert waits == []  # found at the first look
    assert sorted(customs(sandbox, account)) == ["Customer Tier", "Matched domain", "Original owner", "Source ID (Crossdock)"]
    assert set(SchemaChange.objects.values_list("state", flat=True)) == {SchemaState.DONE}


def test_what_was_never_made_is_sent_again_only_after_two_readings(
    connect: Any, mapping: Mapping, root: User, sandbox: Any, monkeypatch: Any
) -> None:
    waits = no_waiting(monkeypatch)
    account = connect()
    sandbox.control().next_fault("drop_before", paths="personFields")
    assert run_prepare(account, root)["created"]["field"] == OWN + 1
    assert [round(wait) for wait in waits] == [round(clock.settle_after()), round(clock.second_reading_after())]
    assert sorted(customs(sandbox, account, "personFields")) == ["Original owner", "Source ID (Crossdock)"]


def test_a_server_that_fails_each_time_is_left_alone(connect: Any, mapping: Mapping, root: User, sandbox: Any, monkeypatch: Any) -> None:
    no_waiting(monkeypatch)
    account = connect()
    sandbox.control().faults({"kind": "500", "methods": ["POST"], "paths": "personFields"})
    report = run_prepare(account, root)
    assert (report["refused"], report["created"]["field"]) == (2, OWN + 1 - 2)
    assert sandbox.control().faults_fired() == {"500": 6}
    sandbox.control().faults()
    assert run_prepare(account, root)["created"] == {"field": 2}


def test_what_a_dead_process_left_on_its_way_is_found_and_not_made_again(
    connect: Any, mapping: Mapping, root: User, sandbox: Any, monkeypatch: Any
) -> None:
    waits = no_waiting(monkeypatch)
    account = connect()
    run_prepare(account, root)
    change = SchemaChange.objects.get(kind="field", parent="deal", name="Source ID (Crossdock)")
    SchemaChange.objects.filter(pk=change.pk).update(state="sending", pipedrive_id="", intended_at=clock.db_now())
    made = posts(sandbox, account)
    run_prepare(account, root)
    change.refresh_from_db()
    assert (change.state, posts(sandbox, account), waits) == ("done", made, [])
    assert change.pipedrive_id == customs(sandbox, account, "dealFields")["Source ID (Crossdock)"]["field_code"]


# --- stopping ----------------------------------------------------------------------------------------------------------


def test_the_plans_limit_stops_and_says_so(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    for number in range(30):
        rule(mapping, "contacts", f"C{number}", "person", f"custom:C{number} (varchar)")
    account = connect("staging", plan="lite")
    with pytest.raises(LimitReached):
        run_prepare(account, root)
    [refused] = SchemaChange.objects.filter(state="refused")
    assert "limit" in refused.message.lower()
    assert SchemaChange.objects.filter(kind="field", state="done").count() == 30


def test_on_production_the_plan_is_looked_at_before_anything_is_made(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    for number in range(30):
        rule(mapping, "contacts", f"C{number}", "person", f"custom:C{number} (varchar)")
    account = connect("production", plan="lite")
    with pytest.raises(gates.GateClosed) as shut:
        run_prepare(account, root)
    assert [(gate.name, gate.missing[0].count) for gate in shut.value.gates] == [("capacity", OWN + 31 - 30)]
    assert posts(sandbox, account) == 0


def test_nothing_is_sent_before_the_map_is_approved(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    Mapping.objects.update(state="draft")
    account = connect()
    with pytest.raises(gates.GateClosed) as shut:
        run_prepare(account, root)
    assert [gate.name for gate in shut.value.gates] == ["mapping"]
    assert posts(sandbox, account) == 0


def test_a_revoked_token_shuts_the_gate(connect: Any, mapping: Mapping, root: User) -> None:
    account = connect()
    PipedriveAccount.objects.update(token="r" * 40)
    with pytest.raises(gates.GateClosed) as shut:
        run_prepare(account, root)
    [gate] = shut.value.gates
    assert (gate.name, gate.missing[0].count) == ("capacity", 1)
    assert "does not accept the API token" in gate.missing[0].what


def test_only_staff_prepares(connect: Any, mapping: Mapping) -> None:
    account = connect()
    carl = User.objects.create_user("carl")
    Membership.objects.create(project=account.project, user=carl, role="consultant")
    with pytest.raises(Forbidden):
        run_prepare(account, carl)


def test_types_of_activities_are_made_once_and_those_that_pipedrive_brings_are_told_by_their_key(
    connect: Any, mapping: Mapping, root: User
) -> None:
    rule(mapping, "activities", "Kind", "activity", "type", "activity_type")
    for word, name in (("Anruf", "Call"), ("Besuch", "Site visit")):
        ValueRule.objects.create(mapping=mapping, kind="activity_type", source=word, target=name)
    account = connect()
    assert run_prepare(account, root)["created"]["type"] == 1
    assert "type" not in run_prepare(account, root)["created"]
    account.refresh_from_db()
    keys = schema.account_schema(account).activity_types
    assert (keys["call"], keys["site visit"]) == ("call", "site_visit")
