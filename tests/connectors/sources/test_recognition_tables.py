"""Which object a table holds, and what settles a column that could mean several things."""

from collections.abc import Sequence

import pytest

from connectors.records import Recognition, TableShape
from connectors.sources.recognise import SURE, recognise, recognise_package, table_name
from connectors.sources.registry import get_source

RESULTS = get_source("results")


def _rows(*patterns: str, count: int = 8) -> list[list[str]]:
    """Rows in which `{n}` counts from 1 and `{x}` is a letter."""
    return [[pattern.format(n=n, x="abcdefghijklmnopqrst"[n]) for pattern in patterns] for n in range(1, count + 1)]


def _roles(found: Recognition, headers: Sequence[str]) -> dict[str, str]:
    return {headers[position]: role for position, role in found.roles.items()}


def _recognise(file: str, headers: str, rows: list[list[str]]) -> tuple[Recognition, dict[str, str]]:
    names = headers.split("|")
    found = recognise(RESULTS, file, names, rows)
    return found, _roles(found, names)


@pytest.mark.parametrize(
    ("file", "headers", "expected"),
    [
        ("Kunden.csv", "Firma|Webseite", "companies"),
        ("customers.csv", "First|Last|E-Mail", "contacts"),
        ("opps_2024.xlsx", "Name|Customer|Amount", "deals"),
        ("book.xlsx/Ansprechpartner", "Name|Firma", "contacts"),
        ("contacts.xlsx/Companies", "Name|Phone|City", "companies"),
        ("contacts.xlsx/Sheet1", "Name|Phone|City", "contacts"),
        ("Results Export\\Opportunity Lines.csv", "Opportunity ID|Product ID|Qty", "line_items"),
        ("Sales Reps.csv", "Initials|Name|E-mail", "users"),
        ("Sales Stages.csv", "Stage|Order|Probability", "pipelines"),
        ("User Fields.csv", "Table|Caption|Data Type", "custom_fields"),
    ],
)
def test_name_and_headers_together_tell_the_object(file: str, headers: str, expected: str) -> None:
    found, _ = _recognise(file, headers, _rows(*["text {n}"] * len(headers.split("|"))))
    assert found.object == expected


def test_many_columns_of_the_customers_own_do_not_hide_the_object() -> None:
    headers = ["Full Name", "E-mail", *(f"Qwert Zuxxor {n}" for n in range(60))]
    found = recognise(RESULTS, "contacts.csv", headers, _rows("Ann {x}", "{x}@a.example", *["text {n}"] * 60))
    assert (found.object, found.roles) == ("contacts", {0: "full_name", 1: "email"})


@pytest.mark.parametrize("code", ["Code contact", "Contact Code", "Kontakt-Code"])
def test_the_code_of_a_record_is_its_id_wherever_it_stands(code: str) -> None:
    _, roles = _recognise("contacts.csv", f"First name|Last name|E-mail|{code}", _rows("Ann", "Bell {x}", "{x}@a.example", "PER-{n}"))
    assert roles[code] == "id"
    assert "full_name" not in roles.values()


def test_a_sheet_counts_as_part_of_the_name() -> None:
    shape = TableShape(file="in/book.xlsx", format="xlsx", headers=("Name",), header_row=1, sheet="Kontakte")
    assert table_name(shape) == "in/book.xlsx/Kontakte"


@pytest.mark.parametrize(
    ("file", "headers"),
    [
        ("recipes.csv", "Dish|Ingredients|Time"),
        ("vehicles.csv", "ID|Name|Description|Price"),
        ("contracts.csv", "Contract No|Customer|Start|End|Value"),
        ("invoices.csv", "Opportunity|Customer|Amount|Status|Stage"),
        ("Angebote.csv", "Firma|Ansprechpartner|Betrag|Phase|Titel"),
        ("empty.csv", ""),
    ],
)
def test_a_table_that_fits_nothing_is_left_without_an_object(file: str, headers: str) -> None:
    found, roles = _recognise(file, headers, _rows(*["{n}"] * len(headers.split("|"))))
    assert (found.object, found.confidence, roles) == ("", 0.0, {})


def test_two_files_may_hold_the_same_object() -> None:
    first = ("contacts-1.csv", ["First Name", "Last Name", "Email"], _rows("Ann", "Lee", "{x}@a.example"))
    second = ("contacts-2.csv", ["Surname", "Given Name", "E-mail"], _rows("Ray", "Bob", "{x}@b.example"))
    one, other = recognise_package(RESULTS, [first, second])
    assert (one.object, other.object) == ("contacts", "contacts")
    assert list(other.roles.values()) == ["last_name", "first_name", "email"]


