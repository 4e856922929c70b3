"""References by which records are known again that have no fields of their own (LEDGER.md 1, 4).

An activity or a note ends in `Ref note:NO-1`, a line of a deal has that in its comments, a file in its name. Where
a project does without them, a record is known by what it says and what it hangs on: its fingerprint.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from migrations_app.rules import canon
from migrations_app.rules.kinds_of_record import IN_HTML, IN_NAME, KINDS, Kind
from migrations_app.rules.targets import BUILTIN_FIELDS

NAME_LIMIT = 255
LONGEST = 80  # signs of a key that is printed as it is

_PLAIN = re.compile(rf"[\w:.#/~@+-]{{1,{LONGEST}}}")
_PLAIN_NAME = re.compile(rf"[\w.#~@+-]{{1,{LONGEST}}}")  # without what file systems refuse
_AT_THE_END = re.compile(r"(?:<br\s*/?>|\s)*\bRef (?P<key>[^\s<>]+)(?:\s|<[^<>]*>)*$")
_IN_NAME = re.compile(r" ?\(Ref (?P<key>[^\s()]+)\)")
# What tells two records of a kind apart where nothing else does, beside their parents.
_TELLING: Mapping[str, tuple[str, ...]] = {
    "deal_product": ("product_id", "item_price", "quantity", "discount", "comments"),
    "activity": ("subject", "type", "due_date", "due_time", "note"),
    "call_log": ("subject", "outcome", "to_phone_number", "start_time", "duration", "note"),
    "note": ("content", "add_time"),
    "organization_relationship": ("type",),
    "file": ("name", "file_size"),
}


def reference(kind: Kind, key: str) -> str:
    """The key as it is printed; one that is too long or has signs that could get lost is printed as a hash."""
    name = key.removeprefix(f"{kind.entity}:") if kind.known_by == IN_NAME else key
    if (_PLAIN_NAME if kind.known_by == IN_NAME else _PLAIN).fullmatch(name):
        return name
    return f"~{blake2b(key.encode(errors='replace'), digest_size=10).hexdigest()}"


def marked(kind: Kind, values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The values with the reference in its place."""
    text, mark = str(values.get(kind.marked) or ""), reference(kind, key)
    if kind.known_by == IN_NAME:
        stem, dot, suffix = text.rpartition(".") if "." in text[1:] else (text, "", "")
        tail = f" (Ref {mark}){dot}{suffix}"
        return {**values, kind.marked: stem[: NAME_LIMIT - len(tail)] + tail}
    between = ("<br>\n" if kind.known_by == IN_HTML else "\n") if text else ""
    return {**values, kind.marked: f"{text}{between}Ref {mark}"}


def reference_in(kind: Kind, record: Mapping[str, Any]) -> str:
    """The reference that a record of the account carries, or nothing."""
    found = _pattern(kind).search(str(record.get(kind.marked) or ""))
    return found["key"] if found else ""


def fingerprint(kind: Kind, record: Mapping[str, Any], under: int | str | None = None) -> str:
    """What a record says and hangs on, with or without its reference; the same for what was sent and what is read back.

    `under` is the parent that stands in the path, where the record itself does not name it.
    """
    types = BUILTIN_FIELDS[kind.entity]
    names = [*_TELLING[kind.entity], *(parent.field for parent in kind.parents.values() if parent.field)]
    told = {name: canon.canonical(types.get(name, "varchar"), _bare(kind, name, record.get(name))) for name in names}
    if kind.path_parent:
        told["under"] = under if under is not None else record.get(f"{kind.path_parent}_id")
    return canon.digest([kind.entity, {name: str(value) for name, value in told.items()}])


def _bare(kind: Kind, name: str, value: Any) -> Any:
    """Without its reference; nothing and zero are one."""
    return _pattern(kind).sub("", str(value or "")) if name == kind.marked else value or None


def _pattern(kind: Kind) -> re.Pattern[str]:
    return _IN_NAME if kind.known_by == IN_NAME else _AT_THE_END


def is_marked(entity: str) -> bool:
    """Whether records of the kind are known by a reference, not by a field of their own."""
    return bool(KINDS[entity].marked)
