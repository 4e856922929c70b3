"""The list of customers that QuickBooks itself prints: the other truth about records that Results has (sources/RESULTS.md 4, 5)."""

import re
from dataclasses import replace

from connectors.sources.describing import TIMES, describe_object, fields
from connectors.sources.spec import FieldSpec, ObjectSpec
from connectors.sources.synonyms import record_words, spellings

LINES = 5  # of an address, as QuickBooks prints it
LIST_ID = re.compile(r"[1-9A-F][0-9A-F]{3,7}-\d{9,10}", re.IGNORECASE)  # of QuickBooks Desktop; the online one counts from 1


def _lines(address: str) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(f"{address}{line}", "text") for line in range(1, LINES + 1))


def _as_companies(spec: ObjectSpec) -> ObjectSpec:
    """What a company is called in any language, a customer of QuickBooks is called too; so is what it owes."""
    called = (*record_words("companies"), *spellings("companies", "name"))
    more = {"name": called, "company_name": called, "balance": spellings("companies", "balance")}
    described = (replace(each, spellings=(*each.spellings, *more.get(each.role, ()))) for each in spec.fields)
    return replace(spec, fields=tuple(described), foreign=True)


CUSTOMERS = _as_companies(
    describe_object(
        "quickbooks",
        "QuickBooks customers",
        (
            FieldSpec("id", "id", looks=LIST_ID),
            *fields(name="text", company_name="text", first_name="text", last_name="text"),
            *fields(salutation="text", middle_name="text", contact="text", title="text"),
            FieldSpec("contact2", "text", second_of="contact"),
            *fields(phone="phone", mobile="phone", email="email", fax="phone"),
            *_lines("bill_to"),
            *_lines("ship_to"),
            *fields(address="text", address2="text", city="text", state="text", postal_code="text", country="country"),
            *fields(balance="money", open_balance="money", credit_limit="money", terms="text", customer_type="text"),
            *fields(job_status="text", tax="text", resale_number="text", price_level="text", sublevel="int", printed_as="text"),
            *fields(edit_sequence="text", transactions="text", account_number="text", rep="text", inactive="text", notes="text"),
            *TIMES,
        ),
        needs=[
            ("name", "company_name"),
            (
                *("id", "bill_to1", "bill_to2", "open_balance", "terms", "job_status", "tax", "resale_number"),
                *("price_level", "sublevel", "printed_as", "edit_sequence", "ship_to1"),
            ),
        ],
        labels=["name", "company_name"],
        identity=["name", "company_name"],
    )
)
