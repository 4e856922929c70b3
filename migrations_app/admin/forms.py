"""Forms of the project page's actions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from migrations_app.models import PipedriveAccount, Project, Run, Upload
from migrations_app.services import choosing, lifecycle, reach, rows
from migrations_app.services.watching import CHANGED


class _FilesInput(forms.FileInput):
    allow_multiple_selected = True
    template_name = "crossdock/files.html"


class FilesField(forms.FileField):
    """One file or several: its value is always a list."""

    widget = _FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        given = data if isinstance(data, list | tuple) else [data]
        clean = super().clean
        return [clean(each, initial) for each in given] or [clean(None, initial)]


FIRST_EXPORT = ((Upload.Kind.FULL, "is what moves"), (Upload.Kind.SAMPLE, Upload.Kind.SAMPLE.label))


class UploadForm(forms.Form):
    export = FilesField(label="Files", widget=_FilesInput)
    kind = forms.ChoiceField(
        label="What it does", choices=Upload.Kind.choices, initial=Upload.Kind.FULL, widget=UnfoldAdminRadioSelectWidget
    )

    def __init__(self, *args: Any, target: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rows.tables_in_force(target):
            self.fields["kind"].choices = FIRST_EXPORT  # type: ignore[attr-defined]


class ForceForm(forms.Form):
    """How an upload that was read takes effect; the one who uploaded it said how it was meant."""

    kind = forms.ChoiceField(
        label="What it does",
        choices=[choice for choice in Upload.Kind.choices if choice[0] != Upload.Kind.SAMPLE],
        widget=UnfoldAdminRadioSelectWidget,
    )

    def __init__(self, *args: Any, target: Upload, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = target.kind


class MapForm(forms.Form):
    workbook = forms.FileField(label="The paper Field map, filled in", widget=forms.ClearableFileInput)

    def __init__(self, *args: Any, target: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class CompanyForm(forms.Form):
    """Production asks for the company's name; a load into staging asks for nothing."""

    company = forms.CharField(label="Company name", required=True, strip=True, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, target: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = target if isinstance(target, PipedriveAccount) else reach.scope_around(target)[0].account
        self.expected = account.company_name
        if account.role != PipedriveAccount.Role.PRODUCTION:
            del self.fields["company"]
        else:
            self.fields["company"].help_text = f"This is the live account. Type its name, {self.expected}, to go on."

    def clean_company(self) -> str:
        typed = str(self.cleaned_data["company"])
        if typed.casefold() != self.expected.strip().casefold():
            raise forms.ValidationError(f"That is not the account's company. Its name is {self.expected}.")
        return typed


class PlanForm(forms.Form):
    """All records, unless the load is limited to some; a load that is not finished goes on as it was planned."""

    limit = forms.IntegerField(
        label="Only the first",
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Records of each phase.",
    )
    only_ids = forms.CharField(
        label="Only these source ids",
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text="One a line or with commas. What they hang on comes along; the others wait for a later load.",
    )

    def __init__(self, *args: Any, target: PipedriveAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = target.project
        if lifecycle.unfinished(target):
            del self.fields["limit"], self.fields["only_ids"]

    def clean_only_ids(self) -> frozenset[choosing.SourceKey]:
        names = str(self.cleaned_data["only_ids"]).replace(",", "\n").splitlines()
        if not any(name.strip() for name in names):
            return frozenset()
        try:
            return choosing.find_rows(self.project, names)
        except choosing.UnknownRows as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("limit") and given.get("only_ids"):
            self.add_error("limit", "Give a number or a list, not both.")
        return given


class ResumeForm(forms.Form):
    """Asks only where the account was changed under the load."""

    accept = forms.BooleanField(
        label="Go on with the account as it is now",
        required=False,
        help_text="For what has another name, and for owners who are gone. What is missing stays missing.",
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, *args: Any, target: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not target.reason.startswith(CHANGED):
            del self.fields["accept"]


def keep_files(files: Sequence[UploadedFile]) -> tuple[Path, Path]:
    """(folder to remove afterwards, package to read): the file itself, or a folder where there are several."""
    folder = Path(settings.CROSSDOCK_DATA) / "incoming" / uuid4().hex
    package = folder / f"{len(files)} files" if len(files) > 1 else folder
    package.mkdir(mode=0o700, parents=True)
    for file in files:
        with (package / Path(file.name or "export").name).open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
    return folder, package if len(files) > 1 else package / Path(files[0].name or "export").name
