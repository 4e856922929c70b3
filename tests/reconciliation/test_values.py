"""Deals whose value is another one than their lines come to: listed, answered by cause, by workbook or singly, taken back."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from migrations_app.models import Decision, Project
from migrations_app.services import decisions
from migrations_app.services.evidence import Evidence, ValueFacts
from reconciliation.models import ValueDifference
from reconciliation.resources import import_workbook
from reconciliation.services import counting, outlook, undone, values
from reconciliation.sheets import DropDownXLSX
from reconciliation.value_sheet import ValueDifferenceResource
from tests.reconciliation.conftest import AWKWARD, answers, member


def seen(key: str = "OP-1", **facts: Any) -> ValueFacts:
    known: dict[str, Any] = {
        "key": key,
        "label": AWKWARD,
        "status": "open",
        "value": "119",
        "total": "100",
        "currency": "EUR",
        "lines": 2,
        "cause": "tax",
    }
    return ValueFacts(**known | facts)


THREE = (seen("OP-1"), seen("OP-2", cause="discount", value="90"), seen("OP-3", status="won"))


def states() -> dict[str, tuple[str, str]]:
    return {each.source_key: (each.state, each.how) for each in ValueDifference.objects.filter(present=True)}


def decide(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("crossdock", "decide", "harbour-works", *words, "--json", "--by", "anna", stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_open_deals_wait_and_closed_ones_need_no_answer(audited: Callable, project: Project) -> None:
    audited(values=THREE)
    assert states() == {"OP-1": ("open", ""), "OP-2": ("open", ""), "OP-3": ("matched", "")}
    assert counting.open_counts(project)["values"] == 2
    assert ValueDifference.objects.get(source_key="OP-3").standing == "note"


def test_one_cause_is_answered_at_once_and_what_an_answer_does_not_fit_stays_open(audited: Callable, admin_of: Any) -> None:
    audited(values=THREE)
    assert decide("--values", "tax=lines_win")["answered"]["values"] == 1
    told = decide("--values", "balance")
    assert (told["answered"]["values"], told["open"]["values"]) == (0, 1)  # OP-2 has a lower value than its lines
    assert states() == {"OP-1": ("answered", "lines_win"), "OP-2": ("open", ""), "OP-3": ("matched", "")}


def test_accepting_what_is_suggested_says_what_holds_without_an_answer(audited: Callable, admin_of: Any) -> None:
    audited(values=THREE)
    assert decide("--values", "tax=note", "--accept-suggestions")["answered"]["values"] == 2
    assert states() == {"OP-1": ("answered", "note"), "OP-2": ("answered", "lines"), "OP-3": ("matched", "")}


def test_a_wish_that_names_no_answer_is_refused(audited: Callable, admin_of: Any) -> None:
    audited(values=THREE)
    with pytest.raises(SystemExit):
        decide("--values", "burn")
    assert not Decision.objects.exists()


def test_answers_stay_until_the_figures_change(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(values=THREE)
    values.answer(project, list(ValueDifference.objects.filter(source_key="OP-1")), "note", user=admin_of)
    foretold = outlook.answers(project, Evidence((), (), (), (), values=[*THREE, seen("OP-9")]))["values"]
    assert (foretold["kept"], foretold["new"]) == (1, 1)
    audited(values=[seen("OP-1", value="150")])
    assert ValueDifference.objects.get(source_key="OP-1", present=True).changed
    assert states() == {"OP-1": ("answered", "note")}


def test_an_answer_taken_back_is_open_again(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(values=THREE)
    values.answer(project, list(ValueDifference.objects.all()), "lines", user=admin_of)
    rows = list(Decision.objects.filter(source_key="OP-1"))
    decisions.undo(rows, user=admin_of)
    undone.decisions_undone(project, rows)
    assert states()["OP-1"] == ("open", "")
    values.take_back(project, list(ValueDifference.objects.all()), user=admin_of)
    assert answers(project, "value") == {}


def test_answers_come_back_in_a_workbook(audited: Callable, project: Project, admin_of: Any, tmp_path: Path) -> None:
    audited(values=THREE)
    path = tmp_path / "values.xlsx"
    path.write_bytes(DropDownXLSX().export_data(ValueDifferenceResource().export(ValueDifference.objects.all())))
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.cell(2, at["deal"]).data_type == "s"
    for line, answer in enumerate(("note", "balance", "lines"), start=2):
        sheet.cell(line, at["answer"]).value = answer
    sheet.cell(4, at["version"]).value = "7"
    book.save(path)
    queue, outcome = import_workbook(project, path, user=admin_of)
    assert (queue, outcome.answered) == ("values", 1)
    assert [each.key for each in outcome.refused] == ["OP-2", "OP-3"]
    assert answers(project, "value") == {"OP-1": {"how": "note"}}


def test_the_page_answers_many_after_a_word_on_what_it_touches(audited: Callable, project: Project, client: Client, admin_of: Any) -> None:
    audited(values=THREE)
    client.force_login(admin_of)
    address = reverse("admin:reconciliation_valuedifference_changelist")
    listed = client.get(address, {"cause__exact": "tax"})
    assert AWKWARD not in listed.content.decode()
    chosen = [str(row.pk) for row in listed.context["cl"].result_list]
    assert len(chosen) == 1
    asked = client.post(address, {"action": "bulk_note", "_selected_action": chosen}).content.decode()
    assert "1 deal with 2 lines; 119.00 EUR in the source, 100.00 by lines" in asked
    assert states()["OP-1"] == ("open", "")
    client.post(address, {"action": "bulk_note", "_selected_action": chosen, "confirmed": "yes"})
    assert states()["OP-1"] == ("answered", "note")
    assert client.get(reverse("admin:reconciliation_valuedifference_change", args=[chosen[0]])).status_code == 200


def test_who_may_only_look_cannot_answer(audited: Callable, project: Project, client: Client) -> None:
    audited(values=THREE)
    client.force_login(member(project, "vera", "viewer"))
    chosen = [str(pk) for pk in ValueDifference.objects.values_list("pk", flat=True)]
    given = {"action": "bulk_note", "_selected_action": chosen, "confirmed": "yes"}
    client.post(reverse("admin:reconciliation_valuedifference_changelist"), given)
    assert not Decision.objects.exists()
