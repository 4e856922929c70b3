"""The whole life of one record: file, sheet and line, rules, answers with names, what was sent, and what stands there now."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from connectors.errors import PipedriveError, RecordMissing
from migrations_app.models import Decision, LinkEvent, Mapping, Project, RecordLink, RecordSource, Run
from migrations_app.rules.differing import flat
from migrations_app.rules.headers import unique_headers
from migrations_app.services import connecting, history, proposing, rows
from migrations_app.services.as_seen import Names
from migrations_app.services.likeness import likeness_in
from migrations_app.states import LINK_IN_TARGET, LinkState

_ADDRESS = re.compile(r"/(?P<kind>[a-z_]+)/(?:view/|details/)?(?P<id>[0-9]+|[0-9a-f]{8}-[0-9a-f-]{27})(?:[/?#].*)?$", re.IGNORECASE)
_KINDS = {"organizations": "organization", "persons": "person", "people": "person", "activities": "activity"}


class NotOurs(Exception):
    """No record of the project is meant; the text says what to paste instead."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a source row and the rule that carried it; `field` is empty where it was not carried over."""

    column: str
    value: str
    field: str
    transform: str
    reason: str
    edited_by: str


@dataclass(frozen=True, slots=True)
class Row:
    object: str
    source_id: str
    file: str
    sheet: str
    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of a person that concerns the record."""

    number: int
    kind: str
    about: str
    answer: str
    by: str
    at: str
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Value:
    """One field as we wrote it and as it stands in Pipedrive now; `wrote` and `stands` say both as Pipedrive's screens do."""

    field: str
    sent: Any
    live: Any
    same: bool
    wrote: str = ""
    stands: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """`now` says in words how the record stands in Pipedrive; without a connection `values` hold what was sent alone."""

    link: RecordLink
    now: str
    map: str
    approved_by: str
    rows: tuple[Row, ...]
    answers: tuple[Answered, ...]
    events: tuple[LinkEvent, ...]
    values: tuple[Value, ...]

    def as_dict(self) -> dict[str, Any]:
        events = [
            {"what": each.get_verb_display(), "run": each.run_id, "at": each.at.isoformat(), "sent": each.sent} for each in self.events
        ]
        return {
            "object": self.link.entity,
            "source_id": self.link.key.removeprefix(f"{self.link.entity}:"),
            "pipedrive_id": self.link.pipedrive_id,
            "role": self.link.account.role,
            "state": self.link.state,
            "now": self.now,
            "map": self.map,
            "approved_by": self.approved_by,
            "rows": [asdict(row) for row in self.rows],
            "decisions": [asdict(answer) for answer in self.answers],
            "events": events,
            "values": [asdict(value) for value in self.values],
        }


def find(project: Project, text: str) -> RecordLink:
    """The record that a pasted Pipedrive address, `deal 17`, or a whole source id means; production's before staging's.

    Raises NotOurs.
    """
    text = text.strip()
    if not text:
        raise NotOurs("Paste the address of a record in Pipedrive, such as https://acme.pipedrive.com/deal/17.")
    links = RecordLink.objects.filter(account__project=project).select_related("account__project", "survivor__account__project")
    found = links.filter(key__endswith=f":{text}") if not (named := _named(text)) else links.filter(entity=named[0], pipedrive_id=named[1])
    link = found.order_by("account__role", "pk").first()
    if link is None:
        raise NotOurs(f"“{text[:200]}” is no record that this project loaded. Paste a record's address, or the whole id of its source row.")
    return link.survivor if link.state == LinkState.MERGED and link.survivor else link


def _named(text: str) -> tuple[str, str] | None:
    match = _ADDRESS.search(text if "/" in text else "/" + "/".join(text.split()))
    if match is None:
        return None
    kind = match["kind"].lower()
    entity = _KINDS.get(kind, kind.removesuffix("s"))
    return (entity, match["id"]) if entity in {each for (each,) in RecordLink.objects.values_list("entity").distinct().order_by()} else None


def life(link: RecordLink) -> Life:
    """Asks Pipedrive for the record (1 or 2 tokens); where that fails the rest is told all the same."""
    project, run = link.account.project, _run_of(link)
    mapping = run.mapping if run else proposing.approved(project)
    live, now = _live(link)
    sources = _sources(link)
    return Life(
        link=link,
        now=now,
        map=f"map {mapping.version}" if mapping else "",
        approved_by=_name(mapping.approved_by) if mapping else "",
        rows=tuple(_rows(project, run, mapping, sources)),
        answers=tuple(_answers(project, sources)),
        events=tuple(LinkEvent.objects.filter(link=link).select_related("run").order_by("pk")),
        values=tuple(_values(link, live)),
    )


