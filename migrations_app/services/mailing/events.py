"""Millions of events in little memory: some twenty bytes each, then given back person by person."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product

from migrations_app.models import SourceTable
from migrations_app.rules.mailing.naming import Names
from migrations_app.rules.mailing.sends import KINDS, Event
from migrations_app.services.mailing.people import People
from migrations_app.services.mailing.reading import Reader

_KIND = {kind: number for number, kind in enumerate(KINDS)}
# One line for each send instead of each event: the columns that say when something happened, and how often.
_WIDE = (
    ("sent_at", "", "sent"), ("delivered_at", "", "delivered"), ("opened_at", "open_count", "opened"),
    ("clicked_at", "click_count", "clicked"), ("bounced_at", "", "hard_bounced"), ("unsubscribed_at", "", "unsubscribed"),
)  # fmt: skip


Told = tuple[str, str, str]  # campaign, template or e-mail, and the subject where there is neither


@dataclass(frozen=True, slots=True)
class Message:
    """What was written, whoever got it. `mark` is the same whenever it is exported; `also` are marks of exports that call it otherwise."""

    number: int
    campaign: str
    subject: str
    mark: str
    also: tuple[str, ...]


class EventStore:
    """Events of known people, by the numbers of their messages; `strangers` is how many events belong to nobody.

    Campaigns and templates may be called by their ids here and by their names there: lines that have both tell it of all.
    """

    def __init__(self, campaigns: Names, templates: Names) -> None:
        self.strangers = self.unknown = 0
        self._campaigns, self._templates = campaigns, templates
        self._learnt: set[tuple[str, ...]] = set()
        self._numbers: dict[Told, int] = {}
        self._subjects: list[str] = []
        self._people, self._messages, self._minutes, self._kinds = array("I"), array("I"), array("I"), array("B")
        self._doubts = array("I")  # 0, or the number of the contacts that share the address

    def __len__(self) -> int:
        return len(self._people)

    def read(self, tables: list[SourceTable], people: People, reader: Reader) -> None:
        wide = {table.pk: _wide_columns(table) for table in tables}
        shared: dict[tuple[int, ...], int] = {}
        for row, cells in reader.cells(tables):
            meant = people.all(cells.get("contact_ref", ""), cells.get("email", ""))
            if not meant:
                self.strangers += 1
                continue
            doubt = shared.setdefault(meant, len(shared) + 1) if len(meant) > 1 else 0
            person, message = meant[0], self._message(cells)
            event = cells.get("event", "")
            if kind := reader.event(event) if event else "":
                self._add(person, message, reader.minute(row.table, "at", cells.get("at", "")), kind, doubt)
            elif event:
                self.unknown += 1
            for at, count, kind in wide[row.table.pk]:
                if cells.get(at) or cells.get(count, "0") not in ("", "0"):
                    self._add(person, message, reader.minute(row.table, at, cells.get(at, "")), kind, doubt)
        self._settle_names()
        self._settle_doubts(list(shared))

    def _settle_doubts(self, shared: list[tuple[int, ...]]) -> None:
        """An address that several share means the one of them who surely got the message; the first, where none did."""
        sharing = {person for meant in shared for person in meant}
        told = zip(self._people, self._messages, self._doubts, strict=True)
        sure = {_pair(person, message) for person, message, doubt in told if not doubt and person in sharing}
        for at, doubt in enumerate(self._doubts) if shared else ():
            if doubt:
                meant, message = shared[doubt - 1], self._messages[at]
                self._people[at] = next((person for person in meant if _pair(person, message) in sure), meant[0])
        self._doubts = array("I")

    def _settle_names(self) -> None:
        """Messages that turn out to be one get the number of the first."""
        otherwise = [(told, meant) for told in self._numbers if (meant := self._meant(told)) != told]
        same: dict[int, int] = {}
        for told, meant in otherwise:
            number = self._numbers.pop(told)
            if (first := self._numbers.setdefault(meant, number)) != number:
                same[number] = first
                self._subjects[first] = self._subjects[first] or self._subjects[number]
        if same:
            self._messages = array("I", (same.get(number, number) for number in self._messages))

    def _meant(self, told: Told) -> Told:
        campaign, template, subject = told
        return self._campaigns.key(campaign), self._templates.key(template), subject

    def named(self) -> Iterator[Message]:
        for told, number in self._numbers.items():
            campaign, template, subject = told
            spelt = product(self._campaigns.spellings(campaign), self._templates.spellings(template), [subject])
            mark, *also = map(_mark, spelt)
            yield Message(number, campaign, self._subjects[number], mark, tuple(also))

    def newest(self) -> int:
        """The minute of the newest event; 0 without any."""
        return max(self._minutes, default=0)

    def by_person(self) -> Iterator[tuple[int, list[Event]]]:
        """(person, events), by one counting sort over the whole store."""
        starts = array("I", bytes(4 * (max(self._people, default=0) + 2)))
        for person in self._people:
            starts[person + 1] += 1
        for person in range(1, len(starts)):
            starts[person] += starts[person - 1]
        places, order = array("I", starts), array("I", bytes(4 * len(self._people)))
        for number, person in enumerate(self._people):
            order[places[person]] = number
            places[person] += 1
        for person in range(len(starts) - 1):
            mine = order[starts[person] : starts[person + 1]]
            if mine:
                yield person, [(self._messages[at], self._minutes[at], self._kinds[at]) for at in mine]

    def _message(self, cells: dict[str, str]) -> int:
        """A message is known by its own id, else by campaign and template, else by its subject."""
        campaign = cells.get("campaign_ref") or cells.get("campaign_name", "")
        asset = cells.get("send_ref") or cells.get("template_ref") or cells.get("email_name", "")
        subject = cells.get("subject", "")
        mark = (campaign, asset, "" if campaign or asset else subject)
        number = self._numbers.get(mark)
        if number is None:
            number = self._numbers[mark] = len(self._subjects)
            self._subjects.append(subject)
        elif subject and not self._subjects[number]:
            self._subjects[number] = subject
        self._learn(campaign, cells.get("campaign_name", ""), cells.get("template_ref", ""), cells.get("email_name", ""))
        return number

    def _learn(self, campaign: str, campaign_name: str, template: str, email_name: str) -> None:
        if (campaign_name or email_name) and (both := (campaign, campaign_name, template, email_name)) not in self._learnt:
            self._learnt.add(both)
            self._campaigns.learn(campaign, campaign_name)
            self._templates.learn(template, email_name)

    def _add(self, person: int, message: int, minute: int, kind: str, doubt: int) -> None:
        self._people.append(person)
        self._messages.append(message)
        self._minutes.append(max(0, minute))
        self._kinds.append(_KIND[kind])
        self._doubts.append(doubt)


def _mark(told: Iterable[str]) -> str:
    return blake2b("\0".join(told).encode(errors="replace"), digest_size=6).hexdigest()


def _pair(person: int, message: int) -> int:
    """A number takes half the memory of a tuple."""
    return person << 32 | message


def _wide_columns(table: SourceTable) -> list[tuple[str, str, str]]:
    roles = set(table.roles_by_position().values())
    return [column for column in _WIDE if roles & {column[0], column[1]} - {""}]
