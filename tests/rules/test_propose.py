from migrations_app.rules.spec import FieldDefinition, Settings, split_custom
from tests.rules.tables import mapper, proposal


def only(object, header, role, *cells, definitions=(), **options):
    return proposal(object, {header: role}, [[cell] for cell in cells], definitions=definitions, **options)[0]


def test_a_known_column_goes_to_its_field_and_says_why():
    rule = only("companies", "Web Site", "website", "acme.example", "www.b.example")
    assert (rule.entity, rule.field, rule.transform) == ("organization", "website", "url")
    assert rule.confidence > 0.9
    assert "“Web Site”" in rule.reason
    assert "100% of the values are web addresses" in rule.reason


def test_values_that_contradict_the_header_lower_the_confidence():
    assert only("contacts", "Email", "email", "12", "13", "14").confidence < 0.6


def test_a_stage_that_nearly_all_rows_share_is_not_to_be_trusted():
    asked = only("deals", "Stage", "stage", *["Open Estimate"] * 170, *["Won"] * 30)
    assert "85% of the rows stand in “Open Estimate”" in asked.reason
    trusted = only("deals", "Stage", "stage", *["Open Estimate"] * 150, *["Won"] * 50)
    assert "default" not in trusted.reason
    assert asked.confidence < 0.6 < trusted.confidence


def test_a_date_column_carries_the_order_that_it_proves():
    assert only("deals", "Close", "close_date", "04/10/2025", "25/12/2025").options["date_order"] == "dmy"
    assert only("deals", "Close", "close_date", "04/10/2025", "05/11/2025").options["date_order"] == "ambiguous"


def test_number_columns_that_prove_nothing_follow_the_others_of_their_table():
    rules = proposal("deals", {"Wert": "value", "Rabatt": ""}, [["1.234", "12,5"], ["2.345", "7,25"]], Settings(currency="EUR"))
    assert rules[0].options["decimal"] == ","


def test_declared_custom_fields_take_their_declared_type():
    declared = [
        FieldDefinition("Competitors", "multi", ("Alfa", "Charlie; Sons")),
        FieldDefinition("Deposit", "money"),
        FieldDefinition("Weighted", "calculated", formula="Amount * 2"),
        FieldDefinition("VIP", "bool"),
    ]
    columns = {"Competitors": "", "deposit": "", "Weighted": "", "VIP": ""}
    rules = proposal("deals", columns, [["Alfa; Charlie; Sons", "12", "24.5", "yes"]], definitions=declared)
    assert [rule.field for rule in rules] == [
        "custom:Competitors (set)",
        "custom:Deposit (monetary)",
        "custom:Weighted (double)",
        "custom:VIP (enum)",
    ]
    assert rules[0].options["choices"] == ["Alfa", "Charlie; Sons"]
    assert "frozen" in rules[2].reason
    assert rules[3].options["choices"] == ["Yes", "No"]


def test_a_definition_wins_over_an_unsure_role():
    declared = [FieldDefinition("Region", "text")]
    assert only("contacts", "Region", "territory", "North", definitions=declared, certainty=0.6).field == "custom:Region (varchar)"


def test_unknown_columns_become_custom_fields_of_the_type_that_they_show():
    columns = {"Tier": "", "Tags": "", "Remark": "", "Since": "", "Ref": ""}
    rows = [
        ["Gold", "A; B", "line\nbreak", "2024-01-02", "L1001"],
        ["Silver", "B; C", "x", "2023-05-06", "L1002"],
        ["Gold", "A", "y", "", "L1003"],
    ] * 6
    rules = proposal("companies", columns, rows)
    assert [split_custom(rule.field) for rule in rules] == [
        ("Tier", "enum"),
        ("Tags", "set"),
        ("Remark", "text"),
        ("Since", "date"),
        ("Ref", "enum"),
    ]


def test_what_looks_like_a_foreign_reference_is_kept_with_little_confidence():
    rule = only("companies", "Legacy Ref", "", *(f"L{number}" for number in range(1000, 1060)))
    assert rule.field == "custom:Legacy Ref (varchar)"
    assert rule.confidence < 0.5


def test_an_empty_column_is_ignored_and_says_so():
    rule = only("companies", "Old Fax", "", "", " ")
    assert (rule.field, rule.reason) == ("", "empty in all rows")


def test_two_columns_of_one_name_become_two_fields():
    rules = proposal("companies", {"Main": "phone", "phone": ""}, [["030 23125446", "hello there"]])
    assert [rule.field for rule in rules] == ["custom:Phone (phone)", "custom:phone 2 (varchar)"]


def test_first_and_last_name_share_a_field_and_so_do_the_parts_of_an_address():
    columns = {"Vorname": "first_name", "Nachname": "last_name", "Ort": "city", "Land": "country"}
    fields = [rule.field for rule in proposal("contacts", columns, [["Anna", "Bell", "Köln", "Deutschland"]])]
    assert fields == ["name", "name", "custom:Address (address)", "custom:Address (address)"]


def test_names_with_commas_are_turned_round():
    assert only("contacts", "Contact", "full_name", "Bell, Anna", "Ray, Bob").options == {"order": "last_first"}


def test_definitions_have_a_line_for_every_column_though_nothing_of_them_is_loaded():
    rules = proposal("users", {"Name": "name", "Desk": ""}, [["a", "b"]])
    assert [(rule.entity, rule.field) for rule in rules] == [("", ""), ("", "")]
    assert "read to match owners" in rules[0].reason


def test_what_nobody_knows_of_an_activity_becomes_a_line_of_its_note():
    known, unknown = proposal("activities", {"Subject": "subject", "Weather": ""}, [["a", "sunny"]])
    assert (known.field, unknown.field, unknown.transform) == ("subject", "note", "labelled")
    assert "no custom fields" in unknown.reason


def test_a_role_without_a_field_of_its_own_is_still_proposed():
    rule = only("companies", "QB Terms", "qb_terms", *["Net 30", "Net 60"] * 5)
    assert rule.field == "custom:QB Terms (enum)"


def test_a_label_with_brackets_survives():
    assert split_custom("custom:Value (EUR) (double)") == ("Value (EUR)", "double")


def test_columns_that_say_little_share_one_large_text_field():
    rows = [["A", "old" if at == 7 else "", "EU", "red" if at % 2 else "blue"] for at in range(300)]
    rules = proposal("companies", {"Name": "name", "Legacy": "", "Zone": "", "Colour": ""}, rows)
    assert [rule.field for rule in rules[1:3]] == ["custom:More from the source (text)"] * 2
    assert rules[3].field.startswith("custom:Colour")
    assert "no field is spent" in rules[1].reason
    values = mapper("companies", {"Name": "name", "Legacy": "", "Zone": "", "Colour": ""}, rows).draft(rows[7]).values
    assert values["custom:More from the source (text)"] == "Legacy: old\nZone: EU"


def test_declared_fields_and_small_files_keep_a_field_for_each_column():
    rows = [["A", "old" if at == 7 else ""] for at in range(300)]
    declared = [FieldDefinition("Legacy", "text")]
    assert proposal("companies", {"Name": "name", "Legacy": ""}, rows, definitions=declared)[1].field == "custom:Legacy (varchar)"
    assert proposal("companies", {"Name": "name", "Legacy": ""}, rows[:100])[1].field == "custom:Legacy (varchar)"
