import pytest

from migrations_app.rules.canon import digest, same


@pytest.mark.parametrize(
    ("type", "sent", "read"),
    [
        ("varchar", "a\r\nb", "a\nb "),
        ("varchar", "O'Hara & Söhne", "O&#39;Hara &amp; Söhne"),
        ("varchar", "", None),
        ("name", "Ann  Bell", "Ann Bell"),
        ("html", "<p>Hello <b>you</b></p>", "Hello you"),
        ("double", 12.5, "12.50"),
        ("double", 0, "0.00"),
        ("monetary", {"value": 500, "currency": "EUR"}, {"value": "500.00", "currency": "eur"}),
        ("monetary", {"value": 500}, {"value": 500, "currency": "USD"}),
        ("date", "2024-01-31", "2024-01-31T00:00:00Z"),
        ("datetime", "2024-01-31T11:00:00Z", "2024-01-31 11:00:00"),
        ("datetime", "2024-01-31T11:00:00Z", "2024-01-31T12:00:00+01:00"),
        ("phone", "+16045550189 ext. 96", "+1 604-555-0189 x96"),
        ("phone", "+16045550189 ext. 96", "+1604555018996"),
        ("phone", "+4989123456", "49 89 123456"),
        ("phone", "ask reception", "ask  reception"),
        ("enum", 12, {"id": 12, "label": "Gold"}),
        ("enum", 12, "12"),
        ("set", [3, 1], "1,3"),
        ("set", [3, 1], [{"id": 1}, {"id": 3}]),
        ("set", None, []),
        ("address", {"value": "1 Main St, Springfield"}, {"value": "1 Main St, Springfield", "country": "USA", "route": "Main St"}),
        ("address", {"value": "1 Main St"}, {"value": "x", "formatted_address": "1 Main St"}),
        ("address", {"value": "1 Main St, 90210 Springfield"}, {"value": "1 Main St, Springfield 90210, USA"}),
        (
            "emails",
            [{"value": "A@x.example", "label": "work", "primary": True}, {"value": "b@x.example", "label": "home", "primary": False}],
            [{"value": "b@x.example", "label": "home", "primary": False}, {"value": "a@x.example", "label": "Work", "primary": True}],
        ),
    ],
)
def test_what_the_server_writes_otherwise_is_the_same(type, sent, read):
    assert same(type, sent, read)


@pytest.mark.parametrize(
    ("type", "sent", "read"),
    [
        ("varchar", "Acme", "ACME"),
        ("varchar", "Acme", None),
        ("double", 12.5, 12.51),
        ("monetary", {"value": 500, "currency": "EUR"}, {"value": 500, "currency": "USD"}),
        ("date", "2024-01-31", "2024-02-01"),
        ("datetime", "2024-01-31T11:00:00Z", "2024-01-31T11:00:00+01:00"),
        ("phone", "+16045550189", "+16045550180"),
        ("phone", "+16045550189 ext. 96", "+16045550189"),
        ("phone", "ask reception", "ask mother"),
        ("enum", 12, 13),
        ("set", [1, 2], [1]),
        ("address", {"value": "1 Main St"}, {"value": "2 Main St"}),
        ("address", {"value": "1 Main St, Springfield"}, {"value": "1 Main St", "formatted_address": "1 Main St"}),
        ("emails", [{"value": "a@x.example", "label": "work", "primary": True}], []),
        ("phones", [{"value": "+16045550189", "label": "mobile"}], [{"value": "+16045550189", "label": "work"}]),
    ],
)
def test_what_differs_differs(type, sent, read):
    assert not same(type, sent, read)


def test_the_digest_ignores_order_and_notices_change():
    assert digest([{"a": 1, "b": 2}, ["x"]]) == digest([["x"], {"b": 2, "a": 1}])
    assert digest([{"a": 1}]) != digest([{"a": 2}])
    assert digest([{"a": 1}]) != digest([{"a": 1}, {"a": 1}])
