"""What the customer will not get, line by line, from files, map, findings and answers."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Audit, Decision, Finding, Mapping, Project, Question, ScopeRule
from migrations_app.services import losses
from migrations_app.services.discovery import discover
from tests.services.account_ground import project, root, rule, table

__all__ = ["project", "root"]


@pytest.fixture
def mapping(project: Project, root: User) -> Mapping:
    return Mapping.objects.create(project=project, version=1, state="approved", approved_by=root)


def found(project: Project) -> dict[str, int]:
    return {loss.key: loss.count for loss in losses.known_losses(project)}


def staged(project: Project, object: str, roles: Any, rows: Any) -> Any:
    made = table(project, object, roles, rows)
    discover(made)
    return made


def test_without_an_export_nothing_is_said(project: Project) -> None:
    assert losses.known_losses(project) == []


def test_a_column_without_a_place_is_a_line_with_its_reason_and_an_empty_one_is_none(project: Project, mapping: Mapping) -> None:
    staged(project, "companies", ("name", "modified_at", "fax"), [("A", "2024-01-01", ""), ("B", "2024-01-02", ""), ("C", "", "")])
    rule(mapping, "companies", "name", "organization", "name")
    for column in ("modified_at", "fax"):
        left = rule(mapping, "companies", column, "", "", "")
        left.reason = "Pipedrive sets it itself"
        left.save()
    [line] = losses.known_losses(project)
    assert (line.key, line.count, line.instead) == ("column:companies:modified_at", 2, "Pipedrive sets it itself")


def test_an_object_without_any_place_is_one_line_and_definitions_are_none(project: Project, mapping: Mapping) -> None:
    staged(project, "invoices", ("id", "total"), [("1", "5"), ("2", "6")])
    staged(project, "users", ("name",), [("Ann",)])
    for object, column in (("invoices", "id"), ("invoices", "total"), ("users", "name")):
        rule(mapping, object, column, "", "", "")
    assert found(project) == {"object:invoices:": 2}


def test_rows_that_never_load_and_values_that_are_left_out_are_told_apart(project: Project, mapping: Mapping) -> None:
    staged(project, "contacts", ("name",), [("A",)])
    rule(mapping, "contacts", "name", "person", "name")
    audit = Audit.objects.create(project=project)
    said = [("no_name", "reject", 3), ("duplicate_id_conflict", "decide", 2), ("bad_date", "warn", 4), ("emoji", "warn", 9)]
    for code, severity, count in said:
        Finding.objects.create(audit=audit, object="contacts", code=code, severity=severity, count=count)
    project.audit = audit
    project.save()
    assert found(project) == {"rows:contacts:no_name": 3, "rows:contacts:duplicate_id_conflict": 2, "values:contacts:bad_date": 4}


def test_rules_about_what_moves_count_each_row_once(project: Project, mapping: Mapping) -> None:
    staged(project, "contacts", ("name", "kind"), [("A", "V"), ("B", "v "), ("C", "E"), ("D", "")])
    rule(mapping, "contacts", "name", "person", "name")
    rule(mapping, "contacts", "kind", "person", "custom:Kind (varchar)")
    for name, values, enabled in (("vendors", ["V"], True), ("vendors and staff", ["V", "E"], True), ("all", [""], False)):
        condition = {"column": "kind", "is": values}
        ScopeRule.objects.create(mapping=mapping, name=name, object="contacts", condition=condition, enabled=enabled)
    assert found(project) == {"scope:contacts:vendors": 2, "scope:contacts:vendors and staff": 1}


def test_answers_that_give_something_up_are_lines_and_the_others_are_not(project: Project, mapping: Mapping) -> None:
    staged(project, "deals", ("title",), [("A",), ("B",)])
    rule(mapping, "deals", "title", "deal", "title")
    choices = [{"value": "skip", "label": "leave the record out"}, {"value": "key", "label": "Deal and its id"}]
    for subject, answer in (("1", "skip"), ("2", "skip"), ("3", "key"), ("4", "")):
        Question.objects.create(
            project=project, kind="no_title", object="deals", subject=subject, text="?", choices=choices, answer=answer, rows=1
        )
    for key, how in (("1", "skip"), ("2", "placeholder")):
        Decision.objects.create(project=project, kind="orphan", object="deals", source_key=key, answer={"how": how}, seq=1)
    Decision.objects.create(project=project, kind="duplicate", object="contacts", source_key="2", answer={"survivor": "1"}, seq=1)
    lines = {loss.key: loss for loss in losses.known_losses(project)}
    assert {key: loss.count for key, loss in lines.items()} == {
        "answer:deals:no_title=skip": 2,
        "answer:deals:orphan=skip": 1,
        "merged:contacts:": 1,
    }
    assert lines["answer:deals:no_title=skip"].instead == "leave the record out"


def test_files_nobody_could_read_are_lines(project: Project) -> None:
    made = staged(project, "contacts", ("name",), [("A",)])
    made.upload.unrecognised, made.upload.refused = ["odd.csv"], [{"file": "locked.xlsx", "reason": "it has a password"}]
    made.upload.save()
    assert found(project) == {"file::odd.csv": 1, "file::locked.xlsx": 1}


def test_what_pipedrive_takes_from_nobody_is_said_where_the_export_has_it(project: Project, mapping: Mapping) -> None:
    staged(project, "deals", ("title", "created_at", "is_opportunity"), [("A", "2024-01-01", "Yes"), ("B", "2024-02-01", "No")])
    for column in ("title", "created_at"):
        rule(mapping, "deals", column, "deal", column)
    rule(mapping, "deals", "is_opportunity", "", "", "")
    mapping.rules.filter(column="is_opportunity").update(role="is_opportunity")
    assert found(project) == {"limit:deals:created_at": 2, "scope:deals:projects without a value": 1}


def test_a_formula_arrives_as_frozen_values(project: Project, mapping: Mapping) -> None:
    staged(project, "deals", ("title", "Weighted"), [("A", "10"), ("B", "")])
    staged(project, "custom_fields", ("object", "label", "type", "formula"), [("Deal", "Weighted", "Calculated", "a * b")])
    for column in ("title", "Weighted"):
        rule(mapping, "deals", column, "deal", column)
    assert found(project) == {"frozen:deals:Weighted": 1}


def test_queries_do_not_grow_with_columns_and_rows(project: Project, mapping: Mapping, django_assert_max_num_queries: Any) -> None:
    roles = [f"c{at}" for at in range(40)]
    staged(project, "contacts", ("name", *roles), [("A", *("x" for _ in roles)) for _ in range(30)])
    rule(mapping, "contacts", "name", "person", "name")
    for role in roles:
        rule(mapping, "contacts", role, "", "", "")
    with django_assert_max_num_queries(21):
        assert len(losses.known_losses(project)) == 40
