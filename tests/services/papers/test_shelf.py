"""Every paper in every format: with nothing there, with a whole export, and with what people put into their data."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from migrations_app.models import Finding, FindingRow, Firm, Forbidden, PaperIssue, Project
from migrations_app.services import losses
from migrations_app.services.discovery import discover
from migrations_app.services.papers import shelf
from migrations_app.services.papers.facts import Facts
from tests.services.account_ground import rule, table
from tests.services.papers import ground
from tests.services.papers.ground import AWKWARD, FORMULA, project, root, sample

__all__ = ["project", "root", "sample"]


@pytest.mark.parametrize("name", shelf.PAPERS)
def test_a_paper_without_any_data_says_so_instead_of_inventing(project: Project, name: str) -> None:
    text = ground.page(project, name)
    assert any(word in text for word in (" yet", "0 have arrived", "Please fill in", "typed"))
    assert "Harbour Works" in ground.word_text(project, name)
    assert ground.sheets(project, name)


@pytest.mark.parametrize("name", shelf.PAPERS)
def test_a_paper_of_a_whole_export_opens_in_all_formats(project: Project, sample: dict[str, Any], name: str) -> None:
    title = Facts(project).document(shelf.PAPERS[name].build(Facts(project)).title, "", []).title
    assert f"<h1>{title}</h1>" in ground.page(project, name)
    assert title in ground.word_text(project, name)
    assert ground.sheets(project, name)["Paper"][0][0] == title


def test_what_people_wrote_stays_text_in_every_paper(project: Project, root: User) -> None:
    """Names with markup and formulas in files, columns, values, findings, the firm: nowhere do they run."""
    project.name = AWKWARD
    project.save()
    Firm.objects.create(name=FORMULA, address=AWKWARD, contact=AWKWARD)
    staged = table(project, "companies", ("id", "name"), [(FORMULA, AWKWARD), ("2\0\x1b", "\u200f B")])
    staged.file, staged.headers = FORMULA, ["id", FORMULA]
    staged.save()
    staged.upload.unrecognised = [FORMULA, AWKWARD]
    staged.upload.save()
    discover(staged)
    mapping = project.mappings.create(version=1)
    rule(mapping, "companies", "id", "organization", "source_id")
    left = rule(mapping, "companies", FORMULA, "organization", "custom:<b>Own</b> (varchar)")
    left.reason = AWKWARD
    left.save()
    audit = project.audits.create(mapping=mapping, owners={FORMULA: {"folded": "f", "rows": 1, "by_object": {"companies": 1}, "email": ""}})
    found = Finding.objects.create(audit=audit, object="companies", code="formula_text", severity="warn", count=1)
    FindingRow.objects.create(finding=found, table=staged, line=2, key=FORMULA, field=AWKWARD, value=FORMULA, message=AWKWARD)
    Project.objects.filter(pk=project.pk).update(audit=audit)
    project.refresh_from_db()
    for name in shelf.PAPERS:
        read = ground.Page(ground.page(project, name))
        assert "script" not in read.tags
        assert AWKWARD in read.texts
        assert AWKWARD in ground.word_text(project, name)
        for sheet in load_workbook(ground.made(project, name, "xlsx")).worksheets:
            for row in sheet.iter_rows():
                assert [cell.value for cell in row if cell.data_type == "f" or str(cell.value).startswith(("=", "+", "@"))] == []


def test_a_paper_handed_out_is_outdated_once_what_it_draws_on_changes(project: Project, root: User) -> None:
    def outdated(name: str) -> tuple[str, ...]:
        return next(each.outdated for each in shelf.on_shelf(project) if each.paper.name == name)

    for name in ("scope", "phases"):
        shelf.hand_out(Facts(project), name, "html", user=root)
    assert (outdated("scope"), outdated("phases"), outdated("users")) == ((), (), ())
    table(project, "companies", ("id", "name"), [("1", "A")])
    assert (outdated("scope"), outdated("phases")) == (("another export came in",), ())
    shelf.hand_out(Facts(project), "scope", "docx", user=root)
    assert outdated("scope") == ()
    Firm.objects.create(name="Movers")
    assert outdated("scope") == outdated("phases") == ("the firm or its rate card changed",)
    assert PaperIssue.objects.filter(project=project, made_by=root).count() == 3


def test_a_paper_of_typed_counts_is_not_noted(project: Project, root: User) -> None:
    shelf.hand_out(Facts(project, counts={"contacts": 5}), "quote", "html", user=root)
    assert not PaperIssue.objects.exists()


def test_only_members_get_papers_and_only_papers_that_there_are(project: Project, root: User) -> None:
    with pytest.raises(Forbidden):
        shelf.hand_out(Facts(project), "scope", "html", user=User.objects.create_user("stranger"))
    for name, format in (("nothing", "html"), ("scope", "pdf")):
        with pytest.raises(shelf.UnknownPaper):
            shelf.hand_out(Facts(project), name, format, user=root)


def test_queries_do_not_grow_with_columns_rows_and_findings(project: Project, root: User) -> None:
    def queries() -> list[int]:
        counted = []
        for paper in shelf.PAPERS.values():
            with CaptureQueriesContext(connection) as captured:
                shelf.make(paper, "xlsx", Facts(project))
            counted.append(len(captured))
        return counted

    def staged(columns: int, rows: int) -> None:
        for object in ("companies", "contacts", "deals"):
            roles = [f"{object} {at}" for at in range(columns)]
            discover(table(project, object, roles, [["x"] * columns for _ in range(rows)]))

    staged(1, 1)
    few = queries()
    staged(30, 40)
    assert queries() == few


def test_every_known_loss_has_a_line_to_tick(project: Project, sample: dict[str, Any]) -> None:
    lines = losses.known_losses(project)
    sheets = ground.sheets(project, "losses")
    listed = [row for name, rows in sheets.items() if any(each[0] == "no." for each in rows) for row in ground.table(rows, "no.")]
    assert [(row["no."], row["how many"], row["accepted"]) for row in listed] == [(at, loss.count, "☐") for at, loss in enumerate(lines, 1)]
    text = ground.word_text(project, "losses")
    assert all(loss.what.replace(",", "") in text.replace(",", "") for loss in lines)
