from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from migrations_app.models import FindingAnswer, FindingRow, Project, Question
from reconciliation.models import DuplicateCluster, How, OrphanedDeal, OwnerMatch
from reconciliation.services import findings, owners, parents, questions
from reconciliation.services.answers import CannotAnswer
from reconciliation.services.merges import KEEP, MERGE
from reconciliation.services.orphans import Pick

OFFERED = "offered"  # the id of the list of suggestions that a page holds beside its form
MEANWHILE = "This was answered meanwhile. Look at it again before you answer."


def company_field(required: bool) -> forms.CharField:
    """A company by id or name; the page looks up what is typed."""
    lookup = {"list": OFFERED, "autocomplete": "off", "hx-trigger": "input changed delay:200ms", "hx-target": f"#{OFFERED}"}
    return forms.CharField(
        label="Company",
        required=required,
        widget=UnfoldAdminTextInputWidget(attrs=lookup),
        help_text="Its id or name in the export; pipedrive:ID for one that stands in Pipedrive; new:NAME for a new one.",
    )


def look_up(field: forms.Field, project: Project) -> None:
    field.widget.attrs["hx-get"] = reverse("admin:reconciliation_companies", args=[project.pk])


def email_field() -> forms.CharField:
    return forms.CharField(
        label="User", widget=UnfoldAdminEmailInputWidget(attrs={"list": OFFERED}), help_text="The e-mail address of the user in Pipedrive."
    )


def closed_field() -> forms.CharField:
    return forms.CharField(
        label="User for what is closed",
        required=False,
        widget=UnfoldAdminEmailInputWidget(attrs={"list": OFFERED}),
        help_text="Closed deals and done activities, where they go to somebody else, such as a user for former employees.",
    )


class CompanyForm(forms.Form):
    company = company_field(required=True)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        look_up(self.fields["company"], project)

    def clean_company(self) -> str:
        try:
            self.parent = parents.resolve(self.project, self.cleaned_data["company"])
        except CannotAnswer as problem:
            raise forms.ValidationError(str(problem)) from problem
        return str(self.cleaned_data["company"])


class UserForm(forms.Form):
    email = email_field()
    closed = closed_field()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = [(email, "") for email in owners.known_emails(project)]

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])

    def clean_closed(self) -> str:
        return _email(self.cleaned_data["closed"]) if self.cleaned_data["closed"] else ""


