"""Connecting an account: checked at once over real HTTP, limited through a real Valkey."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from redis import Redis

from connectors.errors import AccessDenied, HostRefused, NotSent
from migrations_app.models import BudgetDay, Forbidden, Membership, PipedriveAccount, Project, RecordLink, SchemaChange
from migrations_app.services import clock, connecting
from tests.services.account_ground import connect, extra_hosts, project, root, token_of

__all__ = ["connect", "extra_hosts", "project", "root"]

STAFF = {"name": "Sam", "email": "sam@firm.example", "is_admin": True, "default_currency": "SEK"}
SELLER = {"name": "Eve", "email": "eve@firm.example", "is_admin": False}


@pytest.fixture
def website() -> Iterator[str]:
    """A host that answers every request with a web page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "15")
            self.end_headers()
            self.wfile.write(b"<h1>Hello!</h1>")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_account_knows_its_company_and_user(connect: Any) -> None:
    account = PipedriveAccount.objects.get(pk=connect(users=[STAFF], plan="growth", seats=3).pk)
    assert (account.user_name, account.user_email, account.is_admin, account.currency) == ("Sam", "sam@firm.example", True, "SEK")
    assert (account.company_name, account.plan, account.seats, account.paused_reason) == ("Harbour", "growth", 3, "")
    assert connecting.concerns(account) == []
    assert BudgetDay.objects.get(company=account.company).tokens == 2


def test_a_company_of_another_server_is_not_taken_for_pipedrives(connect: Any, sandbox: Any) -> None:
    company, host = connect().company.split("@")
    assert company.isdigit()
    assert f"http://{host}" == sandbox.url
    assert connecting._company_key("https://acme.pipedrive.com", 12) == "12"


def test_a_wrong_token_is_said_at_once_and_nothing_is_saved(project: Project, sandbox: Any, extra_hosts: None, root: User) -> None:
    with pytest.raises(AccessDenied) as refusal:
        connecting.attach(project, role="staging", url=sandbox.url, token="w" * 40, user=root)
    assert "w" * 40 not in str(refusal.value)
    assert not PipedriveAccount.objects.exists()


def test_a_host_that_nobody_named_is_refused_with_the_way_out(project: Project, sandbox: Any, root: User) -> None:
    with pytest.raises(HostRefused, match="PIPEDRIVE_EXTRA_HOSTS"):
        connecting.attach(project, role="staging", url=sandbox.url, token="t" * 40, user=root)
    assert not PipedriveAccount.objects.exists()


