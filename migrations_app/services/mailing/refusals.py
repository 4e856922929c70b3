"""Who refused mail in an event of a send only: complained, unsubscribed, bounced for good, while no list and no state says so.

Events alone forbid nothing: people unsubscribe from one kind of mail, and come back. So the customer looks at them, and those who
want no mail come back as what this hands out, a suppression list.
"""

from collections.abc import Iterator, Sequence

from migrations_app.models import Gathered, Project
from migrations_app.rules.mailing import suppression
from migrations_app.services import rows
from migrations_app.services.mailing import gathering
from migrations_app.services.mailing.reading import Reader

HEADS = ("Email", "Reason", "Date", "Contact Id")  # read back as a suppression list
OBJECT = "contacts"


def count(project: Project) -> int:
    """Contacts, as the newest audit saw them. One query."""
    return gathering.of_events(project)["refused"]


def table(project: Project) -> Iterator[Sequence[str]]:
    """By HEADS: reason and day of the event; the day is empty where the export tells none."""
    if not count(project):
        return
    stored = Gathered.objects.filter(project=project, object=OBJECT, detail__has_key="refused")
    found = dict(stored.values_list("key", "detail__refused"))
    for row, cells in Reader(project).cells(rows.tables_in_force(project).get(OBJECT, [])):
        if told := found.pop(row.key, None):
            reason, day = told
            yield cells.get("email", ""), suppression.LABELS[reason], day, row.key
