"""A small move with something of every kind: products, lines of deals, activities, notes and files beside what they hang on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from migrations_app.models import RecordLink, Run
from migrations_app.rules import marks
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import approving, intake, loading, proposing
from tests.ledger.ground import DOMAIN, Ground, write

Rows = Sequence[Sequence[str]]
HEADS: Mapping[str, Sequence[str]] = {
    "companies": ("Company ID", "Company Name"),
    "contacts": ("Contact ID", "First Name", "Last Name", "Company ID"),
    "opportunities": ("Opportunity ID", "Opportunity Name", "Company ID", "Contact ID", "Value", "Currency", "Status"),
    "products": ("Product ID", "SKU", "Product Name", "Unit Price", "Currency"),
    "line_items": ("Line ID", "Opportunity ID", "Product ID", "Quantity", "Unit Price", "Discount %"),
    "activities": ("Activity ID", "Type", "Subject", "Details", "Start", "Completed", "Company ID", "Contact ID", "Opportunity ID"),
    "notes": ("Note ID", "Note", "Parent Type", "Parent ID", "Created Date"),
    "attachments": ("Attachment ID", "File Name", "Path", "Parent Type", "Parent ID"),
}
SEVEN = [(f"LI-{n}", "OP-1", "PR-1", str(n), "10.50", "") for n in range(1, 8)]
ROWS: Mapping[str, Rows] = {
    "companies": [("CO-1", "<b>O'Hara & Söhne</b>")],
    "contacts": [("CT-1", "Ann", "Archer", "CO-1")],
    "opportunities": [("OP-1", "Pier", "CO-1", "CT-1", "100", "EUR", "Open"), ("OP-2", "Quay", "CO-1", "", "5.40", "EUR", "Won")],
    "products": [("PR-1", "P1", "Pump", "10.50", "EUR"), ("PR-2", "P2", "=1+1 valve", "3", "EUR")],
    "line_items": [*SEVEN, ("LI-8", "OP-2", "PR-2", "2", "3", "10")],
    "activities": [
        ("AC-1", "Call", "Hello", "said <hi> & went 😀", "2024-03-01 14:30", "Yes", "CO-1", "CT-1", "OP-1"),
        ("AC-2", "Task", "Ask again", "", "2024-03-02", "No", "", "CT-1", ""),
    ],
    "notes": [
        ("NO-1", "First line\nsecond", "Contact", "CT-1", "2023-08-04 09:46:00"),
        ("NO-2", "=SUM(A1)", "Opportunity", "OP-1", "2023-08-05 09:46:00"),
    ],
    "attachments": [
        ("AT-1", "Plan of the pier.txt", "papers/plan.txt", "Opportunity", "OP-1"),
        ("AT-2", "photo.bin", "papers/photo.bin", "Activity", "AC-1"),
        ("AT-3", "lost.txt", "papers/lost.txt", "Opportunity", "OP-1"),
    ],
}
FILES = {"papers/plan.txt": "Plan für den Pier 🛥".encode(), "papers/photo.bin": bytes(range(256)) * 40}
PATHS = {
    "product": "v2/products$",
    "deal_product": r"deals/\d+/products",
    "activity": "/activities$",
    "note": "v1/notes$",
    "file": "v1/files$",
}
EVERYTHING = {"organization": 1, "person": 1, "product": 2, "deal": 2, "deal_product": 8, "activity": 2, "note": 2, "file": 2}


class Hanging(Ground):
    def stage_all(self, **rows: Rows) -> "Hanging":
        """The package, with other rows for the objects that are named."""
        for object, these in (dict(ROWS) | rows).items():
            write(self._folder / f"{object}.csv", HEADS[object], these)
        for path, content in FILES.items():
            (self._folder / path).parent.mkdir(exist_ok=True)
            (self._folder / path).write_bytes(content)
        intake.take_in(self.project, self._folder, kind="full", user=self.user)
        proposing.propose_map(self.project, user=self.user)
        approving.approve(self.project, user=self.user)
        return self

    def without_references(self) -> "Hanging":
        self.project.settings = {**self.project.settings, "references": "no"}
        self.project.save()
        return self

    def until(self, run: Run, entity: str) -> tuple[Any, Any]:
        """A worker with a lease on the first batch of that phase; what comes before is loaded."""
        self.let_go(run)
        while True:
            worker, lease = self.worker(run)
            if lease.batch.phase.entity == entity:
                return worker, lease
            assert self.work(worker, lease)
            loading.finish_batch(lease)

    # --- looking -----------------------------------------------------------------------------------------------------

    def standing(self, entity: str) -> list[dict[str, Any]]:
        return [record for record in self.control.records(DOMAIN, entity) if not record.get("is_deleted")]

    def by_reference(self, entity: str) -> dict[str, dict[str, Any]]:
        """{reference: record}; a reference that stands there twice fails here."""
        found: dict[str, dict[str, Any]] = {}
        for record in self.standing(entity):
            mark = marks.reference_in(KINDS[entity], record)
            assert mark, record
            assert mark not in found, f"{mark} is there twice"
            found[mark] = record
        return found

    def counts(self) -> dict[str, int]:
        return {entity: len(self.standing(entity)) for entity in EVERYTHING}

    def all_states(self) -> set[str]:
        return set(map(str, RecordLink.objects.values_list("state", flat=True)))

    def sent(self, pattern: str) -> int:
        counted = self.control.counters(DOMAIN)["requests_by_operation"]
        return sum(count for operation, count in counted.items() if re.fullmatch(pattern, operation))
