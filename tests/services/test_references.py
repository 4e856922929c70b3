"""Ids that one table prints with zeros before them and another without, as spreadsheets do to them."""

import pytest

from migrations_app.services.references import ReferenceIndex


@pytest.mark.parametrize(
    ("ids", "text", "found"),
    [
        (("00012", "00013"), "12", "00012"),
        (("00012",), "012", "00012"),
        (("12", "13"), "00012", "12"),
        (("12", "0012"), "12", "12"),
        (("012", "0012"), "12", ""),
        (("012", "0012"), "0012", "0012"),
        (("00012",), "2", ""),
        (("0",), "", ""),
    ],
)
def test_zeros_before_an_id_do_not_count_unless_two_differ_by_them(ids: tuple[str, ...], text: str, found: str) -> None:
    index = ReferenceIndex("companies")
    for key in ids:
        index.add(key, (), ())
    assert index.resolve(text)[0] == found
