"""What papers say, beside the truth about the exports and what stands in the database."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook

from migrations_app.models import FindingRow, Firm, PipedriveAccount, Project, Rate
from migrations_app.services import estimate
from migrations_app.services.papers import grading, pricing
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import plain
from tests.services.papers import ground
from tests.services.papers.ground import SAMPLES, project, root, sample

__all__ = ["project", "root", "sample"]
MAIN = {"companies": "Companies", "contacts": "Contacts", "deals": "Opportunities"}


@pytest.fixture(params=["own", "foreign"])
def truth(request: pytest.FixtureRequest, project: Project, root: User) -> dict[str, Any]:
    """The truth about the project's exports: those of our own generator, and those of a stranger's."""
    if request.param == "own":
        told: dict[str, Any] = request.getfixturevalue("sample")
        return told
    if not SAMPLES.exists():
        pytest.skip("the foreign samples are not beside this checkout")
    ground.take_in(project, SAMPLES / "results", root)
    return ground.foreign_truth()


def test_the_letter_ticks_what_has_arrived_and_counts_it(project: Project, truth: dict[str, Any]) -> None:
    sheets = ground.sheets(project, "request")
    ticked = [row[0][2:] for row in sheets["The lists"] if row[0] and str(row[0]).startswith("☑")]
    counted = {row["list"]: row["records that arrived"] for row in ground.table(sheets["How many does your screen say"], "list")}
    told = {Facts(project).label(object): counts["rows"] for object, counts in truth["counts"].items()}
    assert set(ticked) == set(told)
    assert {name: count for name, count in counted.items() if count is not None} == told


def test_scope_counts_rows_files_and_fields(project: Project, truth: dict[str, Any]) -> None:
    sheets = ground.sheets(project, "scope")
    kinds = {row["kind"]: row for row in ground.table(sheets["Kinds of records"], "kind")}
    for object, label in MAIN.items():
        assert kinds[label]["rows taken over"] == truth["counts"][object]["rows"]
        assert kinds[label]["records to be made"] == estimate.expected(project, object)
        fields = ground.table(sheets[f"Fields {label}"], "column")
        assert len(fields) == project.mappings.get().rules.filter(object=object).exclude(field="").count()


def test_quality_lists_every_finding_with_file_and_line(project: Project, truth: dict[str, Any]) -> None:
    sheets = ground.sheets(project, "quality")
    listed: Counter[tuple[str, str]] = Counter()
    for row in ground.table(sheets["Findings"], "kind"):
        listed[row["kind"], row["finding"]] += row["rows"]
    told: Counter[tuple[str, str]] = Counter()
    for name, count in truth["problem_counts"].items():
        object, code = name.split(".")
        if object in MAIN:
            told[MAIN[object], plain(code)] += count
    assert {place: count for place, count in listed.items() if place in told} == told
    places = {(row["row"], row["id"]) for row in truth["problems"] if (row["object"], row["code"]) == ("contacts", "no_name")}
    rows = ground.table(next(rows for name, rows in sheets.items() if name.startswith("Contacts no name")), "source id")
    assert {(row["line"], row["source id"]) for row in rows} == places


def test_fill_rates_are_native_charts_of_the_workbook(project: Project, truth: dict[str, Any]) -> None:
    book = load_workbook(ground.made(project, "quality", "xlsx"))
    sheet = book["How full Contacts"]
    rows = ground.table([[cell.value for cell in row] for row in sheet.iter_rows()], "column")
    email = next(row for row in rows if "mail" in row["column"].casefold())
    table = Facts(project).force["contacts"][0]
    column = table.columns.get(header=email["column"])
    assert (email["filled"], email["share"]) == (column.filled, pytest.approx(column.filled / truth["counts"]["contacts"]["rows"]))
    assert len(sheet._charts) == 1
    assert "<svg" in ground.page(project, "quality")


def test_deals_without_a_company_are_counted_by_kind(project: Project, truth: dict[str, Any]) -> None:
    rows = ground.table(ground.sheets(project, "quality")["Deals without a company"], "why")
    assert sorted(row["deals"] for row in rows) == sorted(len(keys) for keys in truth["orphaned_deals"].values() if keys)


def test_users_to_create_are_those_who_own_something(project: Project, truth: dict[str, Any]) -> None:
    PipedriveAccount.objects.create(
        project=project,
        role="production",
        url="https://a.pipedrive.com",
        seats=2,
        schema={"users": [{"email": truth["owners"]["users"][0]["email"].upper(), "active": True}]},
    )
    sheets = ground.sheets(project, "users")
    emails = {user["id"]: user["email"] for user in truth["owners"]["users"]}
    owning = {emails[text["user"]] for texts in truth["owners"]["refs"].values() for text in texts.values() if text["user"]}
    listed = {row["e-mail address"]: row["in Pipedrive"] for row in ground.table(sheets["Users"], "e-mail address")}
    assert set(listed) == owning
    first = truth["owners"]["users"][0]["email"]
    assert {email: state for email, state in listed.items() if state == "has a seat"} == ({first: "has a seat"} if first in owning else {})
    unmatched = {row["name in the exports"] for row in ground.table(sheets["Names without a user"], "name in the exports")}
    assert {text.removeprefix("'") for text in unmatched} == {
        text for texts in truth["owners"]["refs"].values() for text, owner in texts.items() if not owner["user"]
    }


def test_the_grade_follows_from_its_formula(project: Project, truth: dict[str, Any]) -> None:
    grade = grading.grade(Facts(project))
    assert grade is not None
    assert grade.score == pytest.approx(sum(share * weight for _, share, weight in grade.parts))
    assert sum(weight for _, _, weight in grade.parts) == 100
    assert f"Grade {grade.letter}: {grade.score:.1f}".replace(".", ",") in ground.word_text(project, "fit")
    points = [f"{weight} × {share:.3f}".rstrip("0").rstrip(".").replace(".", ",") for _, share, weight in grade.parts]
    assert f"{' + '.join(points)} = {grade.score:.1f}".replace(".", ",") in ground.page(project, "fit")


def test_every_question_of_the_first_call_has_an_answer(project: Project, truth: dict[str, Any]) -> None:
    text = ground.word_text(project, "answers")
    practice = (
        "How long",
        "work meanwhile",
        "Which Pipedrive plan",
        "What will we lose",
        "keep their dates",
        "a mess",
        "goes wrong",
        "get mails",
    )
    for words in (*practice, "QuickBooks", "opt-outs", "Where is our data", "Attachments", "before it is final"):
        assert words in text
    facts = Facts(project)
    assert f"{len(facts.losses)} lines, each of which you sign" in text
    assert f"for {facts.words.number(facts.records)} records" in text


# --- the quote ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def card(db: None) -> Firm:
    firm = Firm.objects.create(name="Movers", currency="EUR")
    lines = (("Project lead", "move", "1200"), ("Kinds", "object", "180.50"), ("Fields", "fields", "60"), ("Files", "files", "240"))
    Rate.objects.bulk_create([Rate(firm=firm, label=label, unit=unit, amount=Decimal(amount)) for label, unit, amount in lines])
    return firm


def test_the_price_follows_from_the_rate_card_and_never_from_the_number_of_records(project: Project, card: Firm) -> None:
    for contacts in (10, 1_900_000):
        offer = pricing.quote(Facts(project, counts={"contacts": contacts, "deals": 5, "attachments": 1}))
        assert [(line.label, line.quantity) for line in offer.lines] == [("Project lead", 1), ("Kinds", 3), ("Fields", 0), ("Files", 1)]
        assert offer.total == Decimal("1200") + 3 * Decimal("180.50") + Decimal("240")


def test_above_two_million_records_a_move_is_scoped_singly(project: Project, card: Firm) -> None:
    text = ground.word_text(project, "quote", counts={"contacts": 2_000_001})
    assert "scoped singly" in text
    assert pricing.quote(Facts(project, counts={"contacts": 2_000_000})).total is not None


def test_without_a_rate_card_there_is_no_price(project: Project) -> None:
    assert pricing.quote(Facts(project, counts={"contacts": 5})).total is None
    assert "There is no rate card yet" in ground.page(project, "quote", counts={"contacts": 5})


def test_the_quote_adds_up_and_is_written_as_in_the_customers_country(project: Project, card: Firm) -> None:
    rows = ground.table(ground.sheets(project, "quote", counts={"contacts": 12_000})["Price"], "item")
    assert rows[-1]["total (EUR)"] == sum(row["total (EUR)"] for row in rows[:-1])
    page = ground.page(project, "quote", counts={"contacts": 12_000})
    assert "12.000" in page
    assert "1.380,50" in page


def test_own_fields_and_open_decisions_are_counted_in_tens_and_hundreds(project: Project, sample: dict[str, Any]) -> None:
    facts = Facts(project)
    custom = project.mappings.get().rules.filter(field__startswith="custom:").values_list("entity", "field").distinct().count()
    assert pricing.quantity(facts, Rate.Unit.FIELDS) == -(-custom // 10)
    assert pricing.quantity(facts, Rate.Unit.DECISIONS) == -(-sum(facts.waiting.values()) // 100)


def test_lists_of_many_rows_are_streamed_and_cut_for_reading(project: Project, sample: dict[str, Any], tmp_path: Path) -> None:
    """The page shows the first rows of a finding and says how many more the workbook has."""
    found = Facts(project).findings[0]
    row = FindingRow.objects.filter(finding=found)[0]
    FindingRow.objects.bulk_create(
        [FindingRow(finding=found, table=row.table, line=at, key=f"K-{at}", message="again") for at in range(1000)]
    )
    found.count += 1000
    found.save()
    page = ground.page(project, "quality")
    assert f"{found.count - 20:,}".replace(",", ".") + " more stand in the workbook" in page
    assert "K-999" not in page
    sheet = next(rows for name, rows in ground.sheets(project, "quality").items() if any("K-999" in map(str, row) for row in rows))
    assert len(ground.table(sheet, "source id")) == found.count
