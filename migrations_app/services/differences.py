"""Records in Pipedrive beside what would be built of them now: what differs, what cannot be helped, and what was left to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrations_app.models import Difference, Phase, RecordLink, Run
from migrations_app.rules import differing
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.resolve import MissingInAccount
from migrations_app.services import history, lists
from migrations_app.services.building import Builder, Prepared
from migrations_app.services.changing import price
from migrations_app.services.lines import VALUE, with_lines
from migrations_app.services.lists import IDS_AT_ONCE
from migrations_app.services.pages import pages
from migrations_app.services.stopping import Stop
from migrations_app.states import LINK_IN_TARGET

KEPT = "kept"  # kind of Difference
UNCHANGEABLE = "Pipedrive changes no {one}: undo the record, then load again"
NOT_BUILT = "it would not be loaded as it is now: {reason}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays as people have it: a field with our two values and theirs; without a field, the reason why nothing is sent."""

    field: str = ""
    last_load: Any = None
    new_export: Any = None
    live: Any = None


@dataclass(slots=True)
class Pending:
    """One record that would be built otherwise now. `values` are what differs (flat), `why` says that an update cannot help."""

    link: RecordLink
    mine: history.Written
    values: dict[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def before(self) -> dict[str, Any]:
        return {name: self.mine.values.get(name) for name in self.values}


class Comparer:
    """Compares records of one entity with what rows, map and answers make of them now. Asks nothing of Pipedrive."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._entity = builder.entity

    def pending(self, links: Sequence[RecordLink]) -> list[Pending]:
        """Those that differ, or cannot be built any more. A constant number of queries. Raises Stop."""
        self._builder.refresh()
        try:
            built = self._builder.build(links)
        except MissingInAccount as error:
            raise Stop(f"The account lacks what the map needs: {error}. Prepare it again.") from error
        written = history.written(links)
        following = with_lines(links)
        found = [self._compare(each, written.get(each.link.pk, history.Written())) for each in built]
        for each in found:
            if each.link.pk in following:
                each.values.pop(VALUE, None)
        return [each for each in found if each.values or each.why]

    def _compare(self, built: Prepared, mine: history.Written) -> Pending:
        if built.body is None:
            return Pending(built.link, mine, why=NOT_BUILT.format(reason=built.message or built.reason))
        changed = differing.changes(self._entity, mine.values, differing.flat(built.body))
        if changed and self._entity in differing.UNCHANGEABLE:
            return Pending(built.link, mine, why=UNCHANGEABLE.format(one=self._builder.kind.one))
        held = set(built.unsaid) | {self._builder.kind.parents[role].field for role in built.lost}
        return Pending(built.link, mine, {name: value for name, value in changed.items() if value is not None or name not in held})


def foreseen(run: Run, entity: str) -> tuple[int, int]:
    """How many stale records of the run an update will be sent for, and what that will cost with reading them first. As far as can be
    told now, without asking Pipedrive; a page of records in memory.
    """
    stale = RecordLink.objects.filter(run=run, entity=entity, stale=True, state__in=LINK_IN_TARGET)
    if not stale.exists():
        return 0, 0
    comparer = Comparer(Builder(run, entity, KINDS[entity].object))
    changes = tokens = 0
    for page in pages(stale, RecordLink.objects.all(), IDS_AT_ONCE):
        if count := sum(bool(each.values) for each in comparer.pending(page)):
            changes, tokens = changes + count, tokens + count * price(entity, "PATCH") + lists.cost_by_id(entity, count)
    return changes, tokens


def keep(phase: Phase, found: Mapping[RecordLink, Sequence[Kept]]) -> None:
    """List what was not changed, in place of what was listed of these records in this phase. Two statements."""
    Difference.objects.filter(phase=phase, link__in=[link.pk for link in found], kind=KEPT).delete()
    Difference.objects.bulk_create(
        [
            Difference(
                phase=phase,
                link=link,
                kind=KEPT,
                field=each.field,
                sent=each.new_export,
                live=each.live,
                pipedrive_id=link.pipedrive_id,
                ours=False,
            )
            for link, kept in found.items()
            for each in kept
        ],
        batch_size=500,
    )
