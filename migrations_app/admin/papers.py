"""The page with a project's papers: what each is for, whether it still holds, and one click to have it."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from migrations_app.admin.base import allowed
from migrations_app.models import Firm, Project, visible_to
from migrations_app.services import estimate, left_out_files
from migrations_app.services.papers import shelf
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.words import UnknownLanguage

# A page of ours brings its own style and nothing that runs.
NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def urls(site: AdminSite) -> list[URLPattern]:
    def wrap(view: Callable[..., HttpResponseBase]) -> Any:
        return site.admin_view(lambda request, **kwargs: view(site, request, **kwargs))

    return [
        path("<int:project_pk>/papers/", wrap(papers), name="crossdock_papers"),
        path("<int:project_pk>/papers/left-out-files.zip", wrap(_posted(left_out_zip)), name="crossdock_left_out_files"),
        path("<int:project_pk>/papers/language/", wrap(_posted(language)), name="crossdock_papers_language"),
        path("<int:project_pk>/papers/<slug:name>.<slug:format>", wrap(_posted(paper)), name="crossdock_paper"),
    ]


def _posted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Handing out is noted, so it is no GET."""
    return lambda site, request, **kwargs: require_POST(lambda request, **given: view(site, request, **given))(request, **kwargs)


def papers(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    context = {
        **site.each_context(request),
        "title": "Papers",
        "subtitle": project.name,
        "opts": Project._meta,
        "original": project,
        "project": project,
        "shelf": shelf.on_shelf(project),
        "formats": shelf.FORMATS.items(),
        "firm": Firm.ours(),
        "objects": ", ".join(estimate.ENTITIES),
        "language": project.setting("locale") or "",
        "left_out": sum(left_out_files.counts(project).values()),
        "may_set": allowed(request, "map", project.pk),
    }
    return TemplateResponse(request, "crossdock/papers.html", context)


def paper(site: AdminSite, request: HttpRequest, project_pk: int, name: str, format: str) -> HttpResponse:
    project = _project(request, project_pk)
    typed = request.POST.get("counts", "").strip()
    try:
        facts = Facts(project, counts=estimate.read_counts(typed) if typed else None)
        file = shelf.hand_out(facts, name, format, user=request.user)
    except (estimate.UnknownCounts, shelf.UnknownPaper) as problem:
        messages.error(request, str(problem))
        return _back(project)
    response = HttpResponse(file.getvalue(), content_type=shelf.FORMATS[format].mime)
    how = "inline" if format == "html" else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{project.slug}-{name}.{format}"'
    response["Content-Security-Policy"] = NOTHING_RUNS
    return response


def left_out_zip(site: AdminSite, request: HttpRequest, project_pk: int) -> FileResponse:
    """The files that cannot go, as the terminal's `report --files` writes them; the zip lies on disk while it is sent."""
    project = _project(request, project_pk)
    folder = TemporaryDirectory()
    left_out_files.write_zip(project, path := Path(folder.name) / "files.zip")
    response = FileResponse(path.open("rb"), as_attachment=True, filename=f"{project.slug}-left-out-files.zip")
    folder.cleanup()  # what is open stays readable
    return response


def language(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    if not allowed(request, "map", project.pk):
        raise PermissionDenied("How papers are written is for the project's consultant.")
    try:
        shelf.write_like(project, request.POST.get("language", ""), user=request.user)
        messages.success(request, "The papers are written so from now on.")
    except UnknownLanguage as problem:
        messages.error(request, str(problem))
    return _back(project)


def _project(request: HttpRequest, pk: int) -> Project:
    return get_object_or_404(visible_to(request.user, Project.objects.filter(pk=pk)).select_related("audit"))


def _back(project: Project) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:crossdock_papers", args=[project.pk]))
