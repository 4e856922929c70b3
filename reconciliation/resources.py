"""The workbooks of the queues: which of them a file is."""

from pathlib import Path
from typing import Any

from migrations_app.models import Project
from reconciliation import sheets
from reconciliation.counterparts_sheet import CounterpartResource
from reconciliation.orphan_sheet import OrphanedDealResource
from reconciliation.quickbooks_sheet import QuickBooksResource
from reconciliation.services.answers import Outcome
from reconciliation.sheet_rows import bring_in
from reconciliation.value_sheet import ValueDifferenceResource

# Each queue's workbook by a column that only it has.
_BY_COLUMN: tuple[tuple[str, Any, str], ...] = (
    ("quickbooks", QuickBooksResource, "in_quickbooks"),
    ("existing", CounterpartResource, "id_in_pipedrive"),
    ("values", ValueDifferenceResource, "without_answer"),
    ("orphans", OrphanedDealResource, "company_in_deal"),
)


def import_workbook(project: Project, path: Path, *, user: Any) -> tuple[str, Outcome]:
    """Answer one queue of `project` as a workbook exported from its page says: the queue, and what became of the lines.

    Lines that changed meanwhile or do not fit are refused. Raises CannotAnswer where the file is no such workbook, and Forbidden.
    """
    dataset = sheets.read(path, path.name)
    columns = set(dataset.headers or ())
    queue, kind = next((each for each in _BY_COLUMN if each[2] in columns), _BY_COLUMN[-1])[:2]
    return queue, bring_in(kind(project=project), dataset, user=user)
