"""Findings with their answers, and the answers that were given."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.admin.findings import FindingFilter, FindingRowAdmin
from migrations_app.models import FindingAnswer, FindingRow, Project
from migrations_app.services.wording import plain
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.forms import FindingForm, FixForm, LaterForm, ReasonForm
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.finding_sheets import FindingResource
from reconciliation.services import findings
from reconciliation.services.answers import Outcome
from reconciliation.services.findings import Say

How, State = FindingAnswer.How, FindingAnswer.State
FORMS = {How.FIX: FixForm, How.SOURCE: LaterForm}
ICONS = {How.FIX: "edit", How.SOURCE: "schedule", How.EMPTY: "backspace", How.SKIP: "block", How.ACCEPT: "check"}
STATE_LABELS = {
    "stands": "success",
    "corrected in the source": "info",
    "the source has changed too": "danger",
    "found again all the same": "danger",
}

admin.site.unregister(FindingRow)


def _step(how: FindingAnswer.How) -> Step:
    def apply(project: Project, rows: list[FindingRow], form: Any, user: Any) -> Outcome:
        given = form.cleaned_data
        assignee = given["assignee"].pk if given.get("assignee") else None
        say = Say(how.value, given.get("new", ""), given.get("why", ""), given.get("due"), assignee)
        return findings.answer(project, [(row, say) for row in rows], user=user)

    def refuse(row: FindingRow) -> str:
        return findings.why_not(row, how)

    return Step(how.value, f"Answer: {how.label}", apply, refuse, FORMS.get(how, ReasonForm), ICONS[how])


def _take_back_row(project: Project, rows: list[FindingRow], form: None, user: Any) -> Outcome:
    return Outcome(findings.take_back(project, findings.answers_to(rows).values(), user=user))


def _take_back(project: Project, answers: list[FindingAnswer], form: None, user: Any) -> Outcome:
    return Outcome(findings.take_back(project, answers, user=user))


class AnsweredFilter(OpenFilter):
    views = {"open": {}, "answered": {}, "all": {}}

    def queryset(self, request: HttpRequest, queryset: QuerySet[FindingRow]) -> QuerySet[FindingRow]:
        chosen = self._chosen()
        return queryset if chosen == "all" else findings.answered(queryset, yes=chosen == "answered")


@admin.register(FindingRow)
class FindingAnswerRowAdmin(WorkbookAdmin, QueueAdmin, FindingRowAdmin):
    """What the audit found, row by row, with the ways to answer it: singly, in bulk, by workbook."""

    steps = (
        *(_step(how) for how in How),
        Step("take_back", "Take the answer back", _take_back_row, icon="undo"),
    )
    resource_classes = [FindingResource]
    form = FindingForm
    list_display = ("source_row", "what", "field", "value", "message", "answered", "file", "line")
    list_select_related = ("finding__audit__project", "table")
    list_filter = (AnsweredFilter, FindingFilter)
    fieldsets = (
        ("The finding", {"fields": (("source_row", "what"), ("file", "line"), ("field", "value"), "message")}),
        ("Your answer", {"fields": ("answered", "how", "new", "due", "assignee", "why", "seen")}),
    )
    readonly_fields = ("source_row", "what", "file", "line", "field", "value", "message", "answered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FindingRow]:
        return findings.with_answers(super().get_queryset(request))

    def get_fieldsets(self, request: HttpRequest, obj: FindingRow | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        known, (title, _) = self.fieldsets
        return known, (title, {"fields": ("answered",)})

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def only_open(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return findings.answered(rows, yes=False)

    def following(self, request: HttpRequest, obj: FindingRow) -> QuerySet[Any]:
        return self.get_queryset(request).filter(finding=obj.finding_id)

    def save_model(self, request: HttpRequest, obj: FindingRow, form: FindingForm, change: bool) -> None:
        self.report(request, findings.answer(obj.project, [(obj, form.say)], user=request.user))

    @display(description="Answer")
    def answered(self, row: Any) -> str:
        if not row.said:
            return "-"
        new = f": {row.said_new[:80]}" if row.said_new else ""
        state = f" ({State(row.said_state).label})" if row.said_state != State.STANDS else ""
        return f"{How(row.said).label}{new}{state}"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("again", "wants you again"), *State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FindingAnswer]) -> QuerySet[FindingAnswer]:
        late = Q(how=How.SOURCE, state=State.STANDS, due__lt=timezone.localdate())
        if self.value() == "again":
            return queryset.filter(Q(state__in=findings.WANTS_PEOPLE) | late)
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


@admin.register(FindingAnswer)
class FindingAnswerAdmin(QueueAdmin):
    nothing_here = "No finding is answered yet: answers are given where the findings are listed row by row."
    steps = (Step("take_back", "Take the answer back", _take_back, icon="undo"),)
    list_display = ("source_key", "what", "place", "said", "old", "new", "why", "who", "due", "assignee", "stands")
    list_select_related = ("project", "decision__by", "assignee")
    list_filter = (ProjectFilter, StateFilter, "how", "object")
    search_fields = ("source_key__exact",)
    search_help_text = "The whole id as it stands in the file"
    ordering = ("-decision",)
    fieldsets = (
        (None, {"fields": (("source_key", "what"), ("said", "stands"), ("old", "new"), "why", ("who", "when"), ("due", "assignee"))}),
    )
    readonly_fields = ("source_key", "what", "said", "stands", "old", "new", "why", "who", "when", "due", "assignee")

    @display(description="Finding", ordering="code")
    def what(self, answer: FindingAnswer) -> str:
        return f"{answer.object}: {plain(answer.code)}"

    @display(description="Answer", ordering="how")
    def said(self, answer: FindingAnswer) -> str:
        return answer.get_how_display()

    @display(description="State", ordering="state", label=STATE_LABELS)
    def stands(self, answer: FindingAnswer) -> str:
        return answer.get_state_display()

    @display(description="By")
    def who(self, answer: FindingAnswer) -> str:
        by = answer.decision.by
        return (by.get_full_name() or by.username) if by else "-"

    @display(description="When")
    def when(self, answer: FindingAnswer) -> Any:
        return answer.decision.at
