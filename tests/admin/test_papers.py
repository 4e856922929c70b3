"""Papers at the desk: the page, one click each, the firm, and the field map on its way back."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from migrations_app.models import Firm, PaperIssue, Project
from migrations_app.services.papers import shelf
from tests.admin import world
from tests.admin.conftest import action, page, said

Desk = Callable[[str], Client]


def papers(project: Project) -> str:
    return reverse("admin:crossdock_papers", args=[project.pk])


def paper(project: Project, name: str, format: str) -> str:
    return reverse("admin:crossdock_paper", args=[project.pk, name, format])


def picture() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (40, 20), "teal").save(stream, "PNG")
    return stream.getvalue()


def test_the_page_offers_every_paper_and_says_what_is_outdated(at_desk: Desk, project: Project) -> None:
    anna = at_desk("anna")
    assert papers(project) in anna.get(page(project)).content.decode()
    shown = anna.get(papers(project)).content.decode()
    assert shown.count("not handed out yet") == len(shelf.offered(project)) == len(shelf.PAPERS) - 2, "mailings are of another source"
    assert world.AWKWARD not in shown
    anna.post(paper(project, "scope", "html"))
    assert "up to date" in anna.get(papers(project)).content.decode()
    Firm.objects.create(name="Movers")
    assert "the firm or its rate card changed" in anna.get(papers(project)).content.decode()


@pytest.mark.parametrize("name", shelf.PAPERS)
def test_one_click_gives_a_paper_in_each_format(at_desk: Desk, project: Project, name: str) -> None:
    for format, how in shelf.FORMATS.items():
        given = at_desk("carl").post(paper(project, name, format))
        assert given["Content-Type"] == how.mime
        assert f"ohara-1-{name}.{format}" in given["Content-Disposition"]
        assert world.AWKWARD.encode() not in given.content
    assert "script" not in given["Content-Security-Policy"]
    assert given["Content-Security-Policy"].startswith("default-src 'none'")
    assert PaperIssue.objects.filter(name=name, made_by__username="carl").count() == 3


def test_papers_are_for_members_and_never_handed_out_by_a_mere_look(at_desk: Desk, project: Project) -> None:
    assert at_desk("stan").get(papers(project)).status_code == 404
    assert at_desk("stan").post(paper(project, "scope", "html")).status_code == 404
    assert at_desk("anna").get(paper(project, "scope", "html")).status_code == 405
    assert not PaperIssue.objects.exists()


def test_a_quote_is_made_from_typed_counts(at_desk: Desk, project: Project) -> None:
    given = at_desk("sam").post(paper(project, "quote", "html"), {"counts": "contacts=12000"}).content.decode()
    assert "12,000" in given
    assert "typed in, before any file" in given
    refused = at_desk("sam").post(paper(project, "quote", "html"), {"counts": "ships=5"}, follow=True)
    assert "ships=5" in said(refused)[0]


def test_a_quote_before_any_file_shows_all_plans_side_by_side(at_desk: Desk, db: None) -> None:
    bare = world.empty_project()
    quote = at_desk("root").post(paper(bare, "quote", "html"), {"counts": "companies=4200, files=30, line_items=1800"}).content.decode()
    assert all(plan in quote for plan in ("Lite", "Growth", "Premium", "Ultimate"))
    assert all(count in quote for count in ("4,200", "30", "1,800"))


def test_the_language_of_numbers_is_the_consultants_to_choose(at_desk: Desk, project: Project) -> None:
    address = reverse("admin:crossdock_papers_language", args=[project.pk])
    assert at_desk("anna").post(address, {"language": "de"}).status_code == 403
    assert "no language" in said(at_desk("carl").post(address, {"language": "klingon-xx"}, follow=True))[0]
    at_desk("carl").post(address, {"language": "de"})
    assert "12.000" in at_desk("carl").post(paper(project, "quote", "html"), {"counts": "contacts=12000"}).content.decode()


def test_a_superuser_keeps_the_firm_and_its_logo_stands_on_papers(at_desk: Desk, project: Project) -> None:
    address = reverse("admin:migrations_app_firm_add")
    rates = {
        "rates-TOTAL_FORMS": 1,
        "rates-INITIAL_FORMS": 0,
        "rates-0-label": "The move",
        "rates-0-unit": "move",
        "rates-0-amount": "900",
        "rates-0-position": 0,
    }
    given = {"name": "Movers & Sons", "address": "", "contact": "", "currency": "eur", **rates}
    assert at_desk("sam").post(address, given).status_code == 403
    wrong = at_desk("root").post(address, {**given, "picture": SimpleUploadedFile("logo.png", b"<svg/>")})
    assert "png, jpeg or gif" in wrong.content.decode()
    at_desk("root").post(address, {**given, "picture": SimpleUploadedFile("logo.png", picture())})
    firm = Firm.ours()
    assert (firm.name, firm.currency, firm.logo_type, bytes(firm.logo)) == ("Movers & Sons", "EUR", "image/png", picture())
    shown = at_desk("anna").post(paper(project, "quote", "html")).content.decode()
    assert "Movers &amp; Sons" in shown
    assert "data:image/png;base64," in shown
    assert "€900.00" in shown
    assert at_desk("root").get(reverse("admin:migrations_app_firm_changelist"), follow=True).status_code == 200


def test_the_field_map_comes_back_through_the_project_page(at_desk: Desk, project: Project) -> None:
    book = at_desk("carl").post(paper(project, "field-map", "xlsx")).content
    sent: dict[str, Any] = {"workbook": SimpleUploadedFile("map.xlsx", book)}
    assert at_desk("anna").post(action("read-map", project), sent).status_code == 403
    sent = {"workbook": SimpleUploadedFile("map.xlsx", book)}
    assert said(at_desk("carl").post(action("read-map", project), sent, follow=True)) == ["0 rules changed."]
    sent = {"workbook": SimpleUploadedFile("map.xlsx", b"no workbook")}
    assert "no xlsx workbook" in said(at_desk("carl").post(action("read-map", project), sent, follow=True))[0]