def test_contacts_without_headers_are_read_by_their_values() -> None:
    rows = [
        [f"C{n}", first, last, f"{first}.{last}@mail.example".lower(), f"+49 30 55501{n}", "Germany"]
        for n, (first, last) in enumerate(PEOPLE)
    ]
    found = recognise(RESULTS, "contacts.csv", [f"column {n}" for n in range(1, 7)], rows)
    assert found.object == "contacts"
    assert list(found.roles.values()) == ["id", "first_name", "last_name", "email", "phone", "country"]
    assert max(found.certainty.values()) <= 0.7
    assert found.confidence <= 0.6


def test_without_headers_the_other_tables_tell_what_points_where() -> None:
    companies = ("companies.csv", ["Company ID", "Company Name"], _rows("CO-{n}", "Firm {x}"))
    users = ("users.csv", ["User ID", "Full Name"], _rows("U{n}", "Rep {x}ander"))
    deals = ("deals.csv", ["column 1", "column 2", "column 3", "column 4"], _rows("D-{n}", "Roof for {x}", "CO-{n}", "Rep {x}ander"))
    found = recognise_package(RESULTS, [deals, companies, users])[0]
    assert list(found.roles.values()) == ["id", "title", "company_ref", "owner"]


def test_a_customer_column_of_contact_ids_points_to_contacts() -> None:
    companies = ("companies.csv", ["ID", "Name"], _rows("10{n}", "Firm {n}"))
    contacts = ("contacts.csv", ["ID", "First Name", "Last Name"], _rows("50{n}", "A{x}", "B{x}"))
    deals = ("deals.csv", ["Opportunity", "Customer ID", "Client", "Stage"], _rows("Deal {n}", "50{n}", "Firm {n}", "Lead"))
    found = recognise_package(RESULTS, [companies, contacts, deals])[2]
    assert list(found.roles.values()) == ["title", "contact_ref", "company_ref", "stage"]


def test_a_customer_column_of_names_points_to_the_people_it_names() -> None:
    contacts = ("contacts.csv", ["First", "Last"], _rows("A{x}", "B{x}"))
    deals = ("opps.csv", ["Job Name", "Customer", "Phase"], _rows("Deal {n}", "B{x}, A{x}", "Lead"))
    assert recognise_package(RESULTS, [contacts, deals])[1].roles[1] == "contact_ref"


def test_a_company_name_beside_a_company_id_has_its_own_role() -> None:
    both = _recognise("deals.csv", "Deal Name|Company|Company ID|Stage", _rows("Deal {n}", "Firm {n}", "{n}", "Lead"))[1]
    only = _recognise("deals.csv", "Deal Name|Company|Stage", _rows("Deal {n}", "Firm {n}", "Lead"))[1]
    assert (both["Company"], both["Company ID"]) == ("company_name", "company_ref")
    assert only["Company"] == "company_ref"


def test_the_contact_of_an_associate_is_its_parent() -> None:
    _, roles = _recognise("associates.csv", "Contact ID|Associate ID|Associate Name", _rows("7", "A{n}", "Ann {x}"))
    assert roles == {"Contact ID": "parent_ref", "Associate ID": "id", "Associate Name": "full_name"}


@pytest.mark.parametrize(
    "headers", ["Note|Tilknyttet|Post-ID", "Note|Linked To|Record", "Note|Rattaché à|Rattachement", "Note|Owner Sort|Zzz"]
)
def test_words_for_kinds_of_records_say_what_the_column_beside_them_points_to(headers: str) -> None:
    companies = ("companies.csv", ["Company ID", "Company Name"], _rows("{n}", "Firm {n}"))
    contacts = ("contacts.csv", ["Contact ID", "Last Name"], _rows("{n}", "Lee {x}"))
    rows = [["Call back", ("Company", "Kontakt", "Affaire")[n % 3], str(n % 8 + 1)] for n in range(9)]
    found = recognise_package(RESULTS, [companies, contacts, ("notes.csv", headers.split("|"), rows)])[2]
    assert found.roles == {0: "body", 1: "parent_type", 2: "parent_id"}


@pytest.mark.parametrize(
    "header",
    ["Name, Vorname", "Nom et prénom", "Nombre y apellidos", "Cognome e nome", "Ad Soyad", "First and Last Name", "Imię i nazwisko"],
)
def test_a_column_of_both_names_is_the_whole_name(header: str) -> None:
    users = _recognise("users.csv", f"User ID|{header}|Email", _rows("U{n}", "Lee, Ann{x}", "{x}@a.example"))[1]
    contacts = _recognise("contacts.csv", f"Contact ID|{header}|Email", _rows("C{n}", "Lee, Ann{x}", "{x}@a.example"))[1]
    assert (users[header], contacts[header]) == ("name", "full_name")


