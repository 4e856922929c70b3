"""Checks of plain values: each returns what is wrong, or nothing. The second argument is what follows the colon in bodies.py."""

import math
from datetime import datetime
from typing import Any

from .clock import from_stamp, to_utc

LARGEST_INT = 2**63 - 1
NOTE_BYTES = 102_400


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INT


def is_number(value: Any) -> bool:
    return is_int(value) or (isinstance(value, float) and math.isfinite(value))


def text(value: Any, argument: str) -> str:
    if not isinstance(value, str):
        return "must be a string"
    longest = int(argument or 255)
    return f"length must be less than or equal to {longest} characters long" if len(value) > longest else ""


def html(value: Any, argument: str) -> str:
    problem = text(value, argument)
    return problem or ("must not exceed 100 KB" if len(value.encode("utf-8", "replace")) > NOTE_BYTES else "")


def name(value: Any, argument: str) -> str:
    return text(value, "255") or ("" if value.strip() else "is not allowed to be empty")


def number(value: Any, argument: str) -> str:
    return "" if is_number(value) else "must be a number"


def integer(value: Any, argument: str) -> str:
    return "" if is_int(value) else "must be an integer"


def percent(value: Any, argument: str) -> str:
    return "" if is_number(value) and 0 <= value <= 100 else "must be a number between 0 and 100"


def whole_percent(value: Any, argument: str) -> str:
    return "" if is_int(value) and 0 <= value <= 100 else "must be an integer between 0 and 100"


def cycles(value: Any, argument: str) -> str:
    return "" if is_int(value) and 1 <= value <= 208 else "must be a positive integer less than or equal to 208"


def boolean(value: Any, argument: str) -> str:
    return "" if isinstance(value, bool) else "must be a boolean"


def flag(value: Any, argument: str) -> str:
    return "" if is_int(value) and value in (0, 1) else "must be 0 or 1"


def word(value: Any, argument: str) -> str:
    return "" if isinstance(value, str) and value in argument.split("|") else f"must be one of [{argument.replace('|', ', ')}]"


def date(value: Any, argument: str) -> str:
    return "" if parses(value, "%Y-%m-%d", 10) else "must be a date in YYYY-MM-DD format"


def clock(value: Any, argument: str) -> str:
    return "" if parses(value, "%H:%M", 5) else "must be a time in HH:MM format"


def time(value: Any, argument: str) -> str:
    return "" if isinstance(value, str) and to_utc(value) else "must be a time in RFC 3339 format with whole seconds"


def stamp(value: Any, argument: str) -> str:
    return "" if isinstance(value, str) and from_stamp(value) else "must be a time in YYYY-MM-DD HH:MM:SS format"


def parses(value: Any, pattern: str, length: int) -> bool:
    if not isinstance(value, str) or len(value) != length:
        return False
    try:
        datetime.strptime(value, pattern)
    except ValueError:
        return False
    return True


SCALARS = {
    "text": text,
    "html": html,
    "name": name,
    "num": number,
    "int": integer,
    "percent": percent,
    "whole_percent": whole_percent,
    "cycles": cycles,
    "bool": boolean,
    "flag": flag,
    "word": word,
    "date": date,
    "clock": clock,
    "time": time,
    "stamp": stamp,
}
