import pytest

from migrations_app.rules.zones import parse, why_no_zones, zone_of


def test_a_file_has_the_zone_of_the_first_pattern_that_fits_its_name_or_path():
    zones = parse("Sends*.csv = America/New_York; reports/*=Asia/Tokyo;")
    assert [zone_of(file, zones, "UTC") for file in ("SENDS 2024.csv", "a/sends.csv", "reports\\\\opens.csv", "opens.csv")] == [
        "America/New_York",
        "America/New_York",
        "Asia/Tokyo",
        "UTC",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sends.csv", "names no file and zone"),
        ("=UTC", "names no file and zone"),
        ("a=Mars/Phobos", "no time zone"),
        ("a=../etc", "no time zone"),
    ],
)
def test_what_names_no_file_or_no_zone_is_said(text, said):
    assert said in why_no_zones(text)
    assert "write it as" in why_no_zones(text)


def test_nothing_is_fine():
    assert why_no_zones("") == why_no_zones(" ; ") == ""
