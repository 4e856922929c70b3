"""The mailing sample as other offices spell it: the same people are suppressed, in campaigns and written to, on the same days."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Gathered, Project
from migrations_app.services import intake, rows
from migrations_app.services.mailing import gathering
from tests.journeys import comparing
from tests.journeys.respelling import Respeller, Spelling, load_truth, respell
from tests.journeys.walking import Walk

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
SAMPLE, TRUTH = SAMPLES / "net-results", SAMPLES / "truth" / "net-results.json"
pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout")

REPORT = ("Net-Results", "Exported by: Office", "")
GERMAN = Spelling("german", language="de", encoding="cp1252", delimiter=";", dates="dots", money="german", ids="integers", shuffled=True)
SPELLINGS = (
    GERMAN,
    Spelling("french", language="fr", encoding="utf-16", delimiter="\t", suffix="txt", dates="dmy", money="french", ids="guids"),
    Spelling("spanish", language="es", encoding="utf-8-sig", delimiter="|", dates="zone", money="euro", zipped=True),
    Spelling("polish", language="pl", encoding="cp1250", delimiter=";", dates="serial", money="comma", quoting=csv.QUOTE_ALL),
    Spelling("dutch", language="nl", workbook="one", shuffled=True, ids="guids", preamble=REPORT),
    Spelling("english", language="en", encoding="cp1252", dates="unix", ids="integers", shuffled=True, preamble=REPORT),
)
OWN_WORDS = {"suppression_history", "mark", "also"}  # as the list prints its reasons, or made of its ids
Said = dict[tuple[str, str], dict[str, Any]]
plain: Said = {}


def gathered(package: Path, user: User) -> Said:
    project = Project.objects.create(name=package.stem, slug=package.stem, source="net-results", timezone="Europe/Berlin")
    intake.take_in(project, package, kind="full", user=user)
    gathering.gather(project, rows.tables_in_force(project))
    return {(each.object, each.key): each.values | each.detail for each in Gathered.objects.filter(project=project)}


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.name)
def test_the_same_is_gathered_of_everybody(admin_user: User, tmp_path: Path, spelling: Spelling) -> None:
    plain.update(plain or gathered(SAMPLE, admin_user))
    package, respeller = respell(SAMPLE, load_truth(TRUTH), spelling, tmp_path / "package")
    found = gathered(package, admin_user)
    told = {(object, respeller.key(key)): _narrow(respeller, values) for (object, key), values in plain.items()}
    assert found.keys() == told.keys()
    assert {place: _facts(values) for place, values in found.items()} == {place: _facts(values) for place, values in told.items()}


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    """Sends are told without the numbers of their messages, which go by the order of the files."""
    facts = {name: value for name, value in values.items() if name not in OWN_WORDS}
    return facts | ({"sends": sorted([send[0], *send[2:]] for send in facts["sends"])} if "sends" in facts else {})


def _narrow(respeller: Respeller, value: Any) -> Any:
    if isinstance(value, str):
        return respeller.key(respeller.narrow(value))
    if isinstance(value, dict):
        return {name: _narrow(respeller, each) for name, each in value.items()}
    return [_narrow(respeller, each) for each in value] if isinstance(value, list) else value


@pytest.mark.django_db(transaction=True)
def test_it_arrives_as_the_truth_says(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    walk, truth = Walk(sandbox_server, settings, monkeypatch), load_truth(TRUTH)
    package, respeller = respell(SAMPLE, truth, GERMAN, tmp_path / "package")
    walk.to_decisions(package, tmp_path, "net-results")
    walk.account([user["email"] for user in truth["owners"]["users"]], domain="post")
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"
    persons = {key.removeprefix("net-results-move-person:"): each for key, each in walk.live("person", "post").items()}
    clusters = [each for each in truth["duplicates"]["contacts"] if "shared" not in each["kinds"]]
    root = {key: cluster["ids"][0] for cluster in clusters for key in cluster["ids"]}
    loading = set(truth["ids"]["contacts"]) - comparing.rejected(truth, "contacts")
    assert set(persons) == {respeller.key(root.get(key, key)) for key in loading}
    flagged = {key for key, each in persons.items() if walk.custom(each, "Suppression status", "person")}
    assert flagged == {respeller.key(root.get(key, key)) for key in truth["suppression"]["flags"]}
    assert walk.do("suppress", "move", "--role", "staging")["flagged"] == 0
