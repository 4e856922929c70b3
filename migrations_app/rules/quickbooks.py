"""Rows that carry two truths: what the CRM says of a customer or an item, and what QuickBooks says of the same (PRACTICE.md 3, row 30)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from migrations_app.rules.transforms.numbers import read_number
from migrations_app.rules.transforms.phones import read_phone
from migrations_app.rules.transforms.places import region

CRM, QUICKBOOKS = "crm", "quickbooks"  # whose value is taken
CUT, SPELLING, PHONE_FORMAT, MISSING, DIFFERENT = "cut", "spelling", "phone_format", "missing", "different"
SUB = ":"  # QuickBooks calls a branch “Parent:Branch”
LIST_ID, TRANSACTIONS = "qb_list_id", "qb_transactions"
NAME_LIMIT = 41  # QuickBooks keeps no more of a customer's name
BY_TRANSACTIONS = "transactions"  # a project's rule: QuickBooks, where the record has transactions there

_NO_TRANSACTIONS = frozenset({"", "0", "no", "n", "false", "none", "never", "nein", "non", "nee", "nej", "nie", "ne", "não"})
_NAMES = ("full_name", "first_name", "last_name")
_PLACE = ("address", "address2", "city", "state", "postal_code")


@dataclass(frozen=True, slots=True)
class Pair:
    """One field in both: the roles that hold the CRM's value, and the one that holds what QuickBooks has.

    `rule` is the project's setting that says who wins; without one the CRM does. What stands in `also` is as good a match.
    """

    field: str
    twin: str
    roles: tuple[str, ...]
    rule: str = ""
    also: tuple[str, ...] = ()


_ADDRESS = Pair("address", "qb_address", _PLACE, "quickbooks_address")
_PHONE = Pair("phone", "qb_phone", ("phone",), "quickbooks_phone")
_EMAIL = Pair("email", "qb_email", ("email",))
PAIRS: Mapping[str, tuple[Pair, ...]] = {
    "companies": (
        Pair("name", "qb_name", ("name",), "quickbooks_name"),
        _ADDRESS,
        _PHONE,
        _EMAIL,
        Pair("balance", "qb_balance", ("balance",), "quickbooks_amounts"),
    ),
    # who a person is, the CRM knows better: no rule of the project takes a customer's name for it
    "contacts": (
        Pair("name", "qb_name", _NAMES, also=("company_name", "company_ref")),
        _ADDRESS,
        replace(_PHONE, also=("mobile", "home_phone")),
        replace(_EMAIL, also=("email2",)),
    ),
    "products": (Pair("price", "qb_price", ("price",), "quickbooks_amounts"),),
}
TWINS = frozenset(pair.twin for pairs in PAIRS.values() for pair in pairs)
AMOUNTS = frozenset({"balance", "price"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one row in which the two differ."""

    pair: Pair
    crm: str
    quickbooks: str
    kind: str


def differences(object: str, cells: Mapping[str, str], country: str = "") -> list[Difference]:
    """How the row's two truths differ, field by field; `cells` are cleaned, by role."""
    found = []
    for pair in PAIRS.get(object, ()):
        mine, theirs = crm_value(pair, cells), cells.get(pair.twin, "")
        if pair.field == "name" and SUB not in mine:
            theirs = theirs.rpartition(SUB)[2].strip()
        if not theirs:
            continue
        if kind := _kind(pair, mine, theirs, cells, country):
            found.append(Difference(pair, mine, theirs, kind))
    return found


def crm_value(pair: Pair, cells: Mapping[str, str]) -> str:
    """The CRM's value as people read it: an address and a name of several columns in one line."""
    if pair.roles is _NAMES:
        return cells.get("full_name") or " ".join(filter(None, (cells.get("first_name"), cells.get("last_name"))))
    if pair.roles is _PLACE:
        place = " ".join(cells[role] for role in ("city", "state", "postal_code") if cells.get(role))
        return ", ".join(filter(None, (cells.get("address"), cells.get("address2"), place)))
    return cells.get(pair.roles[0], "")


def has_transactions(cells: Mapping[str, str]) -> bool | None:
    """Whether QuickBooks has transactions of the record, as the export says; None where it does not say."""
    if TRANSACTIONS not in cells:
        return None
    return cells[TRANSACTIONS].strip().casefold() not in _NO_TRANSACTIONS


