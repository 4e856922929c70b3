"""The first page and the sidebar."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from migrations_app.models import Project, Run, visible_to
from migrations_app.services import access_groups
from migrations_app.states import RUN_UNFINISHED, BatchState

PROJECTS_SHOWN = 12
LOADS_SHOWN = 10
# group: (title, symbol, admin page); pages of apps that are not installed are left out.
SIDEBAR: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Project": (("Start", "home", "index"), ("Projects", "inventory_2", "migrations_app_project_changelist")),
    "Exports": (
        ("Uploads", "upload", "migrations_app_upload_changelist"),
        ("Source files", "table", "migrations_app_sourcetable_changelist"),
        ("Source rows", "table_rows", "migrations_app_stagedrecord_changelist"),
        ("Findings", "troubleshoot", "migrations_app_finding_changelist"),
    ),
    "Map": (
        ("Maps", "schema", "migrations_app_mapping_changelist"),
        ("Field rules", "alt_route", "migrations_app_fieldrule_changelist"),
        ("Value rules", "swap_horiz", "migrations_app_valuerule_changelist"),
        ("Scope rules", "filter_alt", "migrations_app_scoperule_changelist"),
    ),
    "Decisions": (
        ("Deals without a company", "domain_disabled", "reconciliation_orphaneddeal_changelist"),
        ("Owners", "badge", "reconciliation_ownermatch_changelist"),
        ("Duplicates", "merge", "reconciliation_duplicatecluster_changelist"),
        ("Value differences", "balance", "reconciliation_valuedifference_changelist"),
        ("QuickBooks differences", "account_balance", "reconciliation_quickbooksdifference_changelist"),
        ("Questions", "help", "migrations_app_question_changelist"),
        ("Already in Pipedrive", "join_inner", "migrations_app_counterpart_changelist"),
        ("Suppressed persons", "unsubscribe", "reconciliation_suppressionconflict_changelist"),
        ("Changes on both sides", "sync_problem", "migrations_app_conflict_changelist"),
        ("All answers", "history", "migrations_app_decision_changelist"),
    ),
    "Pipedrive": (
        ("Accounts", "cloud", "migrations_app_pipedriveaccount_changelist"),
        ("Changes to the account", "construction", "migrations_app_schemachange_changelist"),
    ),
    "Runs": (
        ("Runs", "rocket_launch", "migrations_app_run_changelist"),
        ("Batches", "view_list", "migrations_app_batch_changelist"),
        ("Records", "receipt_long", "migrations_app_recordlink_changelist"),
        ("Differences", "difference", "migrations_app_difference_changelist"),
    ),
    "Sign-off": (
        ("Sign-offs", "signature", "migrations_app_approval_changelist"),
        ("Remarks", "rate_review", "migrations_app_remark_changelist"),
        ("Ticks by name", "check_box", "migrations_app_confirmation_changelist"),
    ),
}
FOR_SUPERUSERS = (
    ("Firm", "storefront", "migrations_app_firm_changelist"),
    ("Users", "person", "auth_user_changelist"),
    ("Groups", "group", "auth_group_changelist"),
    ("Queues", "queue", "django_rq_dashboard_changelist"),
)


def style(request: HttpRequest) -> str:
    return static("crossdock/desk.css")


def favicon(request: HttpRequest) -> str:
    return static("crossdock/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    groups = dict(SIDEBAR)
    if request.user.is_superuser:  # type: ignore[union-attr]
        groups["People"] = FOR_SUPERUSERS
    return [{"title": title, "separator": at > 0, "items": _items(pages)} for at, (title, pages) in enumerate(groups.items())]


def _items(pages: tuple[tuple[str, str, str], ...]) -> list[dict[str, Any]]:
    found = ((title, symbol, _address(name)) for title, symbol, name in pages)
    return [{"title": title, "icon": symbol, "link": link} for title, symbol, link in found if link]


def _address(name: str) -> str:
    try:
        return reverse(f"{admin.site.name}:{name}")
    except NoReverseMatch:
        return ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """My projects, each of which loads where it stands by itself, and the loads that are under way."""
    done = Sum("phases__batches__size", filter=Q(phases__batches__state=BatchState.DONE), default=0)
    runs = visible_to(request.user, Run.objects.filter(state__in=RUN_UNFINISHED)).select_related("account", "project")
    return {
        **context,
        "projects": visible_to(request.user, Project.objects.order_by("-created_at"))[:PROJECTS_SHOWN],
        "loads": runs.annotate(total=Sum("phases__batches__size", default=0), done=done).order_by("-pk")[:LOADS_SHOWN],
        "start": reverse("admin:migrations_app_project_add") if access_groups.may_start_projects(request.user) else "",
    }
