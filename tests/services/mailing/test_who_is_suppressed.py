"""Who must not be written to, however an office hands it out: exactly those, for their reason and since their day."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Gathered, Project
from migrations_app.services import intake, rows
from migrations_app.services.mailing import gathering, suppressing

pytestmark = pytest.mark.django_db
HEADS = ("Contact ID", "First Name", "Last Name", "Email Address")
MORE = ("Company", "Phone", "City", "Country", "Lead Score", "Created")
ANYBODY = ""  # suppressed, for whatever reason
Files = Mapping[str, str]
Told = Mapping[int, str]


def person(number: int, *more: str) -> tuple[str, ...]:
    return (f"C{number}", f"Ann{number}", f"Bell{number}", f"ann{number}@firm{number}.example", *more)


def table(*lines: tuple[str, ...], sign: str = ",") -> str:
    return "\n".join(sign.join(line) for line in lines) + "\n"


def everybody(*states: str, heads: tuple[str, ...] = (), sign: str = ",") -> str:
    """Contacts 1 to 9; or one for each state, which is `/`-separated where there are several."""
    people = [person(at, *state.split("/")) for at, state in enumerate(states, start=1)] or [person(at) for at in range(1, 10)]
    return table((*HEADS, *heads), *people, sign=sign)


CONTACTS = {"contacts.csv": everybody()}
FULL = [person(at, "Firm", f"+49 30 12345{at}", "Berlin", "Germany", str(at), f"2020-01-0{at}") for at in range(1, 10)]
FLAGS = ("no", "false", "0", "nein", "N", "", "-", "yes", "true", "1", "x", "ja")
STATES = ("Active", "Unsubscribed", "Bounced", "Inactive", "Complained", "Subscribed")
STAGES = ("Active", "Inactive", "Unknown", "Open", "Cancelled", "Retired", "Customer")

SPELLINGS: dict[str, tuple[Files, Told]] = {
    "a text of addresses": (
        CONTACTS | {"suppression.txt": "ann1@firm1.example\nANN2@FIRM2.EXAMPLE\n  ann3@firm3.example \nnobody@else.example\n"},
        dict.fromkeys((1, 2, 3), ANYBODY),
    ),
    "a text for each reason": (
        CONTACTS
        | {"unsubscribes.txt": "ann1@firm1.example\nann2@firm2.example\n", "soft bounces.txt": "ann4@firm4.example\n"}
        | {"hard bounces.txt": "ann3@firm3.example\n"},
        {1: "Unsubscribed", 2: "Unsubscribed", 3: "Hard bounce"},
    ),
    "addresses as mail programs print them": (
        CONTACTS
        | {
            "suppression.csv": "Email,Reason\n"
            '"Bell, Ann <Ann1@Firm1.example>",Manual\nmailto:ann2@firm2.example,Manual\n\u200bann5@firm5.example,Manual\n'
            '"ann3@firm3.example; ann4@firm4.example",Manual\nann6+news@firm6.example,Manual\n'
        },
        dict.fromkeys((1, 2, 3, 4, 5), "Manual"),
    ),
    "yes and no in many words": (
        {"contacts.csv": everybody(*FLAGS, heads=("Do Not E-Mail",))},
        dict.fromkeys(range(8, 13), "Unsubscribed"),
    ),
    "german flags": (
        {"Kontakte.csv": everybody("nein/nein", "ja/nein", "nein/Soft", "nein/Hard", heads=("E-Mail gesperrt", "Bounce"), sign=";")},
        {2: "Unsubscribed", 4: "Hard bounce"},
    ),
    "days on which a state began": (
        {"contacts.csv": everybody("/", "2024-05-01/", "0000-00-00/0000-00-00", "/13.06.2024", heads=("Unsubscribed On", "Bounce Date"))},
        {2: "2024-05-01", 4: "2024-06-13"},
    ),
    "a status of the mailing": (
        {"contacts.csv": everybody(*STATES, heads=("Status",))},
        {2: "Unsubscribed", 3: "Hard bounce", 5: "Spam complaint"},
    ),
    "a status of the business": ({"contacts.csv": everybody(*STAGES, heads=("Status",))}, {}),
    "a french status": (
        {"contacts.csv": everybody("Abonné", "Désabonnée", "Rebond définitif", "Actif", heads=("Statut",), sign=";")},
        {2: "Unsubscribed", 3: "Hard bounce"},
    ),
    "somebody who has not opted in": ({"contacts.csv": everybody("No", "Yes", "No", heads=("Opted In",))}, {}),
    "a list of that name": (
        CONTACTS
        | {
            "List members - Unsubscribed.csv": table(HEADS[:1], ("C1",), ("C2",)),
            "suppression.csv": "Email,Reason\nann9@firm9.example,Manual\n",
        },
        {9: "Manual"},
    ),
    "kinds of mail": (
        CONTACTS
        | {
            "unsubscribes.csv": "Email,Subscription\nann1@firm1.example,Product news\nann2@firm2.example,All\nann3@firm3.example,\n",
            "Sperrliste.csv": "E-Mail;Kategorie;Grund\nann4@firm4.example;News;Unzustellbar\nann5@firm5.example;News;Abgemeldet\n",
        },
        {2: "Unsubscribed", 3: "Unsubscribed", 4: "Hard bounce"},
    ),
    "reasons under another header": (
        CONTACTS | {"Sperrliste.csv": table(("E-Mail", "Kategorie"), (person(1)[3], "Hard Bounce"), (person(2)[3], "Soft Bounce"))},
        {1: "Hard bounce"},
    ),
    "what a mail server said": (
        CONTACTS | {"bounces.csv": table((HEADS[3], "Reason"), (person(1)[3], "550 5.1.1 user unknown"), (person(2)[3], "452 4.2.2 full"))},
        {1: "Hard bounce"},
    ),
    "a later yes": (
        CONTACTS | {"suppression.csv": table(("Email", "Reason"), (person(1)[3], "Resubscribed"), (person(2)[3], "Withdrawn"))},
        {2: "Unsubscribed"},
    ),
    "contacts by their id": (
        CONTACTS | {"suppression.csv": table(("Contact ID", "Reason"), ("C1", "Opt-out"), ("C2", "Soft bounce"), ("C3", "Spam"))},
        {1: "Unsubscribed", 3: "Spam complaint"},
    ),
    "contacts as the screen lists them": (
        {"contacts.csv": table(HEADS + MORE, *FULL), "Unsubscribed contacts.csv": table(HEADS + MORE, *FULL[1:3])}
        | {"Spring sale - Unsubscribed.csv": table(HEADS + MORE, FULL[4]), "Spring sale - Opened.csv": table(HEADS + MORE, *FULL)},
        {2: "Unsubscribed", 3: "Unsubscribed"},
    ),
    "a list without a telling name": (
        CONTACTS
        | {"export 3.csv": "Adresse;Warum;Wann\nann1@firm1.example;Abgemeldet;01.05.2024\nann2@firm2.example;Unzustellbar;02.05.2024\n"},
        {1: "Unsubscribed", 2: "Hard bounce"},
    ),
    "seconds and days of a spreadsheet": (
        CONTACTS | {"suppression.csv": "Email,Reason,Date\nann1@firm1.example,Opt-out,1704110400\nann2@firm2.example,Opt-out,45292\n"},
        {1: "2024-01-01", 2: "2024-01-01"},
    ),
    "nobody": (CONTACTS | {"suppression_list.csv": "Email,Reason,Date Suppressed\n"}, {}),
}


@pytest.mark.parametrize(("files", "told"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_exactly_those_are_suppressed_whom_the_files_name(files: Files, told: Told, admin_user: User, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="Europe/Berlin")
    intake.take_in(project, tmp_path, kind="full", user=admin_user)
    gathering.gather(project, rows.tables_in_force(project))
    said = {each.key: each.values for each in Gathered.objects.filter(object="contacts") if "suppression_status" in each.values}
    assert said.keys() == {f"C{number}" for number in told}
    for number, fact in told.items():
        values = said[f"C{number}"]
        assert fact in (ANYBODY, values["suppression_reason"], values["suppression_status"][0])
    assert suppressing.wanted(project).keys() >= {person(number)[3] for number in told}
    assert suppressing.concerns(project) or not told
