"""One customer of a list that QuickBooks printed: what it says of a record, and by what it is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrations_app.rules.quickbooks import NAME_LIMIT, SUB
from migrations_app.rules.transforms.words import fold

# What the list calls it, and as what it stands beside a record of the CRM (rules.quickbooks.PAIRS).
_TWINS = {"id": "qb_list_id", "phone": "qb_phone", "email": "qb_email", "modified_at": "qb_last_sync", "transactions": "qb_transactions"}
_LINES = tuple(f"bill_to{line}" for line in range(1, 6))
_PLACE = ("address", "address2", "city", "state", "postal_code", "country")
_CUT = NAME_LIMIT - 3  # blanks at the cut are gone


@dataclass(frozen=True, slots=True)
class Customer:
    """`said` is what QuickBooks says, by the roles of its twins; `names` are what the CRM may call it; `is_job` where it is the job
    or branch of another customer."""

    name: str
    list_id: str
    names: tuple[str, ...]
    said: Mapping[str, str]

    @property
    def is_job(self) -> bool:
        return SUB in self.name


def read_customer(cells: Mapping[str, str]) -> Customer:
    """`cells` are cleaned, by role."""
    person = " ".join(filter(None, (cells.get("first_name"), cells.get("last_name"))))
    name = cells.get("name") or cells.get("company_name") or person
    names = dict.fromkeys(filter(None, (name, name.rpartition(SUB)[2].strip(), cells.get("company_name"), person)))
    said = {twin: cells[role] for role, twin in _TWINS.items() if cells.get(role)}
    said |= {"qb_name": name} if name else {}
    said |= {"qb_balance": balance} if (balance := cells.get("balance") or cells.get("open_balance")) else {}
    said |= {"qb_address": address} if (address := _address(cells, tuple(names))) else {}
    return Customer(name, cells.get("id", ""), tuple(names), said)


def marks(names: tuple[str, ...]) -> set[str]:
    """By which a name is found again, however it is spelled and whether or not it was cut at 41 characters."""
    return {mark for name in names if (mark := _squeezed(fold(name)))}


def marks_of_record(name: str) -> set[str]:
    """What a customer of QuickBooks has among its marks if it has this name."""
    return marks((name, name[:NAME_LIMIT])) if len(name) >= _CUT else marks((name,))


def _squeezed(folded: str) -> str:
    """Letters and digits only, and the words in any order: “Last, First” is how QuickBooks lists people."""
    return " ".join(sorted("".join(sign if sign.isalnum() else " " for sign in folded).split()))


def _address(cells: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The lines of the bill in one, without those that only say who it is for."""
    own = {fold(name) for name in names}
    lines = [cells[role] for role in _LINES if cells.get(role) and fold(cells[role]) not in own]
    return ", ".join(lines or [cells[role] for role in _PLACE if cells.get(role)])
