"""The queue of differences to QuickBooks: its page, its workbook, its verb."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from migrations_app.models import Project
from migrations_app.services.evidence import QuickBooksFacts
from reconciliation.models import QuickBooksDifference
from reconciliation.quickbooks_sheet import QuickBooksResource
from reconciliation.resources import import_workbook
from reconciliation.services import quickbooks
from reconciliation.services.answers import CannotAnswer
from reconciliation.services.quickbooks import decide
from reconciliation.sheets import DropDownXLSX
from tests.reconciliation.conftest import AWKWARD, answers, member

LIST = reverse("admin:reconciliation_quickbooksdifference_changelist")


def difference(key: str = "CO-1", **facts: Any) -> QuickBooksFacts:
    plain = {"object": "companies", "key": key, "label": AWKWARD, "field": "address", "rule": "quickbooks_address", "kind": "different"}
    return QuickBooksFacts(**plain | {"crm": "1 Pier", "quickbooks": "=PO Box 1", "suggestion": "quickbooks", "confidence": 0.7} | facts)


@pytest.fixture
def anna(client: Client, admin_of: Any) -> Client:
    client.force_login(admin_of)
    return client


def test_many_are_answered_in_one_step_after_a_confirmation(anna: Client, audited: Callable, project: Project) -> None:
    audited(quickbooks=[difference(f"CO-{n}") for n in range(3)])
    rows = [row.pk for row in QuickBooksDifference.objects.all()]
    posted = {"action": "bulk_quickbooks", "_selected_action": rows}
    page = anna.post(LIST, posted).content.decode()
    assert "<b>O'Hara" not in page
    assert not project.decisions.exists()
    anna.post(LIST, {**posted, "confirmed": "1"})
    assert answers(project, "quickbooks") == {f"address:CO-{n}": {"take": "quickbooks"} for n in range(3)}
    shown = anna.get(LIST, {"answer": "answered"}).content.decode()
    assert ("QuickBooks (answered by anna)" in shown, "<b>O'Hara" in shown) == (True, False)

    one = anna.get(reverse("admin:reconciliation_quickbooksdifference_row_take_back", args=[rows[0]]))
    assert one.status_code == 200
    anna.post(reverse("admin:reconciliation_quickbooksdifference_row_take_back", args=[rows[0]]), {"confirmed": "1"})
    assert QuickBooksDifference.objects.get(pk=rows[0]).state == "open"


def test_who_may_not_answer_changes_nothing(client: Client, audited: Callable, project: Project) -> None:
    audited(quickbooks=[difference()])
    client.force_login(member(project, "vera", "viewer"))
    posted = {"action": "bulk_quickbooks", "_selected_action": [QuickBooksDifference.objects.get().pk], "confirmed": "1"}
    client.post(LIST, posted)
    assert not project.decisions.exists()


def test_the_workbook_comes_back_and_older_versions_are_refused(audited: Callable, project: Project, admin_of: Any, tmp_path: Path) -> None:
    audited(quickbooks=[difference("CO-1"), difference("CO-2"), difference("CO-3")])
    book = openpyxl.load_workbook(BytesIO(DropDownXLSX().export_data(QuickBooksResource().export())))
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    told = sheet.cell(2, columns["in_quickbooks"])
    assert (told.value, told.data_type) == ("=PO Box 1", "s")
    sheet.cell(2, columns["take"]).value = "QuickBooks"
    sheet.cell(3, columns["take"]).value = "both"
    book.save(path := tmp_path / "answers.xlsx")
    queue, outcome = import_workbook(project, path, user=admin_of)
    assert (queue, outcome.answered, [each.key for each in outcome.refused]) == ("quickbooks", 1, ["CO-2"])
    sheet.cell(2, columns["take"]).value = "crm"
    book.save(path)
    assert import_workbook(project, path, user=admin_of)[1].answered == 0
    assert answers(project, "quickbooks") == {"address:CO-1": {"take": "quickbooks"}}


def test_what_a_later_audit_no_longer_sees_is_gone_and_what_changed_says_so(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(quickbooks=[difference("CO-1"), difference("CO-2")])
    decide(project, {"": "crm"}, user=admin_of)
    audited(quickbooks=[difference("CO-1", quickbooks="PO Box 2")])
    told = {row.source_key: (row.take, row.present, row.changed) for row in QuickBooksDifference.objects.all()}
    assert told == {"CO-1": ("crm", True, True), "CO-2": ("crm", False, False)}


def test_what_the_rule_settles_needs_no_answer_and_can_be_given_one(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(quickbooks=[difference("CO-1", transactions=True), difference("CO-2", kind="cut", field="name", rule="quickbooks_name")])
    assert {row.state for row in QuickBooksDifference.objects.all()} == {"matched"}
    decide(project, {"": "crm"}, user=admin_of)
    assert answers(project, "quickbooks") == {}
    decide(project, {"cut": "quickbooks"}, user=admin_of)
    assert answers(project, "quickbooks") == {"name:CO-2": {"take": "quickbooks"}}
    with pytest.raises(CannotAnswer):
        decide(project, {"colour": "crm"}, user=admin_of)


def test_a_later_audit_asks_nothing_for_each_answer(audited: Callable, project: Project, admin_of: Any) -> None:
    asked = set()
    for count in (3, 40):
        seen = [difference(f"CO-{n}") for n in range(count)]
        audited(quickbooks=seen)
        quickbooks.answer(project, list(QuickBooksDifference.objects.all()), "crm", user=admin_of)
        with CaptureQueriesContext(connection) as captured:
            audited(quickbooks=seen)
        asked.add(len(captured))
        assert QuickBooksDifference.objects.filter(state="answered", answered_by=admin_of, take="crm").count() == count
    assert len(asked) == 1
