import pytest

from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.people import email_key, is_email
from migrations_app.rules.transforms.text import clean, shorten
from migrations_app.rules.transforms.web import domain_key, host_of, registered_domain


@pytest.mark.parametrize("text", ["a@firm.example", "x@test.invalid", "o'hara+crm@söhne.example", "A.B@Firm.Test"])
def test_reserved_and_international_domains_are_addresses(text):
    assert is_email(text)


@pytest.mark.parametrize("text", ["@firm.example", "two words@firm.example", "x@firm", "tel: see card", "a@b..example", ".a@firm.example"])
def test_what_is_no_address_stays_and_is_flagged(text):
    assert TRANSFORMS["emails"].build({})(text, "") == ([text], "invalid_email")
    assert email_key(text) == ""


def test_several_addresses_in_one_cell():
    convert = TRANSFORMS["emails"].build({})
    assert convert("a@firm.example; B@firm.example", "") == (["a@firm.example", "B@firm.example"], "")
    assert convert("mailto:a@firm.example, a@FIRM.example", "") == (["a@firm.example"], "")
    assert convert("Anna Bell <a@firm.example>", "") == (["a@firm.example"], "")


def test_addresses_are_compared_without_case_and_blanks():
    assert email_key(" Sofia.K@Firm.Example ") == "sofia.k@firm.example"


def test_a_full_name_is_turned_round_only_where_the_column_says_so():
    assert TRANSFORMS["full_name"].build({"order": "last_first"})("Smith, Anna", "") == ("Anna Smith", "")
    assert TRANSFORMS["full_name"].build({})("Smith, Anna", "") == ("Smith, Anna", "")


@pytest.mark.parametrize(
    "text",
    [
        "http://Acme.example/",
        "acme.example",
        "WWW.ACME.EXAMPLE",
        "https://acme.example:443/en/index.html?ref=1",
        "//acme.example",
        "info@acme.example",
    ],
)
def test_one_host_however_it_is_written(text):
    assert domain_key(text) == "acme.example"


@pytest.mark.parametrize(
    "text",
    ["gmail.com", "yahoo.co.uk", "outlook.example", "https://facebook.com/acme", "acme.wixsite.com", "n/a", "-", "none", "acme", "http://"],
)
def test_what_many_share_is_no_key(text):
    assert domain_key(text) == ""


def test_subdomains_are_hosts_of_their_own():
    assert host_of("shop.acme.co.uk") == "shop.acme.co.uk"
    assert registered_domain("shop.acme.co.uk") == "acme.co.uk"
    assert registered_domain("shop.acme.example") == "acme.example"


def test_the_list_of_shared_domains_can_be_edited():
    assert domain_key("franchise.example", frozenset({"franchise.example"})) == ""


def test_text_arrives_unchanged_but_for_blanks_and_nul():
    assert clean(" \tNi\0mbus <b>&amp;</b> \u200f=1+1 🚀\n\0") == "Nimbus <b>&amp;</b> \u200f=1+1 🚀"


def test_overlong_text_is_cut_at_a_word():
    text = "word " * 80
    cut, code = TRANSFORMS["text"].build({})(text.strip(), "")
    assert code == "overlong"
    assert len(cut) <= 255
    assert cut.endswith("word…")
    assert shorten("x" * 300) == "x" * 254 + "…"
