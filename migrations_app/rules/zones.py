"""Files whose clock is another than the project's: reports of mailing systems are written in the zone of whoever asked for them."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Zones = Sequence[tuple[str, str]]  # (pattern for names of files, IANA zone)
HOW = "write it as sends.csv=America/New_York; several are separated by semicolons, and * stands for any part of a name"


def parse(text: str) -> list[tuple[str, str]]:
    """Raises ValueError with what is wrong, in plain words."""
    zones = []
    for part in filter(str.strip, text.split(";")):
        pattern, sign, zone = (each.strip() for each in part.rpartition("="))
        if not sign or not pattern or not zone:
            raise ValueError(f"“{part.strip()}” names no file and zone: {HOW}.")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"“{zone}” is no time zone: {HOW}.") from None
        zones.append((pattern, zone))
    return zones


def why_no_zones(text: str) -> str:
    """What is wrong with it; empty where nothing is."""
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return ""


def zone_of(file: str, zones: Zones, default: str) -> str:
    """The zone of the first pattern that fits the file's name or path, whatever its case."""
    path = file.replace("\\", "/").casefold()
    names = (path, path.rpartition("/")[2])
    return next((zone for pattern, zone in zones if any(fnmatchcase(name, pattern.casefold()) for name in names)), default)
