import pytest

from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.dates import AmbiguousDate, read_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-02-03", "2024-02-03"),
        ("2024/2/3", "2024-02-03"),
        ("20240312", "2024-03-12"),
        ("2024-02-03 04:05:06", "2024-02-03T04:05:06"),
        ("2024-02-03T04:05:06.123Z", "2024-02-03T04:05:06+00:00"),
        ("05/27/2025 8:06 AM", "2025-05-27T08:06:00"),
        ("12/31/2023 12:00:00 AM", "2023-12-31T00:00:00"),
        ("31/12/2023 12:30 PM", "2023-12-31T12:30:00"),
        ("16.08.2023, 16:44 Uhr", "2023-08-16T16:44:00"),
        ("1. 2. 2024", "2024-02-01"),
        ("13/2/24", "2024-02-13"),
        ("22-Jun-2025 14:12", "2025-06-22T14:12:00"),
        ("12. März 2024", "2024-03-12"),
        ("March 12, 2024", "2024-03-12"),
        ("12 de marzo de 2024", "2024-03-12"),
        ("5 oct. 2023", "2023-10-05"),
        ("12 września 2024", "2024-09-12"),
        ("5. září 2024", "2024-09-05"),
        ("2024年3月5日", "2024-03-05"),
        ("46013.786111", "2025-12-22T18:52:00"),
        ("33277", "1991-02-08"),
        ("20240312T143000Z", "2024-03-12T14:30:00+00:00"),
        ("20240312 143000", "2024-03-12T14:30:00"),
        ("Wed 3/13/2024 2:30 PM", "2024-03-13T14:30:00"),
        ("13/03/2024 à 14h30", "2024-03-13T14:30:00"),
        ("13.3.2024 klo 14.30", "2024-03-13T14:30:00"),
        ("13.3.2024 2:30 odp.", "2024-03-13T14:30:00"),
        ("2024. 03. 12. 14:30", "2024-03-12T14:30:00"),
        ("2024. március 12.", "2024-03-12"),
        ("12 marca 2024 r.", "2024-03-12"),
        ("12.III.2024", "2024-03-12"),
        ("12 Kasım 2024", "2024-11-12"),
        ("Tue, 12 Mar 2024 10:00:00 +0100", "2024-03-12T10:00:00+01:00"),
    ],
)
def test_many_ways_of_writing_one_moment(text, iso):
    assert read_date(text).isoformat() == iso


@pytest.mark.parametrize(("order", "iso"), [("dmy", "2025-10-04"), ("mdy", "2025-04-10")])
def test_the_proved_order_of_the_column_decides(order, iso):
    assert read_date("04/10/2025", order).isoformat() == iso


@pytest.mark.parametrize("order", ["", "ambiguous"])
def test_without_proof_a_date_stays_open(order):
    with pytest.raises(AmbiguousDate):
        read_date("04/10/2025", order)


def test_a_date_that_settles_itself_needs_no_proof():
    assert read_date("04/13/2025", "dmy").isoformat() == "2025-04-13"
    assert read_date("02/02/2021").isoformat() == "2021-02-02"


@pytest.mark.parametrize("text", ["12/30/1899", "1/1/1900 12:00:00 AM", "0000-00-00", "1900-01-01 00:00:00", "0001-01-01"])
def test_what_programs_write_for_no_date_is_no_date(text):
    assert read_date(text, "mdy") is None


@pytest.mark.parametrize("text", ["00/00/0000", "31/02/2024", "2024-13-01", "May 24", "soon", "12:30", "99999", "2024-03-10 24:00"])
def test_what_is_no_date_is_flagged_and_left_out(text):
    assert TRANSFORMS["date"].build({"date_order": "dmy"})(text, "") == (None, "bad_date")


def test_a_date_alone_becomes_noon_of_the_projects_zone():
    convert = TRANSFORMS["datetime"].build({"timezone": "Europe/Berlin", "date_only_time": "12:00"})
    assert convert("2024-01-15", "") == ("2024-01-15T11:00:00Z", "")
    assert convert("2024-07-15", "") == ("2024-07-15T10:00:00Z", "")
    assert convert("2024-07-15 08:30", "") == ("2024-07-15T06:30:00Z", "")


def test_noon_in_auckland_stays_on_its_day():
    assert TRANSFORMS["datetime"].build({"timezone": "Pacific/Auckland"})("2024-01-15", "") == ("2024-01-14T23:00:00Z", "")
    assert TRANSFORMS["date"].build({"timezone": "Pacific/Auckland"})("2024-01-14T23:00:00Z", "") == ("2024-01-15", "")


def test_an_ambiguous_date_has_no_value():
    assert TRANSFORMS["date"].build({"date_order": "ambiguous"})("04/10/2025", "") == (None, "ambiguous_date")