def test_a_host_that_is_not_pipedrive_is_refused(project: Project, website: str, root: User, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    settings.PIPEDRIVE_EXTRA_HOSTS = [website.removeprefix("http://")]
    with pytest.raises(HostRefused, match="does not answer as Pipedrive does"):
        connecting.attach(project, role="staging", url=website, token="t" * 40, user=root)


def test_a_host_that_is_not_there_is_said(project: Project, root: User, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    settings.PIPEDRIVE_EXTRA_HOSTS = ["127.0.0.1:1"]
    with pytest.raises(NotSent, match="could not be reached"):
        connecting.attach(project, role="staging", url="http://127.0.0.1:1", token="t" * 40, user=root)


def test_a_token_without_admin_rights_is_saved_and_named(connect: Any) -> None:
    account = connect(users=[SELLER])
    assert connecting.concerns(account) == ["Eve is no admin of Harbour: a load needs the token of an admin who sees every record."]


def test_only_staff_of_the_project_connects(project: Project, sandbox: Any, extra_hosts: None) -> None:
    anna = User.objects.create_user("anna")
    Membership.objects.create(project=project, user=anna, role="consultant")
    with pytest.raises(Forbidden):
        connecting.attach(project, role="staging", url=sandbox.url, token="t" * 40, user=anna)


def test_the_token_is_stored_encrypted_and_appears_nowhere(connect: Any) -> None:
    account = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM migrations_app_pipedriveaccount")
        [stored] = cursor.fetchone()
    assert stored
    assert account.token not in stored
    assert account.token not in f"{account!r} {connecting.client_for(account).door!r}"


def test_a_new_token_of_the_same_company_ends_the_pause(connect: Any, sandbox: Any, root: User) -> None:
    account = connect(users=[STAFF])
    RecordLink.objects.create(account=account, entity="deal", key="deal:1", state="created", pipedrive_id="7")
    PipedriveAccount.objects.update(paused_reason="The token was refused.")
    token = sandbox.control().new_token("harbour-staging", account.user_id)
    again = connecting.attach(account.project, role="staging", url=f"{sandbox.url}/", token=token, user=root)
    again.refresh_from_db()
    assert (again.pk, again.token, again.paused_reason) == (account.pk, token, "")


def test_a_token_of_another_company_is_refused_once_records_are_there(connect: Any, sandbox: Any, root: User) -> None:
    account = connect()
    SchemaChange.objects.create(account=account, kind="field", parent="deal", name="Source ID", state="done", pipedrive_id="abc")
    other = token_of(sandbox.control().create_account("Other", domain="other"))
    link = RecordLink.objects.create(account=account, entity="deal", key="deal:1", state="created", pipedrive_id="7")
    with pytest.raises(connecting.OtherCompany, match="1 records"):
        connecting.attach(account.project, role="staging", url=sandbox.url, token=other, user=root)
    link.delete()
    moved = connecting.attach(account.project, role="staging", url=sandbox.url, token=other, user=root)
    assert (moved.company_name, moved.schema_changes.count()) == ("Other", 0)


def test_a_token_of_another_user_is_refused_while_call_logs_are_on_their_way(connect: Any, sandbox: Any, root: User) -> None:
    account = connect(users=[STAFF])
    link = RecordLink.objects.create(account=account, entity="call_log", key="call_log:1", state="unknown")
    other = sandbox.control().add_user("harbour-staging", name="Ann", email="ann@firm.example", is_admin=True)
    of_other = sandbox.control().new_token("harbour-staging", other["id"])
    with pytest.raises(connecting.OtherUser, match="1 call logs are on their way"):
        connecting.attach(account.project, role="staging", url=sandbox.url, token=of_other, user=root)
    account.refresh_from_db()
    assert account.token != of_other
    same = sandbox.control().new_token("harbour-staging", account.user_id)
    connecting.attach(account.project, role="staging", url=sandbox.url, token=same, user=root)
    link.delete()
    connecting.attach(account.project, role="staging", url=sandbox.url, token=of_other, user=root)


def test_a_revoked_token_is_written_down_as_the_reason_of_the_pause(connect: Any, sandbox: Any) -> None:
    account = connect()
    PipedriveAccount.objects.filter(pk=account.pk).update(token="r" * 40)
    account.refresh_from_db()
    connecting.recheck(account, connecting.client_for(account))
    account.refresh_from_db()
    assert "does not accept the API token" in account.paused_reason
    assert connecting.concerns(account) == [account.paused_reason]


def test_a_lost_redis_does_not_forget_the_day(connect: Any, valkey: str) -> None:
    account = connect()
    connecting.note_spend(account, 498)
    Redis.from_url(valkey).flushall()
    assert connecting.client_for(account).door.limiter.spent_today() == 500  # type: ignore[attr-defined]


def test_spend_adds_up_in_one_row_per_company_and_day(connect: Any) -> None:
    account = connect()
    for tokens in (10, 0, 5):
        connecting.note_spend(account, tokens)
    assert BudgetDay.objects.get(company=account.company, day=clock.db_now().date()).tokens == 17


def test_the_share_left_to_other_tools_is_kept_back(connect: Any, queues: str) -> None:
    account = connect(plan="lite")
    PipedriveAccount.objects.filter(pk=account.pk).update(share=10)
    account.refresh_from_db()
    grant = connecting.client_for(account).door.limiter.reserve(40, 40_000)
    assert grant.tokens <= 3_000
