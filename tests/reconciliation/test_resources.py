from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from migrations_app.models import FieldRule, Mapping, Project, SourceTable
from reconciliation.models import How, OrphanedDeal
from reconciliation.orphan_sheet import OrphanedDealResource
from reconciliation.resources import import_workbook
from reconciliation.rule_sheet import FieldRuleResource
from reconciliation.services import orphans
from reconciliation.services.answers import CannotAnswer
from reconciliation.services.orphans import Pick
from reconciliation.sheets import DropDownXLSX
from tests.reconciliation.conftest import AWKWARD, answers, member, orphan, with_company, with_contact


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Exports the queue, fills in {source id: {column: value}} and saves it."""

    def fill(**filled: dict[str, Any]) -> Path:
        path = tmp_path / "decisions.xlsx"
        path.write_bytes(exported())
        book = openpyxl.load_workbook(path)
        sheet = book.active
        columns = {cell.value: cell.column for cell in sheet[1]}
        for line in range(2, sheet.max_row + 1):
            key = str(sheet.cell(line, columns["source_id"]).value)
            for name, value in filled.get(key.replace("-", "_"), {}).items():
                sheet.cell(line, columns[name]).value = value
        book.save(path)
        return path

    return fill


def exported() -> bytes:
    return DropDownXLSX().export_data(OrphanedDealResource().export(OrphanedDeal.objects.all()))


def test_the_workbook_offers_the_answers_and_runs_no_formula(audited: Callable, project: Project) -> None:
    audited(orphans=[orphan(label="=HYPERLINK(1)", company_text="\x07bell")])
    sheet = openpyxl.load_workbook(BytesIO(exported())).active
    columns = {cell.value: cell for cell in sheet[1]}
    label = sheet.cell(2, columns["deal"].column)
    assert (label.value, label.data_type) == ("=HYPERLINK(1)", "s")
    assert sheet.cell(2, columns["company_in_deal"].column).value == "\N{REPLACEMENT CHARACTER}bell"
    [rule] = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1) == (f"{columns['answer'].column_letter}2", "choices!$A$1:$A$6")


def test_answers_come_back(audited: Callable, project: Project, admin_of: Any, companies: SourceTable, workbook: Callable) -> None:
    audited(orphans=[with_company("OP-1"), orphan("OP-2"), orphan("OP-3"), orphan("1001")])
    path = workbook(
        OP_1={"answer": "its contact's company"},
        OP_2={"answer": "parent", "parent": AWKWARD},
        **{"1001": {"answer": "skip", "source_id": 1001.0}},
    )
    _, outcome = import_workbook(project, path, user=admin_of)
    assert (outcome.answered, outcome.refused) == (3, ())
    assert answers(project, "orphan") == {
        "OP-1": {"how": "contact"},
        "OP-2": {"how": "parent", "parent": {"source": "CO-3"}},
        "1001": {"how": "skip"},
    }


def test_an_answer_given_meanwhile_is_not_overwritten(audited: Callable, project: Project, admin_of: Any, workbook: Callable) -> None:
    audited(orphans=[orphan("OP-1"), orphan("OP-2")])
    path = workbook(OP_1={"answer": "skip"}, OP_2={"answer": "skip"})
    orphans.answer(project, [OrphanedDeal.objects.get(source_key="OP-1")], Pick("placeholder"), user=admin_of)
    _, outcome = import_workbook(project, path, user=admin_of)
    assert (outcome.answered, [str(each) for each in outcome.refused]) == (1, ["line 2: Deal OP-1: changed since your export"])
    assert answers(project, "orphan") == {"OP-1": {"how": "placeholder"}, "OP-2": {"how": "skip"}}


@pytest.mark.parametrize(
    ("filled", "reason"),
    [
        ({"answer": "contact"}, "its contact's company: it has no contact that loads"),
        ({"answer": "maybe"}, "“maybe” is no answer; these are: contact, person, named, placeholder, parent, skip"),
        ({"answer": "parent", "parent": "Twin Mills"}, "“Twin Mills” fits 2 companies (CO-1, CO-2): name one by its id."),
        ({"answer": "skip", "source_id": "OP-9"}, "no such deal waits in a project of yours"),
    ],
)
def test_rows_that_make_no_sense_are_listed(
    audited: Callable, project: Project, admin_of: Any, companies: SourceTable, workbook: Callable, filled: dict, reason: str
) -> None:
    audited(orphans=[orphan()])
    _, outcome = import_workbook(project, workbook(OP_1=filled), user=admin_of)
    assert (outcome.answered, [each.reason for each in outcome.refused]) == (0, [reason])
    assert answers(project, "orphan") == {}


def test_the_same_workbook_twice_changes_nothing(audited: Callable, project: Project, admin_of: Any, workbook: Callable) -> None:
    audited(orphans=[with_contact("OP-1")])
    path = workbook(OP_1={"answer": "person"})
    assert import_workbook(project, path, user=admin_of)[1].answered == 1
    assert (import_workbook(project, path, user=admin_of)[1].answered, project.decisions.count()) == (0, 1)


def test_a_workbook_of_another_kind_is_refused(project: Project, admin_of: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Name", "Amount"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(CannotAnswer, match="source_id"):
        import_workbook(project, tmp_path / "other.xlsx", user=admin_of)


def test_the_sheet_is_found_among_others_and_empty_lines_are_none(
    audited: Callable, project: Project, admin_of: Any, workbook: Callable
) -> None:
    audited(orphans=[orphan("OP-1"), orphan("OP-2")])
    path = workbook(OP_1={"answer": "skip"}, OP_2={"answer": "never"})
    book = openpyxl.load_workbook(path)
    book.create_sheet("Our notes", 0).append(["Ask Rita about these"])
    book["Sheet"].insert_rows(3, 2)
    book.active = 0
    book.save(path)
    _, outcome = import_workbook(project, path, user=admin_of)
    assert (outcome.answered, [each.as_dict() for each in outcome.refused]) == (
        1,
        [{"source_id": "OP-2", "reason": "“never” is no answer; these are: " + ", ".join(How.values), "line": 5}],
    )


def test_a_file_that_is_no_workbook_is_called_by_its_name(project: Project, admin_of: Any, tmp_path: Path) -> None:
    path = tmp_path / "decisions.xlsx"
    path.write_text("Name;Amount")
    with pytest.raises(CannotAnswer, match=r"decisions\.xlsx is no xlsx workbook"):
        import_workbook(project, path, user=admin_of)
    book = openpyxl.Workbook()
    book.create_chartsheet("Nothing but a picture")
    book.remove(book["Sheet"])
    book.save(path)
    with pytest.raises(CannotAnswer, match=r"decisions\.xlsx is no xlsx workbook"):
        import_workbook(project, path, user=admin_of)


def test_deals_of_another_project_are_nobody(audited: Callable, project: Project, workbook: Callable) -> None:
    audited(orphans=[orphan()])
    other = Project.objects.create(name="Other", slug="other")
    path = workbook(OP_1={"answer": "skip"})
    _, outcome = import_workbook(other, path, user=member(other, "stig", "consultant"))
    assert [each.reason for each in outcome.refused] == ["no such deal waits in a project of yours"]


@pytest.fixture
def rule(project: Project) -> FieldRule:
    mapping = Mapping.objects.create(project=project, version=1)
    return FieldRule.objects.create(mapping=mapping, object="deals", column="Titel", entity="deal", field="title", transform="text")


def carry(rule: FieldRule, user: Any, **filled: str) -> list[tuple[str, str]]:
    dataset = DropDownXLSX().create_dataset(DropDownXLSX().export_data(FieldRuleResource().export(FieldRule.objects.all())))
    row = dict(zip(dataset.headers, dataset[0], strict=True)) | filled
    dataset.wipe()
    dataset.headers = list(row)
    dataset.append(list(row.values()))
    result = FieldRuleResource().import_data(dataset, user=user)
    return [(each.import_type, each.diff[-1]) for each in result]


def test_field_rules_travel(rule: FieldRule, project: Project) -> None:
    carl = member(project, "carl", "consultant")
    assert carry(rule, carl, field="custom:Titel (varchar)") == [("update", "field: title → custom:Titel (varchar)")]
    rule.refresh_from_db()
    assert (rule.field, rule.edited_by, rule.transform) == ("custom:Titel (varchar)", carl, "text")
    assert carry(rule, carl) == [("skip", "unchanged")]


@pytest.mark.parametrize(
    ("filled", "why"),
    [({"transform": "magic"}, "there is no transform called magic"), ({"field": "x", "version": "old"}, "changed since your export")],
)
def test_field_rules_that_cannot_be_taken_are_said(rule: FieldRule, project: Project, filled: dict, why: str) -> None:
    assert carry(rule, member(project, "carl", "consultant"), **filled) == [("skip", why)]


def test_an_approved_map_is_not_changed_by_a_workbook(rule: FieldRule, project: Project) -> None:
    Mapping.objects.update(state="approved")
    [(kind, why)] = carry(rule, member(project, "carl", "consultant"), field="name")
    assert (kind, "is approved" in why) == ("skip", True)
