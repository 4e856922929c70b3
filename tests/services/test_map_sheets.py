"""The field map as a workbook: out, filled in by people, and back as edits of a draft."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook

from migrations_app.models import Forbidden, Project
from migrations_app.rules import targets
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services import approving, map_sheets, proposing
from tests.services.papers import ground
from tests.services.papers.ground import project, root, sample

__all__ = ["project", "root", "sample"]


@pytest.fixture
def book(project: Project, sample: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "map.xlsx"
    path.write_bytes(ground.made(project, "field-map", "xlsx").getbuffer())
    return path


def fill_in(path: Path, sheet: str, named: str, /, **cells: str) -> None:
    """Change cells of one line, as a person does."""
    book = load_workbook(path)
    rows = list(book[sheet].iter_rows())
    head = next(row for row in rows if row[0].value == "object")
    at = {cell.value: cell.column - 1 for cell in head}
    line = next(row for row in rows if row[at["column"]].value == named)
    for name, value in cells.items():
        line[at[name]].value = value
    book.save(path)


def test_an_untouched_workbook_changes_nothing(project: Project, root: User, book: Path) -> None:
    assert map_sheets.read_back(project, book, user=root) == map_sheets.Outcome()
    assert project.mappings.count() == 1


def test_records_and_transforms_are_offered_to_choose_from(book: Path) -> None:
    opened = load_workbook(book)
    offered = {str(rule.sqref)[0]: rule.formula1 for rule in opened["Companies"].data_validations.dataValidation}
    assert offered == {"F": "choices!$A$1:$A$" + str(len(targets.BUILTIN_FIELDS)), "H": f"choices!$B$1:$B${len(TRANSFORMS)}"}
    assert [row[0].value for row in opened["choices"].iter_rows() if row[0].value] == sorted(targets.BUILTIN_FIELDS)
    assert opened["choices"].sheet_state == "hidden"


def test_a_changed_line_becomes_an_edit_of_a_new_version(project: Project, root: User, book: Path) -> None:
    rule = project.mappings.get().rules.filter(object="companies", role="industry").get()
    fill_in(book, "Companies", rule.column, field="custom:Branch (varchar)", transform="text")
    outcome = map_sheets.read_back(project, book, user=root)
    assert (len(outcome.changed), outcome.refused) == (1, [])
    newest = proposing.newest(project)
    assert newest is not None
    assert (newest.version, newest.state) == (2, "draft")
    edited = newest.rules.get(object="companies", column=rule.column)
    assert (edited.entity, edited.field, edited.transform, edited.edited_by) == ("organization", "custom:Branch (varchar)", "text", root)
    assert newest.rules.filter(edited_by__isnull=False).count() == 1


def test_an_emptied_field_leaves_the_column_behind(project: Project, root: User, book: Path) -> None:
    rule = project.mappings.get().rules.filter(object="contacts", role="birthday").get()
    fill_in(book, "Contacts", rule.column, record="", field="", transform="")
    map_sheets.read_back(project, book, user=root)
    newest = proposing.newest(project)
    assert newest is not None
    assert newest.rules.get(object="contacts", column=rule.column).field == ""


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"field": "no_such_field"}, "no field of"),
        ({"transform": "magic"}, "no transform called"),
        ({"column": "Nobody has this"}, "no such column"),
    ],
)
def test_a_line_that_means_nothing_is_refused_and_listed(project: Project, root: User, book: Path, cells: dict[str, str], why: str) -> None:
    rule = project.mappings.get().rules.filter(object="companies", role="industry").get()
    fill_in(book, "Companies", rule.column, **cells)
    outcome = map_sheets.read_back(project, book, user=root)
    assert outcome.changed == []
    assert why in outcome.refused[0][1]
    assert project.mappings.count() == 1


def test_what_somebody_changed_meanwhile_is_not_overwritten(project: Project, root: User, book: Path) -> None:
    draft = proposing.propose_map(project, user=root)
    rule = draft.rules.select_related("mapping__project").get(object="companies", role="industry")
    approving.edit_rule(rule, user=root, field="custom:Trade (varchar)", transform="text")
    fill_in(book, "Companies", rule.column, field="custom:Branch (varchar)", transform="text")
    outcome = map_sheets.read_back(project, book, user=root)
    assert outcome.refused == [(f"companies, {rule.column}", map_sheets.CHANGED)]
    rule.refresh_from_db()
    assert rule.field == "custom:Trade (varchar)"


def test_only_who_may_map_reads_a_map_back_and_only_a_map(project: Project, root: User, book: Path, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        map_sheets.read_back(project, book, user=User.objects.create_user("stranger"))
    other = tmp_path / "scope.xlsx"
    other.write_bytes(ground.made(project, "scope", "xlsx").getbuffer())
    with pytest.raises(map_sheets.NoMapWorkbook, match="no sheet with the columns"):
        map_sheets.read_back(project, other, user=root)
    other.write_bytes(b"PK not a workbook")
    with pytest.raises(map_sheets.NoMapWorkbook, match="can be read"):
        map_sheets.read_back(project, other, user=root)
