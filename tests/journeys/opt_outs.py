"""A small mailing system: sixty persons, a suppression list, and what stands in the account about it."""

import csv
from pathlib import Path

from migrations_app.models import PipedriveAccount
from tests.journeys.walking import Walk

PEOPLE = range(1, 61)
OWNER = "rep@seller.example"
BEFORE = {1: "Spam complaint", 2: "Unsubscribed"}  # whom the first list names, by their number


def address(number: int) -> str:
    return f"person{number}@firm{number}.example"


def write(path: Path, heads: list[str], lines: list[list[str]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *lines])
    return path


def write_package(folder: Path) -> Path:
    write(folder / "owners.csv", ["Owner ID", "Owner Name", "Owner Email"], [["U1", "Rep One", OWNER]])
    heads = ["Contact ID", "First Name", "Last Name", "Email Address", "Owner", "Opt-in Date"]
    write(folder / "contacts.csv", heads, [[f"C{n}", "Ann", f"Bell {n}", address(n), OWNER, "2023-01-15"] for n in PEOPLE])
    entries = [[address(1), "Spam complaint", "2022-01-01"], [address(2), "Manual", "2022-02-01"], [address(2).upper(), "Unsubscribed", ""]]
    nobody = ["gone@nowhere.example", "Manual", "2020-05-05"]
    write(folder / "suppression_list.csv", ["Email", "Reason", "Date Suppressed"], [*entries, nobody])
    return folder


def reasons(walk: Walk, domain: str, name: str = "Target") -> dict[str, str]:
    """{address: reason} of everybody in the account who is flagged; `name` is the company's."""
    account = PipedriveAccount.objects.get(project__slug="move", company_name=name)
    labels = {id: label for field in account.schema["fields"]["person"] for id, label in field["options"]}
    codes = dict(account.schema_changes.filter(kind="field", parent="person").values_list("name", "pipedrive_id"))
    found = {}
    for record in walk.control.records(domain, "person"):
        custom = record.get("custom_fields") or {}
        if value := custom.get(codes["Suppression reason"]):
            assert custom[codes["Suppression status"]]
            found[record["emails"][0]["value"]] = labels[value]
    return found
