"""A small move into an account in which companies and people live already; people make further ones by hand."""

from pathlib import Path
from typing import Any

from migrations_app.models import Counterpart
from tests.ledger.delta_ground import Later
from tests.ledger.ground import write

COMPANIES = (
    ("CO-1", "<b>O'Hara & Söhne</b>", "https://www.ohara.example/shop", "Marine"),
    ("CO-2", "Harbour Works GmbH", "harbour.example", "Marine"),
    ("CO-3", "東京商事", "", ""),
)
PEOPLE = (
    ("CT-1", "Ann", "Archer", "ann@ohara.example", "+49 30 1234567", "CO-1"),
    ("CT-2", "Bob", "Baker", "bob@harbour.example", "", "CO-2"),
    ("CT-3", "Cid", "Cook", "", "+49 30 7654321", "CO-3"),
)
DEALS = (("OP-1", "Pier", "CO-1", "CT-1", "100.50", "EUR", "Open"), ("OP-2", "Quay", "CO-2", "CT-2", "7", "EUR", "Open"))


class Settled(Later):
    """`lives` makes a record by hand in the account, as it was before the move or while it is under way."""

    def package(self, folder: Path, *, companies: int = 3) -> Path:
        self.folder = folder
        write(folder / "companies.csv", ("Company ID", "Company Name", "Website", "Industry"), COMPANIES[:companies])
        write(folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Email", "Phone", "Company ID"), PEOPLE)
        heads = ("Opportunity ID", "Opportunity Name", "Company ID", "Contact ID", "Value", "Currency", "Status")
        write(folder / "opportunities.csv", heads, DEALS)
        return folder

    def lives(self, entity: str, domain: str = "target", **body: Any) -> int:
        return int(self.control.act(domain, "POST", f"/api/v2/{entity}s", body)["id"])

    def record(self, entity: str, id: int, domain: str = "target") -> dict[str, Any]:
        return next(dict(each) for each in self.control.records(domain, entity) if each["id"] == id)

    def number_of(self, entity: str, domain: str = "target") -> int:
        return sum(not each.get("is_deleted") for each in self.control.records(domain, entity))

    def found(self) -> dict[str, tuple[str, str]]:
        """{source id: (how sure, id in Pipedrive)} of the queue."""
        rows = Counterpart.objects.filter(present=True)
        return {row.source_key: (row.strength, row.pipedrive_id) for row in rows}
