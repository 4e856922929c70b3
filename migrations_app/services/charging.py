"""What a run spends: on its own account and that of its phase, and on the company's day. What faults cost is kept apart."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Run
from migrations_app.services import connecting, statements


@contextmanager
def charged(run: Run, client: Pipedrive, entity: str = "", *, lost: bool = False) -> Iterator[None]:
    """What the block spends goes on the account of the run, and of its phase for `entity`. Nothing else may use the client meanwhile.

    A block that does not come to its end has to be gone through again: then, or with `lost`, all of it counts as lost.
    """
    spent, gone = client.door.spent, client.door.lost
    try:
        yield
    except BaseException:
        lost = True
        raise
    finally:
        tokens = client.door.spent - spent
        charge(run, entity, tokens, tokens if lost else client.door.lost - gone)


def charge(run: Run, entity: str, tokens: int, lost: int) -> None:
    if tokens:
        statements.change(statements.RUN_TOKENS, tokens, run.pk)
        statements.change(statements.PHASE_TOKENS, tokens, lost, run.pk, entity)
        connecting.note_spend(run.account, tokens)
