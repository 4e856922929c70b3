"""What hangs on the companies, contacts and deals of a storm: files to load, and what must be true of it afterwards."""

import csv
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sandbox.launch import Control
from migrations_app.rules import marks
from migrations_app.rules.kinds_of_record import KINDS
from tests.chaos.people import People

Rows = Mapping[str, Mapping[str, Mapping[str, str]]]  # of the basic kinds: {entity: {source id: row}}
PARENT = {"CO": "organization", "CT": "person", "OP": "deal"}
WORDS = {"organization": "Company", "person": "Contact", "deal": "Opportunity"}
FIELDS = {"organization": "org_id", "person": "person_id", "deal": "deal_id"}
MADE_BY_CALLS = "call_log:"  # the activity that Pipedrive makes with a call log has its note, and so its reference
HEADS = {
    "products": ("Product ID", "SKU", "Product Name", "Unit Price", "Currency"),
    "line_items": ("Line ID", "Opportunity ID", "Product ID", "Quantity", "Unit Price"),
    "activities": ("Activity ID", "Type", "Subject", "Start", "Duration", "Completed", "Phone", "Contact ID"),
    "notes": ("Note ID", "Note", "Parent Type", "Parent ID", "Created Date"),
    "attachments": ("Attachment ID", "File Name", "Path", "Parent Type", "Parent ID"),
}


@dataclass
class Hanging:
    """`hangs_on` is what the files hold: by entity and source id the one record of the basic kinds that it hangs on."""

    hangs_on: dict[str, dict[str, str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)  # {company: the one above it}

    def write(self, folder: Path, lot: random.Random, rows: Rows) -> "Hanging":
        """A fifth as many of each kind as there are companies. A deal is worth what its line says, so that its value stays."""
        count = max(2, len(rows["organization"]) // 5)
        some = {entity: lot.sample(list(these), count) for entity, these in rows.items()}
        numbers = range(1, count + 1)
        calls, meetings = (dict(zip((f"{code}-{n}" for n in numbers), some["person"], strict=True)) for code in ("CA", "ME"))
        lines = {f"LI-{n}": deal for n, deal in zip(numbers, some["deal"], strict=True)}
        notes, files = ({f"{code}-{n}": lot.choice(some[lot.choice(list(some))]) for n in numbers} for code in ("NO", "AT"))
        self.hangs_on = {"call_log": calls, "activity": meetings, "deal_product": lines, "note": notes, "file": files}
        self._write(folder, "products", [("PR-1", "P1", "Pump", "10.50", "EUR")])
        self._write(folder, "line_items", [(id, deal, "PR-1", "1", rows["deal"][deal]["Amount"]) for id, deal in lines.items()])
        done = [(id, "Call", f"Spoke {id}", "2024-03-01 14:30", "5", "Yes", "+49 40 555 777", who) for id, who in calls.items()]
        meant = [(id, "Meeting", f"Met {id}", "2024-03-02 10:00", "5", "No", "", who) for id, who in meetings.items()]
        self._write(folder, "activities", [*done, *meant])
        self._write(folder, "notes", [(id, f"Said {id}", _word(of), of, "2023-08-04 09:46:00") for id, of in notes.items()])
        self._write(folder, "attachments", [(id, f"{id}.txt", f"papers/{id}.txt", _word(of), of) for id, of in files.items()])
        (folder / "papers").mkdir()
        for id in files:
            (folder / "papers" / f"{id}.txt").write_text(f"What {id} says")
        return self

    def put_under(self, lot: random.Random, companies: Mapping[str, dict[str, str]]) -> None:
        """Every fifth company hangs under one that stands before it."""
        ids = list(companies)
        self.above = {id: lot.choice(ids[:at]) for at, id in enumerate(ids) if at and at % 5 == 0}
        for id, row in companies.items():
            row["Parent Company"] = self.above.get(id, "")

    def _write(self, folder: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADS[name], *rows])

    @property
    def count(self) -> int:
        return sum(len(each) for each in self.hangs_on.values()) + len(self.above)

    def judge(
        self, control: Control, slug: str, ids: Mapping[str, Mapping[str, int]], absent: Mapping[str, set[str]], people: People
    ) -> tuple[int, int, list[str]]:
        """(lost, doubled, what hangs on something else than the files say).

        `ids` are those of the basic kinds in the account; `absent` are the source ids of what people deleted or merged, and of what was
        refused therefore: what hangs on that may be missing.
        """
        lost = doubled = 0
        wrong: list[str] = []
        for entity, expected in self.hangs_on.items():
            there = _by_reference(control, slug, entity)
            gone = {id for id, parent in expected.items() if parent in absent[PARENT[parent[:2]]]}
            lost += len(set(expected) - set(there) - gone)
            doubled += sum(len(each) - 1 for each in there.values()) + len(set(there) - set(expected))
            judged = set(there) & set(expected) - gone
            wrong += [f"{entity} {id} hangs on something else" for id in judged if not _hangs(there[id][0], expected[id], ids)]
        pairs = Counter((each["rel_owner_org_id"], each["rel_linked_org_id"]) for each in _standing(control, slug, "relationship"))
        companies, touched = ids["organization"], people.touched["organization"]
        wanted = {(companies.get(up), companies.get(id)) for id, up in self.above.items() if not {id, up} & set(touched)}
        return lost + len(wanted - set(pairs)), doubled + sum(pairs.values()) - len(pairs), wrong


def _word(parent: str) -> str:
    return WORDS[PARENT[parent[:2]]]


def _standing(control: Control, slug: str, entity: str) -> Iterator[dict[str, Any]]:
    return (record for record in control.records(slug, entity) if not record.get("is_deleted"))


def _by_reference(control: Control, slug: str, entity: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for record in _standing(control, slug, entity):
        reference = marks.reference_in(KINDS[entity], record)
        if entity != "activity" or not reference.startswith(MADE_BY_CALLS):
            found.setdefault(reference.rsplit(":", 1)[-1], []).append(record)
    return found


def _hangs(record: Mapping[str, Any], parent: str, ids: Mapping[str, Mapping[str, int]]) -> bool:
    entity = PARENT[parent[:2]]
    return bool(record.get(FIELDS[entity]) == ids[entity].get(parent))
