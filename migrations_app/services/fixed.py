"""Answers to findings where rows are read: cells that people corrected here, and records that they leave out."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b

from migrations_app.models import FindingAnswer, Project, SourceTable
from migrations_app.rules.headers import unique_headers
from migrations_app.services.staging import chunks

How = FindingAnswer.How
CORRECTING = (How.FIX, How.EMPTY)
LEFT_OUT = "left_out_by_answer"  # why a row makes no record
Fixes = Mapping[str, Sequence[tuple[str, str, str]]]  # {source key: (place, old, new)}


def fixes_of(tables: Sequence[SourceTable], keys: Collection[str] | None = None) -> Fixes:
    """Corrections to the rows of one object's tables: all of them, or those of 500 keys at a time. A query each."""
    if not tables:
        return {}
    found: dict[str, list[tuple[str, str, str]]] = {}
    counts = FindingAnswer.objects.filter(decision__undone_at__isnull=True, how__in=CORRECTING).order_by("pk")
    mine = counts.filter(project=tables[0].upload.project_id, object=tables[0].object)
    for some in chunks(keys, 500) if keys is not None else (None,):
        part = mine if some is None else mine.filter(source_key__in=some)
        for key, place, old, new in part.values_list("source_key", "place", "old", "new"):
            found.setdefault(key, []).append((place, old, new))
    return found


def left_out(project: Project) -> dict[str, set[str]]:
    """{object: source keys} of the records that people leave out because of a finding. One query."""
    found: dict[str, set[str]] = {}
    mine = FindingAnswer.objects.filter(project=project, decision__undone_at__isnull=True, how=How.SKIP)
    for object, key in mine.values_list("object", "source_key").iterator(2000):
        found.setdefault(object, set()).add(key)
    return found


def correct(table: SourceTable, cells: list[str], content_hash: str, fixes: Sequence[tuple[str, str, str]]) -> str:
    """Put the corrections into `cells` where the source still says what was corrected; the hash of the row as it reads now."""
    done = []
    for place, old, new in fixes:
        at = position(table, place)
        if at is not None and at < len(cells) and shown(cells[at]) == old:
            cells[at] = new
            done.append(f"{at}\x1f{new}")
    if not done:
        return content_hash
    return blake2b("\x1e".join([content_hash, *done]).encode(errors="replace"), digest_size=len(content_hash) // 2 or 16).hexdigest()


def position(table: SourceTable, place: str) -> int | None:
    """Where a table has the column that plays this role or has this header."""
    found = table.position_of(place)
    if found is None:
        names = unique_headers(table.headers)
        return names.index(place) if place in names else None
    return found


def shown(cell: str) -> str:
    """A cell as it is kept beside its correction: PostgreSQL holds no NUL in a text."""
    return cell.replace("\0", "␀")
