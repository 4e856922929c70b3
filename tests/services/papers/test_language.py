"""Papers in German: nothing of them stays English, and the catalogue is the one that was compiled."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation

from connectors.sources import registry
from migrations_app.models import Firm, PipedriveAccount, Project, Rate
from migrations_app.rules.homes import HOMES, NO_PLACE
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.propose import DEFINITIONS
from migrations_app.services import losses, wording
from migrations_app.services.papers import grading, shelf, signed_losses
from migrations_app.services.wording import counted, told
from tests.services.papers import ground
from tests.services.papers.ground import SAMPLES, project, root, sample

__all__ = ["project", "root", "sample"]
TRANSLATED = [name for name, paper in shelf.PAPERS.items() if paper.translated]
OURS = " Umzug GmbH Posten Harbour Works root export results net-results"
CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES"


@pytest.fixture(params=["own", "results", "net-results"])
def exported(request: pytest.FixtureRequest, project: Project, root: User) -> str:
    """A project with an export of our own generator, or of a stranger; everything that the export says."""
    if request.param == "own":
        request.getfixturevalue("sample")
    elif not SAMPLES.exists():
        pytest.skip("the foreign samples are not beside this checkout")
    else:
        Project.objects.filter(pk=project.pk).update(source=request.param)
        project.refresh_from_db()
        ground.take_in(project, SAMPLES / request.param, root)
    firm = Firm.objects.create(name="Umzug GmbH")
    Rate.objects.bulk_create([Rate(firm=firm, label="Posten", unit=unit, amount=1) for unit in Rate.Unit.values])
    users = [{"email": "ann@reef.example", "active": True}]
    PipedriveAccount.objects.create(project=project, role="production", url="https://a.pipedrive.com", seats=2, schema={"users": users})
    return ground.cells_of(project)


def test_a_german_paper_has_no_english_sentence_left(project: Project, exported: str) -> None:
    left = {name: ground.english_left(project, name, exported + OURS) for name in TRANSLATED}
    assert [f"{name}: {text}" for name, texts in left.items() for text in sorted(texts)] == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_german_paper_before_any_export_is_german_too(project: Project, name: str) -> None:
    assert ground.english_left(project, name, "Harbour Works") == set()


def test_pictures_are_the_same_in_every_language(project: Project, sample: dict[str, Any]) -> None:
    bars = []
    for language in ("en", "de"):
        project.settings = {"locale": language}
        bars.append(re.findall(r'<rect class="bar"[^>]*>', ground.page(project, "quality")))
    assert bars[0] == bars[1]
    assert any('width="500.0"' in bar for bar in bars[0])


def test_numbers_and_counts_follow_the_language() -> None:
    with translation.override("de-at"):
        assert (counted(1, "row"), counted(0, "row")) == ("1 Zeile", "0 Zeilen")
        assert counted(1234, "activity", "activities").endswith("234 Aktivitäten")
        assert told("{plan} wird gelassen", plan="{plan}") == "{plan} wird gelassen"
    assert counted(1234, "row") == "1,234 rows"


def test_each_text_keeps_the_places_that_are_filled_in_it() -> None:
    with (CATALOGUE / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    assert len(catalogue) > 500
    for message in catalogue:
        assert message.string or not message.id
        if isinstance(message.id, str):
            assert places(message.id) == places(str(message.string)), message.id


def places(text: str) -> list[str]:
    return sorted(part.split("}")[0] for part in text.split("{")[1:])


def test_the_compiled_catalogue_is_the_written_one() -> None:
    compiled = BytesIO()
    with (CATALOGUE / "django.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale="de"))
    compiled.seek(0)
    with (CATALOGUE / "django.mo").open("rb") as file:
        assert told_by(read_mo(file)) == told_by(read_mo(compiled)), "run make catalogues"


def told_by(catalogue: Any) -> dict[Any, Any]:
    return {str(message.id): message.string for message in catalogue if message.id}


def test_what_papers_say_of_kinds_findings_and_losses_is_in_the_catalogue() -> None:
    """Also what no sample happens to show."""
    labels = [spec.label for source in ("results", "net-results") for spec in registry.get_source(source).objects]
    fates = [why for _, why in grading.FATES.values()]
    instead = [*losses.OF_VALUES.values(), *(text for pair in losses.OF_PIPEDRIVE.values() for text in pair)]
    notes = [home.note for homes in HOMES.values() for home in homes.values() if home.note and not home.field]
    with translation.override("de"):
        said = [
            *labels,
            *fates,
            *instead,
            *notes,
            *NO_PLACE.values(),
            *wording.WORDS.values(),
            *DEFINITIONS.values(),
            *signed_losses.TITLES.values(),
            *(kind.object.replace("_", " ").capitalize() for kind in KINDS.values()),
        ]
        assert [text for text in said if told(text) == text and text not in ground.ALIKE] == []
