"""When a deal was closed, and which of its fields follow from its status (pipedrive/API.md 5.3, PRACTICE.md 3 rows 15, 21, 23)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from migrations_app.rules.check import make_issue
from migrations_app.rules.scope import is_project
from migrations_app.rules.spec import Draft, Settings
from migrations_app.rules.transforms.choices import read_status

# Reads one column of a row as a moment in UTC; None where there is none, or none that can be read.
ReadMoment = Callable[[Sequence[str]], str | None]

# Why a row that is a project is no deal: by choice of the project, or as nothing was earned with it.
NO_OPPORTUNITY, AS_NOTE, WORTHLESS_PROJECT = "not_an_opportunity", "project_as_note", "project_without_value"
PROJECT_STAGE = "Projects"


class ProjectRow:
    """A row that the source calls no opportunity, such as a QuickBooks job: work that was won, not a position in a sales pipeline.

    With a value it is a won deal in a pipeline of its own, else nothing, unless the project chose otherwise (PRACTICE.md 3 row 25).
    """

    def __init__(self, at: int, settings: Settings) -> None:
        self.at, self.becomes, self.pipeline = at, settings.projects, settings.projects_pipeline

    def __call__(self, texts: Sequence[str], draft: Draft) -> None:
        if self.at < 0 or not is_project(texts[self.at]):
            return
        draft.is_project = True
        draft.skip = {"note": AS_NOTE, "skip": NO_OPPORTUNITY}.get(self.becomes, "" if self._earned(draft) else WORTHLESS_PROJECT)
        draft.issues = [issue for issue in draft.issues if issue.code != "unknown_status"]
        if draft.values.get("status") != "lost":
            draft.values["status"] = "won"
        draft.references.pop("stage", None)
        draft.references["pipeline"] = self.pipeline

    def _earned(self, draft: Draft) -> bool:
        """An amount that cannot be read may be one: people are asked."""
        unread = any(issue.code == "bad_amount" and issue.field == "value" for issue in draft.issues)
        return unread or bool(Decimal(str(draft.values.get("value") or 0)))


class DealClosing:
    """Sets status, closing times, expected close, probability and lost reason so that they never contradict each other.

    `moments` are the columns that hold a date of closing, by field, and `named` what issues call them; `fallbacks` stand in where a
    closed deal has none.
    """

    def __init__(self, moments: Mapping[str, ReadMoment], named: frozenset[str], fallbacks: Sequence[ReadMoment], has_status: bool) -> None:
        self.moments, self.named, self.fallbacks, self.has_status = moments, named, fallbacks, has_status

    def __call__(self, texts: Sequence[str], draft: Draft) -> None:
        values = draft.values
        dated = {field: moment for field, read in self.moments.items() if (moment := read(texts))}
        for field in ("won_time", "lost_time", "close_time"):
            values.pop(field, None)
        if any(issue.code == "unknown_status" for issue in draft.issues):
            return
        status = values.setdefault("status", self._status(dated, draft))
        if status != "open":
            self._closed(status, dated, texts, draft)
        if status != "lost" and (reason := values.pop("lost_reason", None)):
            draft.issues.append(make_issue("deals", "lost_reason_unused", "lost_reason", reason))

    def _status(self, dated: Mapping[str, str], draft: Draft) -> str:
        """Without a word for it: the stage may say so (Closed Won), else a date of winning or losing."""
        if not self.has_status and (status := read_status(draft.references.get("stage", ""))):
            return status
        return "won" if "won_time" in dated else "lost" if "lost_time" in dated else "open"

    def _closed(self, status: str, dated: Mapping[str, str], texts: Sequence[str], draft: Draft) -> None:
        values = draft.values
        values.pop("expected_close_date", None)
        values.pop("probability", None)
        at = dated.get(f"{status}_time") or dated.get("expected_close_date") or dated.get("close_time")
        if at is None and not any(issue.code == "ambiguous_date" and issue.field in self.named for issue in draft.issues):
            at = next((moment for read in self.fallbacks if (moment := read(texts))), None)
            draft.issues.append(make_issue("deals", "closed_without_date", "close_date", at or ""))
        if at:
            values[f"{status}_time"] = values["close_time"] = at
