"""One request, as handlers see it, and what they may answer besides plain data."""

from dataclasses import dataclass, field
from typing import Any

from .accounts import Account, Accounts
from .errors import bad_request, no_permission, not_found
from .facts import Operation
from .store import Record, Store

LONGEST_ID = 18


@dataclass(slots=True)
class Upload:
    """One part of a form that carries a file."""

    name: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    operation: Operation
    accounts: Accounts
    account: Account
    user: Record
    ids: dict[str, str]
    query: dict[str, str]
    now: str
    body: Any = None
    uploads: dict[str, list[Upload]] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.accounts.store

    @property
    def company(self) -> int:
        return self.account.id

    def id(self, name: str = "id") -> int:
        """The number in the path; whatever is no number is no record."""
        text = self.ids[name]
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
            raise not_found()
        return int(text)

    def number(self, name: str, default: int | None = None) -> int | None:
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
            raise bad_request(f"Parameter '{name}' must be a number")
        return int(text)

    def flag(self, name: str) -> bool:
        text = self.query.get(name, "false")
        if text not in ("true", "false", "1", "0"):
            raise bad_request(f"Parameter '{name}' must be a boolean")
        return text in ("true", "1")

    def record(self, entity: str, name: str = "id") -> Record:
        """The record that the path names, as long as it is not deleted."""
        return self.existing(entity, self.id(name))

    def existing(self, entity: str, record_id: int) -> Record:
        record = self.store.get(self.company, entity, record_id)
        if record is None or record.get("is_deleted"):
            raise not_found()
        return record

    def require_admin(self) -> None:
        if not self.user["is_admin"]:
            raise no_permission()

    def schema_changed(self) -> None:
        self.accounts.forget(self.company)


@dataclass(slots=True)
class Answer:
    """Data together with what stands beside it in the envelope."""

    data: Any
    additional: Any = None
    status: int = 0
    related: Any = None


@dataclass(slots=True)
class Download:
    content: bytes
    name: str
    link: str = ""  # where the bytes lie, if they do not come at once
