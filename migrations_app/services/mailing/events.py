"""Millions of events in little memory: seventeen bytes each, then given back person by person."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from migrations_app.models import SourceTable
from migrations_app.rules.mailing.sends import KINDS, Event
from migrations_app.services.mailing.people import People
from migrations_app.services.mailing.reading import Reader

_KIND = {kind: number for number, kind in enumerate(KINDS)}
# One line for each send instead of each event: the columns that say when something happened, and how often.
_WIDE = (
    ("sent_at", "", "sent"), ("delivered_at", "", "delivered"), ("opened_at", "open_count", "opened"),
    ("clicked_at", "click_count", "clicked"), ("bounced_at", "", "hard_bounced"), ("unsubscribed_at", "", "unsubscribed"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """What was written, whoever got it."""

    campaign: str
    subject: str


class EventStore:
    """Events of known people; `messages` says what their numbers mean, `strangers` how many events belong to nobody."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.strangers = self.unknown = 0
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._doubtful: dict[int, tuple[int, ...]] = {}  # by place: events of an address that several contacts share
        self._people, self._messages, self._minutes, self._kinds = array("I"), array("I"), array("I"), array("B")

    def __len__(self) -> int:
        return len(self._people)

    def read(self, tables: list[SourceTable], people: People, reader: Reader) -> None:
        wide = {table.pk: _wide_columns(table) for table in tables}
        for row, cells in reader.cells(tables):
            meant = people.all(cells.get("contact_ref", ""), cells.get("email", ""))
            if not meant:
                self.strangers += 1
                continue
            person, message, before = meant[0], self._message(cells), len(self)
            event = cells.get("event", "")
            if kind := reader.event(event) if event else "":
                self._add(person, message, reader.minute(row.table, "at", cells.get("at", "")), kind)
            elif event:
                self.unknown += 1
            for at, count, kind in wide[row.table.pk]:
                if cells.get(at) or cells.get(count, "0") not in ("", "0"):
                    self._add(person, message, reader.minute(row.table, at, cells.get(at, "")), kind)
            if len(meant) > 1:
                self._doubtful |= dict.fromkeys(range(before, len(self)), meant)
        self._settle_doubts()

    def _settle_doubts(self) -> None:
        """An address that several share means the one of them who surely got the message; the first, where none did."""
        asked = {(person, self._messages[at]) for at, meant in self._doubtful.items() for person in meant}
        sure = set()
        for at, pair in enumerate(zip(self._people, self._messages, strict=True)) if asked else ():
            if pair in asked and at not in self._doubtful:
                sure.add(pair)
        for at, meant in self._doubtful.items():
            self._people[at] = next((person for person in meant if (person, self._messages[at]) in sure), meant[0])
        self._doubtful.clear()

    def named(self) -> Iterator[tuple[int, str, Message]]:
        """(number, mark, message): the mark is the same for the same message whenever it is exported."""
        for told, number in self._numbers.items():
            mark = blake2b("\0".join(told).encode(errors="replace"), digest_size=6).hexdigest()
            yield number, mark, self.messages[number]

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
            number = self._numbers[mark] = len(self.messages)
            self.messages.append(Message(campaign, subject))
        elif subject and not self.messages[number].subject:
            self.messages[number] = Message(campaign, subject)
        return number

    def _add(self, person: int, message: int, minute: int, kind: str) -> None:
        self._people.append(person)
        self._messages.append(message)
        self._minutes.append(max(0, minute))
        self._kinds.append(_KIND[kind])


def _wide_columns(table: SourceTable) -> list[tuple[str, str, str]]:
    roles = set(table.roles_by_position().values())
    return [column for column in _WIDE if roles & {column[0], column[1]} - {""}]
