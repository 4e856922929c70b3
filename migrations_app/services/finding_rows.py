"""Writes findings as they are found: their rows in chunks, their counts and examples at the end."""

from types import TracebackType
from typing import Any

from migrations_app.models import Audit, Finding, FindingRow
from migrations_app.rules.spec import Issue
from migrations_app.services.rows import SourceRow
from migrations_app.services.staging import CHUNK, insert_rows

COLUMNS = ("finding_id", "table_id", "line", "key", "field", "value", "message")
EXAMPLES = 5
VALUE_LENGTH = 2000


class Writer:
    """A context: leaving it without an exception writes what is left, the counts and the examples."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._findings: dict[tuple[str, str], Finding] = {}
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, object: str, row: SourceRow, issue: Issue) -> None:
        finding = self._findings.get((object, issue.code)) or self._new(object, issue)
        finding.count += 1
        value = str(issue.value).replace("\0", "␀")[:VALUE_LENGTH]
        if len(finding.examples) < EXAMPLES:
            finding.examples.append({"line": row.line, "key": row.key, "value": value[:200]})
        self._waiting.append((finding.pk, row.table.pk, row.line, row.key, issue.field[:500], value, issue.message))
        if len(self._waiting) >= CHUNK:
            self._flush()

    def _new(self, object: str, issue: Issue) -> Finding:
        finding = Finding.objects.create(audit=self._audit, object=object, code=issue.code, severity=issue.severity)
        self._findings[object, issue.code] = finding
        return finding

    def _flush(self) -> None:
        insert_rows(FindingRow, COLUMNS, self._waiting)
        self._waiting = []

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush()
            Finding.objects.bulk_update(self._findings.values(), ["count", "examples"], batch_size=100)
