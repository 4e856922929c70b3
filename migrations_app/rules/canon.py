"""canon-1: when what Pipedrive returns is what was sent, though it is written otherwise."""

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

VERSION = "canon-1"
LEAST_DIGITS = 5  # of a text that is a phone number

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)


def same(type: str, sent: Any, read: Any) -> bool:
    """True where the value read back is the value sent, in the sense of its type; parts that were not sent do not count."""
    if type == "monetary" and isinstance(sent, Mapping) and isinstance(read, Mapping) and not sent.get("currency"):
        read = {"value": read.get("value")}
    if type == "address" and isinstance(sent, Mapping) and isinstance(read, Mapping):
        words = Counter(_words(sent.get("value")))
        return any(words <= Counter(_words(read.get(part))) for part in ("value", "formatted_address"))
    return bool(canonical(type, sent) == canonical(type, read))


def canonical(type: str, value: Any) -> Any:
    """One form for all ways of writing a value, as JSON."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    return _FORMS.get(type, _text)(value)


def digest(rows: Iterable[Any]) -> str:
    """One sum over rows in any order, to compare two whole sets at a glance."""
    lines = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str) for row in rows)
    return hashlib.sha256("\n".join([VERSION, *lines]).encode()).hexdigest()


def _text(value: Any) -> str | None:
    text = html.unescape(str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text or None


def _words(value: Any) -> list[str]:
    """What an address consists of, whatever stands between; a server that completes it adds some."""
    return _WORD.findall((_text(value or "") or "").casefold())


def _name(value: Any) -> str | None:
    return " ".join((_text(value) or "").split()) or None


def _html(value: Any) -> str | None:
    words = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", str(value))))
    return " ".join(words.split()) or None


def _number(value: Any) -> str:
    try:
        number = Decimal(str(value)).quantize(Decimal("1e-9")).normalize()
    except InvalidOperation:
        return str(value)
    return f"{number + 0:f}"


def _money(value: Any) -> list[Any]:
    if not isinstance(value, Mapping):
        return [_number(value), None]
    return [canonical("double", value.get("value")), (value.get("currency") or "").upper() or None]


def _date(value: Any) -> str:
    return str(value)[:10]


def _moment(value: Any) -> str:
    text = str(value).strip().replace(" ", "T", 1)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _phone(value: Any) -> str:
    """The digits in their order, those of an extension included: servers write signs, blanks and `ext.` as they like."""
    digits = "".join(sign for sign in str(value) if sign.isdigit())
    return digits if len(digits) >= LEAST_DIGITS else _name(value) or ""


def _email(value: Any) -> str:
    return str(value).strip().casefold()


def _id(value: Any) -> str:
    return str(value.get("id", value.get("value")) if isinstance(value, Mapping) else value)


def _ids(value: Any) -> list[str]:
    values = value.split(",") if isinstance(value, str) else value
    return sorted(_id(entry).strip() for entry in values)


def _entries(form: Any) -> Any:
    def canonical_entries(value: Any) -> list[list[Any]] | None:
        entries = [entry if isinstance(entry, Mapping) else {"value": entry} for entry in (value if isinstance(value, list) else [value])]
        found = [
            [form(entry["value"]), (entry.get("label") or "work").casefold(), bool(entry.get("primary"))]
            for entry in entries
            if entry.get("value")
        ]
        if found and not any(primary for *_, primary in found):
            found[0][2] = True
        return sorted(found) or None

    return canonical_entries


def _address(value: Any) -> str | None:
    return _name(value.get("value") or value.get("formatted_address")) if isinstance(value, Mapping) else _name(value)


def _clock(value: Any) -> str:
    """Times of day and durations: `9:05`, `09:05` and `09:05:00` are one."""
    parts = str(value).split(":")
    return ":".join(f"{int(part):02}" for part in parts[:2]) if all(part.isdigit() for part in parts) else str(value)


def _participants(value: Any) -> list[str]:
    return sorted(str(each["person_id"]) for each in value)


def _prices(value: Any) -> list[list[str]]:
    """By currency; a cost that was not sent is none."""
    return sorted([str(each["currency"]).upper(), _number(each["price"]), _number(each.get("cost") or 0)] for each in value)


_FORMS = {
    "name": _name,
    "html": _html,
    "double": _number,
    "int": _number,
    "monetary": _money,
    "date": _date,
    "datetime": _moment,
    "phone": _phone,
    "phones": _entries(_phone),
    "emails": _entries(_email),
    "enum": _id,
    "id": _id,
    "set": _ids,
    "address": _address,
    "time": _clock,
    "participants": _participants,
    "prices": _prices,
    "option": _id,
}
