"""Who owns what: the texts of the source, the people they mean, and their users in the account."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migrations_app.models import Decision, Run, SourceTable
from migrations_app.rules.keys import clean
from migrations_app.rules.spec import Draft
from migrations_app.services import decisions, rows
from migrations_app.services.references import fold

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
_BRACKETED = re.compile(r"(?P<before>[^<(\[]+)[<(\[](?P<inside>[^>)\]]+)[>)\]]\s*")

USERS = ("users", "owners")  # what source systems call the object that lists their users
EVERYBODY = "*"  # the source key of the decision that names the fallback for all


def user_tables(force: Mapping[str, list[SourceTable]]) -> list[SourceTable]:
    """The tables that list the source's own users."""
    return [table for object in USERS for table in force.get(object, [])]


class OwnerIndex:
    """The source's own users: which e-mail address a text means. Without a users file an address means itself."""

    def __init__(self, tables: Iterable[SourceTable]) -> None:
        self._emails: dict[str, set[str]] = {}
        self._active: dict[str, bool] = {}
        tables = list(tables)
        self.known = bool(tables)
        for row in rows.stream(tables):
            self._add({role: row.cells[at] for at, role in row.table.roles_by_position().items()})

    def _add(self, user: Mapping[str, str]) -> None:
        email = clean(user.get("email", "")).casefold()
        name = fold(user.get("name", "")) or fold(f"{user.get('first_name', '')} {user.get('last_name', '')}")
        initials = user.get("initials") or "".join(part[0] for part in name.split())
        key = email or name
        if not key:
            return
        self._active[key] = fold(user.get("active", "yes")) not in {"no", "false", "0", "n", "inactive", "nein", "non"}
        turned = " ".join([*name.split()[1:], *name.split()[:1]])
        for text in {email, name, turned, fold(user.get("id", "")), fold(user.get("initials", ""))} - {""}:
            self._emails.setdefault(text, set()).add(key)
        if initials and len(initials) > 1:
            self._emails.setdefault(f"initials:{fold(initials)}", set()).add(key)

    def candidates(self, text: str) -> list[str]:
        """The addresses (or names, for users without one) that `text` can mean; exactly one is a match."""
        found = next((known for part in _parts(text) if (known := self._known(fold(part)))), set())
        if not found and not self.known and (address := _ADDRESS.search(text)):
            return [address[0].casefold()]
        return sorted(found)

    def _known(self, folded: str) -> set[str]:
        return self._emails.get(folded) or self._emails.get(f"initials:{folded}", set())

    def is_active(self, email: str) -> bool:
        return self._active.get(email, True)


def is_open(draft: Draft) -> bool:
    """Whether somebody still has to do something about it: of who left, the successor gets it."""
    return draft.values.get("status", "open") == "open" and not draft.values.get("done")


def _parts(text: str) -> Iterator[str]:
    """The text, the address in it, and what stands in brackets and before them: `Ann Bell <ann@seller.example>`, `Ann Bell (AB)`."""
    yield text
    if address := _ADDRESS.search(text):
        yield address[0]
    if bracketed := _BRACKETED.fullmatch(text):
        yield from (bracketed["inside"], bracketed["before"])


@dataclass(frozen=True, slots=True)
class Owner:
    """The user of the account that gets the record, and the source's owner where that is somebody else."""

    user_id: int | None
    original: str = ""


class OwnerResolver:
    """Answers for one run. Matched users by e-mail address, then a person's answer, then the confirmed fallback;
    on staging the token's own user stands in and the owner meant is written out."""

    def __init__(self, run: Run) -> None:
        self._index = OwnerIndex(user_tables(rows.tables_in_force(run.project)))
        self._decided = decisions.active(run.project, Decision.Kind.OWNER, "owners")
        users = run.account.schema.get("users", [])
        self._users = {str(user["email"]).casefold(): int(user["id"]) for user in users if user.get("active")}
        self._stand_in = run.account.user_id if run.account.role == "staging" else None

    def owner(self, text: str, draft: Draft) -> Owner:
        text = clean(text)
        if not text:
            return Owner(self._fallback())
        candidates = self._index.candidates(text)
        matched = candidates[0] if len(candidates) == 1 else ""
        for answer in (self._decided.get(fold(text)), {"email": matched}):
            user_id = self._user(answer, draft)
            if user_id is not None:
                same = self._users.get(matched) == user_id
                return Owner(user_id, "" if same else text)
        return Owner(self._fallback(), text)

    def user(self, email: str) -> Owner:
        """Somebody whom the project names by the address of a user, whatever the source says; who takes all others, where it names none."""
        return Owner(self._users.get(email.casefold(), self._stand_in) if email else self._fallback())

    def named(self, texts: Iterable[str]) -> dict[int, str]:
        """{user: address} of all who get records where owners are written like `texts`, and of who gets all others."""
        found = set(self._addresses(self._decided.get(EVERYBODY)))
        for text in texts:
            answer, candidates = self._decided.get(fold(text)), self._index.candidates(clean(text))
            found |= set(self._addresses(answer) if answer else candidates if len(candidates) == 1 else ())
        return {self._users[email]: email for email in found if email in self._users}

    def _addresses(self, answer: Mapping[str, Any] | None) -> Iterator[str]:
        """Those of an answer that are users of the account."""
        for name in ("email", "email_open", "email_closed"):
            email = str((answer or {}).get(name, "")).casefold()
            if email in self._users:
                yield email

    def _user(self, answer: Mapping[str, Any] | None, draft: Draft) -> int | None:
        if not answer:
            return None
        email = answer.get("email_open" if is_open(draft) else "email_closed") or answer.get("email", "")
        return self._users.get(str(email).casefold())

    def _fallback(self) -> int | None:
        answer = self._decided.get(EVERYBODY, {})
        return self._users.get(str(answer.get("email", "")).casefold(), self._stand_in)
