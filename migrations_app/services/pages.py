"""Many records in pages, in the order of their ids, each read once however many there are."""

from array import array
from collections.abc import Iterator
from typing import Any

from django.db.models import Max, Min, QuerySet

IDS_AT_ONCE = 100_000


def pages(wanted: QuerySet[Any], records: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The `records` (all of a model, with the columns to read) that are `wanted`, up to the newest of when the first page is asked for.

    Not by a cursor that is held open while others write, and not by asking `wanted` for what comes after the last page:
    without an index for both, a database sorts all that is left for every page.
    """
    span = wanted.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(span["first"] or 0, (span["last"] or -1) + 1, IDS_AT_ONCE):
        near = wanted.filter(pk__gte=start, pk__lt=start + IDS_AT_ONCE).order_by("pk").values_list("pk", flat=True)
        ids = array("q", near.iterator(size))
        for at in range(0, len(ids), size):
            yield list(records.filter(pk__in=ids[at : at + size].tolist()).order_by("pk"))
