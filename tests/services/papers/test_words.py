"""Numbers, amounts and dates as the customer writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from migrations_app.services.papers.words import UnknownLanguage, Words, check_language, printable


@pytest.mark.parametrize(
    ("country", "number", "money", "day"),
    [
        ("DE", "1.234.567,5", "1.234,50 €", "22.11.2026"),
        ("US", "1,234,567.5", "€1,234.50", "Nov 22, 2026"),
        ("GB", "1,234,567.5", "€1,234.50", "22 Nov 2026"),
        ("CH", "1’234’567.5", "EUR 1’234.50", "22.11.2026"),
        ("GR", "1,234,567.5", "€1,234.50", "Nov 22, 2026"),
        ("", "1,234,567.5", "€1,234.50", "Nov 22, 2026"),
    ],
)
def test_a_country_has_its_own_way_and_other_alphabets_take_the_english_one(country: str, number: str, money: str, day: str) -> None:
    words = Words(country=country)
    assert words.number(1_234_567.5) == number
    assert words.money(Decimal("1234.5"), "EUR").replace("\xa0", " ") == money
    assert words.date(date(2026, 11, 22)) == day


def test_a_chosen_language_goes_before_the_country() -> None:
    assert Words(language="fr", country="US").number(1234.5).replace("\u202f", " ") == "1 234,5"


def test_a_moment_is_told_in_the_projects_zone() -> None:
    assert "00:30" in Words(country="DE", timezone="Europe/Berlin").moment(datetime(2026, 1, 1, 23, 30, tzinfo=UTC))


def test_languages_are_kept_as_they_are_named() -> None:
    assert [check_language(text) for text in ("de", "en-GB", "", "fr_CH")] == ["de", "en_GB", "", "fr_CH"]
    with pytest.raises(UnknownLanguage):
        check_language("klingon-xx")


def test_what_no_document_can_hold_is_taken_out_and_the_rest_stays() -> None:
    assert printable("a\0b\x1b\ud800c\ufffe 😀\t\n<b>") == "abc 😀\t\n<b>"


def test_cells_follow_the_kind_of_their_column() -> None:
    words = Words(country="DE")
    cells = [
        ("number", 1234),
        ("percent", 0.256),
        ("percent", 0.9996),
        ("tick", True),
        ("tick", False),
        ("text", ""),
        ("text", None),
        ("fill", "x"),
        ("text", "=1"),
    ]
    assert [words.cell(kind, value) for kind, value in cells] == ["1.234", "26\xa0%", "99,9\xa0%", "☑", "☐", "–", "–", "", "=1"]
