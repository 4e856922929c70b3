"""One large contacts file, written as a stream: for measurements, where only the number of rows matters."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

from . import words

HEADERS = (
    "Contact ID",
    "First Name",
    "Last Name",
    "Email",
    "Work Phone",
    "Mobile",
    "Job Title",
    "Company ID",
    "Street Address",
    "City",
    "Country",
    "Owner",
)


def write_contacts_csv(path: Path, rows: int, seed: int = 1) -> None:
    """utf-8, comma, 12 columns; about one row in fifty has something wrong with it. Memory stays flat."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(_rows(rows, Random(seed)))


def _rows(rows: int, random: Random) -> Iterator[tuple[str, ...]]:
    first, last, streets, titles = words.FIRST_NAMES, words.LAST_NAMES, words.STREETS, words.JOB_TITLES
    companies = max(1, rows // 5)
    for number in range(1, rows + 1):
        dice = int(random.random() * 1_000_000)
        country, places, _ = words.COUNTRIES[dice % 5]
        email = f"person{number}@firm{dice % companies}.example" if dice % 50 else "please ask"
        yield (
            f"P{number:07}",
            first[dice % len(first)],
            last[dice % len(last)],
            email,
            f"+49 30 {dice:06}",
            "" if dice % 3 else f"+49 170 {dice:06}",
            titles[dice % 7],
            f"C{dice % companies:06}" if dice % 9 else "",
            f"{dice % 180} {streets[dice % 8]}",
            places[dice % 3],
            country,
            f"user{dice % 6}@vendor.example",
        )
