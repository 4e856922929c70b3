"""What people deleted or merged in Pipedrive also shows on other records: that is their doing, and no fault of the load's.

Who is merged into another record leaves it the source id; what hung on a record that is gone hangs elsewhere, or nowhere.
"""

from collections.abc import Iterator
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference, Phase
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.building import source_id
from migrations_app.services.staging import chunks

IDS_AT_ONCE = 100


def heirs(phase: Phase) -> int:
    """Records that look like strays, and only have the source id of a record that was merged into them: they are taken off the list."""
    strays = Difference.objects.filter(phase=phase, kind="stray")
    if not strays.exists():
        return 0
    gone = Difference.objects.filter(phase=phase, kind="gone").values_list("link__key", flat=True)
    inherited = 0
    for some in chunks(gone.iterator(2000), 500):
        marks = [source_id(phase.run.project, key) for key in some]
        pks = [pk for pk, mark in strays.values_list("pk", "live") if mark in marks]
        inherited += Difference.objects.filter(pk__in=pks).delete()[0]
    return inherited


def moved(phase: Phase, client: Pipedrive) -> tuple[int, int]:
    """Links that read back otherwise because the record they led to is gone: people's change, not ours.

    Answers how many, and how many of these this run wrote. 10 tokens per hundred records that are asked for.
    """
    many = fresh = 0
    for entity, field in _links(phase.entity):
        differing = Difference.objects.filter(phase=phase, kind="value", field=field)
        asked = sorted({id for sent in differing.values_list("sent", flat=True) for id in _led_to(sent)})
        for some in chunks(asked, IDS_AT_ONCE):
            gone = set(some) - {str(item["id"]) for page in client.pages(entity, ids=",".join(some)) for item in page}
            theirs = [pk for pk, sent in differing.values_list("pk", "sent") if gone & set(_led_to(sent))]
            rows = Difference.objects.filter(pk__in=theirs)
            fresh += rows.filter(link__written_run=phase.run_id).count()
            many += rows.update(kind="edited", ours=False)
    return many, fresh


def _links(entity: str) -> Iterator[tuple[str, str]]:
    for role, parent in KINDS[entity].parents.items():
        if parent.field:
            yield parent.entity or role, parent.field


def _led_to(sent: Any) -> list[str]:
    """Ids of the records that a link led to: one, or those of all who take part."""
    if isinstance(sent, list):
        return [str(each["person_id"]) for each in sent]
    return [str(sent)] if sent else []
