"""The sample is only worth something if its truth is true: everything it says is looked up again in the files themselves."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from connectors.sources.results.sample import VARIANTS, write_contacts_csv, write_sample

Package = tuple[Path, dict[str, Any]]
VARIANT_NUMBERS = range(len(VARIANTS))


@pytest.fixture(scope="module", params=VARIANT_NUMBERS)
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("sample")
    return folder, write_sample(folder, variant=request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("plain")
    return folder, write_sample(folder)


def records(folder: Path, place: str, facts: dict[str, Any]) -> list[list[str]]:
    if facts["format"] == "xlsx":
        sheet = CalamineWorkbook.from_path(folder / place.partition("#")[0]).get_sheet_by_name(facts["sheet"])
        return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    with (folder / place).open(encoding=facts["encoding"], newline="") as file:
        return list(csv.reader(file, delimiter=facts["delimiter"]))


def table(package: Package, name: str) -> list[dict[str, str]]:
    """The data rows of an object, by field, found by line: rows in the truth count from 1."""
    folder, truth = package
    place, facts = next((place, facts) for place, facts in truth["files"].items() if facts["object"] == name)
    fields = [header["field"] for header in truth["headers"][place]]
    lines = records(folder, place, facts)
    headers = [header["header"] for header in truth["headers"][place]]
    data = [line for line in lines[facts["header_row"] :] if any(line) and line[: len(headers)] != headers and line[0] != "Total"]
    return [dict(zip(fields, line, strict=False)) for line in data]


def test_every_line_of_every_file_is_counted_once(package: Package) -> None:
    folder, truth = package
    for place, facts in truth["files"].items():
        kinds = ("preamble", "data", "blank", "repeated_header", "totals")
        assert len(records(folder, place, facts)) == facts["physical_rows"] == 1 + sum(facts[f"{kind}_rows"] for kind in kinds), place
        assert len(table(package, facts["object"])) == facts["data_rows"], place


def test_the_header_row_holds_the_headers_of_the_truth(package: Package) -> None:
    folder, truth = package
    for place, facts in truth["files"].items():
        printed = records(folder, place, facts)[facts["header_row"] - 1]
        assert printed[: len(truth["headers"][place])] == [header["header"] for header in truth["headers"][place]]


def test_each_problem_is_printed_where_the_truth_says(package: Package) -> None:
    folder, truth = package
    places = {facts["object"]: place for place, facts in truth["files"].items()}
    lines = {name: records(folder, place, truth["files"][place]) for name, place in places.items()}
    checked = 0
    for problem in truth["problems"]:
        positions = [h["position"] for h in truth["headers"].get(places[problem["object"]], []) if h["field"] == problem.get("field")]
        for position in positions:
            line = lines[problem["object"]][problem["row"] - 1]
            printed = line[position - 1] if position <= len(line) else ""
            if reads_as_text(problem["raw"]):
                assert printed == problem["raw"], problem
            checked += 1
    assert checked > 40


def reads_as_text(raw: str) -> bool:
    """Amounts and dates are typed cells in a workbook and read back in its own spelling."""
    return not raw.lstrip("-").replace(".", "").isdigit()


def test_no_spelling_loses_a_kind_of_deal_without_a_company(package: Package) -> None:
    """Where companies exist only as text, whatever a deal names is one: it cannot be missing."""
    _, truth = package
    kinds = {"no_company_contact_has_company", "no_company_contact_without_company", "no_company_no_contact"}
    not_found = {"company_not_found_with_contact", "company_not_found_no_contact"}
    assert set(truth["orphaned_deals"]) == (kinds | not_found if "companies" in truth["counts"] else kinds)


def test_deals_without_a_company_are_those_listed(plain: Package) -> None:
    known = {row["id"] for row in table(plain, "companies")}
    homes = {row["id"]: row["company_ref"] for row in table(plain, "contacts")}
    found: dict[str, set[str]] = {}
    for deal in table(plain, "deals"):
        if deal["company_ref"] in known:
            continue
        has_contact = bool(deal["contact_ref"])
        if deal["company_ref"]:
            kind = "company_not_found_with_contact" if has_contact else "company_not_found_no_contact"
        elif has_contact:
            kind = "no_company_contact_has_company" if homes[deal["contact_ref"]] else "no_company_contact_without_company"
        else:
            kind = "no_company_no_contact"
        found.setdefault(kind, set()).add(deal["id"])
    assert found == {kind: set(ids) for kind, ids in plain[1]["orphaned_deals"].items()}


def test_the_totals_by_currency_are_those_of_the_file(plain: Package) -> None:
    totals: Counter[str] = Counter()
    for deal in table(plain, "deals"):
        if deal["value"] != "to be agreed":
            totals[deal["currency"]] += Decimal(deal["value"])
    assert {currency: f"{total:.2f}" for currency, total in totals.items()} == plain[1]["deal_value_totals"]["all_rows"]


def test_ids_stand_in_file_order_and_repeated_ones_are_listed(plain: Package) -> None:
    _, truth = plain
    for name, ids in truth["ids"].items():
        assert [row["id"] for row in table(plain, name)] == ids
        repeated = {identity for identity, times in Counter(ids).items() if times > 1}
        assert {entry["id"] for entry in truth["duplicate_source_ids"].get(name, [])} == repeated


def test_counts_add_up_to_the_rows(package: Package) -> None:
    for name, counts in package[1]["counts"].items():
        assert counts["rows"] == counts["rejected"] + counts["to_decide"] + counts["clean"], name


def test_owners_nobody_has_are_listed_with_their_rows(plain: Package) -> None:
    users = {text.lower() for row in table(plain, "users") for text in (row["name"], row["email"])}
    repeated = {entry["row"] for entry in plain[1]["problems"] if entry["code"].startswith("duplicate_id")}
    assert repeated
    unknown = Counter(row["owner"] for row in table(plain, "contacts") if row["owner"].lower() not in users)
    assert plain[1]["owners"]["unmatched"]["contacts"] == dict(unknown) != {}


def test_exports_without_ids_refer_by_name(tmp_path: Path) -> None:
    without = next(number for number, spelling in enumerate(VARIANTS) if not spelling.ids)
    package = tmp_path, write_sample(tmp_path, variant=without)
    names = Counter(row["name"] for row in table(package, "companies"))
    people = Counter(f"{row['first_name']} {row['last_name']}".strip() for row in table(package, "contacts"))
    deals = [row for row in table(package, "deals") if row["company_ref"] and not row["company_ref"].startswith("C9")]
    assert "id" not in deals[0]
    assert {times for name, times in names.items() if name.strip() in {deal["company_ref"] for deal in deals}} == {1}
    assert {people[deal["contact_ref"]] for deal in deals if deal["contact_ref"] in people} == {1}


def test_the_same_call_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert write_sample(first, seed=7) == write_sample(second, seed=7)
    assert {path.name: path.read_bytes() for path in first.glob("*.csv")} == {path.name: path.read_bytes() for path in second.glob("*.csv")}
    assert write_sample(tmp_path / "third", seed=8)["links"] != write_sample(first, seed=7)["links"]


def test_a_large_contacts_file_has_the_rows_asked_for(tmp_path: Path) -> None:
    write_contacts_csv(tmp_path / "contacts.csv", rows=2_000, seed=3)
    with (tmp_path / "contacts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["Contact ID"] for row in rows}) == len(rows) == 2_000
    assert 20 < sum(row["Email"] == "please ask" for row in rows) < 80
