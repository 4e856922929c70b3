"""What other files say about a contact or a company, as columns of its own that the map shows, and how merged records join them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrations_app.rules.mailing import suppression
from migrations_app.rules.merging import joined
from migrations_app.rules.spec import ENTITY_OF_OBJECT, Rule, custom_field

TRANSFORM = "gathered"
GATHERED = " (from other files)"  # how their names end, where columns of files have their headers
_ON_PERSONS = "; no file lists the companies, so the whole history is a note on each of their persons"
_PLACE = 10_000  # behind the columns of any file

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """One such column. `join` says what becomes of several values: union, sum, strictest, lines, several (side by side), or the one
    with the earliest or latest date (values are then pairs of an ISO date and a text)."""

    object: str
    name: str
    label: str
    type: str
    join: str
    of: str  # what it is gathered from, in words
    choices: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        return f"{self.label}{GATHERED}"


SUPPRESSION, CAMPAIGNS, LISTS, SENDS = "the suppression list and the contacts' own states", "campaigns", "list members", "e-mail sends"
QUICKBOOKS, QB_LIST_ID = "the customer list of QuickBooks", "qb_list_id"
_REASONS = tuple(suppression.LABELS.values())

COLUMNS: tuple[Gathered, ...] = (
    Gathered("contacts", "suppression_status", "Suppression status", "enum", "earliest", SUPPRESSION, (suppression.SUPPRESSED,)),
    Gathered("contacts", "suppression_reason", "Suppression reason", "enum", "strictest", SUPPRESSION, _REASONS),
    Gathered("contacts", "suppression_date", "Suppression date", "date", "earliest", SUPPRESSION),
    Gathered("contacts", "suppression_history", "Suppression history", "text", "lines", SUPPRESSION),
    Gathered("contacts", "campaigns", "Campaigns", "set", "union", CAMPAIGNS),
    Gathered("contacts", "first_campaign", "First campaign", "varchar", "earliest", CAMPAIGNS),
    Gathered("contacts", "last_campaign", "Last campaign", "varchar", "latest", CAMPAIGNS),
    Gathered("contacts", "lists", "Lists", "set", "union", LISTS),
    Gathered("contacts", "emails_sent", "E-mails sent", "double", "sum", SENDS),
    Gathered("contacts", "emails_opened", "E-mails opened", "double", "sum", SENDS),
    Gathered("contacts", "emails_clicked", "E-mails clicked", "double", "sum", SENDS),
    Gathered("contacts", "emails_bounced", "E-mails bounced", "double", "sum", SENDS),
    Gathered("contacts", "last_open", "Last e-mail opened", "date", "latest", SENDS),
    Gathered("companies", "campaigns", "Campaigns", "set", "union", CAMPAIGNS),
    Gathered("companies", "first_campaign", "First campaign", "varchar", "earliest", CAMPAIGNS),
    Gathered("companies", "campaign_name", "Last campaign", "varchar", "latest", CAMPAIGNS),
    Gathered("companies", "campaign_status", "Last campaign status", "varchar", "latest", CAMPAIGNS),
    Gathered("companies", "campaign_type", "Last campaign type", "varchar", "latest", CAMPAIGNS),
    Gathered("companies", "campaign_start", "Last campaign start", "date", "latest", CAMPAIGNS),
    Gathered("companies", "campaign_end", "Last campaign end", "date", "latest", CAMPAIGNS),
    Gathered("companies", QB_LIST_ID, "QuickBooks List ID", "varchar", "several", QUICKBOOKS),
    Gathered("contacts", QB_LIST_ID, "QuickBooks List ID", "varchar", "several", QUICKBOOKS),
)
BY_NAME: Mapping[tuple[str, str], Gathered] = {(each.object, each.name): each for each in COLUMNS}
BY_COLUMN: Mapping[tuple[str, str], Gathered] = {(each.object, each.column): each for each in COLUMNS}


def proposals(wanted: Collection[tuple[str, str]], choices: Mapping[str, Sequence[str]], listed: Collection[str]) -> list[Rule]:
    """A rule for each of the `wanted` (object, name); `choices` are the labels of campaigns and lists, `listed` the objects with files."""
    return [
        Rule(
            each.object,
            each.column,
            "",
            ENTITY_OF_OBJECT[each.object],
            custom_field(each.label, each.type),
            TRANSFORM,
            {"choices": list(each.choices or choices.get(each.name, ()))} if each.type in ("enum", "set") else {},
            0.9,
            f"gathered from {each.of}" + ("" if each.object in listed else _ON_PERSONS),
            _PLACE + at,
        )
        for at, each in enumerate(COLUMNS)
        if (each.object, each.name) in wanted
    ]


def together(object: str, said: Iterable[Said]) -> dict[str, Any]:
    """What several rows of one record come to, by column name, ready for a draft."""
    by_name: dict[str, list[Any]] = {}
    for values in said:
        for name, value in values.items():
            by_name.setdefault(name, []).append(value)
    return {name: _JOINS[BY_NAME[object, name].join](some) for name, some in by_name.items() if (object, name) in BY_NAME}


def add(values: dict[str, Any], field: str, value: Any) -> None:
    """Into a draft's values: lists grow, anything else stays where the row says it itself."""
    values[field] = joined(field, values[field], value) if field in values else value


def _union(some: Sequence[list[str]]) -> list[str]:
    return list(dict.fromkeys(text for each in some for text in each))


def _strictest(some: Sequence[str]) -> str:
    reason = min((suppression.reason_of_label(label) or suppression.UNKNOWN for label in some), key=suppression.STRICTNESS.index)
    return suppression.LABELS[reason]


def _lines(some: Sequence[str]) -> str:
    return "\n".join(sorted(_union([text.split("\n") for text in some])))


_JOINS: Mapping[str, Any] = {
    "union": _union,
    "sum": sum,
    "strictest": _strictest,
    "lines": _lines,
    "several": lambda some: ", ".join(dict.fromkeys(some)),
    "earliest": lambda pairs: min(pairs, key=lambda pair: pair[0] or "9999")[1],
    "latest": lambda pairs: max(pairs, key=lambda pair: pair[0])[1],
}
