"""The field map as a workbook to fill in: a sheet for each object, read back by `services.map_sheets`."""

from migrations_app.models import FieldRule
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services.map_sheets import HEADERS, version_of
from migrations_app.services.papers.document import PERCENT, TEXT, Block, Column, Document, Paragraph, Section, Table
from migrations_app.services.papers.facts import ColumnFacts, Facts
from migrations_app.services.papers.scope import NOTHING_YET
from migrations_app.services.proposing import SURE

WIDTHS = dict(zip(HEADERS, (14, 26, 36, 10, 8, 14, 34, 14, 10, 16, 16, 50, 26), strict=True))
SHARES, NOT_READ = ("filled", "confidence"), ("object", "type", "version")
HOW = (
    "Change the columns record, field and transform; an empty field leaves the column behind. The file goes back in through "
    "“Read the map back”, or with: propose PROJECT --file FILE. A row that somebody changed meanwhile is refused and listed."
)


def build(facts: Facts) -> Document:
    if facts.mapping is None:
        said = "No map is proposed yet." if facts.force else NOTHING_YET
        return facts.document("Field map", said, [])
    sections = [Section(facts.label(object), _sheet(facts, object)) for object in facts.force if facts.fields[object]]
    return facts.document("Field map", f"Map {facts.mapping.version} ({facts.mapping.get_state_display()}), column by column.", sections)


def _sheet(facts: Facts, object: str) -> list[Block]:
    offered = {"record": tuple(sorted(BUILTIN_FIELDS)), "transform": tuple(sorted(TRANSFORMS))}
    columns = tuple(
        Column(name, PERCENT if name in SHARES else TEXT, WIDTHS[name], name in NOT_READ, offered.get(name, ())) for name in HEADERS
    )
    rows = [_row(facts, each) for each in facts.fields[object]]
    return [Paragraph(HOW, "dim"), Table(columns, rows, shown=200)]


def _row(facts: Facts, column: ColumnFacts) -> list[object]:
    rule = column.rule
    seen: list[object] = [column.object, column.name, " · ".join(column.examples), column.type, column.fill_rate if column.rows else None]
    if rule is None:
        return [*seen, "", "", "", None, "no rule yet", "", "propose the map again", ""]
    return [
        *seen,
        rule.entity,
        rule.field,
        rule.transform,
        rule.confidence,
        _decision(facts, rule),
        _by(facts, rule),
        rule.reason,
        version_of(rule),
    ]


def _decision(facts: Facts, rule: FieldRule) -> str:
    if not rule.field:
        return "left behind"
    if facts.mapping is not None and facts.mapping.approved_at:
        return "approved"
    return "changed by hand" if rule.edited_by else "proposed" if rule.confidence >= SURE else "to look at"


def _by(facts: Facts, rule: FieldRule) -> str:
    mapping = facts.mapping
    person = mapping.approved_by if mapping is not None and mapping.approved_by else rule.edited_by
    return person.get_username() if person else ""
