"""What is in the files: some of them, or all by the project's choice, are downloaded and held against what was sent (20 tokens each)."""

from collections.abc import Iterator
from hashlib import sha256

from connectors.errors import RecordMissing
from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference, Phase, RecordLink
from migrations_app.rules import budget
from migrations_app.services import history
from migrations_app.services.likeness import CONTENT
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET


def differences(phase: Phase, client: Pipedrive, *, whole: bool) -> Iterator[Difference]:
    """Files that hold something else than was sent; those of this run alone, unless `whole`. Nothing is saved here."""
    for some in chunks(_chosen(phase, whole), 100):
        links = list(RecordLink.objects.filter(pk__in=some).order_by("pk"))
        written = history.written(links)
        for link in links:
            sent = written.get(link.pk, history.Written()).values.get(CONTENT)
            live = _read(client, link) if sent else None
            if live is not None and live != sent:
                yield Difference(phase=phase, link=link, kind="value", field=CONTENT, sent=sent, live=live, pipedrive_id=link.pipedrive_id)


def _chosen(phase: Phase, whole: bool) -> list[int]:
    """Links of the files to look at: all, or a sample spread evenly over them."""
    choice = phase.run.project.setting("file_check")
    mine = RecordLink.objects.filter(run=phase.run, entity=phase.entity, state__in=LINK_IN_TARGET)
    mine = mine if whole else mine.filter(written_run=phase.run)
    pks = list(mine.order_by("pk").values_list("pk", flat=True))
    if choice == "sample" and pks:
        return pks[:: budget.every_file(len(pks))]
    return pks if choice == "all" else []


def _read(client: Pipedrive, link: RecordLink) -> str | None:
    """The sum of its bytes; None where it is gone, which is told elsewhere."""
    try:
        return sha256(client.content(link.pipedrive_id)).hexdigest()
    except RecordMissing:
        return None
