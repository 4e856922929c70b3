"""Millions of events in little memory: some twenty bytes each, then given back person by person."""

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

    def _add(self, person: int, message: int, minute: int, kind: str, doubt: int) -> None:
        self._people.append(person)
        self._messages.append(message)
        self._minutes.append(max(0, minute))
        self._kinds.append(_KIND[kind])
        self._doubts.append(doubt)


def _pair(person: int, message: int) -> int:
    """A number takes half the memory of a tuple."""
    return person << 32 | message


def _wide_columns(table: SourceTable) -> list[tuple[str, str, str]]:
    roles = set(table.roles_by_position().values())
    return [column for column in _WIDE if roles & {column[0], column[1]} - {""}]
