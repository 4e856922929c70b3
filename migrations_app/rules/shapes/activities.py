"""Activities: when, how long, what was said, and what stands in where something is missing (PRACTICE.md 3 row 16)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from migrations_app.rules.check import make_issue
from migrations_app.rules.shapes.columns import Column, Shape, text_with_lines
from migrations_app.rules.spec import Draft, Settings
from migrations_app.rules.transforms.activities import TASK
from migrations_app.rules.transforms.times import clock

_MOST_MINUTES = 99 * 60 + 59
TYPE_LENGTH = 60
DISPOSITION, OUTCOME = "disposition", "outcome"


class ActivityTime(Shape):
    """Day and time of the start in UTC, and the duration. A day alone stays a day: no zone moves it."""

    takes = frozenset({"start", "time_of_day", "end", "duration"})

    def __init__(self, columns: Sequence[Column], settings: Settings) -> None:
        super().__init__(columns, settings)
        self.zone = ZoneInfo(settings.timezone or "UTC")
        self.start, self.time = self.first("start"), self.first("time_of_day")
        self.end, self.duration = self.first("end"), self.first("duration")

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        start, time, end, minutes = (
            column.read(texts, country, draft) if column else None for column in (self.start, self.time, self.end, self.duration)
        )
        if start and len(start) == 10 and time:
            start = f"{start}T{time}:00"
        moment = start or end
        if moment:
            self._due(moment, draft)
        length = self._between(start, end)
        if length is not None and length < 0:
            self._flag(draft, "end_before_start", self.end, texts)
        elif length is not None and minutes is not None and length != minutes:
            self._flag(draft, "duration_differs", self.duration, texts)
        if minutes is None and length is not None and length > 0:
            minutes = length
        if minutes:
            draft.values["duration"] = clock(min(minutes, _MOST_MINUTES))

    def _due(self, moment: str, draft: Draft) -> None:
        if len(moment) == 10:
            draft.values["due_date"] = moment
            return
        at = datetime.fromisoformat(moment)
        at = (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        draft.values["due_date"], draft.values["due_time"] = at.strftime("%Y-%m-%d"), at.strftime("%H:%M")

    def _between(self, start: str | None, end: str | None) -> int | None:
        """Minutes from start to end, where both have a time of day or neither has one and they differ."""
        if not start or not end or len(start) == 10 or len(end) == 10:
            return -1 if start and end and end[:10] < start[:10] else None
        return round((self._aware(end) - self._aware(start)).total_seconds() / 60)

    def _aware(self, text: str) -> datetime:
        """An end given as local time counts by the same clock as its start: a night of the clock change is as long as people say."""
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is None else at.astimezone(self.zone).replace(tzinfo=None)

    def _flag(self, draft: Draft, code: str, column: Column | None, texts: Sequence[str]) -> None:
        assert column is not None
        draft.issues.append(make_issue("activities", code, column.rule.role or column.rule.column, texts[column.at]))


class ActivityNote(Shape):
    """The text, and below it one line for each thing that Pipedrive has no field for."""

    takes = frozenset({"html", "labelled"})

    def __init__(self, columns: Sequence[Column], settings: Settings) -> None:
        joins_type = settings.outcomes == "type"
        super().__init__([column for column in columns if not (joins_type and column.rule.role == DISPOSITION)], settings)

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        if note := text_with_lines(self, texts, country, draft):
            draft.values["note"] = note


class ActivityType(Shape):
    """Type, done and subject of an activity that says nothing about them."""

    takes = frozenset({"activity_type", "done", "labelled"})

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        for name, transform in (("type", "activity_type"), ("done", "done")):
            column = self.first(transform)
            value = column.read(texts, country, draft) if column else None
            if value is not None:
                draft.values[name] = value
        if self.settings.outcomes == OUTCOME and (outcome := self._said(OUTCOME, texts) or self._said(DISPOSITION, texts)):
            draft.values["outcome"] = outcome
        if disposition := self._disposition(texts):
            draft.values["type"] = f"{draft.values.get('type', TASK)}: {disposition}"[:TYPE_LENGTH]
        draft.values.setdefault("type", TASK)
        draft.values.setdefault("done", False)

    def _disposition(self, texts: Sequence[str]) -> str:
        """The word that joins the type, where the project wants it so."""
        return self._said(DISPOSITION, texts) if self.settings.outcomes == "type" else ""

    def _said(self, role: str, texts: Sequence[str]) -> str:
        return next((texts[column.at] for column in self.of("labelled") if column.rule.role == role), "")
