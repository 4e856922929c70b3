"""Tables that say which campaign belongs to which deal: their columns in any language, whatever else stands beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.errors import UnreadableFile
from connectors.records import TableShape
from connectors.sources.archives import Entry, open_package
from connectors.sources.describing import COMPANY, describe_object
from connectors.sources.headers import surest
from connectors.sources.net_results.objects import CAMPAIGNS, COMPANIES
from connectors.sources.results.objects import DEALS
from connectors.sources.spec import FieldSpec, SourceSystem
from connectors.sources.synonyms import spellings
from connectors.sources.tables import TableRows, inspect_all, is_table

DEAL, TITLE = ("deal_ref",), ("title",)
COMPANY_ROLES, CAMPAIGN_ROLES = ("company_ref", "company_name"), ("campaign_ref", "campaign_name")
_SURE = 0.9
_described = describe_object(
    "deal_links",
    "Deals and campaigns",
    (
        FieldSpec("deal_ref", "ref", refers="deals"),
        FieldSpec("title", "text", refers="deals"),
        *COMPANY,
        FieldSpec("campaign_ref", "ref", refers="campaigns"),
        FieldSpec("campaign_name", "text", refers="campaigns"),
    ),
    needs=[("deal_ref", "title"), CAMPAIGN_ROLES],
    labels=["title"],
    identity=["deal_ref", "title", *CAMPAIGN_ROLES],
)
_titled = tuple(replace(each, spellings=spellings("deals", "title")) if each.role == "title" else each for each in _described.fields)
LINKS = replace(_described, fields=_titled)
_SYSTEM = SourceSystem("deal links", "Deals and campaigns", (LINKS, DEALS, COMPANIES, CAMPAIGNS))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, as printed; `place` names file, sheet and line."""

    place: str
    deal: str
    title: str
    company: str
    campaign: str


def columns(headers: Sequence[str]) -> Mapping[str, int]:
    """{role of LINKS: position} for the headers that surely say so."""
    return surest(_SYSTEM, LINKS, headers, _SURE)


def place(file: str, sheet: str, line: int) -> str:
    return ", ".join(filter(None, (file, sheet, f"line {line}")))


def read(path: Path) -> list[Line]:
    """The lines of a csv, xlsx or json, of all sheets that have the columns. Raises UnreadableFile where none has, or a line lacks one."""
    found: list[Line] = []
    seen: list[str] = []
    with open_package(path) as package:
        for entry, shapes, why in inspect_all(entry for entry in package.entries if is_table(entry)):
            if why:
                raise UnreadableFile(entry.name, why)
            seen += [", ".join(shape.headers) for shape in shapes]
            found += [line for shape in shapes for line in _lines(entry, shape)]
    if not found:
        has = f" It has {'; '.join(seen)}." if seen else ""
        raise UnreadableFile(path.name, f"is no list with a column for the deal, one for the campaign, and a line below them.{has}")
    return found


def _lines(entry: Entry, shape: TableShape) -> Iterator[Line]:
    at = columns(shape.headers)
    if not all(at.keys() & set(group) for group in LINKS.needs):
        return
    for number, cells in TableRows(entry, shape):
        deal, title, company, campaign = (_first(cells, at, roles) for roles in (DEAL, TITLE, COMPANY_ROLES, CAMPAIGN_ROLES))
        where = place("", shape.sheet, number)
        if not (deal or title) or not campaign:
            missing = "the campaign" if deal or title else "the deal"
            raise UnreadableFile(entry.name, f"{where}: {missing} is missing. Fill it in, or take the line out.")
        yield Line(place(entry.name, shape.sheet, number), deal, title, company, campaign)


def _first(cells: Sequence[str], at: Mapping[str, int], roles: Sequence[str]) -> str:
    return next((text for role in roles if role in at and (text := cells[at[role]].replace("\0", "").strip())), "")
