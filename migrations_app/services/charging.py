"""What a run spends: on its own account, and on the company's day."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Run
from migrations_app.services import connecting


@contextmanager
def charged(run: Run, client: Pipedrive) -> Iterator[None]:
    """What the block spends goes on the account of the run, however the block ends. Nothing else may use the client meanwhile."""
    before = client.door.spent
    try:
        yield
    finally:
        charge(run, client.door.spent - before)


def charge(run: Run, tokens: int) -> None:
    if tokens:
        Run.objects.filter(pk=run.pk).update(tokens=F("tokens") + tokens)
        connecting.note_spend(run.account, tokens)
