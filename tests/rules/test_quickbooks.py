"""Which of two truths about a record differ, how, and who wins."""

import pytest

from migrations_app.rules.quickbooks import (
    BY_TRANSACTIONS,
    CRM,
    CUT,
    DIFFERENT,
    MISSING,
    PHONE_FORMAT,
    QUICKBOOKS,
    SPELLING,
    differences,
    has_transactions,
    is_asked,
    taken_over,
    winner,
)

LONG = "Vereinigte Nordseefischereigenossenschaft Büsum eG"  # 50 characters


def kinds(object: str, **cells: str) -> dict[str, str]:
    return {each.pair.field: each.kind for each in differences(object, cells, "US")}


@pytest.mark.parametrize(
    ("crm", "theirs", "kind"),
    [
        ("Harbor Sails AB", "Harbor Sails AB", None),
        ("Harbor Sails, A.B.", "HARBOR SAILS AB", SPELLING),
        (LONG, LONG[:41], CUT),
        (LONG, LONG[:41].rstrip(), CUT),
        (LONG, LONG[:30], DIFFERENT),  # shorter than where QuickBooks cuts: somebody wrote that
        ("Harbor Sails AB", "Harbor Sales AB", DIFFERENT),
        ("Harbor Sails AB", "Harbor Group:North:Harbor Sails AB", None),
        ("https://x.example Büsum & Co. of the North Sea Ltd", "https://x.example Büsum & Co. of the Nort", CUT),
        ("", "Harbor Sails AB", MISSING),
        ("Harbor Sails AB", "", None),
    ],
)
def test_names_of_companies(crm: str, theirs: str, kind: str | None) -> None:
    assert kinds("companies", name=crm, qb_name=theirs).get("name") == kind


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        ("12 Pier Rd, Springvale 02039", None),
        ("12 Pier Rd\nSpringvale, VIC 02039\nAustralia", None),
        ("12 PIER RD., Springvale VIC 02039 Australia", None),
        ("PO Box 464, Springvale 02039", DIFFERENT),
    ],
)
def test_addresses_of_several_columns_and_of_one_line(theirs: str, kind: str | None) -> None:
    state = "VIC" if "VIC" in theirs else ""
    cells = {"address": "12 Pier Rd", "city": "Springvale", "state": state, "postal_code": "02039", "country": "Australia"}
    assert kinds("companies", **cells, qb_address=theirs).get("address") == kind


def test_phones_and_amounts_are_compared_by_what_they_mean() -> None:
    assert kinds("companies", phone="(202) 555-0101", qb_phone="+1 202 555 0101") == {"phone": PHONE_FORMAT}
    assert kinds("companies", phone="(202) 555-0101", qb_phone="(202) 555-0199") == {"phone": DIFFERENT}
    assert kinds("companies", balance="1,153.50", qb_balance="$1153.5") == {}
    assert kinds("products", price="10.00", qb_price="10,50") == {"price": DIFFERENT}
    assert kinds("companies", balance="", qb_balance="12.00") == {}


def test_a_contact_is_known_by_its_own_name_or_by_its_companys() -> None:
    ann = {"first_name": "Ann", "last_name": "Archer", "company_name": LONG}
    assert kinds("contacts", **ann, qb_name="Archer, Ann") == {}
    assert kinds("contacts", **ann, qb_name=LONG[:41]) == {}
    assert kinds("contacts", **ann, qb_name="Bob Baker") == {"name": DIFFERENT}
    assert kinds("contacts", phone="202 555 0101", mobile="202 555 0199", qb_phone="(202) 555-0199") == {}


def test_quickbooks_wins_where_it_has_transactions_and_never_with_a_name_that_it_has_cut() -> None:
    assert [winner(BY_TRANSACTIONS, DIFFERENT, each) for each in (True, False, None)] == [QUICKBOOKS, CRM, CRM]
    assert (winner(QUICKBOOKS, CUT, True), winner(QUICKBOOKS, DIFFERENT, None), winner(CRM, DIFFERENT, True)) == (CRM, QUICKBOOKS, CRM)
    assert is_asked(BY_TRANSACTIONS, DIFFERENT, None)
    assert not any((is_asked(BY_TRANSACTIONS, CUT, None), is_asked(BY_TRANSACTIONS, DIFFERENT, False), is_asked(CRM, DIFFERENT, None)))
    assert [has_transactions({"qb_transactions": each}) for each in ("3", "Yes", "0", "", "no")] == [True, True, False, False, False]
    assert has_transactions({}) is None


def test_an_address_that_wins_takes_the_place_of_all_its_columns() -> None:
    positions = {"name": 0, "address": 1, "city": 2, "postal_code": 3, "country": 4, "qb_address": 5}
    cells = ["A", "12 Pier Rd", "Springvale", "02039", "Australia", "PO Box 4, Springvale"]
    [found] = differences("companies", {role: cells[at] for role, at in positions.items()})
    assert taken_over(cells, positions, found) == ["A", "PO Box 4, Springvale", "", "", "Australia", "PO Box 4, Springvale"]
