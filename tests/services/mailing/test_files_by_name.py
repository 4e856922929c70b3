"""Contacts as the screen lists them, one file for each figure of a campaign: the file's name says what they are."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Gathered, Project
from migrations_app.services import intake, rows
from migrations_app.services.mailing import gathering

pytestmark = pytest.mark.django_db
HEADS = "Contact ID,First Name,Last Name,Email Address,Company,City,Country,Lead Score,Owner\n"


def view(*numbers: int) -> str:
    return HEADS + "".join(f"C{n},Ann{n},Bell{n},ann{n}@firm{n}.example,Firm {n},Berlin,Germany,{n},\n" for n in numbers)


def gathered(folder: Path, files: dict[str, str]) -> dict[str, dict[str, Any]]:
    for name, text in ({"contacts.csv": view(*range(1, 10))} | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, folder, kind="full", user=User.objects.create_superuser("root"))
    gathering.gather(project, rows.tables_in_force(project))
    return {each.key: each.values for each in Gathered.objects.filter(project=project, object="contacts")}


@pytest.mark.parametrize("name", ["{} members.csv", "{} - Teilnehmer.csv", "{} - Participants.csv"])
def test_members_of_a_campaign(tmp_path: Path, name: str) -> None:
    found = gathered(tmp_path, {name.format("Frühlingsaktion"): view(1, 2), name.format("Autumn fair"): view(2, 3)})
    campaigns = {key: sorted(values["campaigns"]) for key, values in found.items()}
    assert campaigns == {"C1": ["Frühlingsaktion"], "C2": ["Autumn fair", "Frühlingsaktion"], "C3": ["Autumn fair"]}


@pytest.mark.parametrize("name", ["{} - {}.csv", "{}/{}.csv"])
def test_what_happened_to_a_message(tmp_path: Path, name: str) -> None:
    events = {"Gesendet": view(*range(1, 10)), "Geöffnet": view(1, 2), "Angeklickt": view(1)}
    found = gathered(tmp_path, {name.format("Frühlingsaktion", event): text for event, text in events.items()})
    counts = [[found[key][f"emails_{what}"] for what in ("sent", "opened", "clicked")] for key in ("C1", "C2", "C9")]
    assert counts == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]


def test_the_words_of_a_column_say_what_its_header_does_not(tmp_path: Path) -> None:
    lines = [f"ann{n}@firm{n}.example;Frühling;{what};{n:02}.05.2024 10:00" for n in range(1, 10) for what in ("Versendet", "Geöffnet")]
    found = gathered(tmp_path, {"Versandprotokoll.csv": "\n".join(["Wohin;Kampagne;Was;Wann", *lines])})
    assert {key: (values["emails_sent"], values["last_open"][0]) for key, values in found.items()} == {
        f"C{n}": (1, f"2024-05-{n:02}") for n in range(1, 10)
    }
