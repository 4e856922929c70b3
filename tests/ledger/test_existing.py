"""What lives in the account before the move is found by domain and address, linked and completed; a rollback brings it back."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import LinkEvent, PipedriveAccount, RecordLink
from migrations_app.services import connecting, matching
from migrations_app.services.updating import Updater
from tests.ledger.delta_ground import counts, made
from tests.ledger.existing_ground import Settled

pytestmark = pytest.mark.django_db(transaction=True)

LINKED = ("created", "matched")


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Settled:
    """An account is connected, nobody lives there yet; `to_prepared` comes after whoever should."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Settled(sandbox, settings, monkeypatch)
    move.to_decisions(move.package(tmp_path / "package"), tmp_path / "audit")
    move.made = move.account(["rep@target.example"])
    return move


def people_from_before(move: Settled) -> tuple[int, int]:
    """O'Hara with a website, Ann without a phone; both belong to a rep."""
    rep = move.made["users"][1]["id"]
    company = move.lives("organization", name="<b>O'Hara</b> Sons", website="http://ohara.example", owner_id=rep)
    ann = move.lives("person", name="Ann M. Archer", emails=[{"value": "Ann@Ohara.example", "primary": True}], owner_id=rep)
    return company, ann


def test_a_company_of_the_same_domain_and_a_person_of_the_same_address_are_linked(move: Settled) -> None:
    company, ann = people_from_before(move)
    move.to_prepared()
    assert move.found() == {"CO-1": ("sure", str(company)), "CT-1": ("sure", str(ann))}
    answer = move.loaded()
    assert counts(answer, *LINKED) == {"organization": (2, 1), "person": (2, 1), "deal": (2, 0)}
    assert answer["balanced"]
    assert (move.number_of("organization"), move.number_of("person")) == (3, 3)
    deal = move.live("deal")["deal:OP-1"]
    assert (deal["org_id"], deal["person_id"]) == (company, ann)


def test_blanks_are_filled_and_what_stands_there_stays(move: Settled) -> None:
    company, ann = people_from_before(move)
    rep = move.made["users"][1]["id"]
    move.to_prepared()
    move.loaded()
    there, person = move.record("organization", company), move.record("person", ann)
    assert (there["name"], there["website"], there["owner_id"]) == ("<b>O'Hara</b> Sons", "http://ohara.example", rep)
    assert move.custom(there, "Industry", "organization") is not None
    assert (person["name"], person["owner_id"], person["org_id"]) == ("Ann M. Archer", rep, company)
    assert [each["value"] for each in person["emails"]] == ["Ann@Ohara.example"]
    assert [each["value"] for each in person["phones"]] == ["+49301234567"]
    assert move.live("person")["person:CT-1"]["id"] == ann


def test_a_rollback_restores_and_never_deletes_it(move: Settled) -> None:
    company, ann = people_from_before(move)
    before = [move.record("organization", company), move.record("person", ann)]
    move.to_prepared()
    run = move.loaded()["run"]
    answer = move.undo(run)
    assert move.left(answer) == {}
    after = [move.record("organization", company), move.record("person", ann)]
    for old, new in zip(before, after, strict=True):
        assert {name: value for name, value in new.items() if value and name != "update_time"} == {
            name: value for name, value in old.items() if value and name != "update_time"
        }
    assert (move.number_of("organization"), move.number_of("person"), move.number_of("deal")) == (1, 1, 0)
    assert {link.state for link in RecordLink.objects.all()} == {"removed"}


def test_after_a_rollback_it_is_linked_again(move: Settled) -> None:
    company, ann = people_from_before(move)
    move.to_prepared()
    move.undo(move.loaded()["run"])
    answer = move.loaded()
    assert counts(answer, *LINKED) == {"organization": (2, 1), "person": (2, 1), "deal": (2, 0)}
    assert move.live("organization")["organization:CO-1"]["id"] == company
    move.undo(answer["run"])
    assert move.record("person", ann)["phones"] == []


def test_the_second_load_writes_nothing(move: Settled) -> None:
    people_from_before(move)
    move.to_prepared()
    move.loaded()
    before = move.sent("PATCH"), move.sent("POST")
    answer = move.loaded()
    assert (move.sent("PATCH"), move.sent("POST")) == before
    assert counts(answer, "created", "updated", "matched") == {}
    assert counts(answer, "unchanged") == {"organization": (3,), "person": (3,), "deal": (2,)}


def test_a_later_export_updates_only_what_we_filled(move: Settled) -> None:
    company, ann = people_from_before(move)
    move.to_prepared()
    move.loaded()
    move.cell("contacts.csv", "CT-1", 4, "+49 30 1111111")
    move.cell("companies.csv", "CO-1", 2, "https://elsewhere.example")
    answer = move.again()
    assert made(answer) == {"organization": (0, 1), "person": (0, 1)}
    assert [each["value"] for each in move.record("person", ann)["phones"]] == ["+49301111111"]
    assert move.record("organization", company)["website"] == "http://ohara.example"


