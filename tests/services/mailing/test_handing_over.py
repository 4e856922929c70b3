"""Templates and workflows leave as files: harmless to open, with everything named that has no twin."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook

from migrations_app.models import Project
from migrations_app.rules.mailing import rebuild, templates
from migrations_app.rules.mailing.enrolments import step_meant
from migrations_app.services import intake, rows
from migrations_app.services.mailing import gathering, handing_over
from migrations_app.services.papers import ending, graphs, shelf
from migrations_app.services.papers.facts import Facts

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"
PAGE = (
    '<html><body onload="go()"><p>Hi {{contact.first_name}}, {{custom.points}}</p><script>steal()</script>'
    '<img src="https://old.example/a.png"><table><tr><td>open'
)


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


def project_with(folder: Path, root: User) -> Project:
    project = Project.objects.create(name="Mailing House", slug="mailing-house", source="net-results")
    intake.take_in(project, folder, kind="full", user=root)
    return project


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "T1.html").write_text(PAGE, encoding="utf-8")
    lines = ["T1,<b>Spring</b>,Hello,templates/T1.html", "T2,Gone,Bye,templates/T2.html", "T3,Out,Bye,../../T3.html"]
    (folder / "templates.csv").write_text("\n".join(["Template ID,Template Name,Subject Line,HTML File", *lines]), encoding="utf-8")
    flow = {"Workflow ID": "W1", "Workflow Name": "Welcome", "Trigger": "form submitted", "Conditions": ["country is France"]}
    flow |= {"Steps": ["send e-mail", "wait 2 days", "add to campaign Spring"], "Step Count": 4, "Enrolled Contacts": 7, "Active": True}
    (folder / "workflows.json").write_text(json.dumps({"workflows": [flow]}), encoding="utf-8")
    return folder


def test_the_preview_runs_nothing_and_the_original_stays_as_it_came(package: Path, root: User, tmp_path: Path) -> None:
    assert handing_over.write_templates(project_with(package, root), tmp_path / "t.zip") == 3
    with zipfile.ZipFile(tmp_path / "t.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert pages["templates/001.html"] == PAGE
    assert "script" not in pages["preview/001.html"]
    assert "onload" not in pages["preview/001.html"]
    index = pages["index.html"]
    assert "&lt;b&gt;Spring&lt;/b&gt;" in index
    assert "there is no such file" in index
    assert "leads out of the package" in index
    assert "https://old.example/a.png" in index
    assert "nobody knows" in index


def test_each_step_of_a_workflow_has_its_nearest_step_in_pipedrive(package: Path, root: User, tmp_path: Path) -> None:
    project = project_with(package, root)
    assert handing_over.write_workflows(project, tmp_path / "w.json") == 1
    [flow] = json.loads((tmp_path / "w.json").read_text())
    assert [step["needs"] for step in flow["steps"]] == ["Campaigns add-on", "automation", "automation"]
    assert (flow["hands_over_to"], flow["enrolled"]) == (["Spring"], 7)
    assert "4 steps and lists 3" in flow["warnings"][0]


@pytest.mark.parametrize("format", ["html", "docx"])
def test_the_rebuild_guide_says_what_stops(package: Path, root: User, format: str) -> None:
    file: BytesIO = shelf.hand_out(Facts(project_with(package, root)), "rebuild", format, user=root)
    text = file.getvalue() if format == "html" else zipfile.ZipFile(file).read("word/document.xml")
    assert "What stops on the day you cancel" in text.decode()
    assert "Welcome" in text.decode()


def test_steps_nobody_knows_are_named_as_such() -> None:
    [step] = rebuild.steps_of("fold a paper crane")
    assert (step.needs, step.becomes) == ("by hand", "Nothing like it: do it by hand or with an integration")


@pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout")
def test_templates_of_the_foreign_sample_are_read_as_the_truth_says(root: User) -> None:
    truth: dict[str, Any] = json.loads((SAMPLES / "truth" / "net-results.json").read_text())
    kept = {each.key: each for each in handing_over.all_templates(project_with(SAMPLES / "net-results", root))}
    for told in truth["templates"]:
        mine = kept[told["id"]]
        if told["sha256"] is None:
            assert mine.content is None
            continue
        read: templates.Template = mine.read
        assert [token.text for token in read.tokens] == [each["token"] for each in told["tokens"]]
        assert [token.meaning for token in read.tokens] == [each["field"] or "" for each in told["tokens"]]
        assert list(read.assets) == told["assets"]
        assert set(read.flags) == set(told["flags"])


def test_the_rebuild_guide_draws_who_hands_over_to_whom(tmp_path: Path, root: User) -> None:
    flows = [
        ("Welcome", "form submitted", ["send e-mail", "add to list Hot leads"]),
        ("Chase", "joined list Hot leads", ["start workflow: WELCOME", "add to campaign Spring"]),
        ("Alone", "birthday", ["send e-mail"]),
    ]
    lines = [{"Workflow Name": name, "Trigger": starts, "Steps": steps, "Active": True} for name, starts, steps in flows]
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "workflows.json").write_text(json.dumps({"workflows": lines}), encoding="utf-8")
    project = project_with(tmp_path / "p", root)
    edges = rebuild.edges(handing_over.workflows(project))
    assert edges == [("Welcome", "Hot leads"), ("Chase", "Welcome"), ("Chase", "Spring"), ("Hot leads", "Chase")]
    assert {name for column in graphs.layers(edges) for name in column} == {"Welcome", "Hot leads", "Chase", "Spring"}
    assert graphs.layers([("a", "b"), ("b", "c"), ("a", "c")]) == [["a"], ["b"], ["c"]]
    page, word = (shelf.hand_out(Facts(project), "rebuild", format, user=root).getvalue() for format in ("html", "docx"))
    assert b"data:image/png;base64," in page
    with zipfile.ZipFile(BytesIO(word)) as archive:
        assert any(name.endswith(".png") for name in archive.namelist())


def with_enrolments(folder: Path) -> Path:
    flow = {
        "Workflow ID": "W1",
        "Workflow Name": "Welcome",
        "Steps": ["send e-mail", "wait 2 days", "notify owner"],
        "Enrolled Contacts": 4,
    }
    (folder / "workflows.json").write_text(json.dumps({"workflows": [flow]}), encoding="utf-8")
    people = ["C1,Ann,Bell,ann@a.example", "C2,=Bob,<b>Cole,bob@b.example"]
    (folder / "contacts.csv").write_text("\n".join(["Contact ID,First Name,Last Name,Email Address", *people]), encoding="utf-8")
    stood = ["WELCOME;ANN@A.example;2;05.01.2025", "Welcome;bob@b.example;Schritt 2: wait 2 days;15.01.2025", "W1;gone@c.example;30 Tage;"]
    lines = ["Workflow;E-Mail;Schritt;Seit", *stood, "Altes;ann@a.example;1;"]
    (folder / "Workflow-Teilnehmer.csv").write_text("\r\n".join(lines), encoding="cp1252")
    return folder


def test_the_rebuild_guide_says_who_stood_where_at_the_freeze(tmp_path: Path, root: User) -> None:
    (tmp_path / "p").mkdir()
    project = project_with(with_enrolments(tmp_path / "p"), root)
    [flow] = handing_over.workflows(project)
    assert ([step.stood for step in flow.steps], flow.enrolled, flow.listed) == ([0, 2, 0], 4, 3)
    assert "counts 4 contacts in it and lists 3" in flow.warnings[0]
    page = shelf.hand_out(Facts(project), "rebuild", "html", user=root).getvalue().decode()
    assert "4 contacts stood in it at the freeze, 1 of them at no step that is listed here." in page
    assert "=Bob &lt;b&gt;Cole" in page
    book = load_workbook(shelf.hand_out(Facts(project), "rebuild", "xlsx", user=root))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert {"Ann Bell", "'=Bob <b>Cole", "gone@c.example", "Altes", "2025-01-15"} <= cells
    assert handing_over.write_enrolments(project, tmp_path / "who.csv") == 4
    told = (tmp_path / "who.csv").read_text(encoding="utf-8")
    assert "Welcome,2,2,Ann Bell,ANN@A.example,C1,,2025-01-05" in told
    assert "'=Bob <b>Cole" in told


def test_workflows_that_carry_their_own_lists_are_read_as_well(tmp_path: Path, root: User) -> None:
    steps = [{"Step Name": "send e-mail", "Contacts": 3}, {"Step Name": "wait 2 days", "Contacts": 1}]
    inside = [{"Email": "ann@a.example", "Current Step": "wait 2 days"}, {"Email": "b@b.example", "Current Step": None}]
    flows = [{"Workflow Name": "Told", "Steps": steps}, {"Workflow Name": "Listed", "Steps": ["call", "wait 2 days"], "Enrolled": inside}]
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "workflows.json").write_text(json.dumps(flows), encoding="utf-8")
    told, listed = handing_over.workflows(project_with(tmp_path / "p", root))
    assert [(step.said, step.stood) for step in told.steps] == [("send e-mail", 3), ("wait 2 days", 1)]
    assert [(step.said, step.stood) for step in listed.steps] == [("call", 0), ("wait 2 days", 1)]
    assert (listed.standing, told.standing) == (2, None)


def test_without_a_list_the_guide_asks_for_it(package: Path, root: User) -> None:
    page = shelf.hand_out(Facts(project_with(package, root)), "rebuild", "html", user=root).getvalue().decode()
    assert "Export that list at the freeze" in page
    assert "7 contacts stood in it at the freeze." in page


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("Step 2", 2),
        ("#2", 2),
        ("2. wait 2 days", 2),
        ("WAIT 2 days", 2),
        ("30 days pause", 0),
        ("wait 2 hours", 0),
        ("2 wait", 2),
        ("Schritt 2 - wait", 2),
        ("call", 0),
        ("9", 0),
        ("", 0),
    ],
)
def test_a_step_is_known_by_its_words_or_by_its_number(text: str, number: int) -> None:
    assert step_meant(text, ["call", "wait 2 days", "call"]) == number
    assert step_meant("wait 2 days", ["call", "wait 2 days", "wait 2 days"]) == 0  # which of them, nobody knows


def test_what_stops_on_the_day_is_counted_from_templates_clicks_contacts_and_workflows(tmp_path: Path, root: User) -> None:
    (folder := tmp_path / "p").mkdir()
    page = (
        '<img src="https://img.old.example/a.png"><a href="https://go.old.example/unsubscribe/1">off</a>'
        '<a href="https://go.old.example/click?url=https://shop.example/x">shop</a><a href="https://go.old.example/lp/spring">page</a>'
        '<form action="https://go.old.example/f/7"></form><script src="//cdn.old.example/t.js"></script><a href="mailto:a@b.example">us</a>'
    )
    heads = "Template ID,Template Name,Subject Line,HTML,Reply To"
    quoted = page.replace('"', '""')
    (folder / "templates.csv").write_text(f'{heads}\nT1,Spring,Hello,"{quoted}",news@us.example\n', encoding="utf-8")
    contacts = ["C1,Ann,ann@a.example,Form <b>Contact us</b>", "C2,Bob,bob@b.example,Form <b>Contact us</b>", "C3,Cid,cid@c.example,Fair"]
    heads = "Contact ID,First Name,Email Address,Opt-in Source"
    (folder / "contacts.csv").write_text("\n".join([heads, *contacts]), encoding="utf-8")
    clicks = ["E1,C1,S,Clicked,2025-03-05 10:00:00,https://go.old.example/lp/autumn", "E2,C1,S,Sent,2025-03-04 10:00:00,"]
    heads = "Event ID,Contact ID,Subject,Event,Timestamp,Clicked URL"
    (folder / "email_sends.csv").write_text("\n".join([heads, *clicks]), encoding="utf-8")
    (folder / "Landing Pages.csv").write_text("Page Name,Address\nSpring,https://go.old.example/lp/spring\n", encoding="utf-8")
    flows = [{"Workflow Name": "Asked", "Trigger": "form submitted", "Steps": ["call"]}, {"Workflow Name": "Other", "Trigger": "birthday"}]
    (folder / "workflows.json").write_text(json.dumps(flows), encoding="utf-8")
    project = project_with(folder, root)
    gathering.gather(project, rows.tables_in_force(project))
    shown = shelf.hand_out(Facts(project), "rebuild", "html", user=root).getvalue().decode()
    told = " ".join(re.sub(r"<[^>]+>", " ", shown[shown.index(ending.TITLE) :]).split())
    for each in (
        "2 active workflows stop: Asked, Other",
        "1 picture that templates or clicks lead to, on img.old.example",
        "2 landing pages that templates or clicks lead to, on go.old.example",
        "1 redirect that templates or clicks lead to, on go.old.example",
        "1 form that templates or clicks lead to, on go.old.example",
        "1 script that templates or clicks lead to, on cdn.old.example",
        "listed in Landing Pages.csv; 1 workflow starts from them: Asked",
        "1 contact got mails, the last on 2025-03-05; 1 template of the exports with one",
        "Replies and bounces to news@us.example",
        "Form &lt;b&gt;Contact us&lt;/b&gt; 2",
    ):
        assert each in told
    assert "mailto" not in told


@pytest.mark.parametrize(("addresses", "said"), [(1000, False), (1001, True)])
def test_what_stops_says_where_not_all_clicked_addresses_are_counted(tmp_path: Path, root: User, addresses: int, said: bool) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "contacts.csv").write_text("Contact ID,First Name,Email Address\nC1,Ann,ann@a.example", encoding="utf-8")
    clicks = (f"C1,S,Clicked,2025-03-05 10:00:00,https://go.old.example/{number}\n" for number in range(addresses))
    (tmp_path / "p" / "email_sends.csv").write_text(f"Contact ID,Subject,Event,Timestamp,Clicked URL\n{''.join(clicks)}", encoding="utf-8")
    shown = shelf.hand_out(Facts(project_with(tmp_path / "p", root)), "rebuild", "html", user=root).getvalue().decode()
    assert ("the first 1,000 different ones of each file are counted" in shown) is said


def test_what_stops_is_told_without_any_workflow(tmp_path: Path, root: User) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "contacts.csv").write_text("Contact ID,First Name,Email Address\nC1,Ann,ann@a.example", encoding="utf-8")
    shown = shelf.hand_out(Facts(project_with(tmp_path / "p", root)), "rebuild", "html", user=root).getvalue().decode()
    assert "the exports tell of none: look in the old system" in shown
    assert "0 active workflows stop" in shown
