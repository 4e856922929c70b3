"""A small move with companies, contacts and deals that hang together, loaded headless: what the rollback tests start from."""

from pathlib import Path
from typing import Any

from migrations_app.models import LinkEvent, RecordLink, Run
from tests.journeys.walking import Walk
from tests.ledger.ground import write

COMPANIES = ("<b>O'Hara & Söhne</b>", "Harbour Works", "東京商事")
PEOPLE = ("Ann Archer", "Bob Baker", "Cid Cook", "Dee Day")
DEALS = ("Pier", "Quay", "Crane", "Dock")
EVERYTHING = {"organization": 3, "person": 4, "deal": 4}
DELETION, READING = 3, 10  # tokens of one deletion, of one list page


class Move(Walk):
    """Person n belongs to company n, deal n to both (the last ones to the first company)."""

    def package(self, folder: Path, *, companies: int = 3) -> Path:
        names = [*COMPANIES, *(f"Company {n}" for n in range(4, companies + 1))]
        ids = [f"CO-{n}" for n in range(1, len(names) + 1)]
        rows = [(id, name, "Marine") for id, name in zip(ids, names, strict=True)]
        write(folder / "companies.csv", ("Company ID", "Company Name", "Industry"), rows)
        people = [(f"CT-{n}", *name.split(), f"p{n}@example.com", ids[(n - 1) % 3]) for n, name in enumerate(PEOPLE, 1)]
        write(folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Email", "Company ID"), people)
        deals = [(f"OP-{n}", title, ids[(n - 1) % 3], f"CT-{n}", "100.50", "EUR", "Open") for n, title in enumerate(DEALS, 1)]
        heads = ("Opportunity ID", "Opportunity Name", "Company ID", "Contact ID", "Value", "Currency", "Status")
        write(folder / "opportunities.csv", heads, deals)
        return folder

    def ready(self, folder: Path, **company: Any) -> "Move":
        """Everything up to the load; answers of people are taken provisionally, as staging does."""
        self.to_decisions(self.package(folder / "package"), folder / "audit")
        self.made = self.account([], **company)
        self.to_prepared()
        return self

    def load(self) -> int:
        answer = self.do("load", "move", "--role", "staging")
        assert answer["state"] == "finished", answer
        return int(answer["run"])

    def undo(self, run: int, *words: str, status: int = 0) -> dict[str, Any]:
        answer, ended = self.verb("rollback", "move", "--run", str(run), *words)
        assert ended == status, answer
        return answer

    # --- looking -----------------------------------------------------------------------------------------------------

    def there(self) -> dict[str, int]:
        return {entity: len(self.live(entity)) for entity in EVERYTHING}

    def removed(self, answer: dict[str, Any]) -> dict[str, int]:
        return {phase["object"]: phase["removed"] for phase in answer["phases"]}

    def left(self, answer: dict[str, Any]) -> dict[str, str]:
        return {each["source_id"]: each["why"] for each in answer["left"]}

    def id_of(self, key: str) -> str:
        return str(RecordLink.objects.get(key=key).pipedrive_id)

    def by_hand(self, method: str, path: str, body: Any = None) -> Any:
        return self.control.act("target", method, f"/api/{path}", body)

    def sent(self, method: str) -> int:
        counted = self.control.counters("target")["requests_by_operation"]
        return sum(count for operation, count in counted.items() if operation.startswith(f"{method} "))

    def spent(self) -> int:
        return int(self.control.counters("target")["tokens"])

    def verbs(self, key: str) -> list[str]:
        return list(LinkEvent.objects.filter(link__key=key).values_list("verb", flat=True))

    def state(self, run: int) -> str:
        return str(Run.objects.get(pk=run).state)
