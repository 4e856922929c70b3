"""Moments, times of day and durations of activities and notes."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from migrations_app.rules.transforms.dates import AmbiguousDate, read_date, to_utc
from migrations_app.rules.transforms.numbers import read_number
from migrations_app.rules.transforms.registry import Convert, Options, transform

_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?:[:.]\d{2})?\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?:uhr|h)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hours>\d{1,3}):(?P<minutes>\d{2})(?::\d{2})?")
_ISO = re.compile(r"P(?:(?P<days>\d+)D)?T?(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:\d+(?:[.,]\d+)?S)?")
_HOUR_WORDS = (
    "h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|óra|uur|uren|godz|godzin[ay]?|hod|hodin[ay]?|"
    "tim|timmar|timme|timer?|t|tuntia?|saat|sa"
)
_MINUTE_WORDS = "m|mn|min|mins|minutes?|minuten|minutos?|minuti|minuto|minuter|minutt?|minutter|minuty|minuuttia|dakika|dk|perc|minute"
_HOURS = re.compile(rf"(?P<number>\d+(?:[.,]\d+)?)\s*(?:{_HOUR_WORDS})(?![^\W\d_])\.?,?", re.IGNORECASE)
_MINUTES = re.compile(rf"(?P<number>\d+(?:[.,]\d+)?)\s*(?:(?:{_MINUTE_WORDS})(?![^\W\d_])\.?|[′'])?", re.IGNORECASE)
_DAY = 24 * 60


def read_time(text: str) -> time | None:
    """A time of day, however it is written, a day's fraction as workbooks keep it included; None for what is none."""
    match = _TIME.fullmatch(text.strip())
    if match and (match["minute"] or match["half"]):
        hour, half = int(match["hour"]), (match["half"] or "").casefold()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        minute = int(match["minute"] or 0)
        return time(hour, minute) if hour < 24 and minute < 60 else None
    try:
        share = Decimal(text.replace(",", "."))
    except ArithmeticError:
        return None
    minutes = round(share * _DAY)
    return time(minutes // 60, minutes % 60) if 0 <= minutes < _DAY and share < 1 else None


def read_minutes(text: str, unit: str = "") -> int | None:
    """Minutes of a duration: `90`, `1:30`, `1 h 30 min`, `1,5 h`, `PT1H30M`; a bare number is in `unit` (hours, else minutes)."""
    text = text.strip()
    if match := _CLOCK.fullmatch(text):
        return int(match["hours"]) * 60 + int(match["minutes"])
    if (match := _ISO.fullmatch(text)) and any(match.groups()):
        parts = [_decimal(part or "0") for part in match.groups()]
        return round(parts[0] * _DAY + parts[1] * 60 + parts[2])
    hours = _HOURS.match(text)
    rest = text[hours.end() :].strip() if hours else text
    minutes = _MINUTES.fullmatch(rest) if rest else None
    if rest and not minutes:
        return None
    found = Decimal(0)
    if hours:
        found += _decimal(hours["number"]) * 60
    if minutes:
        found += _decimal(minutes["number"]) * (60 if unit == "hours" and not hours and rest[-1:].isdigit() else 1)
    return round(found) if hours or minutes else None


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def clock(minutes: int) -> str:
    """`01:30`, as Pipedrive writes durations and times."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _local_moment(options: Options) -> Convert:
    """ISO text, local where no zone stands beside it; a midnight means that no time was given."""
    order = options.get("date_order", "")

    def convert(text: str, region: str) -> tuple[str | None, str]:
        try:
            moment: date | datetime | None = read_date(text, order)
        except AmbiguousDate:
            return None, "ambiguous_date"
        except (ValueError, OverflowError):
            return None, "bad_date"
        if isinstance(moment, datetime) and moment.time() == time(0) and moment.tzinfo is None:
            moment = moment.date()
        return (None if moment is None else moment.isoformat()), ""

    return convert


transform("start", "Start", "Day and time of an activity; midnight means that only the day is known.", typed=True)(_local_moment)
transform("end", "End", "When an activity ended: gives its duration where no column does.", typed=True)(_local_moment)


@transform("time_of_day", "Time of day", "Joins the day of the start.", typed=True)
def time_of_day(options: Options) -> Convert:
    def convert(text: str, region: str) -> tuple[str | None, str]:
        found = read_time(text) or read_time(text.partition(" ")[2])  # programs print a time alone as a moment of some old day
        return (found.strftime("%H:%M"), "") if found else (None, "bad_date")

    return convert


@transform("duration", "Duration", "Minutes, hours or a clock (1:30). Option unit: minutes or hours, for bare numbers.", typed=True)
def duration(options: Options) -> Convert:
    unit = str(options.get("unit", ""))

    def convert(text: str, region: str) -> tuple[int | None, str]:
        minutes = read_minutes(text, unit)
        if minutes is None:
            try:
                minutes = round(read_number(text) * (60 if unit == "hours" else 1))
            except (ValueError, ArithmeticError):
                return None, "bad_number"
        return (minutes, "") if minutes >= 0 else (None, "bad_number")

    return convert


@transform("stamp", "Time of a note", "A moment in UTC as notes take it. A date alone means 12:00 in the project's zone.", typed=True)
def stamp(options: Options) -> Convert:
    zone, noon = ZoneInfo(options.get("timezone") or "UTC"), time.fromisoformat(options.get("date_only_time") or "12:00")
    order = options.get("date_order", "")

    def convert(text: str, region: str) -> tuple[str | None, str]:
        try:
            moment = read_date(text, order)
        except AmbiguousDate:
            return None, "ambiguous_date"
        except (ValueError, OverflowError):
            return None, "bad_date"
        return (None if moment is None else to_utc(moment, zone, noon).replace("T", " ").removesuffix("Z")), ""

    return convert