def _run_of(link: RecordLink) -> Run | None:
    pk = link.written_run_id or link.run_id
    return Run.objects.select_related("mapping__approved_by", "mapping__project").filter(pk=pk).first() if pk else None


def _live(link: RecordLink) -> tuple[dict[str, Any] | None, str]:
    if link.state not in LINK_IN_TARGET or not link.pipedrive_id:
        return None, f"not in Pipedrive: {link.get_state_display()}{f' ({link.reason})' if link.reason else ''}"
    client = connecting.client_for(link.account)
    try:
        record = client.get(link.entity, link.pipedrive_id)
    except (RecordMissing, LookupError):
        return None, "deleted or merged in Pipedrive since"
    except PipedriveError as error:
        return None, f"Pipedrive could not be asked: {error}"
    finally:
        connecting.note_spend(link.account, client.door.spent)
    gone = record.get("is_deleted") or record.get("active_flag") is False
    return record, "deleted in Pipedrive since" if gone else "in Pipedrive"


def _sources(link: RecordLink) -> list[tuple[str, str]]:
    """(object, source key) of the rows that feed the record: its own, then those of records merged into it.

    What no row is by itself (a send, a note about campaigns) shows the rows of what it hangs on.
    """
    own = RecordSource.objects.filter(link=link).order_by("pk")
    merged = RecordSource.objects.filter(link__survivor=link, link__state=LinkState.MERGED).order_by("pk")
    found = list(dict.fromkeys((each.object, each.source_key) for each in (*own, *merged)))
    if found or not link.derived:
        return found
    above = RecordSource.objects.filter(link__children__link=link, link__derived=False).order_by("pk")
    return [(each.object, each.source_key) for each in above]


def _rows(project: Project, run: Run | None, mapping: Mapping | None, sources: Sequence[tuple[str, str]]) -> Iterator[Row]:
    force = rows.tables_of(run.tables) if run else rows.tables_in_force(project)
    rules: dict[tuple[str, str], Any] = {}
    if mapping:
        objects = {object for object, _ in sources}
        rules = {(each.object, each.column): each for each in mapping.rules.filter(object__in=objects).select_related("edited_by")}
    for object, key in sources:
        for row in rows.by_key(force.get(object, ()), [key]).values():
            columns = unique_headers(row.table.headers)
            cells = tuple(_cell(column, value, rules.get((object, column))) for column, value in zip(columns, row.cells, strict=False))
            yield Row(object, key, row.table.file, row.table.sheet, row.line, cells)


def _cell(column: str, value: str, rule: Any) -> Cell:
    if rule is None:
        return Cell(column, value, "", "", "no rule names this column", "")
    return Cell(column, value, rule.field, rule.transform, rule.reason, _name(rule.edited_by))


def _answers(project: Project, sources: Sequence[tuple[str, str]]) -> Iterator[Answered]:
    keys = {key for _, key in sources}
    found = Decision.objects.filter(project=project, source_key__in=keys).select_related("by").order_by("pk")
    for each in found:
        if (each.object, each.source_key) in sources:
            said = ", ".join(f"{name}: {value}" for name, value in each.answer.items())
            about = f"{each.object} {each.source_key}"
            yield Answered(each.pk, each.get_kind_display(), about, said, _name(each.by), each.at.isoformat(), each.undone_at is not None)


def _values(link: RecordLink, live: dict[str, Any] | None) -> Iterator[Value]:
    wrote = history.written([link]).get(link.pk)
    if wrote is None:
        return
    fields = link.account.schema.get("fields", {}).get(link.entity, [])
    names = {each["code"]: each["name"] for each in fields}
    seen = Names(link.account, [wrote])
    likeness, stands = likeness_in(link.account.schema, link.entity), flat(live or {})
    for name, sent in wrote.values.items():
        same = live is None or likeness.same(name, sent, stands)
        there = stands.get(name)
        yield Value(names.get(name, name), sent, there, same, seen.shown(link.entity, name, sent), seen.shown(link.entity, name, there))


def _name(user: Any) -> str:
    return (user.get_full_name() or user.username) if user is not None else ""
