"""Dates and times as exports print them. An order that nothing proves is never guessed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.words import fold, month_names

_HALVES = r"[aApP]\.?\s?[mM]\.?|[Öö]\.?[ÖöSs]\.?|dop\.|odp\.|[fe]\.?m\.?|[πμ]\.?μ\.?|d[eu]\."
_AFTERNOON = ("p", "ös", "ö.s", "odp", "e", "μ", "du")
_AT = r"(?:(?:à|at|um|om|kl\.?|klo|alle|ore|às|a las|v|ve|saat|o godz\.?|godz\.?)\s+)?"
_TIME = (
    r"(?:(?:\s*[T,]\s*|\s+)" + _AT + r"(?P<hour>\d{1,2})(?:[:.hH](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(?P<half>" + _HALVES + r")?\s*(?:Uhr|[hH]|uur)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])\s*(?P<month>\d{1,2})(?P=mark)\s*(?P<day>\d{1,2})\.?" + _TIME)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})" + _TIME)
_COMPACT_TIMED = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})[T ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<half>)(?P<zone>Z)?"
)
_SINCE_1970 = re.compile(r"(?P<seconds>[1-3]\d{9})(?:\d{3})?")  # seconds, or milliseconds, as programs count time
_WEEKDAY = r"(?:[^\W\d_]+\.?,?\s+)?"
_NUMERIC = re.compile(
    _WEEKDAY + r"(?P<first>\d{1,2})\s*(?P<mark>[-/.])\s*(?P<second_part>\d{1,2})\s*(?P=mark)\s*(?P<year>\d{4}|\d{2})(?:\s?r\.)?" + _TIME
)
_SERIAL = re.compile(r"(?P<days>\d{5})(?:[.,](?P<fraction>\d+))?")
_NAMED = (
    re.compile(
        _WEEKDAY
        + r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s/-]*(?:de\s+|of\s+)?(?P<name>[^\W\d_]+)\.?"
        + r"[\s/,.-]*(?:del?\s+)?'?(?P<year>\d{4}|\d{2})(?:\s?r\.)?"
        + _TIME
    ),
    re.compile(_WEEKDAY + r"(?P<name>[^\W\d_]+)\.?[\s/-]*(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s/,-]+(?P<year>\d{4})" + _TIME),
    re.compile(r"(?P<year>\d{4})\.?[\s/-]+(?P<name>[^\W\d_]+)\.?[\s/-]+(?P<day>\d{1,2})\.?" + _TIME),
)
_CJK = str.maketrans({"年": "-", "月": "-", "日": " "})

# What programs write where there is no date: the zero days of Excel, Access, SQL Server, MySQL and .NET.
_NO_DATE = {date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1, 1, 1)}
_NO_DATE_TEXT = re.compile(r"0000-00-00(?:[T ]00:00(?::00)?)?|0?1/0?0/1900.*")
_SERIAL_START = datetime(1899, 12, 30)
_SERIAL_DAYS = range(10_000, 80_000)  # 1927 to 2119
_YEARS = range(1800, 2201)
_TWO_DIGIT_PIVOT = 50


class AmbiguousDate(ValueError):
    """Day and month could be either way round, and nothing proves which."""


@lru_cache(maxsize=50_000)
def read_date(text: str, order: str = "") -> date | datetime | None:
    """A date, a datetime where a time of day is given (aware where a zone is), None where the text means "no date".

    Bare numbers are days of a spreadsheet, or seconds since 1970.
    `order` (dmy or mdy) decides numeric dates whose first two parts are both below 13. Raises AmbiguousDate without it, ValueError
    for text that is no date.
    """
    if _NO_DATE_TEXT.fullmatch(text):
        return None
    if match := _SERIAL.fullmatch(text):
        return _from_serial(match)
    if match := _SINCE_1970.fullmatch(text):
        return datetime.fromtimestamp(int(match["seconds"]), UTC)
    text = text.translate(_CJK).strip() if "年" in text else text
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text) or _COMPACT_TIMED.fullmatch(text)
    if match:
        day = _day(int(match["year"]), int(match["month"]), int(match["day"]))
    elif match := _NUMERIC.fullmatch(text):
        day = _numeric_day(match, order)
    else:
        match, day = _named_day(text)
    return None if day is None else _with_time(day, match)


def date_parts(text: str) -> tuple[int, int] | None:
    """The first two parts of a numeric date with slashes or dashes: a column must prove their order; dots are day first."""
    match = _NUMERIC.fullmatch(text)
    return (int(match["first"]), int(match["second_part"])) if match and match["mark"] in "/-" else None


def _from_serial(match: re.Match[str]) -> date | datetime:
    if int(match["days"]) not in _SERIAL_DAYS:
        raise ValueError("not a date serial")
    day = _SERIAL_START + timedelta(days=int(match["days"]))
    if not match["fraction"]:
        return day.date()
    return day + timedelta(seconds=round(float(f"0.{match['fraction']}") * 86_400))


def _day(year: int, month: int, day: int) -> date | None:
    found = date(year, month, day)
    if found in _NO_DATE:
        return None
    if found.year not in _YEARS:
        raise ValueError("year out of range")
    return found


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < _TWO_DIGIT_PIVOT else 1900)


def _numeric_day(match: re.Match[str], order: str) -> date | None:
    first, second, year = int(match["first"]), int(match["second_part"]), _full_year(match["year"])
    if first > 12 or first == second:
        order = "dmy"
    elif second > 12:
        order = "mdy"
    elif match["mark"] == ".":
        order = "dmy"
    if order not in ("dmy", "mdy"):
        if first and second:
            raise AmbiguousDate("day and month could be either way round")
        raise ValueError("no such day")
    return _day(year, second, first) if order == "dmy" else _day(year, first, second)


def _named_day(text: str) -> tuple[re.Match[str], date | None]:
    for pattern in _NAMED:
        match = pattern.fullmatch(text)
        month = month_names().get(fold(match["name"])) if match else None
        if match and month:
            return match, _day(_full_year(match["year"]), month, int(match["day"]))
    raise ValueError("not a date")


def _with_time(day: date, match: re.Match[str]) -> date | datetime:
    if match["hour"] is None or (match["minute"] is None and match["half"] is None):
        return day
    hour, half = int(match["hour"]), (match["half"] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) else 0)
    at = datetime.combine(day, time(hour, int(match["minute"] or 0), int(match["second"] or 0)))
    return at.replace(tzinfo=_offset(match["zone"])) if match["zone"] else at


def _offset(zone: str) -> tzinfo | None:
    return UTC if zone in ("Z", "UTC", "GMT") else datetime.strptime(zone, "%z").tzinfo


def to_utc(moment: date | datetime, zone: ZoneInfo, date_only: time) -> str:
    """RFC 3339 in UTC; a date without a time of day becomes `date_only` in `zone`, so that no zone moves it to another day."""
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, date_only)
    local = at if at.tzinfo else at.replace(tzinfo=zone)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_day(moment: date | datetime, zone: ZoneInfo) -> str:
    """The calendar day in the project's zone."""
    if isinstance(moment, datetime):
        moment = (moment.astimezone(zone) if moment.tzinfo else moment).date()
    return moment.isoformat()


def _reader(options: Options, write: Callable[[date | datetime], str]) -> Convert:
    order = options.get("date_order", "")

    def convert(text: str, region: str) -> tuple[str | None, str]:
        try:
            moment = read_date(text, order)
        except AmbiguousDate:
            return None, "ambiguous_date"
        except (ValueError, OverflowError):
            return None, "bad_date"
        return (None if moment is None else write(moment)), ""

    return convert


@transform("date", "Date", "A calendar day; a time of day is dropped. Option date_order: dmy, mdy or ambiguous.", typed=True)
def day(options: Options) -> Convert:
    zone = ZoneInfo(options.get("timezone") or "UTC")
    return _reader(options, lambda moment: to_day(moment, zone))


@transform("datetime", "Date and time", "A moment, from the project's time zone to UTC. A date alone means 12:00 in that zone.", typed=True)
def moment(options: Options) -> Convert:
    zone, noon = ZoneInfo(options.get("timezone") or "UTC"), time.fromisoformat(options.get("date_only_time") or "12:00")
    return _reader(options, lambda moment: to_utc(moment, zone, noon))
