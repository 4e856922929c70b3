"""Token arithmetic: what a move costs and how many days that takes (API.md 13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from migrations_app.rules.kinds_of_record import WITH_FIELDS
from migrations_app.rules.plans import PLANS

SCHEMA_READ = 110  # fields of four entities, pipelines, stages, users, currencies, activity types
STAGES_READ = 10  # pipelines and stages alone
FIELDS_READ = 10  # those of one entity
USERS_READ = 20
SCHEMA_WRITE = 5  # a field with its options, a batch of options, a pipeline, a stage
ACCOUNT_READ = 2  # users/me
DOWNLOAD = 20  # a file
FILES_CHECKED = 20  # one in so many, and at most so many
SAMPLE, ALL, NONE = "sample", "all", "none"  # of the files


@dataclass(frozen=True, slots=True)
class Price:
    """Tokens to create one record, and to read back a list page of `page` records."""

    create: int
    page_cost: int
    page: int


# Entities in the order in which they load.
PRICES: Mapping[str, Price] = {
    "organization": Price(5, 10, 500),
    "organization_relationship": Price(10, 20, 1),
    "person": Price(5, 10, 500),
    "product": Price(5, 10, 500),
    "deal": Price(5, 10, 500),
    "deal_product": Price(5, 10, 500),
    "activity": Price(5, 10, 500),
    "call_log": Price(10, 20, 50),
    "note": Price(10, 20, 500),
    "file": Price(10, 20, 100),
}


def setup_cost(changes: int, *, pipelines: bool = False, living: Mapping[str, int] | None = None, outcomes: bool = False) -> int:
    """Looking at the account before the load; where something is missing, also looking and making it and looking again.

    `living` is how many organizations and persons are known to live there: they are read each time; so are `outcomes` of activities
    where they are wanted.
    """
    schema = SCHEMA_READ + (FIELDS_READ if outcomes else 0)
    look = schema + inhabitants_read(living or {})
    if not changes:
        return look
    preparing = ACCOUNT_READ + schema + look + SCHEMA_WRITE * changes + (STAGES_READ if pipelines else 0)
    return preparing + look


def inhabitants_read(living: Mapping[str, int]) -> int:
    """Tokens for reading all organizations and persons of an account; what nobody has counted yet takes a page at least."""
    return read_back({entity: living.get(entity, 0) for entity in ("organization", "person")})


def read_back(records: Mapping[str, int], file_check: str = SAMPLE) -> int:
    """Tokens for reading every record once by list pages; an empty list takes a page too. Files are downloaded as the project has it."""
    pages = sum(max(1, _pages(count, PRICES[entity].page)) * PRICES[entity].page_cost for entity, count in records.items())
    return pages + DOWNLOAD * files_checked(records.get("file", 0), file_check)


def files_checked(files: int, file_check: str) -> int:
    """How many of them are downloaded and compared: a sample, `all` or none."""
    return -(-files // every_file(files)) if file_check == SAMPLE else files if file_check == ALL else 0


def every_file(files: int) -> int:
    """Every how many-th file is in the sample: one in twenty, and at most twenty of them."""
    return max(1, -(-files // min(FILES_CHECKED, -(-files // FILES_CHECKED)))) if files else 1


def looks(records: Mapping[str, int]) -> int:
    """Tokens for seeing that the account is still what the load rests on: when a phase begins, with the users, and when it ends."""
    asked = [entity for entity, count in records.items() if count]
    own = sum(FIELDS_READ for entity in asked if entity in WITH_FIELDS) + (STAGES_READ if "deal" in asked else 0)
    return 2 * own + USERS_READ * len(asked)


def bill(records: Mapping[str, int], *, setup: int, file_check: str = SAMPLE) -> dict[str, int]:
    """Tokens by phase: setup, each entity that has records (in load order), verify."""
    phases = {"setup": setup}
    phases |= {entity: records[entity] * price.create for entity, price in PRICES.items() if entity in records}
    phases["verify"] = read_back(records, file_check) + looks(records)
    return phases


def whole_phase(entity: str, planned: int, there: int, *, changes: int = 0, downloads: int = 0) -> int:
    """What one phase of a run costs where so many records are planned, and so many are in Pipedrive already, `changes` of which are
    to be changed; the changes themselves are not in it.
    """
    reading = read_back({entity: planned + there}, NONE) + DOWNLOAD * downloads
    return planned * PRICES[entity].create + reading + looks({entity: planned + changes})


def days(tokens: int, per_day: int) -> int:
    """Whole days, the last one begun counting in full."""
    return -(-tokens // per_day) if tokens and per_day else 0


def calendar(tokens: int, *, seats: int, share: int) -> dict[str, dict[str, Any]]:
    """The same bill on every plan."""
    per_day = {name: plan.tokens_per_day(seats, share) for name, plan in PLANS.items()}
    return {name: {"days": days(tokens, each), "tokens_per_day": each} for name, each in per_day.items()}


def _pages(records: int, size: int) -> int:
    return -(-records // size)
