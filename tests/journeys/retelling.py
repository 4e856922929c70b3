"""The truth of a package in another spelling, by place (file, sheet, line) instead of id, beside what the audit wrote."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrations_app.models import StagedRecord
from tests.journeys import comparing
from tests.journeys.respelling import Respeller, Spelling

Place = tuple[str, str, str, int]  # object, file, sheet, line

NOT_FOUND = ("company_not_found_with_contact", "company_not_found_no_contact")
# What nobody can find where a file is missing: there is nothing to hold the value against.
BLIND_WITHOUT = {
    "users": ("unknown_owner", "ambiguous_owner"),
    "custom_fields": ("unknown_option",),
    "pipelines": ("unknown_stage", "stage_of_other_pipeline"),
    "companies": ("unknown_company", *NOT_FOUND),
}


@dataclass(slots=True)
class Report:
    """Findings by place and code, clusters that may be merged in bulk, deals without a company, the users of owner texts."""

    findings: set[tuple[Place, str]] = field(default_factory=set)
    same: set[frozenset[Place]] = field(default_factory=set)
    orphans: set[tuple[Place, str]] = field(default_factory=set)
    owners: dict[str, tuple[int, str]] = field(default_factory=dict)


def told(respeller: Respeller) -> Report:
    truth, spelling = respeller.truth, respeller.spelling
    blind = blind_codes(spelling)
    report = Report()
    for each in truth["problems"]:
        place = _place(respeller, each["object"], each["row"])
        if respeller.spelling.by_name and (each["object"], each["code"]) == ("line_items", "duplicate_id_identical"):
            continue  # without ids the same line again is one more of it
        if place and each["object"] in comparing.IN_SCOPE and each["code"] not in blind:
            report.findings.add((place, each["code"]))
    lines = first_lines(respeller)
    for cluster in comparing.told_same(truth):
        members = {place for key in cluster if (place := _place_of_id(respeller, lines, key))}
        if len(members) > 1:
            report.same.add(frozenset(members))
    for kind, keys in truth["orphaned_deals"].items():
        places = {_place_of_id(respeller, lines, key) for key in keys} if kind not in blind else set()
        report.orphans |= {(place, kind) for place in places if place}
    if "users" not in spelling.dropped:
        refs = {object: texts for object, texts in truth["owners"]["refs"].items() if object not in spelling.dropped}
        owners = comparing.told_owners({"owners": {**truth["owners"], "refs": refs}})
        report.owners = {respeller.narrow(text): user for text, user in owners.items()}
    return report


def blind_codes(spelling: Spelling) -> set[str]:
    codes = {code for object in spelling.dropped for code in BLIND_WITHOUT[object]}
    codes |= {"duplicate_id_conflict"} if spelling.by_name else set()
    codes |= {"nul"} if spelling.workbook else set()
    # dates written by hand stay day first: columns printed month first prove both orders, and are asked about
    codes |= {"end_before_start"} if spelling.dates in ("mdy", "two digits") else set()
    return codes | ({"emoji"} if not spelling.encoding.startswith("utf") else set())


def first_lines(respeller: Respeller) -> dict[tuple[str, str], int]:
    """{(object, id of the sample): its first line}."""
    found: dict[tuple[str, str], int] = {}
    for table in respeller.tables:
        for line, record in enumerate(table.records, start=1):
            found.setdefault((table.object, table.cells(record, "id")[0]), line)
    return found


def _place_of_id(respeller: Respeller, lines: dict[tuple[str, str], int], key: str) -> Place | None:
    object = next(object for object in comparing.IN_SCOPE if (object, key) in lines)
    return _place(respeller, object, lines[object, key])


def _place(respeller: Respeller, object: str, line: int) -> Place | None:
    """None where the line is not in the package, or says too little without ids."""
    if (object, line) in unclear(respeller) or (object, line) not in respeller.result.places:
        return None
    return (object, *respeller.result.places[object, line])


def unclear(respeller: Respeller) -> set[tuple[str, int]]:
    repeated = {
        (object, line)
        for object, pairs in respeller.truth["duplicate_source_ids"].items()
        for pair in (pairs if respeller.spelling.by_name else ())
        for line in pair["rows"][1:]
        if pair["kind"] == "conflict"
    }
    return {line for line in respeller.result.unclear | repeated if line in respeller.result.places}


def found(out: Path, project: str, respeller: Respeller) -> Report:
    """What the audit wrote, without the lines that the truth leaves open."""
    hidden = {(object, *respeller.result.places[object, line]) for object, line in unclear(respeller)}
    keys = places_of_keys(project)
    report = Report(owners=comparing.found_owners(out) if "users" not in respeller.spelling.dropped else {})
    for row in comparing.rows_of(out / "findings.csv"):
        place = (row["object"], row["file"].removeprefix("export/"), row["sheet"], int(row["line"]))
        if place not in hidden and row["code"] not in blind_codes(respeller.spelling) | comparing.BEYOND_TRUTH:
            report.findings.add((place, row["code"]))
    for row in comparing.rows_of(out / "orphans.csv"):
        report.orphans |= {(place, row["kind"]) for place in keys["deals", row["source_id"]] - hidden}
    report.same = _clusters(out, keys, hidden)
    return report


def _clusters(out: Path, keys: dict[tuple[str, str], set[Place]], hidden: Collection[Place]) -> set[frozenset[Place]]:
    clusters: dict[tuple[str, str], set[Place]] = defaultdict(set)
    for row in comparing.rows_of(out / "duplicates.csv"):
        if row["strength"] == "same":
            clusters[row["object"], row["cluster"]] |= keys[row["object"], row["source_id"]] - set(hidden)
    return {frozenset(members) for members in clusters.values() if len(members) > 1}


def places_of_keys(project: str) -> dict[tuple[str, str], set[Place]]:
    """{(object, source key): where it stands first}."""
    rows = StagedRecord.objects.filter(table__upload__project__slug=project).order_by("-pk")
    fields = rows.values_list("object", "key", "table__file", "table__sheet", "line")
    return {(object, key): {(object, file.removeprefix("export/"), sheet, line)} for object, key, file, sheet, line in fields}


def share(part: Collection[Any], whole: Collection[Any]) -> float:
    """How much of `whole` is in `part`; all of nothing is everything."""
    return len(set(part) & set(whole)) / len(whole) if whole else 1.0
