"""The data quality report: how full the columns are, what is double, which dates and links do not hold, and the rows themselves."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from migrations_app.models import Finding, FindingRow
from migrations_app.rules.keys import is_weak
from migrations_app.services.papers.document import (
    NUMBER,
    PERCENT,
    Block,
    Chart,
    Column,
    Document,
    Figures,
    Paragraph,
    Section,
    Table,
)
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.scope import NOTHING_YET
from migrations_app.services.wording import ENGLISH, counted, language_in_force, plain, told

BARS = 30  # columns in a chart of fill rates
ROWS_SHOWN = 20
THIN = 0.02
TYPES = {
    "id": "key", "text": "text", "long": "long text", "enum": "one of a list", "multi": "several of a list", "bool": "yes or no",
    "int": "whole number", "number": "number", "money": "amount", "percent": "percent", "date": "date", "datetime": "date and time",
    "email": "e-mail address", "phone": "phone number", "url": "web address", "empty": "empty",
}  # fmt: skip
DATES = ("bad_date", "ambiguous_date", "closed_without_date", "end_before_start")
ROW_FIELDS = ("key", "table__file", "table__sheet", "line", "field", "value", "message")
ROW_COLUMNS = (
    Column("source id", width=18), Column("file", width=24), Column("sheet", width=12), Column("line",
    NUMBER, 8), Column("column", width=18),
    Column("value", width=34), Column("what", width=46),
)  # fmt: skip


def build(facts: Facts) -> Document:
    if not facts.force:
        return facts.document("Data quality", NOTHING_YET, [])
    sections = [Section("In figures", _figures(facts))]
    sections += [Section(told("How full: {kind}", kind=facts.label(object)), _fill(facts, object)) for object in facts.kinds]
    if facts.audit is not None:
        sections += [
            Section("Findings", _findings(facts)),
            Section("Duplicates", _duplicates(facts)),
            Section("Dates", _dates(facts)),
            Section("Deals without a company", _orphans(facts)),
            *_quickbooks(facts),
            *(Section(f"{facts.label(each.object)}: {plain(each.code)}", _rows(facts, each)) for each in facts.findings),
        ]
    return facts.document(
        "Data quality", told("What the {source} exports hold, column by column and row by row.", source=facts.source.label), sections
    )


def _figures(facts: Facts) -> list[Block]:
    words = facts.words
    rows = sum(facts.rows[object] for object in facts.kinds)
    by_severity = {severity: sum(each.count for each in facts.findings if each.severity == severity) for severity in Finding.Severity}
    items = [(words.number(rows), "rows in force")]
    if facts.audit is None:
        return [Figures(items), Paragraph("No audit has run yet: findings, duplicates and dates follow after it.", "notice")]
    items += [
        (words.number(count), told("findings: {severity}", severity=told(Finding.Severity(severity).label)))
        for severity, count in by_severity.items()
    ]
    return [Figures(items)]


def _fill(facts: Facts, object: str) -> list[Block]:
    columns = facts.columns[object]
    fullest = sorted(columns, key=lambda each: -each.fill_rate)
    table = Table(
        (
            Column("column", width=28), Column("type", width=12), Column("filled", NUMBER, 10), Column("share", PERCENT, 9),
            Column("different values", NUMBER, 12), Column("examples", width=44),
        ),
        [
            (each.name, told(TYPES.get(each.type, each.type)), each.filled, each.fill_rate, each.distinct, " · ".join(each.examples))
            for each in columns
        ],
        shown=200,
        nothing="The columns of these files are not looked at yet.",
    )  # fmt: skip
    thin = [each for each in columns if each.rows and (each.fill_rate < THIN or each.distinct <= 1)]
    said: list[Block] = [
        Chart(
            told("{kind}: share of rows that hold a value", kind=facts.label(object)),
            [(each.name, each.fill_rate) for each in fullest[:BARS]],
            PERCENT,
        )
    ]
    if thin:
        names = ", ".join(each.name for each in thin)
        used = "Hardly used (under {share} filled, or one value throughout): {columns}"
        said.append(Paragraph(told(used, share=facts.words.percent(THIN), columns=names)))
    return [*(said if columns else []), table]


def _findings(facts: Facts) -> list[Block]:
    columns = (Column("kind", width=18), Column("finding", width=44), Column("what follows", width=22), Column("rows", NUMBER, 10))
    rows = [(facts.label(each.object), plain(each.code), told(each.get_severity_display()), each.count) for each in facts.findings]
    bars = sorted(((f"{facts.label(each.object)}: {plain(each.code)}", each.count) for each in facts.findings), key=lambda bar: -bar[1])
    chart: list[Block] = [Chart("Rows by finding", bars[:BARS])] if bars else []
    return [*chart, Table(columns, rows, shown=200, nothing="The audit found nothing.")]


def _duplicates(facts: Facts) -> list[Block]:
    groups, rows = facts.tallies.get("duplicates", {}), facts.tallies.get("duplicate rows", {})
    columns = (Column("kind and how sure", width=30), Column("groups", NUMBER, 10), Column("records in them", NUMBER, 16))
    table = Table(columns, [(kind, count, rows.get(kind, 0)) for kind, count in groups.items()], nothing="No two records look like one.")
    chart: list[Block] = [Chart("Records in groups that may be one", list(rows.items()))] if rows else []
    return [*chart, table]


def _dates(facts: Facts) -> list[Block]:
    held = {
        facts.label(object): sum(each.filled for each in facts.columns[object] if each.type in ("date", "datetime"))
        for object in facts.kinds
    }
    odd = [each for each in facts.findings if each.code in DATES]
    columns = (Column("kind", width=20), Column("finding", width=40), Column("rows", NUMBER, 12))
    bars = [(name, count) for name, count in held.items() if count]
    chart: list[Block] = [Chart("Dates in the exports", bars)] if bars else []
    rows = [(facts.label(each.object), plain(each.code), each.count) for each in odd]
    return [*chart, Table(columns, rows, nothing="Every date could be read.")]


def _orphans(facts: Facts) -> list[Block]:
    kinds = facts.tallies.get("orphans", {})
    if not kinds:
        return [Paragraph("Every deal has its company.")]
    columns = (Column("why", width=50), Column("deals", NUMBER, 12))
    return [Chart("Deals without a company", list(kinds.items())), Table(columns, list(kinds.items()))]


def _quickbooks(facts: Facts) -> list[Section]:
    """Only where records have something of QuickBooks that differs."""
    kinds = facts.tallies.get("quickbooks", {})
    table = Table((Column("field and how it differs", width=50), Column("records", NUMBER, 12)), list(kinds.items()))
    return [Section("Differences to QuickBooks", [table])] if kinds else []


def _rows(facts: Facts, finding: Finding) -> list[Block]:
    """The rows of one finding, streamed: hundreds of thousands are possible."""
    # What the audit says of a single row is kept in English: elsewhere the heading says it, for all of them.
    shown = len(ROW_FIELDS) if language_in_force() == ENGLISH else ROW_FIELDS.index("message")
    headers = {each.role: each.name for each in facts.columns.get(finding.object, ()) if each.role}
    rows = partial(_stream, finding.pk, ROW_FIELDS[:shown], headers)
    table = Table(ROW_COLUMNS[:shown], rows, total=finding.count, shown=ROWS_SHOWN)
    return [Paragraph(f"{counted(finding.count, 'row')}; {told(finding.get_severity_display())}."), table]


def _stream(finding: int, fields: Sequence[str], headers: Mapping[str, str]) -> Iterator[Any]:
    """Rows with the column as its file calls it; a row without an id is told by its line alone."""
    rows = FindingRow.objects.filter(finding=finding).order_by("pk").values_list(*fields).iterator(2000)
    for key, file, sheet, line, field, *rest in rows:
        yield "" if is_weak(key) else key, file, sheet, line, headers.get(field, field), *rest
