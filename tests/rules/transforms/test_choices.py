import pytest

from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.choices import read_status, read_yes_no


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("Yes", "No"), ("TRUE", "false"), ("x", "0"), ("-1", "0"), ("Ja", "Nein"), ("Oui", "Non"), ("Sí", "No"), ("ano", "ne")),
        *(("✓", "off"), ("Evet", "Hayır"), ("E", "H"), ("T", "N"), ("A", "N"), ("Igen", "Nem")),
    ],
)
def test_yes_and_no_in_many_spellings(yes, no):
    assert (read_yes_no(yes), read_yes_no(no)) == ("Yes", "No")


def test_another_spelling_than_the_columns_own_is_read_but_flagged():
    convert = TRANSFORMS["yes_no"].build({"spelling": ["Yes", "No"]})
    assert convert("Yes", "") == ("Yes", "")
    assert convert("x", "") == ("Yes", "checkbox_spelling")
    assert convert("yes", "") == ("Yes", "checkbox_spelling")
    assert convert("perhaps", "") == (None, "unknown_option")


def test_a_known_label_may_hold_a_separator():
    convert = TRANSFORMS["options"].build({"choices": ["Alfa", "Bravo", "Charlie; Sons"]})
    assert convert("Alfa; Charlie; Sons", "") == (["Alfa", "Charlie; Sons"], "")
    assert convert("charlie; sons;BRAVO", "") == (["Charlie; Sons", "Bravo"], "")
    assert convert("Alfa|Delta", "") == (["Alfa"], "unknown_option")
    assert convert("Alfabet", "") == (None, "unknown_option")


def test_without_known_labels_separators_decide():
    assert TRANSFORMS["options"].build({})("a, b\nc;a", "") == (["a", "b", "c"], "")


def test_single_options_are_found_in_any_case():
    convert = TRANSFORMS["option"].build({"choices": ["Gold", "None"]})
    assert convert("GOLD", "") == ("Gold", "")
    assert convert("none", "") == ("None", "")
    assert convert("n/a", "") == (None, "")
    assert convert("Platinum?", "") == (None, "unknown_option")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Closed Won", "won"),
        ("Gewonnen", "won"),
        ("Gagné", "won"),
        ("PERDIDO", "lost"),
        ("Verloren", "lost"),
        ("in Bearbeitung", "open"),
        ("Open", "open"),
        ("Closed - Lost to competitor", "lost"),
        ("Cerrada / ganada", "won"),
        ("Auftrag erhalten", "won"),
        ("Auftrag verloren", "lost"),
        ("Em aberto", "open"),
        ("Kaybedildi", "lost"),
        ("Lost - no budget", "lost"),
        ("Verloren, kein neuer Auftrag", "lost"),
        ("Open, not called yet", "open"),
        ("Closed - new vendor", ""),
        ("Abgeschlossen (aktiv)", ""),
        ("No longer active", ""),
        ("Not won", ""),
        ("Ikke aktiv", ""),
        ("won or lost", ""),
        ("?", ""),
    ],
)
def test_status_words_of_many_languages(text, status):
    assert read_status(text) == status


def test_the_projects_own_words_come_first():
    assert TRANSFORMS["status"].build({"words": {"Kunde": "won"}})("KUNDE", "") == ("won", "")
    assert TRANSFORMS["status"].build({})("Kunde", "") == (None, "unknown_status")
