"""Notes as desktop programs keep them: RTF, html, memos longer than Pipedrive takes; author and time of writing come along."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

FONTS = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}}{\colortbl ;\red255\green0\blue0;}\viewkind4\uc1\pard\f0\fs20 "
RICH = FONTS + r"Fran\'e7ois paid \u8364? 5 & <left>\par\cf1\b again\b0\par}"
MARKUP = "<div onclick='x()'><p>Ann <b>said</b> &amp; went</p><script>steal()</script><ul><li>1</li></ul></div>"
MEMO = "\r\n".join(f"line {number} of the memo" for number in range(10_000))  # two and a half times what one note takes
FORMULA = "=HYPERLINK(1)\r\n-2 😀 \u202eright to left"
ROWS = (
    ("NO-1", RICH, "Contact", "CT-1", "lena@source.example", "2019-03-31 02:30:00"),
    ("NO-2", MARKUP, "Opportunity", "OP-1", "lena@source.example", "2019-01-31 10:00:00"),
    ("NO-3", MEMO, "Company", "CO-1", "", "2018-12-31 23:30:00"),
    ("NO-4", FORMULA, "Company", "CO-1", "gone@source.example", "2018-12-31"),
)


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "users.csv", ("User ID", "Name", "Email"), [("U-1", "Lena", "lena@source.example")])
    write(walk.folder / "companies.csv", ("Company ID", "Company Name"), [("CO-1", "Reef")])
    write(walk.folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Company ID"), [("CT-1", "Ann", "Archer", "CO-1")])
    write(
        walk.folder / "opportunities.csv",
        ("Opportunity ID", "Opportunity Name", "Company ID", "Status"),
        [("OP-1", "Pier", "CO-1", "Open")],
    )
    write(walk.folder / "notes.csv", ("Note ID", "Note", "Parent Type", "Parent ID", "Author", "Created Date"), ROWS)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.made = walk.account(["lena@source.example"])
    walk.to_prepared()
    return walk


def notes(walk: Later) -> dict[str, dict[str, Any]]:
    """By the reference that each ends in, which is taken off the text."""
    found = {}
    for each in walk.control.records("target", "note"):
        text, _, mark = each["content"].rpartition("Ref ")
        found[re.sub(r"<.*", "", mark)] = each | {"content": re.sub(r"(?:<br>|<p>|\s)*$", "", text)}
    return found


def words(content: str) -> list[str]:
    return unescape(re.sub(r"<[^<>]*>", " ", content)).split()


def test_every_kind_of_memo_arrives_whole_with_author_and_time(walk: Later) -> None:
    answer = walk.loaded()
    assert counts(answer, "source", "derived", "created")["note"] == (6, 2, 6)
    assert answer["balanced"]
    there, lena = notes(walk), walk.made["users"][1]["id"]
    rich, markup, formula = (there[f"note:NO-{number}"] for number in (1, 2, 4))
    assert rich["content"] == "François paid € 5 &amp; &lt;left&gt;<br>\nagain"
    assert markup["content"] == "<div><p>Ann <b>said</b> &amp; went</p><ul><li>1</li></ul></div>"
    assert words(formula["content"]) == FORMULA.split()
    assert [each["user_id"] for each in (rich, markup)] == [lena, lena]
    assert [each["add_time"] for each in (rich, markup)] == ["2019-03-31T01:30:00Z", "2019-01-31T09:00:00Z"]
    assert there["note:NO-3"]["add_time"] == "2018-12-31T22:30:00Z"
    assert (rich["person_id"], markup["deal_id"]) == (walk.live("person")["person:CT-1"]["id"], walk.live("deal")["deal:OP-1"]["id"])


def test_a_memo_too_long_for_one_note_goes_on_in_the_next_and_nothing_of_it_is_lost(walk: Later) -> None:
    walk.loaded()
    there = notes(walk)
    parts = [there[key] for key in ("note:NO-3", "note:NO-3/2", "note:NO-3/3")]
    assert [part["content"][-len("(part 1 of 3)</i>") :] for part in parts] == [f"(part {number} of 3)</i>" for number in (1, 2, 3)]
    said = [word for part in parts for word in words(part["content"])[:-4]]
    assert said == MEMO.split()
    assert {part["org_id"] for part in parts} == {walk.live("organization")["organization:CO-1"]["id"]}
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"
    assert made(walk.again()) == {}
