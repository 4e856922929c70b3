"""The evidence of one look at an account's persons beside the suppression list, as files: who was flagged, on whose word."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from migrations_app.models import Confirmation, SourceTable, SuppressionPass
from migrations_app.rules.mailing import suppression
from migrations_app.services import reporting

CONSENT = "consent"
TABLES: Mapping[str, tuple[str, ...]] = {
    "unmatched": ("email", "reason", "since"),
    "flagged": ("pipedrive_id", "email", "reason", "since", "before"),
    "conflicts": ("pipedrive_id", "email", "reason", "since", "why"),
    "marketing": ("pipedrive_id", "email", "before", "after"),
}


def write(kept: SuppressionPass, folder: Path) -> list[Path]:
    """unmatched.csv (suppressed addresses of nobody in the account), flagged.csv, conflicts.csv, marketing.csv and about.csv, utf-8."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in (*TABLES, "about")}
    for name, header in TABLES.items():
        reporting.write_csv(paths[name], header, _lines(kept, name))
    reporting.write_csv(paths["about"], ("what", "is"), list(_about(kept)))
    return list(paths.values())


def write_zip(kept: SuppressionPass, stream: BinaryIO) -> None:
    with TemporaryDirectory() as folder, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in write(kept, Path(folder)):
            archive.write(path, path.name)


def _lines(kept: SuppressionPass, name: str) -> Iterator[Sequence[Any]]:
    for line in kept.facts.get(name, ()):
        yield [suppression.LABELS.get(str(cell), str(cell)) for cell in line]


def _about(kept: SuppressionPass) -> Iterator[Sequence[str]]:
    """Which files it rests on, who did it when, and who had put their name to the count before."""
    account = kept.account
    yield "check", kept.get_kind_display()
    yield "account", f"{account.company_name} ({account.role})"
    yield "done at", kept.at.isoformat()
    yield "done by", kept.by.get_username() if kept.by else ""
    yield "persons looked at", str(kept.persons)
    yield "persons on the list", str(kept.suppressed)
    for table in SourceTable.objects.filter(pk__in=kept.tables).order_by("pk"):
        yield "rests on", f"{table.file} ({table.rows} rows)"
    for tick in Confirmation.objects.filter(account=account, what=CONSENT, at__lte=kept.at).select_related("by").order_by("pk"):
        yield "signed", f"{tick.by.get_username() if tick.by else ''} at {tick.at.isoformat()}: {'; '.join(map(str, tick.items))}"