def test_a_column_gives_way_to_one_that_can_be_nothing_else() -> None:
    _, roles = _recognise("produkty.csv", "Kód produktu|Kat. číslo|Název|Cena", _rows("P{n}", "K-{n}", "Deska {x}", "{n}0"))
    assert roles == {"Kód produktu": "id", "Kat. číslo": "sku", "Název": "name", "Cena": "price"}


NOISE = ["Contact.{0}", "Contact: {0}", "tblContact_{0}", "fld{1}", "{2}. {0}", "{0} (required)", "{0} [text]", "{0} *", "CRM Contact {0}"]


@pytest.mark.parametrize("noise", NOISE)
def test_what_all_headers_share_says_nothing_of_a_column(noise: str) -> None:
    plain = ["ID", "First Name", "Last Name", "Email", "Company ID", "Safety Shoe Size", "Created Date"]
    headers = [noise.format(header, header.replace(" ", ""), at) for at, header in enumerate(plain, start=1)]
    rows = _rows("C{n}", "Ann{x}", "Lee{x}", "{x}@a.example", "F{n}", "4{n}", "2024-05-0{n}")
    found = recognise_package(RESULTS, [("list.csv", headers, rows), ("firms.csv", ["Company ID", "Company"], _rows("F{n}", "Firm {n}"))])[
        0
    ]
    roles = {0: "id", 1: "first_name", 2: "last_name", 3: "email", 4: "company_ref", 6: "created_at"}
    assert (found.object, found.roles) == ("contacts", roles)


def test_a_second_email_is_the_second_address() -> None:
    found = recognise(RESULTS, "contacts.csv", ["Name", "Email", "Email"], _rows("Ann {x}", "{x}@a.example", "{x}@b.example"))
    assert found.roles == {0: "full_name", 1: "email", 2: "email2"}
    assert found.certainty[2] < SURE


def test_a_name_beside_first_names_is_the_last_name() -> None:
    _, roles = _recognise("kontakte.csv", "Vorname|Name|Firma", _rows("Ann{x}", "Zorn{x}", "Firm {n}"))
    assert roles == {"Vorname": "first_name", "Name": "last_name", "Firma": "company_ref"}


def test_a_first_name_that_is_the_whole_name_is_the_full_name() -> None:
    _, roles = _recognise("contatti.csv", "Nome|Azienda", _rows("Anna Rossi{x}", "Ditta {n}"))
    assert roles == {"Nome": "full_name", "Azienda": "company_ref"}


def test_one_closing_column_is_the_close_date_and_of_two_the_actual_one_is_won() -> None:
    _, alone = _recognise("deals.csv", "Deal Name|Closed Date", _rows("Deal {n}", "2024-05-0{n}"))
    _, both = _recognise("deals.csv", "Deal Name|Closed Date|Expected Close", _rows("Deal {n}", "2024-05-0{n}", "2024-06-0{n}"))
    assert alone["Closed Date"] == "close_date"
    assert (both["Closed Date"], both["Expected Close"]) == ("won_date", "close_date")


def test_an_opportunity_column_of_flags_is_no_title() -> None:
    rows = [["Deal", "Yes", "Lead"], ["Job", "No", "Done"]] * 4
    assert _recognise("projects.csv", "Project Name|Opportunity?|Stage", rows)[1]["Opportunity?"] == "is_opportunity"


def test_slips_of_the_pen_are_understood_with_less_certainty() -> None:
    headers = "Contct ID|Frist Name|Last Nmae|Emial|Compnay|Contract"
    found, roles = _recognise("contacts.csv", headers, _rows("{n}", "Ann{x}", "Lee{x}", "{x}@a.example", "Firm {n}", "gold"))
    assert list(roles.values()) == ["id", "first_name", "last_name", "email", "company_ref"]
    assert all(0.7 <= certainty <= 0.9 for certainty in found.certainty.values())


def test_values_that_speak_against_a_header_lower_its_certainty() -> None:
    found, roles = _recognise("contacts.csv", "Name|Email", _rows("Ann {x}", "see notes {n}"))
    assert roles["Email"] == "email"
    assert found.certainty[1] < 0.7


