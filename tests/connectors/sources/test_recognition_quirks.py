"""What Results prints in its cells, in the words of its customers."""

import pytest

from connectors.sources.registry import SOURCES, get_source
from connectors.sources.results import quirks


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Text", "text"), ("Dropdown", "enum"), ("Multi-select", "multi"), ("Currency", "money"), ("URL", "url"),
        ("Number", "number"), ("Checkbox", "bool"),
        ("Date", "date"), ("Calculated", "calculated"), ("Date/Time", "datetime"), ("Long Text", "long"),
        ("Text Area (4000)", "long"), ("varchar(255)", "text"),
        ("multi_select", "multi"), ("MULTISELECT", "multi"), ("Auswahlliste", "enum"), ("Mehrfachauswahl", "multi"),
        ("Währung", "money"), ("Zahl", "number"),
        ("Kontrollkästchen", "bool"), ("Liste déroulante", "enum"), ("Case à cocher", "bool"),
        ("Casilla de verificación", "bool"), ("Lista desplegable", "enum"),
        ("Formula", "calculated"), ("E-Mail", "email"), ("Telefon", "phone"), ("Hologram", ""), ("", ""),
    ],
)  # fmt: skip
def test_type_words_of_definitions(word: str, expected: str) -> None:
    assert quirks.field_type(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Company", "companies"), ("Contact", "contacts"), ("Opportunity", "deals"), ("Project/Opportunity", "deals"),
        ("Accounts", "companies"), ("Kunde", "companies"),
        ("Ansprechpartner", "contacts"), ("Verkaufschance", "deals"), ("Opportunité", "deals"), ("Oportunidad", "deals"),
        ("SOCIÉTÉ", "companies"), ("Associate", "contacts"),
        ("Product", "products"), ("Spaceship", ""), ("", ""),
    ],
)  # fmt: skip
def test_object_words_of_definitions(word: str, expected: str) -> None:
    assert quirks.object_name(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Alfa|Bravo|Charlie; Sons", ("Alfa", "Bravo", "Charlie; Sons")),
        ("Gold;Silver, matt;Bronze", ("Gold", "Silver, matt", "Bronze")),
        ("Gold, Silver", ("Gold", "Silver")),
        ("Gold\nSilver; matt\n\nGold", ("Gold", "Silver; matt")),
        (" Gold ", ("Gold",)),
        ("", ()),
    ],
)
def test_the_strongest_separator_parts_the_options(text: str, expected: tuple[str, ...]) -> None:
    assert quirks.options(text) == expected


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("open", "Open, offen, In Progress, en cours, Abierto, Otwarta, Pågående, Otevřený"),
        ("won", "Won, Closed Won, closed - won, Gewonnen, Gagné, GANADO, Ganada, Vinta, Wygrana, Vyhráno, Vunnen, Vundet, Ganho"),
        ("lost", "Lost, Closed/Lost, Verloren, Perdu, Perdido, Cerrada perdida, Persa, Przegrana, Prohráno, Förlorad, Tabt, Tapt"),
        ("", "Quoted, ?, 7,"),
    ],
)
def test_status_words(expected: str, words: str) -> None:
    assert {word: quirks.status(word) for word in words.split(", ")} == dict.fromkeys(words.split(", "), expected)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (True, ["Yes", "y", "TRUE", "-1", "1", "X", "on", "Checked", "Ja", "Oui", "Sí", "Vero", "Tak", "Ano", "✓"]),
        (False, ["No", "n", "false", "0", "off", "unchecked", "Nein", "non", "Não", "Nie", "Nej", "Nee"]),
        (None, ["", "  ", "maybe", "2"]),
    ],
)
def test_yes_and_no_words(expected: bool | None, words: list[str]) -> None:
    assert {word: quirks.yes_no(word) for word in words} == dict.fromkeys(words, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", True),
        ("-1", True),
        ("Opportunity", True),
        ("Verkaufschance", True),
        ("0", False),
        ("Project", False),
        ("Projekt", False),
        ("", None),
        ("?", None),
    ],
)
def test_reading_of_the_opportunity_flag(text: str, expected: bool | None) -> None:
    assert quirks.is_opportunity(text) is expected


def test_placeholders_are_no_website() -> None:
    assert all(quirks.is_no_website(text) for text in ["n/a", "N/A", "none", "-", "--", "http://", "https://", " ", "keine", "www."])
    assert not any(quirks.is_no_website(text) for text in ["none.example", "http://a.example", "a.example"])


def test_systems_are_found_by_name() -> None:
    assert get_source("results") is SOURCES["results"]
    assert get_source("results").field("contacts", "company_ref").refers == "companies"
    with pytest.raises(KeyError):
        get_source("other")
