"""A later export: what is new is made, what changed gets only what differs, what people changed stays, what vanished is listed."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.models import Conflict, Difference, LinkEvent, Project, RecordLink
from migrations_app.services import conflicts
from migrations_app.services.updating import Updater
from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write
from tests.ledger.rollback_ground import EVERYTHING

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> "Later":
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Later(sandbox, settings, monkeypatch)
    move.ready(tmp_path)
    move.folder = tmp_path / "package"
    move.load()
    return move


# --- what differs, and only that ------------------------------------------------------------------------------------------


def test_a_changed_cell_becomes_one_update_of_one_field(move: Later) -> None:
    move.cell("opportunities.csv", "OP-2", 1, "Quay, west")
    answer = move.again()
    assert made(answer) == {"deal": (0, 1)}
    assert (move.sent("PATCH"), move.live("deal")["deal:OP-2"]["title"]) == (1, "Quay, west")
    assert [event.sent for event in LinkEvent.objects.filter(verb="update")] == [{"title": "Quay, west"}]
    assert answer["balanced"]


def test_a_new_row_is_made_and_hangs_on_what_came_with_it(move: Later) -> None:
    move.change("companies.csv", lambda lines: [*lines, ["CO-9", "Newcomer", "Rail"]])
    move.change("contacts.csv", lambda lines: [*lines, ["CT-9", "Eve", "Ember", "eve@example.com", "CO-9"]])
    move.cell("contacts.csv", "CT-1", 4, "CO-9")
    answer = move.again()
    assert made(answer) == {"organization": (1, 0), "person": (1, 1)}
    people, newcomer = move.live("person"), move.live("organization")["organization:CO-9"]["id"]
    assert [people[key]["org_id"] for key in ("person:CT-9", "person:CT-1")] == [newcomer, newcomer]


def test_the_same_rows_again_write_nothing(move: Later) -> None:
    move.change("contacts.csv", lambda lines: list(reversed(lines)))  # other bytes, other order
    before = move.sent("PATCH"), move.sent("POST"), move.sent("DELETE")
    answer = move.again()
    assert (made(answer), counts(answer, "unchanged")) == ({}, {entity: (count,) for entity, count in EVERYTHING.items()})
    assert (move.sent("PATCH"), move.sent("POST"), move.sent("DELETE")) == before


def test_columns_in_another_order_are_no_change(move: Later) -> None:
    with (move.folder / "contacts.csv").open(newline="", encoding="utf-8") as file:
        lines = [list(reversed(line)) for line in csv.reader(file)]
    write(move.folder / "contacts.csv", lines[0], lines[1:])
    assert (made(move.again()), move.sent("PATCH")) == ({}, 0)


def test_a_column_that_is_not_in_the_new_file_empties_nothing(move: Later) -> None:
    write(
        move.folder / "companies.csv",
        ("Company ID", "Company Name"),
        [("CO-1", "Renamed"), ("CO-2", "Harbour Works"), ("CO-3", "東京商事")],
    )
    assert made(move.again()) == {"organization": (0, 1)}
    renamed = move.live("organization")["organization:CO-1"]
    assert (renamed["name"], move.custom(renamed, "Industry", "organization")) == ("Renamed", "Marine")


def test_a_cell_that_was_emptied_empties_its_field(move: Later) -> None:
    move.cell("companies.csv", "CO-1", 2, "")
    assert made(move.again()) == {"organization": (0, 1)}
    assert move.custom(move.live("organization")["organization:CO-1"], "Industry", "organization") is None


def test_a_delta_changes_what_it_names_and_nothing_vanishes(move: Later, tmp_path: Path) -> None:
    heads = ("Contact ID", "First Name", "Last Name", "Email", "Company ID")
    write(
        tmp_path / "delta" / "contacts.csv", heads, [("CT-2", "Bobby", "Baker", "p2@example.com", "CO-2"), ("CT-9", "Eve", "Ember", "", "")]
    )
    move.do("intake", "move", str(tmp_path / "delta"), "--kind", "delta")
    answer = move.loaded()
    assert (made(answer), counts(answer, "vanished")) == ({"person": (1, 1)}, {})
    assert counts(answer, "unchanged") == {"organization": (3,), "person": (3,), "deal": (4,)}


def test_a_row_that_pipedrive_refused_and_the_source_corrected_is_sent_again(move: Later) -> None:
    move.by_hand("DELETE", f"v2/organizations/{move.id_of('organization:CO-3')}")
    move.change("contacts.csv", lambda lines: [*lines, ["CT-9", "Eve", "Ember", "eve@example.com", "CO-3"]])
    assert counts(move.again(), "refused") == {"person": (1,)}
    assert counts(move.loaded(), "refused") == {"person": (1,)}, "as long as nothing changed it is not tried again"
    move.cell("contacts.csv", "CT-9", 4, "CO-2")
    assert made(move.again()) == {"person": (1, 0)}


def test_a_refused_update_is_listed_with_what_pipedrive_said_and_tried_again(move: Later) -> None:
    move.by_hand("DELETE", f"v2/organizations/{move.id_of('organization:CO-3')}")
    move.cell("contacts.csv", "CT-1", 4, "CO-3")
    assert made(move.again()) == {}
    assert "refused" in str(Difference.objects.get(kind="kept", link__key="person:CT-1").live)
    move.cell("contacts.csv", "CT-1", 4, "CO-2")
    assert made(move.again()) == {"person": (0, 1)}
    assert not RecordLink.objects.exclude(reason="").exists()


# --- what is no longer there ------------------------------------------------------------------------------------------------


def vanished(move: Later, out: Path) -> list[tuple[str, str]]:
    move.do("report", "move", "--out", str(out))
    with (out / "vanished.csv").open(newline="", encoding="utf-8") as file:
        return [(row["object"], row["source_id"]) for row in csv.DictReader(file)]


def test_a_row_that_vanished_is_listed_and_stays_in_pipedrive(move: Later, tmp_path: Path) -> None:
    move.change("contacts.csv", lambda lines: lines[:-1])
    answer = move.again()
    assert (counts(answer, "vanished"), answer["balanced"]) == ({"person": (1,)}, True)
    assert vanished(move, tmp_path / "out") == [("contacts", "CT-4")]
    assert (len(move.live("person")), move.sent("DELETE")) == (4, 0)


def test_a_row_that_came_back_is_listed_no_more(move: Later, tmp_path: Path) -> None:
    move.change("contacts.csv", lambda lines: lines[:-1])
    move.again()
    move.change("contacts.csv", lambda lines: [*lines, ["CT-4", "Dee", "Day", "p4@example.com", "CO-1"]])
    assert (made(move.again()), vanished(move, tmp_path / "out")) == ({}, [])


def test_what_hangs_on_a_row_that_vanished_goes_on_hanging_there(move: Later) -> None:
    before = move.live("deal")
    move.change("contacts.csv", lambda lines: lines[:-1])
    move.change("companies.csv", lambda lines: lines[:-1])
    assert (made(move.again()), move.live("deal")) == ({}, before)
    assert move.do("audit", "move")["open"]["orphans"] == 0


def test_one_corrected_file_makes_no_other_object_vanish(move: Later, tmp_path: Path) -> None:
    move.cell("contacts.csv", "CT-1", 1, "Anna")
    move.do("intake", "move", str(move.folder / "contacts.csv"))
    assert made(move.loaded()) == {"person": (0, 1)}
    assert vanished(move, tmp_path / "out") == []


# --- changed on both sides --------------------------------------------------------------------------------------------------


@pytest.fixture
def edited(move: Later) -> Later:
    """The title of OP-1 changed in the source and in Pipedrive; its value only in Pipedrive."""
    move.control.set_clock(3600)
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-1')}", {"title": "Theirs", "value": 7})
    move.cell("opportunities.csv", "OP-1", 1, "Ours")
    return move


def conflicts_of(move: Later, out: Path) -> list[tuple[str, ...]]:
    move.do("report", "move", "--out", str(out))
    with (out / "conflicts.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [tuple(row[name] for name in ("object", "source_id", "field", "last_load", "new_export", "live")) for row in rows]


def test_what_people_changed_wins_and_is_listed_with_all_three_values(edited: Later, tmp_path: Path) -> None:
    answer = edited.again()
    assert (made(answer), counts(answer, "conflicts"), edited.sent("PATCH")) == ({}, {"deal": (1,)}, 0)
    assert edited.live("deal")["deal:OP-1"]["title"] == "Theirs"
    assert conflicts_of(edited, tmp_path / "out") == [("deals", "OP-1", "title", "Pier", "Ours", "Theirs")]


def test_other_fields_of_the_same_record_are_sent(edited: Later) -> None:
    edited.cell("opportunities.csv", "OP-1", 2, "CO-3")
    assert made(edited.again()) == {"deal": (0, 1)}
    deal = edited.live("deal")["deal:OP-1"]
    assert (deal["title"], deal["value"], deal["org_id"]) == ("Theirs", 7, int(edited.id_of("organization:CO-3")))


def test_the_exports_value_is_sent_once_somebody_takes_it(edited: Later, tmp_path: Path) -> None:
    edited.again()
    answered = edited.do("decide", "move", "--conflicts", "source")
    assert answered["answered"]["conflicts"] == 1
    assert made(edited.loaded()) == {"deal": (0, 1)}
    assert (edited.live("deal")["deal:OP-1"]["title"], edited.live("deal")["deal:OP-1"]["value"]) == ("Ours", 7)
    assert conflicts_of(edited, tmp_path / "out") == []


def test_an_answer_counts_for_the_values_that_it_was_given_for(edited: Later, django_user_model: Any) -> None:
    edited.again()
    conflicts.answer(Project.objects.get(), list(Conflict.objects.all()), "source", user=django_user_model.objects.get(username="boss"))
    edited.by_hand("PATCH", f"v2/deals/{edited.id_of('deal:OP-1')}", {"title": "Theirs again"})
    assert (made(edited.loaded()), edited.live("deal")["deal:OP-1"]["title"]) == ({}, "Theirs again")
    assert Conflict.objects.get().take == ""


def test_both_sides_agreeing_again_closes_the_item(edited: Later) -> None:
    edited.again()
    edited.cell("opportunities.csv", "OP-1", 1, "Theirs")
    assert (made(edited.again()), Conflict.objects.get().present) == ({"deal": (0, 1)}, False)


def test_the_queue_is_answered_on_its_page(edited: Later) -> None:
    edited.again()
    desk = Client()
    desk.force_login(User.objects.get(username="boss"))
    page = reverse("admin:migrations_app_conflict_changelist")
    assert all(text in desk.get(page).content.decode() for text in ("Pier", "Ours", "Theirs"))
    project = desk.get(reverse("admin:crossdock_project", args=[Project.objects.get().pk])).content.decode()
    assert "Changes on both sides" in project
    chosen = {"action": "bulk_source", "_selected_action": [Conflict.objects.get().pk], "confirmed": "yes"}
    desk.post(page, chosen)
    assert (Conflict.objects.get().take, made(edited.loaded())) == ("source", {"deal": (0, 1)})


def test_a_delta_is_undone_to_what_stood_there_and_loads_again(move: Later) -> None:
    move.cell("opportunities.csv", "OP-2", 1, "Quay, west")
    answer = move.again()
    move.undo(answer["run"])
    assert move.live("deal")["deal:OP-2"]["title"] == "Quay"
    assert made(move.loaded()) == {"deal": (0, 1)}


# --- interruptions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "502"])
def test_a_lost_answer_is_looked_at_again_and_told_once(move: Later, kind: str) -> None:
    move.cell("opportunities.csv", "OP-2", 1, "Quay, west")
    move.control.next_fault(kind, methods=["PATCH"], paths="/deals")
    assert made(move.again()) == {"deal": (0, 1)}
    assert (move.verbs("deal:OP-2"), move.live("deal")["deal:OP-2"]["title"]) == (["create", "update"], "Quay, west")
    assert not RecordLink.objects.filter(stale=True).exists()


def test_a_worker_that_dies_after_sending_leaves_nothing_undone_and_tells_nothing_twice(move: Later) -> None:
    def dies(updater: Updater, made: list[Any]) -> None:
        if made:
            raise KeyboardInterrupt

    move.cell("opportunities.csv", "OP-2", 1, "Quay, west")
    move.change("companies.csv", lambda lines: [*lines, ["CO-9", "Newcomer", "Rail"]])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Updater, "_record", dies)
        with pytest.raises(KeyboardInterrupt):
            move.again()
    assert (move.live("deal")["deal:OP-2"]["title"], move.verbs("deal:OP-2")) == ("Quay, west", ["create"])
    assert made(move.loaded()) == {"organization": (1, 0), "deal": (0, 1)}
    assert (move.sent("PATCH"), move.verbs("deal:OP-2")) == (1, ["create", "update"])
    assert not RecordLink.objects.filter(stale=True).exists()
    assert not RecordLink.objects.exclude(reason="").exists()
