"""What all queue pages share: answers through one confirmation page, one filter for what is open."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.decorators import action

from migrations_app.admin.base import ProjectScopedAdmin, list_of, page_of
from migrations_app.models import Forbidden, Project
from migrations_app.models.access import ACTIONS
from migrations_app.services.decisions import TooLate
from reconciliation.models import ItemState
from reconciliation.services.answers import CannotAnswer, Outcome

REFUSALS = (CannotAnswer, Forbidden, TooLate)
LISTED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One answer that can be given to rows: singly from the row's menu, in bulk from the list.

    `apply(project, rows, form, user)` gives it; `why_not(row)` says beforehand which rows it does not fit; `form` asks
    what else has to be known (it is called with the rows' project as `project`).
    """

    name: str
    label: str
    apply: Callable[[Project, list[Any], Any, Any], Outcome]
    why_not: Callable[[Any], str] = lambda row: ""
    form: Callable[..., forms.Form] | None = None
    icon: str = "check"


class QueueAdmin(ProjectScopedAdmin):
    """A queue: the record with its evidence, and the steps of `steps` for one row and for many."""

    steps: tuple[Step, ...] = ()
    change_action = "answer"
    list_select_related: Any = ("project", "answered_by")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for step in cls.steps:
            setattr(cls, f"row_{step.name}", _row_action(step))
        cls.actions_row = tuple(f"row_{step.name}" for step in cls.steps)
        cls.actions = tuple(_bulk_action(step) for step in cls.steps)

    def take_step(self, request: HttpRequest, rows: Sequence[Any], step: Step) -> HttpResponse | None:
        """Ask for confirmation, or, once that is given, do it and answer None."""
        form = step.form(self._posted(request), project=rows[0].project) if step.form and rows else None
        if "confirmed" not in request.POST or (form and not form.is_valid()):
            return self._confirmation(request, rows, step, form)
        try:
            outcome = _apply(step, rows, form, request.user)
        except REFUSALS as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return None
        self.report(request, outcome)
        return None

    def report(self, request: HttpRequest, outcome: Outcome) -> None:
        if outcome.answered:
            done = f"{outcome.answered} {'answer' if outcome.answered == 1 else 'answers'} changed."
            self.message_user(request, done, messages.SUCCESS)
        for refusal in outcome.refused[:LISTED_AT_MOST]:
            self.message_user(request, f"Left as it is: {refusal}", messages.WARNING)
        if more := outcome.refused[LISTED_AT_MOST:]:
            self.message_user(request, f"Left as they are for such reasons: {len(more)} more.", messages.WARNING)

    def consequence(self, rows: Sequence[Any]) -> str:
        """What an answer to `rows` touches, in words."""
        return f"{len(rows)} {self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural}"

    def listing(self, rows: Sequence[Any] = ()) -> str:
        """The open ones of the project that `rows` belong to."""
        projects = {row.project_id for row in rows}
        return list_of(self.model, **({"project": projects.pop()} if len(projects) == 1 else {}))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """On to the next open one of the project; the list, where there is none."""
        following = self.only_open(self.following(request, obj).exclude(pk=obj.pk)).first()
        if following is None:
            return HttpResponseRedirect(self.listing([obj]))
        return HttpResponseRedirect(page_of(following))

    def following(self, request: HttpRequest, obj: Any) -> QuerySet[Any]:
        """What comes up after `obj` is answered, open or not."""
        return self.get_queryset(request).filter(project=obj.project_id)

    def only_open(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(present=True, state=ItemState.OPEN)

    def _posted(self, request: HttpRequest) -> Any:
        return request.POST if "confirmed" in request.POST else None

    def _confirmation(self, request: HttpRequest, rows: Sequence[Any], step: Step, form: Any) -> HttpResponse:
        refused = [(row, why) for row in rows if (why := step.why_not(row))]
        fitting = [row for row in rows if not step.why_not(row)]
        context = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "opts": self.opts,
            "consequence": self.consequence(fitting),
            "refused": refused[:LISTED_AT_MOST],
            "more_refused": max(0, len(refused) - LISTED_AT_MOST),
            "fitting": fitting,
            "form": form,
            "repeated": [(name, value) for name, values in request.POST.lists() if name in _REPEATED for value in values],
            "listing": self.listing(rows),
        }
        return TemplateResponse(request, "reconciliation/confirm.html", context)


_REPEATED = ("action", "select_across", "index", "_selected_action")


def answerable(user: Any) -> QuerySet[Project]:
    """The projects in which `user` may answer."""
    projects = Project.objects.all()
    if user.is_superuser:
        return projects
    return projects.filter(memberships__user=user, memberships__role__in=ACTIONS["answer"])


def _apply(step: Step, rows: Sequence[Any], form: Any, user: Any) -> Outcome:
    by_project: dict[Project, list[Any]] = defaultdict(list)
    for row in rows:
        by_project[row.project].append(row)
    outcome = Outcome()
    with transaction.atomic():
        for project, some in by_project.items():
            outcome += step.apply(project, some, form, user)
    return outcome


def _bulk_action(step: Step) -> Callable[..., Any]:
    def answer(self: QueueAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.take_step(request, list(queryset.select_related(self.model.PROJECT_PATH)), step)

    answer.__name__ = f"bulk_{step.name}"
    answer.short_description = step.label  # type: ignore[attr-defined]
    answer.allowed_permissions = ("change",)  # type: ignore[attr-defined]
    return answer


def _row_action(step: Step) -> Callable[..., Any]:
    def answer(self: QueueAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return HttpResponseRedirect(self.listing())
        return self.take_step(request, [row], step) or HttpResponseRedirect(self.listing([row]))

    answer.__name__ = f"row_{step.name}"
    decorated: Callable[..., Any] = action(
        description=step.label, url_path=step.name.replace("_", "-"), permissions=["change"], icon=step.icon
    )(answer)
    return decorated


class OpenFilter(admin.SimpleListFilter):
    """What waits for an answer, unless another view is chosen."""

    title = "answer"
    parameter_name = "answer"
    views: dict[str, dict[str, Any]] = {
        "open": {"present": True, "state": ItemState.OPEN},
        "answered": {"present": True, "state": ItemState.ANSWERED},
        "changed": {"present": True, "changed": True},
        "gone": {"present": False},
        "all": {},
    }
    labels = {
        "open": "open",
        "answered": "answered",
        "matched": "needs no answer",
        "changed": "changed since the answer",
        "gone": "fixed in the source",
        "all": "all",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, self.labels[name]) for name in self.views]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for name, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: name})
            yield {"selected": self._chosen() == name, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**self.views[self._chosen()])

    def _chosen(self) -> str:
        chosen = self.value()
        return chosen if chosen in self.views else "open"
