"""Codes as people read them."""

import pytest

from migrations_app.rules.check import _MESSAGES
from migrations_app.services.wording import WORDS, counted, plain


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("duplicate_id_identical", "second row of the same id, same content"),
        ("no_title: left out by decision", "deal without a title: left out by decision"),
        ("some_new_code", "some new code"),
        ("skipped by decision", "skipped by decision"),
        ("Archive_2019: closed", "Archive_2019: closed"),
        ("", ""),
    ],
)
def test_codes_read_as_plain_words_and_names_stay(code: str, words: str) -> None:
    assert plain(code) == words


def test_every_finding_of_a_row_has_words_of_its_own() -> None:
    assert set(_MESSAGES) <= set(WORDS)


def test_one_row_is_no_rows() -> None:
    assert [counted(1, "row"), counted(1200, "row"), counted(2, "company", "companies")] == ["1 row", "1,200 rows", "2 companies"]
