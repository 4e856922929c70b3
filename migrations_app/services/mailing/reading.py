"""The cells of campaigns, members, sends and suppression lists as plain values: words of the source system, days, people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from connectors.sources import registry
from migrations_app.models import Project, SourceField, SourceTable
from migrations_app.rules import zones
from migrations_app.rules.keys import clean
from migrations_app.rules.profile import ColumnProfile
from migrations_app.rules.transforms.dates import read_date, to_day
from migrations_app.services import policies, rows

OBJECTS = ("campaigns", "campaign_members", "lists", "list_members", "templates", "suppression", "email_sends")
CAMPAIGN_ROLES = ("campaign_ref", "campaign_name")

PROFILES_AT_ONCE = 200


class Reader:
    """Reads rows of one project. The order of day and month is that which each column proves."""

    def __init__(self, project: Project) -> None:
        self.quirks = registry.get_quirks(project.source)
        self._zone = ZoneInfo(project.timezone or "UTC")
        self._files = zones.parse(policies.value(project, "file_zones"))
        self._zones: dict[int, ZoneInfo] = {}  # by table: that of its own clock
        self._orders: dict[tuple[int, str], str] = {}
        # A system without mailings has no words for them, and no rows that would need them.
        self.event = cache(getattr(self.quirks, "event", clean))
        self.reason = cache(getattr(self.quirks, "reason", clean))
        self.only_category = cache(getattr(self.quirks, "only_category", clean))

    def cells(self, tables: Sequence[SourceTable]) -> Iterator[tuple[rows.SourceRow, dict[str, str]]]:
        """Rows that count, each with its texts by role; second rows of one id are left out."""
        layouts = {table.pk: list(table.roles_by_position().items()) for table in tables}
        for row in rows.stream(tables):
            if not row.occurrence:
                yield row, {role: clean(row.cells[at]) for at, role in layouts[row.table.pk]}

    def day(self, table: SourceTable, role: str, text: str) -> str:
        """ISO; empty for what is no day or could be two."""
        if not text:
            return ""
        try:
            found = read_date(text, self._order(table, role))
        except (ValueError, OverflowError):
            return ""
        return to_day(found, self._zone) if found else ""

    def minute(self, table: SourceTable, role: str, text: str) -> int:
        """Minutes since 1970 on the project's clock; 0 for what is no moment."""
        if not text:
            return 0
        # The usual spelling, and two million of them; what follows the seconds may be a zone.
        if len(text) in (16, 19) and text[4:5] == text[7:8] == "-" and text[13:14] == ":":
            try:
                return _minutes(self._here(table, datetime.fromisoformat(text[:16])))
            except ValueError:
                return 0
        try:
            found = read_date(text, self._order(table, role))
        except (ValueError, OverflowError):
            return 0
        if found is None:
            return 0
        if not isinstance(found, datetime):
            return _minutes(datetime(found.year, found.month, found.day))
        return _minutes(self._here(table, found))

    def _here(self, table: SourceTable, moment: datetime) -> datetime:
        """On the project's clock; without a zone of its own it is on the clock of its file."""
        zone = self._zones.get(table.pk)
        if zone is None:
            zone = self._zones[table.pk] = ZoneInfo(zones.zone_of(table.file, self._files, self._zone.key))
        if moment.tzinfo is None and zone is self._zone:
            return moment
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(self._zone).replace(tzinfo=None)

    def _order(self, table: SourceTable, role: str) -> str:
        """Asked for all files of an upload at once: it may have one for each campaign and event."""
        if (table.pk, role) not in self._orders:
            for column in SourceField.objects.filter(table__upload=table.upload_id, role=role).iterator(PROFILES_AT_ONCE):
                order = ColumnProfile.from_dict(column.profile).date_order if column.profile else ""
                self._orders.setdefault((column.table_id, role), order)
        return self._orders.setdefault((table.pk, role), "")


_START = datetime(1970, 1, 1)


def _minutes(moment: datetime) -> int:
    return int((moment - _START).total_seconds()) // 60


def day_of(minute: int) -> str:
    return _day(minute // (24 * 60))


@lru_cache(maxsize=20_000)
def _day(number: int) -> str:
    return (_START + timedelta(days=number)).strftime("%Y-%m-%d")


def in_force(force: Mapping[str, list[SourceTable]]) -> bool:
    """Whether the exports hold anything that a mailing system knows."""
    return any(force.get(object) for object in OBJECTS)
