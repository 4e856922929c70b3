"""The answers that people gave, all of them, with who and when. They are taken back in the queue where they were given."""

from typing import Any

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, link, person
from migrations_app.models import Decision
from migrations_app.services.wording import plain

QUEUES = {
    Decision.Kind.ORPHAN: "reconciliation_orphaneddeal",
    Decision.Kind.OWNER: "reconciliation_ownermatch",
    Decision.Kind.DUPLICATE: "reconciliation_duplicatecluster",
    Decision.Kind.QUESTION: "migrations_app_question",
    Decision.Kind.QUICKBOOKS: "reconciliation_quickbooksdifference",
    Decision.Kind.CONFLICT: "migrations_app_conflict",
    Decision.Kind.SUPPRESSION: "reconciliation_suppressionconflict",
    Decision.Kind.FINDING: "migrations_app_findinganswer",
    Decision.Kind.VALUE: "reconciliation_valuedifference",
    Decision.Kind.EXISTING: "migrations_app_counterpart",
}
WITHOUT_OPEN_ONES = (Decision.Kind.FINDING,)  # their list holds what is answered only


UNSAID = {"how": "", "choice": "", "source": ""}


@admin.register(Decision)
class DecisionAdmin(ProjectScopedAdmin):
    nothing_here = "Nobody has answered anything yet. What waits for an answer stands on the project page."
    list_display = ("subject", "kind", "said", "who", "at", "counts", "queue")
    list_select_related = ("project", "by", "undone_by")
    list_filter = (ProjectFilter, "kind", ("undone_at", admin.EmptyFieldListFilter))
    search_fields = ("source_key",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("project", "kind"),
                    ("object", "source_key"),
                    ("said", "suggested"),
                    ("who", "at"),
                    ("who_undid", "undone_at"),
                    "queue",
                )
            },
        ),
    )
    who = person("by", "By")
    who_undid = person("undone_by", "Taken back by")
    readonly_fields = ("who", "who_undid", "said", "suggested", "queue")

    @display(description="About", ordering="source_key")
    def subject(self, decision: Decision) -> str:
        if decision.kind == Decision.Kind.QUESTION:
            kind, _, subject = decision.source_key.partition(":")
            return f"{decision.object}: {plain(kind)}, {subject}"
        return f"{decision.object}: {'all others' if decision.source_key == '*' else decision.source_key}"

    @display(description="Answer")
    def said(self, decision: Decision) -> str:
        return words(decision.answer)

    @display(description="Was suggested")
    def suggested(self, decision: Decision) -> str:
        return words(decision.suggestion) if decision.suggestion else "-"

    @display(description="Counts", boolean=True)
    def counts(self, decision: Decision) -> bool:
        return decision.undone_at is None

    @display(description="")
    def queue(self, decision: Decision) -> str:
        if decision.undone_at:
            return "taken back"
        try:
            path = reverse(f"admin:{QUEUES[Decision.Kind(decision.kind)]}_changelist")
        except NoReverseMatch:
            return "-"
        key = decision.source_key.split(":", 1)[-1] if decision.kind == Decision.Kind.QUESTION else decision.record_key
        query = {} if decision.kind in WITHOUT_OPEN_ONES else {"answer": "answered"}
        query |= {"project": str(decision.project_id), "q": key}
        return link(f"{path}?{urlencode(query)}", "change or take back")


def words(answer: Any) -> str:
    """`contact`, `parent: CO-1`, `user: anna@acme.example`; names that say nothing to people are left out."""
    if isinstance(answer, dict):
        given = {name: value for name, value in answer.items() if value not in ("", None)}
        named = ((UNSAID.get(name, name.replace("_", " ")), words(value)) for name, value in given.items())
        return ", ".join(f"{name}: {value}" if name else value for name, value in named)
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer)
