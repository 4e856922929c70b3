"""Many records in pages, in the order of their ids, each read once however many there are."""

from array import array
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet


def pages(wanted: QuerySet[Any], records: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The `records` (all of a model, with the columns to read) whose ids `wanted` has when the first page is asked for.

    Not by a cursor that is held open while others write, and not by asking `wanted` for what comes after the last page:
    without an index for both, a database sorts all that is left for every page. An id takes eight bytes.
    """
    ids = array("q", wanted.order_by("pk").values_list("pk", flat=True).iterator(size))
    for start in range(0, len(ids), size):
        yield list(records.filter(pk__in=ids[start : start + size].tolist()).order_by("pk"))