def owes(cells: Mapping[str, str]) -> bool:
    """An open balance in QuickBooks: a sign that there are transactions, not yet a proof for a whole list."""
    return bool(_amount(cells.get("qb_balance", "")))


def winner(rule: str, kind: str, transactions: bool | None) -> str:
    """Whose value stands by the project's rule for the field: QuickBooks never for a name that it has only cut."""
    if kind == CUT:
        return CRM
    if rule == BY_TRANSACTIONS:
        return QUICKBOOKS if transactions else CRM
    return QUICKBOOKS if rule == QUICKBOOKS else CRM


def is_asked(rule: str, kind: str, transactions: bool | None) -> bool:
    """Whether the project's rule cannot tell: it goes by transactions, and the export says nothing of them."""
    return rule == BY_TRANSACTIONS and transactions is None and kind in (DIFFERENT, MISSING)


def taken_over(cells: Sequence[str], positions: Mapping[str, int], difference: Difference) -> list[str]:
    """The row's cells as if the CRM had said what QuickBooks says: its line of an address stands in the first column of it."""
    changed = list(cells)
    held = [role for role in difference.pair.roles if role in positions]
    for role in held:
        changed[positions[role]] = ""
    if held:
        changed[positions[held[0]]] = difference.quickbooks
    return changed


def _kind(pair: Pair, mine: str, theirs: str, cells: Mapping[str, str], country: str) -> str:
    if pair.field in AMOUNTS:
        return _kind_of_amount(mine, theirs)
    at_home = region(cells.get("country", ""), country)
    if mine == theirs or any(_as_good(pair, cells.get(role, ""), theirs, at_home) for role in pair.also):
        return ""
    if not mine:
        return MISSING
    if pair.field == "address":
        return _kind_of_address(mine, theirs, cells)
    if pair.field == "phone" and _same_phone(mine, theirs, at_home):
        return PHONE_FORMAT
    if pair.field == "name":
        return _kind_of_name(mine, theirs, turned=pair.roles is _NAMES)
    return SPELLING if _squeezed(mine) == _squeezed(theirs) else DIFFERENT


def _as_good(pair: Pair, other: str, theirs: str, country: str) -> bool:
    """Whether another column of the CRM says what QuickBooks says."""
    if not other:
        return False
    same = pair.field == "phone" and _same_phone(other, theirs, country)
    return same or _squeezed(other) == _squeezed(theirs) or _is_cut(other, theirs)


def _kind_of_name(mine: str, theirs: str, *, turned: bool) -> str:
    if turned and sorted(_words(mine)) == sorted(_words(theirs)):
        return ""  # "Last, First" is how QuickBooks lists people
    if _squeezed(mine) == _squeezed(theirs):
        return SPELLING
    return CUT if _is_cut(mine, theirs) else DIFFERENT


def _kind_of_address(mine: str, theirs: str, cells: Mapping[str, str]) -> str:
    """Commas, line breaks and the order of city and code are how each prints it; the country is there or not."""
    words, others = sorted(_words(mine)), sorted(_words(theirs))
    country = _words(cells.get("country", ""))
    if others in (words, sorted([*words, *country])):
        return ""
    return SPELLING if _squeezed(mine) == _squeezed(theirs) else DIFFERENT


def _kind_of_amount(mine: str, theirs: str) -> str:
    """A balance that only QuickBooks keeps has its own field: nothing is missing."""
    if not mine or mine == theirs:
        return ""
    one, other = _amount(mine), _amount(theirs)
    return "" if one is not None and one == other else DIFFERENT


def _amount(text: str) -> object:
    try:
        return read_number(text) if text else None
    except ValueError:
        return None


def _same_phone(mine: str, theirs: str, country: str) -> bool:
    one, other = read_phone(mine, country), read_phone(theirs, country)
    return one == other if one and other else _digits(mine) == _digits(theirs) != ""


def _is_cut(mine: str, theirs: str) -> bool:
    """QuickBooks' text is the beginning of the CRM's, at the length where it cuts (blanks at the cut are gone)."""
    if len(mine) <= NAME_LIMIT or not NAME_LIMIT - 3 <= len(theirs) <= NAME_LIMIT:
        return False
    return mine[:NAME_LIMIT].rstrip().casefold() == theirs.casefold() or _squeezed(mine[:NAME_LIMIT]) == _squeezed(theirs)


def _squeezed(text: str) -> str:
    """Only letters and digits, in small letters: case, blanks and punctuation do not count."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
