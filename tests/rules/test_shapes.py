"""What several columns make together: times of activities, prices, lines, notes, file names."""

from dataclasses import replace

import pytest

from migrations_app.rules.shapes.notes import split
from migrations_app.rules.spec import Settings
from migrations_app.rules.transforms.markup import NOTE_LIMIT
from tests.rules.tables import BERLIN, codes, draft, mapper, proposal

ACTIVITY = {
    "Type": "type",
    "Subject": "subject",
    "Start": "start",
    "End": "end",
    "Minutes": "duration",
    "Done": "done",
    "Client": "company_ref",
}
LINE = {"Deal": "deal_ref", "Item": "product_ref", "Qty": "quantity", "Price": "unit_price", "Disc": "discount", "Total": "total"}
PRODUCT = {"Name": "name", "Price": "price", "Cost": "cost", "Currency": "currency"}


def activity(start="2024-07-01 09:30", end="", minutes="", done="No", type="Call", subject="Ring Ann", settings=BERLIN):
    return draft("activities", ACTIVITY, type, subject, start, end, minutes, done, "C1", settings=settings)


def test_a_time_of_the_office_goes_to_utc_and_may_be_the_day_before():
    assert (activity("2024-07-01 09:30").values["due_date"], activity("2024-07-01 09:30").values["due_time"]) == ("2024-07-01", "07:30")
    night = activity("2024-07-01 01:15").values
    assert (night["due_date"], night["due_time"]) == ("2024-06-30", "23:15")


@pytest.mark.parametrize("printed", ["2024-07-01", "07/01/2024 12:00:00 AM", "2024-07-01 00:00:00"])
def test_midnight_and_a_day_alone_keep_their_day_and_have_no_time(printed):
    values = draft("activities", {"Subject": "subject", "Start": "start"}, "x", printed.replace("07/01", "07/31")).values
    assert values["due_date"] == printed.replace("07/01/2024 12:00:00 AM", "2024-07-31")[:10]
    assert "due_time" not in values


def test_a_time_in_a_column_of_its_own_joins_the_day():
    values = draft("activities", {"Subject": "subject", "Day": "start", "At": "time"}, "x", "2024-01-10", "2:30 PM").values
    assert (values["due_date"], values["due_time"]) == ("2024-01-10", "13:30")


@pytest.mark.parametrize(
    ("minutes", "told"),
    [("90", "01:30"), ("1:30", "01:30"), ("1 h 30 min", "01:30"), ("1,5 h", "01:30"), ("45 min", "00:45"), ("7", "00:07")]
    + [
        (text, "01:30") for text in ("PT1H30M", "1h30", "1 Std. 30 Min.", "01:30:00", "90 dk", "1 tunti 30 minuuttia", "90'", "P0DT1H30M0S")
    ],
)
def test_a_duration_is_read_as_people_write_it(minutes, told):
    assert activity(minutes=minutes).values["duration"] == told


def test_hours_in_the_header_make_bare_numbers_hours():
    assert draft("activities", {"Subject": "subject", "Hours": "duration"}, "x", "1.5").values["duration"] == "01:30"


def test_the_end_gives_the_duration_where_no_column_does():
    found = activity(end="2024-07-01 10:15")
    assert (found.values["duration"], codes(found)) == ("00:45", [])


def test_what_start_and_end_contradict_is_told():
    differs, backwards = activity(end="2024-07-01 10:15", minutes="30"), activity(end="2024-07-01 08:00", minutes="30")
    assert (codes(differs), differs.values["duration"]) == (["duration_differs"], "00:30")
    assert (codes(backwards), backwards.values["duration"]) == (["end_before_start"], "00:30")


@pytest.mark.parametrize(
    ("word", "name"), [("Anruf", "Call"), ("E-Mail", "Email"), ("Réunion", "Meeting"), ("Zadanie", "Task"), ("Site visit", "Site visit")]
)
def test_types_of_pipedrives_own_are_known_in_many_languages(word, name):
    assert activity(type=word).values["type"] == name


@pytest.mark.parametrize(("word", "done"), [("Erledigt", True), ("-1", True), ("Offen", False), ("Planned", False), ("Ano", True)])
def test_done_is_read_from_words_as_well_as_from_yes_and_no(word, done):
    assert activity(done=word).values["done"] is done


def test_an_activity_without_a_subject_is_called_by_its_type():
    found = activity(subject="", type="Anruf")
    assert (found.values["subject"], codes(found)) == ("Call", ["no_subject"])


def test_what_pipedrive_has_no_field_for_stands_as_a_line_below_the_text():
    columns = {"Subject": "subject", "Text": "body", "Outcome": "outcome", "Weather": ""}
    found = draft("activities", columns, "x", "a < b\nand so on", "Reached", "rain").values["note"]
    assert found == "a &lt; b<br>\nand so on<br>\nOutcome: Reached<br>\nWeather: rain"


# --- lines and products ------------------------------------------------------------------------------------------------


def line(quantity="3", price="10.00", discount="", total=""):
    return draft("line_items", LINE, "D1", "P1", quantity, price, discount, total)


