"""Files that cannot go to Pipedrive: too large, of a refused type, not there, without a record or a row, refused by Pipedrive."""

import csv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from migrations_app.models import Project, Question, RecordLink
from migrations_app.services import audit, left_out_files, losses, policies
from reconciliation.services import questions
from tests.ledger.hanging_ground import ROWS, Hanging

HOSTED = "https://files.example/{path}?id={id}"
LARGE = b"x" * ((1 << 20) + 1)
FILES = {
    "papers/plan.txt": b"plan",
    "papers/large.txt": LARGE,
    "papers/setup.exe": b"MZ",
    "papers/photo.bin": b"no photo",
    "loose.txt": b"?",
}
LISTED = [
    ("AT-1", "Plan.txt", "papers/plan.txt", "Opportunity", "OP-1"),
    ("AT-2", "=large <b>.txt", "papers/large.txt", "Activity", "AC-1"),
    ("AT-3", "setup.exe", "papers/setup.exe", "Contact", "CT-1"),
    ("AT-4", "lost & found.txt", "papers/lost & found.txt", "Opportunity", "OP-1"),
    ("AT-5", "../evil.txt", "../../evil.txt", "Opportunity", "OP-1"),
    ("AT-6", "photo.bin", "papers/photo.bin", "Opportunity", "OP-99"),
    ("AT-7", "picture.png", "papers/picture.png", "Opportunity", "OP-1"),
]
FILES["papers/picture.png"] = b"%PDF-1.4 no picture"


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Any, tmp_path: Path, monkeypatch: Any) -> Hanging:
    monkeypatch.setattr("tests.ledger.hanging_ground.FILES", FILES)
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export")


def load(ground: Hanging, **given: str) -> Project:
    policies.change(ground.project, {"file_limit_mb": "1", **given}, user=ground.user)
    ground.stage_all(attachments=LISTED).connect()
    assert ground.load().state == "finished"
    ground.project.refresh_from_db()
    return ground.project


def reasons() -> dict[str, str]:
    return dict(RecordLink.objects.filter(entity="file", state="skipped").values_list("key", "reason"))


def notes(ground: Hanging) -> dict[str, str]:
    return {key.removeprefix("note:file:"): each["content"] for key, each in ground.by_reference("note").items() if "note:file:" in key}


def test_each_has_its_reason_and_the_others_arrive(ground: Hanging, tmp_path: Path) -> None:
    project = load(ground)
    assert reasons() == {
        "file:AT-2": "oversized",
        "file:AT-3": "forbidden_type",
        "file:AT-4": "missing_file",
        "file:AT-5": "path_traversal",
        "file:AT-6": "unknown_parent",
    }
    assert {each["name"] for each in ground.standing("file")} == {"Plan (Ref AT-1).txt", "picture (Ref AT-7).png"}
    assert notes(ground) == {}
    left_out_files.write_zip(project, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
        index = list(csv.DictReader(archive.read("index.csv").decode("utf-8-sig").splitlines()))
        page = archive.read("index.html").decode()
    assert sorted(held.values()) == sorted([LARGE, b"MZ", b"no photo", b"?"])
    assert all(".." not in name and name.count("/") == 1 for name in held)
    assert {each["source_id"]: bool(each["in_this_archive"]) for each in index} == {
        "AT-2": True,
        "AT-3": True,
        "AT-4": False,
        "AT-5": False,
        "AT-6": True,
        "": True,
    }
    assert next(each["name"] for each in index if each["source_id"] == "AT-2") == "'=large <b>.txt"
    assert ("=large <b>" in page, "=large &lt;b&gt;" in page) == (False, True)


def test_a_note_on_the_record_links_to_where_a_file_is_hosted(ground: Hanging) -> None:
    load(ground, left_out_files="link", file_link=HOSTED)
    written = notes(ground)
    assert set(written) == {"AT-2", "AT-3", "AT-4"}
    assert 'href="https://files.example/papers/lost%20%26%20found.txt?id=AT-4"' in written["AT-4"]
    ids = {link.key: int(link.pipedrive_id) for link in RecordLink.objects.exclude(pipedrive_id="")}
    large = ground.by_reference("note")["note:file:AT-2"]
    assert (large["deal_id"], "=large &lt;b&gt;.txt" in large["content"]) == (ids["deal:OP-1"], True)
    assert ground.by_reference("note")["note:file:AT-3"]["person_id"] == ids["person:CT-1"]
    said = {loss.subject: loss.instead for loss in losses.known_losses(ground.project) if loss.object == "attachments"}
    assert "links to" in said["oversized=link"]
    assert "path_traversal=zip" in said


def test_a_single_file_is_answered_otherwise_than_the_rule(ground: Hanging, tmp_path: Path) -> None:
    policies.change(ground.project, {"file_limit_mb": "1", "file_link": HOSTED}, user=ground.user)
    ground.stage_all(attachments=LISTED).connect()
    audit.run_audit(ground.project, user=ground.user)
    asked = {question.subject: question for question in Question.objects.filter(kind="left_out_file", present=True)}
    assert {key: (each.safe_default, each.blocking) for key, each in asked.items()} == {
        "AT-2": ("zip", False),
        "AT-3": ("zip", False),
        "AT-7": ("load", False),
    }
    picks = [(asked["AT-2"], "link"), (asked["AT-3"], "skip"), (asked["AT-7"], "zip")]
    assert questions.answer_each(ground.project, picks, user=ground.user).answered == 3
    ground.load()
    assert set(notes(ground)) == {"AT-2"}
    assert reasons()["file:AT-7"] == "type_mismatch"
    told = {each.key: each.how for each in left_out_files.all_left_out(ground.project)}
    assert told == {"AT-2": "link", "AT-3": "skip", "AT-4": "zip", "AT-5": "zip", "AT-6": "zip", "AT-7": "zip", "": "zip"}


def test_what_pipedrive_refuses_is_handed_out_too(ground: Hanging, tmp_path: Path) -> None:
    policies.change(ground.project, {"file_limit_mb": "1"}, user=ground.user)
    ground.stage_all(attachments=LISTED[:1]).connect(limits={"file_bytes": 3})
    ground.load()
    assert [each.code for each in left_out_files.all_left_out(ground.project) if each.key == "AT-1"] == ["refused"]
    left_out_files.write_zip(ground.project, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert b"plan" in [archive.read(name) for name in archive.namelist()]


def test_the_papers_page_hands_the_zip_out_to_members_only(ground: Hanging, client: Client, django_user_model: Any) -> None:
    ground.stage_all(attachments=LISTED)
    audit.run_audit(ground.project, user=ground.user)
    path = reverse("admin:crossdock_left_out_files", args=[ground.project.pk])
    client.force_login(ground.user)
    assert client.get(path).status_code == 405
    answer = client.post(path)
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    client.force_login(django_user_model.objects.create_user("stranger", is_staff=True))
    assert client.post(path).status_code == 404


def test_linking_needs_to_know_where(ground: Hanging) -> None:
    for given in ({"left_out_files": "link"}, {"file_link": "ftp://x/{path}"}):
        with pytest.raises(policies.BadPolicy):
            policies.change(ground.project, given, user=ground.user)
    assert ROWS["attachments"]
