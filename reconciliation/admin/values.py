from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.models import ItemState, Lines, ValueDifference
from reconciliation.services import values
from reconciliation.services.answers import Outcome
from reconciliation.value_sheet import ValueDifferenceResource

ICONS = {Lines.LINES: "list", Lines.WIN: "functions", Lines.NOTE: "sticky_note_2", Lines.BALANCE: "balance"}


def _answer(how: str) -> Callable[..., Outcome]:
    def apply(project: Project, deals: list[ValueDifference], form: None, user: Any) -> Outcome:
        return values.answer(project, deals, how, user=user)

    return apply


def _step(how: Lines) -> Step:
    return Step(how.value, f"Answer: {how.label}", _answer(how.value), lambda deal: deal.why_not(how), icon=ICONS[how])


def _take_back(project: Project, deals: list[ValueDifference], form: None, user: Any) -> Outcome:
    return Outcome(values.take_back(project, deals, user=user))


class ValueFilter(OpenFilter):
    views = {**OpenFilter.views, "matched": {"present": True, "state": ItemState.MATCHED}}


@admin.register(ValueDifference)
class ValueDifferenceAdmin(QueueAdmin, WorkbookAdmin):
    """Each cause is answered at once: filter by what it looks like, choose all, answer."""

    nothing_here = "No open deal has another value than its lines come to, or you have said what becomes of it."
    steps = (
        *map(_step, Lines),
        Step("take_back", "Take the answer back", _take_back, lambda deal: "" if deal.how else "it has no answer yet", icon="undo"),
    )
    resource_classes = [ValueDifferenceResource]
    list_display = ("deal", "in_source", "of_lines", "cause", "status", "what_happens")
    list_display_links = ("deal",)
    list_filter = (ValueFilter, ProjectFilter, "cause", ("status", admin.AllValuesFieldListFilter))
    search_fields = ("label", "source_key")
    fieldsets = (
        ("The deal", {"fields": (("label", "source_key"), ("status", "project"), ("in_source", "of_lines"), ("lines", "cause"))}),
        ("What happens", {"fields": ("what_happens",)}),
    )
    readonly_fields = ("label", "source_key", "status", "project", "in_source", "of_lines", "lines", "cause", "what_happens")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def consequence(self, rows: Sequence[Any]) -> str:
        """Deals, lines, and what the two sides come to, by currency."""
        sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for deal in rows:
            sums[deal.currency][0] += deal.value
            sums[deal.currency][1] += deal.total
        money = [f"{value:,.2f} {currency} in the source, {total:,.2f} by lines" for currency, (value, total) in sorted(sums.items())]
        counted = f"{len(rows)} {'deal' if len(rows) == 1 else 'deals'} with {sum(deal.lines for deal in rows)} lines"
        return "; ".join([counted, *money])

    @display(description="Deal", ordering="label", header=True)
    def deal(self, deal: ValueDifference) -> list[str]:
        return [deal.label or deal.source_key, deal.source_key]

    @display(description="Value in the source", ordering="value")
    def in_source(self, deal: ValueDifference) -> str:
        return f"{deal.value:,.2f} {deal.currency}".strip()

    @display(description="Its lines come to", ordering="total")
    def of_lines(self, deal: ValueDifference) -> str:
        return f"{deal.total:,.2f} {deal.currency}".strip()

    @display(description="What happens", ordering="how")
    def what_happens(self, deal: ValueDifference) -> str:
        if deal.how:
            again = "; figures have changed since, please look again" if deal.changed else ""
            return f"{deal.get_how_display()} ({deal.answered_by or '-'}){again}"
        return f"{deal.get_standing_display()}, unless you say otherwise"
