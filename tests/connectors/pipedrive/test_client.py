"""What each verb asks for, and what it makes of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.errors import OutcomeUnknown, RecordMissing
from connectors.pipedrive.client import Pipedrive, whole_second
from connectors.pipedrive.fields import ActivityType, Currency, Field, Me, Option, Pipeline, Stage, User
from connectors.pipedrive.limiter import Grant
from tests.connectors.pipedrive.scripted import Answer, Scripted, ok

GRANT = Grant("handful", 40, 200)
USER = {
    "id": 11,
    "name": "Ann",
    "email": "ann@acme.test",
    "active_flag": True,
    "access": [{"app": "sales", "admin": True}, {"app": "projects", "admin": False}],
    "company_id": 77,
    "company_name": "<b>O'Hara & Söhne</b>",
    "company_domain": "ohara",
    "company_country": "DE",
    "timezone_name": "Europe/Berlin",
    "default_currency": "EUR",
    "language": {"language_code": "de", "country_code": "DE"},
}
FIELD = {
    "field_code": "ab" * 20,
    "field_name": "Branche",
    "field_type": "enum",
    "is_custom_field": True,
    "options": [{"id": 4, "label": "Bau"}, {"id": 5, "label": "Handel"}],
}
STAGE = {"id": 3, "name": "Won?", "pipeline_id": 1, "order_nr": 2, "deal_probability": 40}


def _without(data: dict[str, Any], *keys: str, **more: Any) -> dict[str, Any]:
    return {**{key: value for key, value in data.items() if key not in keys}, **more}


def test_me_names_user_and_company(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok(USER))
    assert pipedrive.me() == Me(11, "Ann", "ann@acme.test", True, 77, "<b>O'Hara & Söhne</b>", "ohara", "DE", "Europe/Berlin", "EUR", "de")
    assert server.asked[0].path == "/api/v1/users/me"


@pytest.mark.parametrize(
    ("data", "admin"),
    [
        (_without(USER, "access", is_admin=1), True),
        (_without(USER, "access", is_admin=0), False),
        (_without(USER, access=[{"app": "sales", "admin": False}, {"app": "campaigns", "admin": True}]), False),
        (_without(USER, access=[{"app": "global", "admin": True}]), True),
        (_without(USER, "access"), False),
    ],
)
def test_an_admin_is_one_of_deals_or_of_everything(pipedrive: Pipedrive, server: Scripted, data: dict[str, Any], admin: bool) -> None:
    server.script.append(ok(data))
    assert pipedrive.me().is_admin is admin


def test_a_user_without_a_company_is_no_answer(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok(_without(USER, "company_id")))
    with pytest.raises(OutcomeUnknown, match="company_id"):
        pipedrive.me()


def test_users_and_currencies(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok([USER, _without(USER, "access", id=12, active_flag=False, email=None)]))
    server.script.append(ok([{"code": "EUR", "name": "Euro", "decimal_points": 2, "active_flag": True}]))
    assert pipedrive.users() == [User(11, "Ann", "ann@acme.test", True, True), User(12, "Ann", "", False, False)]
    assert pipedrive.currencies() == [Currency("EUR", "Euro", 2, True)]


def test_fields_of_all_pages(pipedrive: Pipedrive, server: Scripted) -> None:
    title = {"field_code": "title", "field_name": "Title", "field_type": "varchar", "is_custom_field": False, "options": None}
    server.script.extend([ok([title], next_cursor="n"), ok([FIELD])])
    assert pipedrive.fields("deal") == [
        Field("title", "Title", "varchar", False),
        Field("ab" * 20, "Branche", "enum", True, (Option(4, "Bau"), Option(5, "Handel"))),
    ]
    assert [asked.query.get("cursor") for asked in server.asked] == [None, "n"]
    assert {asked.path for asked in server.asked} == {"/api/v2/dealFields"}


def test_a_field_and_its_options_are_made_and_renamed(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.extend([ok(FIELD), ok([{"id": 6, "label": "IT"}]), ok(FIELD), ok([{"id": 6, "label": "EDV"}])])
    made = pipedrive.create_field("organization", "Branche", "enum", ["Bau", "Handel"])
    assert made.options[1] == Option(5, "Handel")
    assert pipedrive.add_options("organization", made.code, ["IT"]) == [Option(6, "IT")]
    pipedrive.rename_field("organization", made.code, "Branch")
    assert pipedrive.rename_options("organization", made.code, {6: "EDV"}) == [Option(6, "EDV")]
    base = "/api/v2/organizationFields"
    assert [(asked.method, asked.path, asked.json) for asked in server.asked] == [
        ("POST", base, {"field_name": "Branche", "field_type": "enum", "options": [{"label": "Bau"}, {"label": "Handel"}]}),
        ("POST", f"{base}/{made.code}/options", [{"label": "IT"}]),
        ("PATCH", f"{base}/{made.code}", {"field_name": "Branch"}),
        ("PATCH", f"{base}/{made.code}/options", [{"id": 6, "label": "EDV"}]),
    ]


def test_a_plain_field_names_no_options(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok(_without(FIELD, options=None, field_type="varchar")))
    assert pipedrive.create_field("deal", "Legacy ID", "varchar").options == ()
    assert server.asked[0].json == {"field_name": "Legacy ID", "field_type": "varchar"}


def test_notes_have_no_fields(pipedrive: Pipedrive) -> None:
    with pytest.raises(LookupError, match="note"):
        pipedrive.fields("note")


def test_pipelines_and_stages_in_their_order(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(
        ok([{"id": 1, "name": "Sales", "order_nr": 1, "is_deal_probability_enabled": True}, {"id": 2, "is_deleted": True}])
    )
    server.script.append(ok([STAGE, _without(STAGE, id=9, order_nr=1, deal_probability=None), _without(STAGE, id=4, is_deleted=True)]))
    assert pipedrive.pipelines() == [Pipeline(1, "Sales", 1, True)]
    assert pipedrive.stages() == [Stage(9, "Won?", 1, 1, None), Stage(3, "Won?", 1, 2, 40)]


def test_pipelines_stages_and_types_are_made(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok({"id": 5, "name": "Neu", "order_nr": 2, "is_deal_probability_enabled": True}))
    server.script.append(ok(STAGE))
    server.script.append(ok({"id": 8, "name": "Fax", "key_string": "fax", "active_flag": True}))
    assert pipedrive.create_pipeline("Neu").probability is True
    assert pipedrive.create_stage("Won?", 1, 40).id == 3
    assert pipedrive.create_activity_type("Fax", "document") == ActivityType(8, "Fax", "fax", True)
    assert [asked.json for asked in server.asked] == [
        {"name": "Neu", "is_deal_probability_enabled": True},
        {"name": "Won?", "pipeline_id": 1, "deal_probability": 40},
        {"name": "Fax", "icon_key": "document"},
    ]


# --- records -----------------------------------------------------------------------------------------------------------

SINCE = datetime(2026, 11, 20, 9, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=1)))


def test_a_list_of_changes_asks_in_whole_seconds(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = ok([])
    list(pipedrive.pages("deal", updated_since=SINCE, custom_fields=["a", "b"], status=["open", "deleted"], org_id=4))
    assert server.asked[0].path == "/api/v2/deals"
    assert server.asked[0].query == {
        "updated_since": "2026-11-20T08:30:15Z",
        "custom_fields": "a,b",
        "status": "open,deleted",
        "org_id": "4",
        "sort_by": "id",
        "sort_direction": "asc",
        "limit": "500",
    }


@pytest.mark.parametrize(
    ("entity", "options", "path", "query"),
    [
        ("deal", {"archived": True}, "/api/v2/deals/archived", {"limit": "500", "sort_by": "id", "sort_direction": "asc"}),
        ("person", {"limit": 10}, "/api/v2/persons", {"limit": "10", "sort_by": "id", "sort_direction": "asc"}),
        ("note", {"deal_id": 3}, "/api/v1/notes", {"limit": "500", "start": "0", "sort": "id ASC", "deal_id": "3"}),
        ("file", {}, "/api/v1/files", {"limit": "100", "start": "0", "sort": "id ASC"}),
        ("deal_participant", {"parent": 7}, "/api/v1/deals/7/participants", {"limit": "500", "start": "0"}),
    ],
)
def test_each_list_is_asked_in_its_own_way(
    pipedrive: Pipedrive, server: Scripted, entity: str, options: dict[str, Any], path: str, query: dict[str, str]
) -> None:
    server.always = ok([])
    list(pipedrive.pages(entity, **options))
    assert (server.asked[0].path, server.asked[0].query) == (path, query)


def test_lines_of_many_deals_take_a_request_per_hundred(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = ok([{"id": 1}])
    assert len(list(pipedrive.lines(list(range(1, 251))))) == 3
    assert [len(asked.query["deal_ids"].split(",")) for asked in server.asked] == [100, 100, 50]
    assert {asked.path for asked in server.asked} == {"/api/v2/deals/products"}


@pytest.mark.parametrize(
    ("entity", "options"),
    [("file", {"updated_since": SINCE}), ("activity", {"custom_fields": ["a"]}), ("deal", {"custom_fields": list("abcdefghijklmnop")})],
)
def test_what_a_list_cannot_do_is_said_before_it_is_asked(
    pipedrive: Pipedrive, server: Scripted, entity: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=entity):
        pipedrive.pages(entity, **options)
    assert server.asked == []


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        whole_second(datetime(2026, 1, 1))
    assert whole_second(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_a_record_is_made_changed_read_and_removed(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.extend([ok({"id": 5, "title": "x"}), ok({"id": 5}), ok({"id": 5, "title": "y"}), ok({"id": 5})])
    assert pipedrive.create("deal", {"title": "x"}, grant=GRANT).data["id"] == 5
    pipedrive.update("deal", 5, {"title": "y"}, grant=GRANT)
    assert pipedrive.get("deal", 5)["title"] == "y"
    assert pipedrive.delete("deal", 5) is True
    assert [(asked.method, asked.path) for asked in server.asked] == [
        ("POST", "/api/v2/deals"),
        ("PATCH", "/api/v2/deals/5"),
        ("GET", "/api/v2/deals/5"),
        ("DELETE", "/api/v2/deals/5"),
    ]


def test_older_interfaces_are_spoken_where_there_is_no_newer_one(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = ok({"id": 5})
    pipedrive.create("note", {"content": "x", "deal_id": 1})
    pipedrive.update("note", 5, {"content": "y"})
    pipedrive.update("file", 6, {"name": "n"})
    pipedrive.create_file("a.txt", b"abc", {"deal_id": 1})
    pipedrive.delete("deal_product", 4, parent=9)
    assert [(asked.method, asked.path) for asked in server.asked] == [
        ("POST", "/api/v1/notes"),
        ("PUT", "/api/v1/notes/5"),
        ("PUT", "/api/v1/files/6"),
        ("POST", "/api/v1/files"),
        ("DELETE", "/api/v2/deals/9/products/4"),
    ]
    assert server.asked[2].body == b"name=n"
    assert pipedrive.door.spent == 10 + 10 + 10 + 10 + 3


def test_many_lines_go_in_one_request(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok([{"id": 1}, {"id": 2}]))
    reply = pipedrive.create_lines(9, [{"product_id": 1}, {"product_id": 2}], grant=GRANT)
    assert [line["id"] for line in reply.data] == [1, 2]
    assert server.asked[0].path == "/api/v2/deals/9/products/bulk"
    assert server.asked[0].json == {"data": [{"product_id": 1}, {"product_id": 2}]}


@pytest.mark.parametrize("data", [None, {}, [], {"id": None}])
def test_a_creation_without_an_id_is_open(pipedrive: Pipedrive, server: Scripted, data: Any) -> None:
    server.script.append(ok(data))
    with pytest.raises(OutcomeUnknown, match="under which id"):
        pipedrive.create("person", {"name": "x"}, grant=GRANT)


def test_within_a_grant_nothing_is_tried_twice(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(Answer(503))
    with pytest.raises(OutcomeUnknown):
        pipedrive.update("person", 1, {"name": "x"}, grant=GRANT)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_removing_what_is_gone_is_done(pipedrive: Pipedrive, server: Scripted, status: int) -> None:
    server.always = Answer(status, {"success": False, "error": "not found"})
    assert pipedrive.delete("person", 1) is False
    with pytest.raises(RecordMissing):
        pipedrive.get("person", 1)


def test_a_deletion_whose_answer_was_lost_is_done(pipedrive: Pipedrive, server: Scripted, sleeps: list[float]) -> None:
    server.script.extend([Answer(drop=True), Answer(404, {"error": "gone"})])
    assert pipedrive.delete("person", 1) is False


def test_an_entity_that_nobody_knows(pipedrive: Pipedrive) -> None:
    with pytest.raises(LookupError, match="spaceship"):
        pipedrive.create("spaceship", {})


def test_a_door_can_be_closed_and_used_again(open_door: Callable[..., Any], server: Scripted) -> None:
    door = open_door()
    door.send("GET", "/api/v2/deals")
    door.close()
    door.send("GET", "/api/v2/deals")
    assert server.connections == 2
