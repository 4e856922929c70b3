"""The client against the strict sandbox: both sides were written from the documents, by themselves."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from connectors.errors import AccessDenied, BudgetSpent, RecordRefused
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.http import Door
from connectors.pipedrive.limiter import Limiter, Limits, NoLimit


@pytest.fixture
def account(sandbox_server: Any) -> dict[str, Any]:
    made: dict[str, Any] = sandbox_server.control().create_account(
        "<b>O'Hara & Söhne</b>", domain=f"a{uuid.uuid4().hex[:8]}", plan="lite", seats=1
    )
    return made


def _open(url: str, token: str, limiter: Limits) -> Pipedrive:
    return Pipedrive(Door(url, token, limiter=limiter, extra_hosts=(url.removeprefix("http://"),)))


@pytest.fixture
def token(account: dict[str, Any]) -> str:
    return str(account["users"][0]["token"])


@pytest.fixture
def client(sandbox_server: Any, token: str) -> Iterator[Pipedrive]:
    opened = _open(sandbox_server.url, token, NoLimit())
    yield opened
    opened.door.close()


def test_the_account_can_be_read(client: Pipedrive) -> None:
    me = client.me()
    assert (me.company_name, me.is_admin) == ("<b>O'Hara & Söhne</b>", True)
    assert me.user_id in [user.id for user in client.users()]
    assert me.currency in [currency.code for currency in client.currencies()]
    assert "call" in [kind.key for kind in client.activity_types()]
    assert {stage.pipeline_id for stage in client.stages()} == {pipeline.id for pipeline in client.pipelines()}
    for entity in ("organization", "person", "deal", "product", "activity"):
        assert len(client.fields(entity)) > 3


def test_definitions_are_made_changed_and_removed(client: Pipedrive) -> None:
    pipeline = client.create_pipeline("Neu")
    stages = [client.create_stage(name, pipeline.id, probability) for name, probability in (("Erst", 10), ("Dann", 90))]
    assert [stage for stage in client.stages() if stage.id in {each.id for each in stages}] == stages
    assert client.update_stage(stages[0].id, name="Zuerst").name == "Zuerst"
    field = client.create_field("organization", "Branche", "enum", ["Bau", "Handel"])
    client.add_options("organization", field.code, ["IT"])
    (read,) = [each for each in client.fields("organization") if each.code == field.code]
    assert [option.label for option in read.options] == ["Bau", "Handel", "IT"]
    client.rename_options("organization", field.code, {read.options[2].id: "EDV"})
    client.delete_options("organization", field.code, [read.options[0].id])
    assert client.rename_field("organization", field.code, "Branch").name == "Branch"
    (read,) = [each for each in client.fields("organization") if each.code == field.code]
    assert ([option.label for option in read.options], read.name, read.is_custom) == (["Handel", "EDV"], "Branch", True)
    assert client.delete_field("organization", field.code)
    assert client.create_activity_type("Fax", "document").key in [kind.key for kind in client.activity_types()]


def test_records_of_every_kind_go_in_come_back_and_go(client: Pipedrive) -> None:
    org = client.create("organization", {"name": "=SUM(A1) 😀 <b>"}).data["id"]
    person = client.create("person", {"name": "Ann Bell", "org_id": org}).data["id"]
    deal = client.create("deal", {"title": "Renewal", "org_id": org, "person_id": person}).data["id"]
    product = client.create("product", {"name": "Hour"}).data["id"]
    line = client.create_lines(deal, [{"product_id": product, "item_price": 5, "quantity": 2}]).data[0]["id"]
    made = {
        "organization": org,
        "person": person,
        "deal": deal,
        "product": product,
        "activity": client.create("activity", {"subject": "Call", "type": "call", "deal_id": deal}).data["id"],
        "note": client.create("note", {"content": "<p>Text</p>", "deal_id": deal}).data["id"],
        "file": client.create_file("a.txt", b"abc", {"deal_id": deal}).data["id"],
    }
    for entity, id in made.items():
        assert id in [record["id"] for page in client.pages(entity) for record in page], entity
        assert client.get(entity, id)["id"] == id
    assert [each["id"] for page in client.lines([deal]) for each in page] == [line]
    client.update("deal", deal, {"title": "Renewed"})
    client.update("note", made["note"], {"content": "<p>Other</p>"})
    client.update("file", made["file"], {"name": "b.txt"})
    assert client.get("deal", deal)["title"] == "Renewed"
    assert client.delete("deal_product", line, parent=deal)
    for entity, id in reversed(made.items()):
        assert client.delete(entity, id), entity
    assert not client.delete("note", made["note"])


def test_changes_since_the_servers_clock_are_listed(client: Pipedrive) -> None:
    client.create("deal", {"title": "First"})
    assert client.door.skew is not None
    reply = client.create("deal", {"title": "Second"})
    assert reply.server_time is not None
    titles = [deal["title"] for page in client.pages("deal", updated_since=reply.server_time - timedelta(seconds=60)) for deal in page]
    assert titles == ["First", "Second"]
    assert list(client.pages("deal", updated_since=reply.server_time + timedelta(seconds=60))) == [[]]


def test_refusals_and_wrong_tokens_are_told_apart(client: Pipedrive, sandbox_server: Any) -> None:
    with pytest.raises(RecordRefused):
        client.create("deal", {"title": "x", "add_time": "2020-01-01T00:00:00Z"})
    with pytest.raises(AccessDenied):
        _open(sandbox_server.url, "0" * 40, NoLimit()).me()


def test_the_day_is_spent_on_both_sides_at_once(account: dict[str, Any], token: str, sandbox_server: Any, redis: Redis) -> None:
    sandbox_server.control().set_budget(account["company_domain"], 32)
    limiter = Limiter(redis, "company", "token", per_window=20, per_day=30_000)
    limited = _open(sandbox_server.url, token, limiter)
    limited.me()
    for _ in range(6):
        limited.create("organization", {"name": "x"})
    with pytest.raises(BudgetSpent):
        limited.create("organization", {"name": "x"})
    assert (limited.door.spent, limiter.spent_today()) == (32, 32)
    assert len(sandbox_server.control().records(account["company_domain"], "organization")) == 6
    limited.door.close()


def test_a_file_kept_at_another_host_is_read_without_the_token(sandbox_server: Any, account: dict[str, Any], token: str) -> None:
    home, storage = sandbox_server.url, sandbox_server.url.replace("127.0.0.1", "localhost")
    hosts = tuple(url.removeprefix("http://") for url in (home, storage))
    client = Pipedrive(Door(home, token, limiter=NoLimit(), extra_hosts=hosts))
    deal = client.create("deal", {"title": "Pier"}).data["id"]
    file = client.create_file("Größe.bin", bytes(range(256)), {"deal_id": deal}).data["id"]
    sandbox_server.control().settings(account["company_domain"], file_host=storage)
    assert client.content(file) == bytes(range(256))
    client.door.close()
