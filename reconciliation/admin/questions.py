from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project, Question
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.forms import QuestionForm
from reconciliation.services import questions
from reconciliation.services.answers import Outcome


def _take_suggestion(project: Project, rows: list[Question], form: None, user: Any) -> Outcome:
    return questions.take_suggestions(project, rows, user=user)


def _take_back(project: Project, rows: list[Question], form: None, user: Any) -> Outcome:
    return Outcome(questions.take_back(project, rows, user=user))


class QuestionFilter(OpenFilter):
    views = {
        "open": {"present": True, "answer": ""},
        "answered": {"present": True, "answer__gt": ""},
        "changed": {"present": True, "changed": True},
        "gone": {"present": False},
        "all": {},
    }


@admin.register(Question)
class QuestionAdmin(QueueAdmin):
    nothing_here = "No question waits for an answer: the newest audit asks nothing, or all is answered."
    steps = (
        Step("take_suggestion", "Take the suggestion", _take_suggestion, lambda row: "" if row.suggestion else "it has no suggestion"),
        Step("take_back", "Take the answer back", _take_back, lambda row: "" if row.answer else "it has no answer yet", icon="undo"),
    )
    form = QuestionForm
    list_display = ("text", "rows", "suggested", "answered", "waits")
    list_filter = (QuestionFilter, ProjectFilter, "object", ("kind", admin.AllValuesFieldListFilter))
    search_fields = ("text", "subject")
    fieldsets = (
        ("The question", {"fields": ("text", ("rows", "waits"), ("object", "project"), "seen_in_the_export")}),
        ("Your answer", {"fields": ("suggested", "answered", "choice", "seen")}),
    )
    readonly_fields = ("text", "rows", "waits", "object", "project", "seen_in_the_export", "suggested", "answered")

    def get_fieldsets(self, request: HttpRequest, obj: Question | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        known, (title, _) = self.fieldsets
        return known, (title, {"fields": ("suggested", "answered")})

    def only_open(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(present=True, answer="")

    def save_model(self, request: HttpRequest, obj: Question, form: QuestionForm, change: bool) -> None:
        self.report(request, questions.answer_each(obj.project, [(obj, form.cleaned_data["choice"])], user=request.user))

    @display(description="Suggestion", ordering="confidence")
    def suggested(self, question: Question) -> str:
        if not question.suggestion:
            return "-"
        label = questions.labels(question).get(question.suggestion, question.suggestion)
        return format_html("{}, {} sure<br>{}", label, f"{question.confidence:.0%}", question.reason)

    @display(description="Answer so far", ordering="answer")
    def answered(self, question: Question) -> str:
        note = "what it is about has changed since, please look again" if question.changed else ""
        return format_html("{}<br>{} {}", questions.labels(question).get(question.answer, "-"), question.answered_by or "", note)

    @display(description="Blocks its rows", boolean=True)
    def waits(self, question: Question) -> bool:
        return question.blocking

    @display(description="Seen in the export")
    def seen_in_the_export(self, question: Question) -> str:
        return (
            format_html_join("", "{}: {}<br>", ((name.replace("_", " "), _words(value)) for name, value in question.evidence.items()))
            or "-"
        )


def _words(value: Any) -> str:
    """Lists and what stands under names, without brackets."""
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_words(each)}" for name, each in value.items())
    return str(value)
