"""Rules for single values: what a stage, an option, a status or a type of activity becomes."""

from typing import Any

from migrations_app.models import Mapping, Project, ValueRule
from migrations_app.rules.profile import ColumnProfile
from migrations_app.services import compiling, needs, rows, values
from migrations_app.services.stages import StageIndex
from tests.services.account_ground import TIER, mapping, project, root, rule, table

__all__ = ["mapping", "project", "root"]


def becomes(mapping: Mapping, kind: str, source: str, target: str, scope: str = "") -> None:
    ValueRule.objects.create(mapping=mapping, kind=kind, scope=scope, source=source, target=target)


def drafted(mapping: Mapping, object: str) -> list[dict[str, Any]]:
    tables = rows.tables_in_force(mapping.project)[object]
    mappers = compiling.mappers(mapping, tables)
    return [mappers[row.table.pk].draft(row.cells).values for row in rows.stream(tables)]


def test_an_option_is_read_as_what_the_map_says_and_the_account_gets_that_one(mapping: Mapping, project: Project) -> None:
    table(project, "companies", ("Name", "Tier"), [("A", "gold "), ("B", "Tin"), ("C", "Junk")])
    becomes(mapping, "option", "Tin", "Bronze", TIER)
    becomes(mapping, "option", "Junk", "", TIER)
    assert [each.get(TIER) for each in drafted(mapping, "companies")] == ["Gold", "Bronze", None]
    assert next(need.options for need in needs.wanted_fields(project, mapping) if need.field == TIER) == ("Gold", "Silver", "Bronze")


def test_a_rule_for_one_field_leaves_the_others_alone(mapping: Mapping, project: Project) -> None:
    rule(mapping, "companies", "Grade", "organization", "custom:Grade (enum)", "option", choices=["Tin"])
    table(project, "companies", ("Name", "Tier", "Grade"), [("A", "Tin", "Tin")])
    becomes(mapping, "option", "Tin", "Bronze", TIER)
    assert drafted(mapping, "companies")[0] | {"name": ""} == {"name": "", TIER: "Bronze", "custom:Grade (enum)": "Tin"}


def test_one_of_several_options_is_replaced_and_the_rest_stays(mapping: Mapping, project: Project) -> None:
    rule(mapping, "companies", "Uses", "organization", "custom:Uses (set)", "options", choices=["Repair", "Rental"])
    table(project, "companies", ("Name", "Uses"), [("A", "Repair; Mending; Rental")])
    becomes(mapping, "option", "Mending", "Care")
    assert drafted(mapping, "companies")[0]["custom:Uses (set)"] == ["Repair", "Care", "Rental"]


def test_a_status_and_a_currency_are_read_as_the_map_says(mapping: Mapping, project: Project) -> None:
    rule(mapping, "deals", "State", "deal", "status", "status")
    rule(mapping, "deals", "Money", "deal", "currency", "currency")
    table(project, "deals", ("State", "Money"), [("Parked", "Taler")])
    becomes(mapping, "status", "parked", "lost")
    becomes(mapping, "currency", "Taler", "EUR")
    assert drafted(mapping, "deals")[0] | {"lost_time": ""} == {"status": "lost", "currency": "EUR", "lost_time": ""}


def test_stages_may_be_renamed_joined_and_moved_to_another_pipeline(mapping: Mapping, project: Project) -> None:
    becomes(mapping, "stage", "Closing", "Contract", "Sales")
    becomes(mapping, "stage", "Lead", "Sales / Lead", "Service")
    becomes(mapping, "stage", "Phase 0", "Lead", "Sales")
    index = StageIndex(project, mapping)
    assert [(each.pipeline, each.name) for each in index.stages] == [("Sales", "Lead"), ("Sales", "Contract")]
    assert index.find("Sales", "Closing") == ("Sales", "Contract")
    assert index.find("Service", "Lead") == ("Sales", "Lead")
    assert index.find("sales", "phase 0") == ("Sales", "Lead")
    assert index.find("Sales", "Phase 1") is None


def test_every_word_for_a_type_gets_a_rule_and_the_account_the_types(mapping: Mapping, project: Project) -> None:
    staged = table(project, "activities", ("Kind", "Subject"), [("Anruf", "x"), ("Site visit", "y"), ("Anruf", "z")])
    profile = ColumnProfile()
    profile.feed(["Anruf", "Site visit", "Anruf"])
    staged.columns.create(position=0, header="Kind", profile=profile.as_dict())
    rule(mapping, "activities", "Kind", "activity", "type", "activity_type")
    values.propose_types(mapping, [staged])
    values.propose_types(mapping, [staged])
    assert list(mapping.values.values_list("source", "target")) == [("Anruf", "Call"), ("Site visit", "Site visit")]
    mapping.values.filter(source="Site visit").update(target="Visit")
    assert values.types_needed(mapping) == ["Call", "Visit", "Task"]
    assert [each["type"] for each in drafted(mapping, "activities")] == ["Call", "Visit", "Call"]