def test_a_line_that_adds_up_says_nothing_and_one_that_does_not_is_told():
    assert codes(line(discount="5", total="28.50")) == []
    assert codes(line(discount="5", total="30.00")) == ["total_differs"]


def test_a_discount_with_a_currency_is_an_amount():
    values = line(discount="€ 4,00", total="26.00").values
    assert (values["discount"], values["discount_type"]) == ("4.00", "amount")
    assert codes(line(discount="€ 4,00", total="26.00")) == []


def test_what_is_missing_of_a_line_follows_from_its_total():
    assert line(quantity="", total="40.00").values["quantity"] == "4"
    assert line(price="", total="30.00").values["item_price"] == "10.00"


def test_a_quantity_of_none_is_told_and_kept():
    found = line(quantity="0", total="0")
    assert (found.values["quantity"], codes(found)) == ("0", ["zero_quantity"])


def test_a_product_has_one_price_for_each_currency_with_its_cost():
    values = draft("products", PRODUCT, "Pump", "12,50", "8,00", "CHF").values
    assert values["prices"] == [{"currency": "CHF", "price": "12.50", "cost": "8.00"}]


def test_the_sign_beside_a_price_names_its_currency_else_the_project_does():
    assert draft("products", PRODUCT, "Pump", "£ 12.50", "", "").values["prices"] == [{"currency": "GBP", "price": "12.50"}]
    assert draft("products", PRODUCT, "Pump", "12.50", "", "").values["prices"] == [{"currency": "EUR", "price": "12.50"}]
    nobody = draft("products", PRODUCT, "Pump", "12.50", "", "", settings=Settings())
    assert ("prices" in nobody.values, codes(nobody)) == (False, ["no_currency"])


# --- notes and files ---------------------------------------------------------------------------------------------------


def note(text):
    return draft("notes", {"Note": "body", "Parent": "parent_id", "Made": "created_at"}, text, "D1", "2020-03-01 09:00")


def test_scripts_go_with_their_content_and_text_is_never_taken_for_markup():
    assert note("<p onclick='x()'>Ann <b>said</b><script>steal()</script></p>").values["content"] == "<p>Ann <b>said</b></p>"
    assert note("Mail <ann@example.com> & 5 > 3").values["content"] == "Mail &lt;ann@example.com&gt; &amp; 5 &gt; 3"


def test_rich_text_becomes_text_with_its_line_breaks():
    assert note(r"{\rtf1\ansi Caf\'e9\par closed}").values["content"] == "Café<br>\nclosed"
    assert note(r"{\rtf1\ansi type <b> for bold}").values["content"] == "type &lt;b&gt; for bold"


def test_the_time_of_a_note_is_written_as_notes_take_it():
    assert note("x").values["add_time"] == "2020-03-01 08:00:00"


def test_a_note_too_long_for_one_goes_on_in_the_next():
    found = note("word " * (NOTE_LIMIT // 4))
    parts = [found.values["content"], *(each["content"] for each in found.continued)]
    assert [part[-len("<i>(part 1 of 2)</i>") :] for part in parts] == ["<i>(part 1 of 2)</i>", "<i>(part 2 of 2)</i>"]
    assert sum(part.count("word") for part in parts) == NOTE_LIMIT // 4
    assert max(map(len, parts)) < 100_000


def test_a_cut_never_falls_into_a_tag():
    parts = split("<b>" + "x" * 40 + "</b>" * 10, limit=50)
    assert all(part.count("<") == part.count(">") for part in parts)


def test_an_empty_note_never_loads():
    assert [issue.severity for issue in note("").issues] == ["reject"]


def test_a_file_is_called_as_people_call_it_without_its_folders():
    columns = {"Document": "file_name", "Path": "path"}
    assert draft("attachments", columns, "offer.pdf", r"S:\Jobs\12\offer_v3.pdf").values == {
        "name": "offer.pdf",
        "path": "S:/Jobs/12/offer_v3.pdf",
    }
    assert draft("attachments", columns, "", r"S:\Jobs\12\offer_v3.pdf").values["name"] == "offer_v3.pdf"


def test_what_files_and_notes_have_no_field_for_is_left_out_and_says_why():
    _, unknown = proposal("notes", {"Note": "body", "Box": ""}, [["a", "b"]])
    assert (unknown.field, "no custom fields" in unknown.reason) == ("", True)


def test_references_of_a_row_are_kept_as_they_stand():
    found = mapper("line_items", LINE, [["D1", "P1", "1", "2", "", ""]]).draft(["D1", "P1", "1", "2", "", ""])
    assert found.references == {"deal_ref": "D1", "product_ref": "P1"}


# --- what the project has decided --------------------------------------------------------------------------------------


def test_a_disposition_may_join_the_type_instead_of_the_note():
    columns = {"Type": "type", "Subject": "subject", "Disposition": "disposition", "Outcome": "outcome"}
    found = draft("activities", columns, "Anruf", "x", "Left message", "Later", settings=replace(BERLIN, outcomes="type")).values
    assert (found["type"], found["note"]) == ("Call: Left message", "Outcome: Later")
