from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project, visible_to
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.forms import CompanyForm, OrphanForm
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.models import How, OrphanedDeal
from reconciliation.orphan_sheet import OrphanedDealResource
from reconciliation.services import orphans, parents
from reconciliation.services.answers import Outcome
from reconciliation.services.orphans import Pick

ICONS = {How.CONTACT: "contacts", How.PERSON: "person", How.NAMED: "domain_add", How.PLACEHOLDER: "inventory_2", How.PARENT: "domain"}


def _answer(how: str) -> Callable[..., Outcome]:
    def apply(project: Project, deals: list[OrphanedDeal], form: CompanyForm | None, user: Any) -> Outcome:
        parent = form.parent.answer if form else {}
        return orphans.answer(project, deals, Pick(how, parent), user=user)

    return apply


def _step(how: How) -> Step:
    form = CompanyForm if how == How.PARENT else None
    label = f"Answer: {how.label}"
    return Step(how.value, label, _answer(how.value), lambda deal: deal.why_not(how), form, ICONS.get(how, "block"))


def _as_suggested(project: Project, deals: list[OrphanedDeal], form: None, user: Any) -> Outcome:
    picks = ((deal, orphans.suggested_pick(deal)) for deal in deals)
    return orphans.answer_each(project, [(deal, pick) for deal, pick in picks if pick], user=user)


def _not_as_suggested(deal: OrphanedDeal) -> str:
    return deal.why_not(deal.suggestion) if deal.suggestion else "it has no suggestion"


def _take_back(project: Project, deals: list[OrphanedDeal], form: None, user: Any) -> Outcome:
    return Outcome(orphans.take_back(project, deals, user=user))


def _take_back_batch(project: Project, deals: list[OrphanedDeal], form: None, user: Any) -> Outcome:
    return Outcome(sum(orphans.take_back_batch(deal, user=user) for deal in {deal.version: deal for deal in deals}.values()))


def _unanswered(deal: OrphanedDeal) -> str:
    return "" if deal.how else "it has no answer yet"


AS_SUGGESTED = Step("as_suggested", "Answer: as suggested", _as_suggested, _not_as_suggested, icon="auto_awesome")
TAKE_BACK = Step("take_back", "Take the answer back", _take_back, _unanswered, icon="undo")
TAKE_BACK_BATCH = Step("take_back_batch", "Take back with all answered together", _take_back_batch, _unanswered, icon="undo")


@admin.register(OrphanedDeal)
class OrphanedDealAdmin(QueueAdmin, WorkbookAdmin):
    nothing_here = "No deal waits for an answer: each one of the newest audit has a company, or you have said what becomes of it."
    steps = (AS_SUGGESTED, *map(_step, How), TAKE_BACK, TAKE_BACK_BATCH)
    form = OrphanForm
    resource_classes = [OrphanedDealResource]
    list_display = ("deal", "money", "status", "kind", "suggested", "answered")
    list_display_links = ("deal",)
    list_filter = (
        OpenFilter,
        ProjectFilter,
        "kind",
        ("status", admin.AllValuesFieldListFilter),
        ("pipeline", admin.AllValuesFieldListFilter),
    )
    search_fields = ("label", "source_key", "company_text", "contact_label")
    change_form_after_template = "reconciliation/offered.html"
    fieldsets = (
        ("The deal", {"fields": (("label", "source_key"), ("money", "status"), ("pipeline", "owner_text"), "project")}),
        ("What is known", {"fields": (("kind", "company_text"), ("contact", "contact_company"), "similar")}),
        ("Your answer", {"fields": ("suggested", "answered", "touches", "choice", "company", "seen")}),
    )
    readonly_fields = (
        "label source_key money status pipeline owner_text project kind company_text contact contact_company similar "
        "suggested answered touches"
    ).split()

    def get_urls(self) -> list[Any]:
        lookup = path("companies/<int:project_id>/", self.admin_site.admin_view(self.companies), name="reconciliation_companies")
        return [lookup, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: OrphanedDeal | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        known, evidence, (title, _) = self.fieldsets
        return known, evidence, (title, {"fields": ("suggested", "answered")})

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def companies(self, request: HttpRequest, project_id: int) -> HttpResponse:
        """The companies that what is typed could mean, as options of the page's list."""
        project = visible_to(request.user, Project.objects.filter(pk=project_id)).first()
        text = request.GET.get("company", "").strip()
        found = parents.search(project, text) if project and text else []
        return render(request, "reconciliation/options.html", {"offered": found})

    def save_model(self, request: HttpRequest, obj: OrphanedDeal, form: OrphanForm, change: bool) -> None:
        self.report(request, orphans.answer(obj.project, [obj], form.pick, user=request.user))

    def consequence(self, rows: Sequence[Any]) -> str:
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for deal in rows:
            if deal.value:
                totals[deal.currency] += deal.value
        money = [f"{total:,.2f} {currency}".strip() for currency, total in sorted(totals.items())]
        return ", ".join([f"{len(rows)} {'deal' if len(rows) == 1 else 'deals'}", *money])

    @display(description="Deal", ordering="label", header=True)
    def deal(self, deal: OrphanedDeal) -> list[str]:
        return [deal.label or deal.source_key, deal.source_key]

    @display(description="Value", ordering="value")
    def money(self, deal: OrphanedDeal) -> str:
        return f"{deal.value:,.2f} {deal.currency}".strip() if deal.value is not None else "-"

    @display(description="Suggestion", ordering="confidence")
    def suggested(self, deal: OrphanedDeal) -> str:
        return format_html("{}, {} sure<br>{}", deal.get_suggestion_display(), f"{deal.confidence:.0%}", deal.reason)

    @display(description="Answer so far", ordering="how")
    def answered(self, deal: OrphanedDeal) -> str:
        if not deal.how:
            return "-"
        words = f"{deal.get_how_display()}: {deal.parent_label}" if deal.parent_label else deal.get_how_display()
        note = "the deal has changed since, please look again" if deal.changed else ""
        return format_html("{}<br>{} {}", words, deal.answered_by or "", note)

    @display(description="What it touches")
    def touches(self, deal: OrphanedDeal) -> str:
        return self.consequence([deal])

    @display(description="Contact")
    def contact(self, deal: OrphanedDeal) -> str:
        return _with_key(deal.contact_label, deal.contact_key)

    @display(description="Contact's company")
    def contact_company(self, deal: OrphanedDeal) -> str:
        return _with_key(deal.contact_company_label, deal.contact_company_key)

    @display(description="Company of a similar name")
    def similar(self, deal: OrphanedDeal) -> str:
        return f"{_with_key(deal.similar_label, deal.similar_key)}, {deal.similarity:.0%} alike" if deal.similar_key else "-"


def _with_key(label: str, key: str) -> str:
    return f"{label} ({key})" if label and key else key or "-"
