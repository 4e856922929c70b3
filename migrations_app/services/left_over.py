"""Records that we made and no row in force stands for any more: a new row may be one of them under another id."""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from migrations_app.models import RecordLink, RecordSource, Run, SourceTable, StagedRecord
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.spec import ORGANIZATION, PERSON
from migrations_app.services import planning
from migrations_app.services.planners.renames import DERIVED
from migrations_app.states import LINK_IN_TARGET

TOLD = "; we made it of a row that the exports no longer have"


def ids(run: Run, force: Mapping[str, Sequence[SourceTable]]) -> dict[str, set[str]]:
    """{entity: ids in Pipedrive}. Objects that no export in force holds have lost nothing."""
    found = {}
    for entity in (ORGANIZATION, PERSON):
        links, tables = _links(run, entity), force.get(KINDS[entity].object, [])
        found[entity] = set(_without_row(links.filter(derived=False), tables)) if tables else set[str]()
    found[ORGANIZATION] |= set(_uncalled(run))
    return found


def _links(run: Run, entity: str) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(account=run.account, entity=entity, state__in=LINK_IN_TARGET)


def _without_row(links: QuerySet[RecordLink], tables: Sequence[SourceTable]) -> QuerySet[RecordSource, str]:
    row = StagedRecord.objects.filter(table__in=tables, key=OuterRef("source_key"))
    gone = RecordSource.objects.filter(~Exists(row), link__in=links, object=tables[0].object)
    return gone.values_list("link__pipedrive_id", flat=True)


def _uncalled(run: Run) -> Iterator[str]:
    """Organizations that were made of a text or a list, and that nothing makes now."""
    derived = dict(_links(run, ORGANIZATION).filter(derived=True, key__startswith=DERIVED).values_list("key", "pipedrive_id"))
    if derived:
        called = {each.key for each in planning.without_row(planning.read(run), ORGANIZATION)}
        yield from (id for key, id in derived.items() if key not in called)