class RuleForm(forms.Form):
    """What becomes of owners whom nobody matched."""

    RULES = (
        ("user", "One named user takes their records"),
        ("block", "Nothing goes to production until each has a user"),
        ("none", "Take the rule back"),
    )
    project = forms.ModelChoiceField(queryset=Project.objects.none(), widget=UnfoldAdminSelectWidget)
    rule = forms.ChoiceField(choices=RULES, widget=UnfoldAdminRadioSelectWidget, initial="user")
    email = forms.CharField(label="User", required=False, widget=UnfoldAdminEmailInputWidget)

    def __init__(self, *args: Any, projects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects_field: Any = self.fields["project"]
        projects_field.queryset = projects

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("rule") == "user":
            try:
                data["email"] = _email(data.get("email", ""))
            except forms.ValidationError as problem:
                self.add_error("email", problem)
        return data


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Base of the forms on a record's page: nothing of the record is edited, an answer is given."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.version()

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def version(self) -> str:
        return str(self.instance.version)

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.version():
            raise forms.ValidationError(MEANWHILE)
        return str(self.cleaned_data["seen"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "seen" in self.errors:
            self.add_error(None, self.errors["seen"])
        return data


class OrphanForm(AnswerForm):
    choice = forms.ChoiceField(label="Answer", choices=How.choices, widget=UnfoldAdminRadioSelectWidget)
    company = company_field(required=False)
    pick: Pick

    class Meta:
        model = OrphanedDeal
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deal = self.instance
        self.offer("choice", [(how, _offer(deal, how)) for how in How.values])
        self.fields["choice"].initial = deal.how or deal.suggestion
        self.fields["company"].initial = deal.parent.get("source") or deal.suggested_parent.get("source", "")
        look_up(self.fields["company"], deal.project)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        how = data.get("choice")
        if how and (why := self.instance.why_not(how)):
            self.add_error("choice", f"Not possible: {why}.")
        elif how == How.PARENT:
            self._read_company(data.get("company", ""))
        elif how:
            self.pick = Pick(how)
        return data

    def _read_company(self, text: str) -> None:
        try:
            self.pick = Pick(How.PARENT, parents.resolve(self.instance.project, text).answer)
        except CannotAnswer as problem:
            self.add_error("company", str(problem))


class OwnerForm(AnswerForm):
    chosen = email_field()
    closed = closed_field()

    class Meta:
        model = OwnerMatch
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].initial = self.instance.user_email
        self.fields["closed"].initial = self.instance.answer_closed

    def clean_chosen(self) -> str:
        return _email(self.cleaned_data["chosen"])

    def clean_closed(self) -> str:
        return _email(self.cleaned_data["closed"]) if self.cleaned_data["closed"] else ""


class DuplicateForm(AnswerForm):
    ANSWERS = ((MERGE, "they are one: merge"), (KEEP, "they are different: keep apart"))
    choice = forms.ChoiceField(label="Answer", choices=ANSWERS, widget=UnfoldAdminRadioSelectWidget)
    stays = forms.ChoiceField(label="The record that stays, if merged", widget=UnfoldAdminRadioSelectWidget)

    class Meta:
        model = DuplicateCluster
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cluster = self.instance
        self.fields["choice"].initial = cluster.answer or cluster.suggestion
        self.offer("stays", [(each.key, f"{each} ({each.key})") for each in cluster.members.all()])
        self.fields["stays"].initial = cluster.survivor


class QuestionForm(AnswerForm):
    choice = forms.ChoiceField(label="Answer", widget=UnfoldAdminRadioSelectWidget)

    class Meta:
        model = Question
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        question = self.instance
        marked = {question.suggestion: f" (suggested, {question.confidence:.0%} sure)"} if question.suggestion else {}
        self.offer("choice", [(value, label + marked.get(value, "")) for value, label in questions.labels(question).items()])
        self.fields["choice"].initial = question.answer or question.suggestion

    def version(self) -> str:
        return self.instance.answered_at.isoformat() if self.instance.answered_at else ""


def _offer(deal: OrphanedDeal, how: str) -> str:
    """One choice with what it means for this deal, or why it is not possible."""
    meaning = {How.CONTACT: deal.contact_company_label, How.PERSON: deal.contact_label, How.NAMED: deal.company_text}.get(How(how), "")
    why = deal.why_not(how)
    text = How(how).label + (f": {meaning}" if meaning and not why else "")
    if why:
        return f"{text} (not possible: {why})"
    return f"{text} (suggested, {deal.confidence:.0%} sure)" if how == deal.suggestion else text


def _email(text: str) -> str:
    try:
        return owners.checked_email(text)
    except CannotAnswer as problem:
        raise forms.ValidationError(str(problem)) from problem


def _members(project: Project) -> Any:
    return User.objects.filter(memberships__project=project, is_active=True).distinct().order_by("username")


class ReasonForm(forms.Form):
    """Why a finding is answered so."""

    why = forms.CharField(label="Why", required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class FixForm(ReasonForm):
    new = forms.CharField(label="What it should say", strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))
    field_order = ("new", "why")


class LaterForm(ReasonForm):
    due = forms.DateField(label="Until", required=False, widget=UnfoldAdminDateWidget(attrs={"type": "date"}))
    assignee = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.none(), widget=UnfoldAdminSelectWidget)
    field_order = ("due", "assignee", "why")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, project=project, **kwargs)
        members: Any = self.fields["assignee"]
        members.queryset = _members(project)


class FindingForm(AnswerForm):
    how = forms.ChoiceField(label="Answer", choices=FindingAnswer.How.choices, widget=UnfoldAdminRadioSelectWidget)
    new = forms.CharField(
        label="If corrected here: what it should say", required=False, strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    due = forms.DateField(label="If corrected in the source: until", required=False, widget=UnfoldAdminDateWidget(attrs={"type": "date"}))
    assignee = forms.ModelChoiceField(
        label="If corrected in the source: by whom", required=False, queryset=User.objects.none(), widget=UnfoldAdminSelectWidget
    )
    why = forms.CharField(label="Why", required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = FindingRow
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members: Any = self.fields["assignee"]
        members.queryset = (
            User.objects.filter(memberships__project=self.instance.project_id, is_active=True).distinct().order_by("username")
        )
        if answer := self._now:
            for name in ("how", "new", "due", "assignee", "why"):
                self.fields[name].initial = getattr(answer, name)

    @property
    def _now(self) -> FindingAnswer | None:
        return findings.answers_to([self.instance]).get(self.instance.pk)

    def version(self) -> str:
        return str(answer.decision_id) if (answer := self._now) else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if how := data.get("how"):
            assignee = data["assignee"].pk if data.get("assignee") else None
            self.say = findings.Say(how, data.get("new", ""), data.get("why", ""), data.get("due"), assignee)
        return data
