"""The page about mailings: how much of the e-mail history moves and what that costs, what leaves as files, what proves the opt-outs."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from migrations_app.admin.actions import ACTIONS, address
from migrations_app.admin.base import allowed, who_may
from migrations_app.admin.desk import figures
from migrations_app.admin.mailing import on_deals_of
from migrations_app.models import DealCampaign, Forbidden, PipedriveAccount, Project, SuppressionPass, visible_to
from migrations_app.rules import budget
from migrations_app.services import policies, reporting, rows
from migrations_app.services.mailing import deal_campaigns, deal_links, detail, handing_over, proof, refusals, whom
from migrations_app.services.papers.words import defused

# The tables of a proof, as their counts read.
FOUND = {"unmatched": "addresses of nobody there", "flagged": "flagged", "conflicts": "said yes since", "marketing": "unsubscribed"}
SETTINGS = (detail.SENDS, detail.OWNER, detail.NOTES, whom.SETTING, deal_campaigns.SETTING, deal_links.COLUMN)


def urls(site: AdminSite) -> list[URLPattern]:
    def wrap(view: Callable[..., HttpResponseBase]) -> Any:
        return site.admin_view(lambda request, **kwargs: view(site, request, **kwargs))

    return [
        path("<int:project_pk>/mailings/", wrap(mailings_page), name="crossdock_mailings"),
        path("<int:project_pk>/mailings/proof-<int:kept_pk>.zip", wrap(evidence), name="crossdock_proof"),
        path("<int:project_pk>/mailings/<str:name>", wrap(handed_over), name="crossdock_handed_over"),
    ]


def mailings_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    if request.method == "POST":
        return _chosen(request, project)
    force, accounts = rows.tables_in_force(project), list(project.accounts.all())
    of_these = "-".join(str(table.pk) for tables in force.values() for table in tables)  # also before the next audit
    choices, counts, refused = figures(f"mailing-{of_these}", project, accounts, lambda: _counted(project))
    passes = SuppressionPass.objects.filter(account__project=project).select_related("account__project", "by")
    context = {
        **site.each_context(request),
        "title": "Mailings",
        "subtitle": project.name,
        "opts": Project._meta,
        "original": project,
        "project": project,
        "choices": choices,
        "owner": policies.value(project, detail.OWNER),
        "users": _users(project),
        "notes": policies.POLICIES[detail.NOTES].choices.items(),
        "note_chosen": policies.value(project, detail.NOTES),
        "may": allowed(request, "map", project.pk),
        "who_may": who_may("map"),
        "looked": any(account.holdings for account in accounts),
        "whom": _whom(project, counts),
        "files": [(name, rows.count(force[object])) for name, (_, object, _) in FILES.items() if object in force],
        "deals": _deals(request, project, accounts),
        "passes": [_shown(each) for each in passes[:10]],
        "refused": refused,
    }
    return TemplateResponse(request, "crossdock/mailings.html", context)


def _counted(project: Project) -> tuple[list[detail.Choice], dict[str, int], int]:
    """What every row has to be read for: it is kept until the export or an account changes."""
    return detail.choices(project), whom.counts(project), refusals.count(project)


def _chosen(request: HttpRequest, project: Project) -> HttpResponse:
    given = {name: request.POST[name].strip() for name in SETTINGS if name in request.POST}
    try:
        policies.change(project, given, user=request.user)
        messages.success(request, "Kept. The next load plans what was chosen.")
    except (Forbidden, policies.BadPolicy) as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(reverse("admin:crossdock_mailings", args=[project.pk]))


def handed_over(site: AdminSite, request: HttpRequest, project_pk: int, name: str) -> FileResponse:
    project = _project(request, project_pk)
    if name not in FILES:
        raise Http404("There is no such file.")
    mime, _, write = FILES[name]
    with tempfile.TemporaryDirectory() as folder:
        write(project, path := Path(folder) / name)
        file = path.open("rb")  # stays readable while it is sent, whatever becomes of the folder
    return FileResponse(file, as_attachment=True, content_type=mime, filename=f"{project.slug}-{name}")


def evidence(site: AdminSite, request: HttpRequest, project_pk: int, kept_pk: int) -> FileResponse:
    project = _project(request, project_pk)
    kept = get_object_or_404(SuppressionPass.objects.filter(account__project=project).select_related("account", "by"), pk=kept_pk)
    proof.write_zip(kept, stream := BytesIO())
    stream.seek(0)
    name = f"{project.slug}-opt-outs-{kept.pk}.zip"
    return FileResponse(stream, as_attachment=True, content_type="application/zip", filename=name)


def _whom(project: Project, counts: Mapping[str, int]) -> dict[str, Any]:
    left = counts.get(whom.LEFT_BEHIND, 0)
    titles = policies.POLICIES[whom.SETTING].choices
    spared = left * budget.PRICES["person"].create
    return {
        "taken": [(why, count) for why, count in counts.items() if why != whom.LEFT_BEHIND],
        "left": left,
        "tokens": spared,
        "choices": titles.items(),
        "chosen": policies.value(project, whom.SETTING),
    }


def left_behind(project: Project, path: Path) -> int:
    return _for_people(path, whom.HEADS, whom.table(project))


def opt_outs_in_events(project: Project, path: Path) -> int:
    return _for_people(path, refusals.HEADS, refusals.table(project))


def on_deals(project: Project, path: Path) -> int:
    return _for_people(path, deal_campaigns.KEPT_HEADS, deal_campaigns.kept(project))


def _for_people(path: Path, heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    """They open it in a spreadsheet; the report has the same as it is."""
    return reporting.write_csv(path, heads, ([defused(cell) for cell in line] for line in lines))


def _deals(request: HttpRequest, project: Project, accounts: list[PipedriveAccount]) -> dict[str, Any]:
    """How campaigns come onto deals, which columns would say so, and how many deals carry them."""
    columns = [(table.file, table.headers[place]) for table, at in deal_links.deal_columns(project) for place in at.values()]
    may = allowed(request, "load", project.pk)
    return {
        "choices": policies.POLICIES[deal_campaigns.SETTING].choices.items(),
        "chosen": policies.value(project, deal_campaigns.SETTING),
        "column": policies.value(project, deal_links.COLUMN),
        "columns": columns,
        "standing": [(account, deal_campaigns.standing(account)) for account in accounts],
        "doable": [(ACTIONS[name], address(name, account), account) for account in accounts for name in on_deals_of(account)]
        if may
        else [],
        "kept": DealCampaign.objects.filter(account__project=project).exists(),
    }


# What leaves as a file: its type, the object that it is made of, what writes it.
FILES: Mapping[str, tuple[str, str, Callable[[Project, Path], int]]] = {
    "templates.zip": ("application/zip", "templates", handing_over.write_templates),
    "workflows.json": ("application/json", "workflows", handing_over.write_workflows),
    "enrolments.csv": ("text/csv", "enrolments", handing_over.write_enrolments),
    "left_behind.csv": ("text/csv", "", left_behind),
    "deal_campaigns.csv": ("text/csv", "", on_deals),
    "opt_outs_in_events.csv": ("text/csv", "", opt_outs_in_events),
}


def _shown(kept: SuppressionPass) -> dict[str, Any]:
    counts = [(FOUND[name], len(kept.facts.get(name, ()))) for name in proof.TABLES]
    return {"kept": kept, "counts": [(name, count) for name, count in counts if count]}


def _users(project: Project) -> list[dict[str, Any]]:
    """Active users of the accounts, production's first, each address once."""
    found: dict[str, dict[str, Any]] = {}
    for account in project.accounts.order_by("role"):
        for user in account.schema.get("users", []):
            if user["active"]:
                found.setdefault(user["email"], user)
    return list(found.values())


def _project(request: HttpRequest, pk: int) -> Project:
    return get_object_or_404(visible_to(request.user, Project.objects.filter(pk=pk)).select_related("audit"))