def test_a_column_that_the_customer_declared_is_not_taken_for_a_side_role() -> None:
    declared = ("custom_fields.csv", ["Object", "Field Label", "Field Type"], [["Company", "Region", "Text"], ["Company", "Websit", "URL"]])
    companies = ("companies.csv", ["Name", "Region", "Websit"], _rows("Firm {n}", "North", "w{n}.example"))
    alone = recognise(RESULTS, *companies)
    found = recognise_package(RESULTS, [companies, declared])[0]
    assert alone.roles == {0: "name", 1: "state", 2: "website"}
    assert found.roles == {0: "name"}


def test_quickbooks_columns_are_twins_in_any_language() -> None:
    headers = "Firmenname|Saldo|QB Saldo|Kundenname QuickBooks|Adresse (QB)"
    _, roles = _recognise("kunden.csv", headers, _rows("Firm {n}", "{n}.00", "{n}.00", "Firm {n}", "Gasse {n}"))
    assert list(roles.values()) == ["name", "balance", "qb_balance", "qb_name", "qb_address"]


def test_headers_of_an_unknown_language_are_read_by_values_that_prove_themselves() -> None:
    headers = ["名前", "البريد", "\0", "Сайт"]
    found = recognise(RESULTS, "contacts.csv", headers, _rows("山田", "{x}@a.example", "=1+{n}", "http://one.example/{n}"))
    assert (found.object, found.roles) == ("contacts", {1: "email"})
    assert found.certainty[1] < 0.7


def test_a_readable_header_that_means_something_else_is_not_overruled_by_its_values() -> None:
    _, roles = _recognise(
        "contacts.csv", "Full Name|Invoice Email|Customer Portal", _rows("Ann {x}", "{x}@a.example", "http://one.example/{n}")
    )
    assert roles == {"Full Name": "full_name"}


PEOPLE = [
    ("Ann", "Lee"),
    ("Bob", "Ray"),
    ("Cleo", "Fox"),
    ("Dan", "Moor"),
    ("Eva", "Hill"),
    ("Finn", "Berg"),
    ("Gus", "Vale"),
    ("Hana", "Kim"),
]


LIST_ID = "8000000{n}-123456780{n}"


@pytest.mark.parametrize(
    ("file", "headers", "values"),
    [
        (
            "customers.csv",
            "Customer|ListID|Full Name|Balance|Bill Addr 1|Bill Addr 2|Bill Addr 3|Main Phone",
            ("Kai {n}", LIST_ID, "Kai {n}", "{n}.00", "Kai {n}", "{n} Pier", "Bremen", "0421 12345{n}"),
        ),
        ("kunden.csv", "Kunde|Kennung|Saldo|Straße|Ort|Telefon", ("Kai {n}", LIST_ID, "{n},00", "{n} Pier", "Bremen", "0421 12345{n}")),
        ("klienci.csv", "Klient|Identyfikator|Saldo|Miasto", ("Kai {n}", LIST_ID, "{n},00", "Bremen")),
        (
            "x.csv",
            "Name|Company name|Street Address|City|Zip|Phone|Open Balance",
            ("Kai {n}", "", "{n} Pier", "Kiel", "2819{n}", "", "{n}.00"),
        ),
        (
            "export.csv",
            "Active Status|Customer|Balance|Balance Total|Company|Main Phone|Bill to 1|Bill to 2|Terms|Rep|Account No.|Job Status",
            ("Active", "Kai {n}", "0", "0", "Kai {n}", "", "Kai {n}", "{n} Pier", "Net 30", "AB", "A{n}", "None"),
        ),
    ],
)
def test_the_list_of_quickbooks_itself_is_not_taken_for_companies(file: str, headers: str, values: Sequence[str]) -> None:
    assert _recognise(file, headers, _rows(*values))[0].object == "quickbooks"


@pytest.mark.parametrize(
    ("file", "headers", "values", "expected"),
    [
        ("customers.csv", "Customer ID|Customer|Balance|City|List ID", ("C{n}", "Kai {n}", "{n}.00", "Bremen", LIST_ID), "companies"),
        ("customers.csv", "Customer|Phone|City|Balance", ("Kai {n}", "0421 12345{n}", "Bremen", "{n}.00"), "companies"),
        ("contacts.csv", "Company|First|Last|Email|List ID", ("Kai {n}", "Ann", "Lee", "{x}@b.example", LIST_ID), "contacts"),
        ("jobs.csv", "Job ID|Job Name|Stage|Amount|List ID", ("{n}", "Kai {n}:Pier", "Won", "10.00", LIST_ID), "deals"),
    ],
)
def test_what_the_crm_knows_of_quickbooks_stays_with_its_records(file: str, headers: str, values: Sequence[str], expected: str) -> None:
    found, roles = _recognise(file, headers, _rows(*values))
    assert found.object == expected
    assert roles.get("List ID", "qb_list_id") == "qb_list_id"