def test_a_doubtful_one_is_made_on_staging_and_linked_where_somebody_says_so(move: Settled) -> None:
    company = move.lives("organization", name="東京商事")
    move.to_prepared()
    assert move.found() == {"CO-3": ("doubtful", str(company))}
    assert move.do("decide", "move", "--existing", "link")["answered"]["existing"] == 1
    assert counts(move.loaded(), "matched") == {"organization": (1,)}
    assert move.live("organization")["organization:CO-3"]["id"] == company


@pytest.mark.parametrize(("policy", "expected"), [("overwrite", "https://www.ohara.example/shop"), ("leave", "http://ohara.example")])
def test_the_rule_of_the_project_says_whose_values_count(move: Settled, policy: str, expected: str) -> None:
    company, ann = people_from_before(move)
    move.do("settings", "move", "--set", f"existing={policy}")
    move.to_prepared()
    answer = move.loaded()
    there, person = move.record("organization", company), move.record("person", ann)
    assert (there["website"], there["name"], bool(person.get("phones"))) == (expected, "<b>O'Hara</b> Sons", policy == "overwrite")
    assert move.live("person")["person:CT-1"]["id"] == ann
    move.undo(answer["run"])
    assert move.record("organization", company)["website"] == "http://ohara.example"


def test_a_project_may_make_everything_anew(move: Settled) -> None:
    people_from_before(move)
    move.do("settings", "move", "--set", "existing=create")
    move.to_prepared()
    assert counts(move.loaded(), *LINKED) == {"organization": (3, 0), "person": (3, 0), "deal": (2, 0)}


def test_a_twin_that_a_rep_makes_meanwhile_is_linked_and_queued(move: Settled) -> None:
    move.to_prepared()
    move.loaded()
    twin = move.lives("organization", name="Newcomer", website="newcomer.example")
    move.change("companies.csv", lambda lines: [*lines, ["CO-9", "Newcomer Ltd", "www.newcomer.example", "Rail"]])
    answer = move.again()
    assert counts(answer, *LINKED) == {"organization": (0, 1)}
    assert move.number_of("organization") == 4
    assert move.live("organization")["organization:CO-9"]["id"] == twin
    assert move.do("status", "move")["open"]["existing"] == 1
    assert move.do("decide", "move", "--existing", "link")["open"]["existing"] == 0


def test_what_stood_there_survives_a_lost_answer(move: Settled) -> None:
    _, ann = people_from_before(move)
    move.to_prepared()
    move.control.faults({"kind": "drop_after", "methods": ["PATCH"], "paths": "/persons", "times": 1})
    run = move.loaded()["run"]
    assert LinkEvent.objects.filter(link__key="person:CT-1", verb="update").count() == 1
    move.undo(run)
    assert move.record("person", ann)["phones"] == []


def test_a_worker_that_dies_after_sending_knows_what_stood_there(move: Settled) -> None:
    def dies(updater: Updater, made: list[Any]) -> None:
        if made:
            raise KeyboardInterrupt

    company, ann = people_from_before(move)
    move.to_prepared()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Updater, "_record", dies)
        with pytest.raises(KeyboardInterrupt):
            move.loaded()
    assert (move.verbs("organization:CO-1"), move.sent("PATCH")) == (["match", "match"], 1)
    run = move.loaded()["run"]
    assert (move.verbs("organization:CO-1"), move.sent("PATCH")) == (["match", "match", "update"], 2)
    assert move.live("organization")["organization:CO-1"]["id"] == company
    move.undo(run)
    left = {name: value for name, value in move.record("organization", company).get("custom_fields", {}).items() if value}
    assert (left, move.record("person", ann).get("phones")) == ({}, [])


def test_one_that_is_deleted_before_we_write_to_it_is_made_anew(move: Settled) -> None:
    company, _ = people_from_before(move)
    move.to_prepared()
    move.do("load", "move", "--role", "staging", "--plan-only")
    move.by_hand("DELETE", f"v2/organizations/{company}")
    answer = move.loaded()
    assert counts(answer, *LINKED) == {"organization": (3, 0), "person": (2, 1), "deal": (2, 0)}


def test_production_waits_for_an_answer_about_a_doubtful_one(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Settled(sandbox, settings, monkeypatch)
    move.to_decisions(move.package(tmp_path / "package"), tmp_path / "audit")
    move.account([], role="production")
    company = move.lives("organization", name="東京商事")
    move.to_prepared("production")
    move.to_production()
    answer, status = move.verb("load", "move", "--role", "production")
    assert (status, answer["gate"]) == (3, "existing")
    assert move.do("decide", "move", "--accept-suggestions")["answered"]["existing"] == 1
    assert counts(move.do("load", "move", "--role", "production"), "matched") == {"organization": (1,)}
    assert move.record("organization", company)["name"] == "東京商事"


def test_a_look_asks_the_database_no_more_for_more_matches(move: Settled) -> None:
    move.lives("organization", name="<b>O'Hara</b>", website="ohara.example")
    move.do("prepare", "move", "--role", "staging")
    account = PipedriveAccount.objects.select_related("project").get()
    asked = []
    for found in (1, 3):
        with CaptureQueriesContext(connection) as captured:
            assert matching.look(account, connecting.client_for(account)) == found
        asked.append(len(captured))
        move.lives("organization", name="Harbour Works", website="harbour.example")
        move.lives("organization", name="東京商事")
    assert asked[0] == asked[1]
