"""Papers opened again as people open them: cells of workbooks, texts of Word documents, cells of pages."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook

from connectors.sources.results.sample import write_sample
from migrations_app.models import FindingRow, Project
from migrations_app.services import approving, audit, intake, proposing, rows
from migrations_app.services.papers import shelf
from migrations_app.services.papers.facts import Facts

AWKWARD = "<script>alert('O\"Hara & Söhne')</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(
        name="Harbour Works", slug="harbour-works", source="results", timezone="Europe/Berlin", country="DE", currency="EUR"
    )


@pytest.fixture
def sample(project: Project, root: User, tmp_path: Path) -> dict[str, Any]:
    """The project with a whole made-up export, mapped, approved and audited; answers the truth about it."""
    truth = write_sample(tmp_path / "export", seed=5, contacts=60)
    take_in(project, tmp_path / "export", root)
    return truth


def take_in(project: Project, folder: Path, user: User) -> None:
    intake.take_in(project, folder, kind="full", user=user)
    proposing.propose_map(project, user=user)
    approving.approve(project, user=user)
    audit.run_audit(project, user=user)


def foreign_truth() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SAMPLES / "truth" / "results.json").read_text())
    return told


def made(project: Project, name: str, format: str, **given: Any) -> BytesIO:
    return shelf.make(shelf.PAPERS[name], format, Facts(project, **given))


def sheets(project: Project, name: str, **given: Any) -> dict[str, list[list[Any]]]:
    """{sheet: rows of cells}."""
    book = load_workbook(made(project, name, "xlsx", **given))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def table(rows: list[list[Any]], head: str) -> list[dict[str, Any]]:
    """The table whose first head is `head`, up to the next empty line."""
    start = next(at for at, row in enumerate(rows) if row and row[0] == head)
    heads = [cell for cell in rows[start] if cell is not None]
    found = []
    for row in rows[start + 1 :]:
        if all(cell is None for cell in row):
            break
        found.append(dict(zip(heads, row, strict=False)))
    return found


def word_text(project: Project, name: str, **given: Any) -> str:
    document = docx.Document(made(project, name, "docx", **given))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def page(project: Project, name: str, **given: Any) -> str:
    return made(project, name, "html", **given).getvalue().decode()


class Page(HTMLParser):
    """Tags and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and self.tags[-1] != "style":
            self.texts.append(data.strip())


# --- two languages -----------------------------------------------------------------------------------------------------

# Words that a sentence in English can hardly do without, and German has not.
ENGLISH = re.compile(r"\b(the|of|is|are|and|not|with|which|that|has|have|by|for|from|to|each|becomes|were)\b")
DIGEST = re.compile("[0-9a-f]{64}")
# Texts of ours that are the same in both languages.
ALIKE = frozenset(
    "Name Status Text Pipeline Website Person Deal Deals Workflows Label Code Tokens tokens Domain Lite Growth Premium Ultimate".split()
) | {"in Pipedrive", "API-Tokens"}


def english_left(project: Project, name: str, theirs: str) -> set[str]:
    """Texts of a German paper that are English still. `theirs` is everything that stands in the exports."""
    texts = {}
    for language in ("en_GB", "de"):
        project.settings = {**project.settings, "locale": language}
        texts[language] = set(Page(page(project, name)).texts)
    theirs = theirs.replace("\0", "␀")
    same = {
        text for text in texts["en_GB"] & texts["de"] if re.search("[a-z]{3}", text) and text not in ALIKE and not DIGEST.fullmatch(text)
    }
    known = {text for text in same if all(part.strip() in theirs for part in re.split(" · |, |; ", text.replace("custom:", "")))}
    return (same - known) | {text for text in texts["de"] - same if ENGLISH.search(text) and not text.startswith("eigenes Feld: ")}


def cells_of(project: Project) -> str:
    """Everything that the exports say, in one text."""
    tables = [table for each in Facts(project).force.values() for table in each]
    cells = [" ".join(row.cells) for row in rows.stream(tables)]
    cells += FindingRow.objects.filter(finding__audit__project=project).values_list("value", flat=True)
    return "\n".join([*cells, *(" ".join([str(table), table.sheet, *table.headers]) for table in tables)])
