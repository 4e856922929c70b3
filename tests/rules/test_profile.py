import json

import pytest

from migrations_app.rules.profile import DISTINCT_LIMIT, ColumnProfile, feed_rows, profile_columns


def profile(*cells: str) -> ColumnProfile:
    column = ColumnProfile()
    column.feed(cells)
    return column


@pytest.mark.parametrize(
    ("cells", "type"),
    [
        (["", " ", "\0"], "empty"),
        (["a@firm.example", "b@firm.example", "none"] * 3 + ["c@d.example"], "email"),
        (["http://a.example", "www.b.example", "c.example/x"], "url"),
        (["(604) 555-0189", "+49 30 23125446", "01.99.00.44.51", "ask"], "phone"),
        (["12", "43", "7"], "int"),
        (["12.5", "43", "7.125"], "number"),
        (["12.50", "43.00", "7.99"], "money"),
        (["€ 12", "43 €", "7"], "money"),
        (["5%", "7,5 %", "80%"], "percent"),
        (["2024-01-02", "03/04/2024", "45414", "5-Nov-2024"], "date"),
        (["2024-01-02 10:00", "45414.25", "5-Nov-2024 08:00"], "datetime"),
        (["Yes", "No", "", "x"] * 3, "bool"),
        (["1", "0"] * 5, "bool"),
        (["1", "0", "2"] * 5, "int"),
        (["Gold", "Silver", "Bronze"] * 5, "enum"),
        (["A; B", "B; C", "A", "C"] * 5, "multi"),
        (["L86497", "L98584", "L64066"], "id"),
        (["01234", "00017", "04711"], "id"),
        (["line one\nline two", "other"], "long"),
        (["x" * 256], "long"),
        (["Anna", "Bob the builder", "Céline & Co"], "text"),
        (["We talked, and it was good.", "Call again, next week."] * 8, "text"),
    ],
)
def test_the_type_of_a_column(cells, type):
    assert profile(*cells).type == type


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2024-01-02"], ""),
        (["04/10/2025", "25/12/2024"], "dmy"),
        (["04/10/2025", "12/25/2024 8:00 AM"], "mdy"),
        (["04/10/2025", "25/12/2024", "12/25/2024"], "ambiguous"),
        (["04/10/2025", "2/2/2024"], "ambiguous"),
        (["04/10/2025", "16.08.2023"], "ambiguous"),
        (["04-10-2025", "25-12-2024 08:00:00"], "dmy"),
        (["04-10-2025", "12-25-2024"], "mdy"),
        (["555-0101-12", "0100-1-1"], ""),
    ],
)
def test_dates_with_slashes_or_dashes_prove_the_order_of_their_column(cells, order):
    assert profile(*cells).date_order == order


def test_one_telling_date_in_a_large_column_counts():
    column = ColumnProfile()
    for _ in range(20):
        column.feed(["2024-01-02"] * 500)
    column.feed(["2024-01-02"] * 499 + ["31/12/2023"])
    assert (column.date_order, column.day_first_seen) == ("dmy", 1)


def test_the_decimal_mark_is_proved_by_telling_values():
    assert profile("1.234", "1.234,50").decimal_mark == ","
    assert profile("1,234", "12.5").decimal_mark == "."
    assert profile("1.234", "12").decimal_mark == ""


@pytest.mark.parametrize(("cells", "scale"), [(["10", "1"], 100), (["0.5", "1"], 1), (["0", "1"], "ambiguous"), (["1%", "0%"], 100)])
def test_the_scale_of_percentages(cells, scale):
    assert profile(*cells).percent_scale == scale


def test_options_keep_their_order_and_counts():
    assert profile("b", "a", "b ", "").options == [("b", 2), ("a", 1)]


def test_the_spelling_of_yes_and_no_is_the_one_used_most():
    assert set(profile("Yes", "Yes", "No", "x", "on").yes_no_spelling()) == {"Yes", "No"}
    assert set(profile("TRUE", "FALSE", "yes").yes_no_spelling()) == {"TRUE", "FALSE"}
    assert set(profile("ja", "ja", "Yes").yes_no_spelling()) >= {"ja"}


def test_memory_is_bounded():
    column = ColumnProfile()
    column.feed([f"value {number}" for number in range(5 * DISTINCT_LIMIT)])
    assert column.distinct == DISTINCT_LIMIT
    assert column.distinct_is_capped
    assert column.filled == 5 * DISTINCT_LIMIT


def test_chunks_combine_to_the_same_answers():
    cells = ["25/12/2024", "04/10/2025", "", "1,5", "Yes"] * 3
    whole, first, second = profile(*cells), profile(*cells[:7]), profile(*cells[7:])
    first.merge(second)
    assert first == whole


def test_a_profile_survives_being_stored():
    column = profile("25/12/2024", "1.5", "")
    stored = json.loads(json.dumps(column.as_dict()))
    assert ColumnProfile.from_dict(stored) == column


def test_rows_of_any_length_are_profiled():
    columns = profile_columns([["a", "1"], ["b"], ["c", "3", "stray"]], 2, chunk=2)
    assert [column.filled for column in columns] == [3, 2]
    feed_rows(columns, [["d", "4"]])
    assert [column.rows for column in columns] == [4, 4]
