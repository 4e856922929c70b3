"""Rules that leave rows out, and rules for values, at the desk: written with what they would do, in drafts only."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.models import Mapping, Project, ScopeRule, SourceTable, ValueRule
from reconciliation import scope_sheets
from tests.reconciliation.conftest import member

ADD, OUTLOOK = "admin:migrations_app_scoperule_add", "admin:migrations_app_scoperule_outlook"


@pytest.fixture
def draft(project: Project, companies: SourceTable) -> Mapping:
    return Mapping.objects.create(project=project, version=1)


@pytest.fixture
def carl(client: Client, project: Project) -> Client:
    client.force_login(member(project, "carl", "consultant"))
    return client


def written(draft: Mapping, **given: Any) -> dict[str, Any]:
    told = {"mapping": draft.pk, "name": "Mills", "object": "companies", "where": "Name contains mills", "reason": "sold"}
    return told | given


def test_a_rule_says_what_it_would_leave_out_before_it_is_saved(carl: Client, draft: Mapping) -> None:
    told = carl.get(reverse(OUTLOOK), written(draft)).content.decode()
    assert told.startswith("Left out: 2 records, which saves 10 tokens.")
    assert not ScopeRule.objects.exists()
    assert "hx-get" in carl.get(reverse(ADD)).content.decode()
    assert carl.get(reverse(OUTLOOK), written(draft, mapping="")).content.decode().startswith("Choose the map")


def test_what_is_typed_halfway_is_explained_and_escaped(carl: Client, draft: Mapping) -> None:
    told = carl.get(reverse(OUTLOOK), written(draft, where="<b>Town</b> is X")).content.decode()
    assert "&lt;b&gt;Town&lt;/b&gt;" in told
    assert "begins with no column; there are: Id, Name" in told


def test_a_rule_is_written_and_changed_at_the_desk(carl: Client, draft: Mapping) -> None:
    carl.post(reverse(ADD), written(draft, enabled="on", keep_open_deals="on"))
    [rule] = ScopeRule.objects.all()
    assert rule.condition == {"column": "Name", "contains": ["mills"], "keep": "open_deals"}
    page = reverse("admin:migrations_app_scoperule_change", args=[rule.pk])
    assert "Name contains mills" in carl.get(page).content.decode()
    carl.post(page, written(draft, where="Name is Twin Mills | Harbour\nId filled"))
    assert ScopeRule.objects.get().condition == rule.condition
    carl.post(page, written(draft, where="Name is Twin Mills | Harbour\nId is filled"))
    assert ScopeRule.objects.get().condition == {
        "all": [{"column": "Name", "is": ["Twin Mills", "Harbour"]}, {"column": "Id", "filled": True}]
    }


def test_an_approved_map_and_other_projects_stay_as_they_are(carl: Client, draft: Mapping) -> None:
    Mapping.objects.filter(pk=draft.pk).update(state="approved")
    carl.post(reverse(ADD), written(draft))
    foreign = Mapping.objects.create(project=Project.objects.create(name="Other", slug="other"), version=1)
    carl.post(reverse(ADD), written(foreign))
    assert not ScopeRule.objects.exists()
    assert carl.get(reverse(OUTLOOK), written(foreign)).status_code == 404


def test_the_customer_looks_on(client: Client, admin_of: Any, draft: Mapping) -> None:
    client.force_login(admin_of)
    assert client.post(reverse(ADD), written(draft)).status_code == 403


@pytest.mark.parametrize("column", ["keep_open_deals", "on"])
def test_a_workbook_that_says_neither_yes_nor_no_changes_no_rule(
    project: Project, draft: Mapping, carl: Client, tmp_path: Path, column: str
) -> None:
    condition = {"column": "Name", "contains": ["mills"], "keep": "open_deals"}
    ScopeRule.objects.create(mapping=draft, name="Mills", object="companies", condition=condition, enabled=True)
    scope_sheets.export_workbook(project, path := tmp_path / "rules.xlsx")
    user = User.objects.get(username="carl")
    for said, refused in (("ja", [f"{column} says “ja”: write yes or no"]), (False, [])):
        book = openpyxl.load_workbook(path)
        book.worksheets[0].cell(2, scope_sheets.COLUMNS.index(column) + 1, said)
        book.save(path)
        assert [each.reason for each in scope_sheets.import_workbook(project, path, user=user).refused] == refused
    rule = ScopeRule.objects.get()
    assert (rule.condition, rule.enabled) != (condition, True)


def test_a_long_rule_that_was_changed_meanwhile_is_not_written_over(project: Project, draft: Mapping, carl: Client, tmp_path: Path) -> None:
    same = [f"a name that both conditions end with {number}" for number in range(9)]
    rule = ScopeRule(mapping=draft, name="Long", object="companies", enabled=True)
    rule.condition = {"column": "Name", "is": ["first", *same]}
    rule.save()
    scope_sheets.export_workbook(project, path := tmp_path / "rules.xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(2, scope_sheets.COLUMNS.index("where") + 1, "Name is third")
    book.save(path)
    ScopeRule.objects.update(condition={"column": "Name", "is": ["second", *same]})
    outcome = scope_sheets.import_workbook(project, path, user=User.objects.get(username="carl"))
    assert [each.reason for each in outcome.refused] == ["changed since your export"]


def test_a_rule_for_a_value_is_added_and_taken_away(carl: Client, draft: Mapping) -> None:
    given = {"mapping": draft.pk, "kind": "status", "scope": "", "source": "Gagné", "target": "won"}
    carl.post(reverse("admin:migrations_app_valuerule_add"), given)
    [rule] = ValueRule.objects.all()
    assert (rule.source, rule.target, rule.edited_by.username if rule.edited_by else "") == ("Gagné", "won", "carl")
    page = reverse("admin:migrations_app_valuerule_change", args=[rule.pk])
    carl.post(page, {"target": "lost"})
    assert ValueRule.objects.get().target == "lost"
    carl.post(reverse("admin:migrations_app_valuerule_delete", args=[rule.pk]), {"post": "yes"})
    assert not ValueRule.objects.exists()
