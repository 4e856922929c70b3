"""What named persons do at the desk: test runs, their sign-off or rejection, and the ticks that production waits for."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from migrations_app import jobs
from migrations_app.admin.actions import ACTIONS, ALREADY, STARTED, DeskAction
from migrations_app.models import PipedriveAccount, Project, Run
from migrations_app.services import choosing, confirming, losses, pinning, refilling, signing
from migrations_app.services.loss import Loss
from migrations_app.services.mailing.consent import CONSENT
from migrations_app.services.since import examples, since
from migrations_app.services.wording import plain

TEST_RUN_SIZE = 100
CHANGES_NAMED = 10


class SampleForm(forms.Form):
    size = forms.IntegerField(label="Records", min_value=1, max_value=5000, initial=TEST_RUN_SIZE, widget=UnfoldAdminIntegerFieldWidget)

    def __init__(self, *args: Any, target: PipedriveAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class PinForm(forms.Form):
    """One source id a line; the present ones stand there already."""

    ids = forms.CharField(label="Records", required=False, widget=UnfoldAdminTextareaWidget)

    def __init__(self, *args: Any, target: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = target
        self.fields["ids"].initial = pinning.as_text(target)

    def clean_ids(self) -> frozenset[choosing.SourceKey]:
        listed = ",".join(str(self.cleaned_data["ids"]).splitlines())
        try:
            return choosing.read_rows(self.project, listed) if listed.strip(" ,") else frozenset()
        except choosing.UnknownRows as problem:
            raise forms.ValidationError(str(problem)) from None


class TicksForm(forms.Form):
    """A box for each line; all of them have to be ticked."""

    def add_boxes(self, lines: Sequence[tuple[str, str]]) -> None:
        """`lines` are (name, text)."""
        self.lines = lines
        for at, (_, text) in enumerate(lines):
            self.fields[f"tick{at}"] = forms.BooleanField(label=text, required=True, widget=UnfoldBooleanWidget)

    @property
    def ticked(self) -> list[str]:
        return [name for at, (name, _) in enumerate(self.lines) if self.cleaned_data.get(f"tick{at}")]


class SignForm(TicksForm):
    on_behalf_of = forms.CharField(label="On behalf of", required=False, max_length=200, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, target: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_behalf_of"].help_text = f"Such as the board of {target.project}; empty where you sign for yourself."
        self.add_boxes([(loss.key, _in_words(loss)) for loss in losses.known_losses(target.project)])


class RejectForm(forms.Form):
    remark = forms.CharField(label="What is wrong", required=False, widget=UnfoldAdminTextareaWidget)

    def __init__(self, *args: Any, target: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ConfirmForm(TicksForm):
    def __init__(self, *args: Any, what: str, target: PipedriveAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_boxes([(line, line) for line in confirming.TICKS[what].lines(target)])


def _in_words(loss: Loss) -> str:
    about = f"{plain(loss.object).capitalize()}: " if loss.object else ""
    return f"{about}{loss.what}: {loss.instead}"


# --- in words --------------------------------------------------------------------------------------------------------


def _about_test_run(account: PipedriveAccount) -> list[str]:
    there = "They stay there: a later load does not make them twice." if account.role == PipedriveAccount.Role.PRODUCTION else ""
    pins = account.project.pins.count()
    pinned = f"{pins} pinned records are in it, with some of what hangs on them." if pins else "No record is pinned yet."
    return [
        f"A load of a few records into {account}, so that people can look at them. {there}".strip(),
        "They are chosen so that every rule, option, owner and edge case occurs; what a record hangs on comes along.",
        f"{pinned} Where fewer records cannot show everything, there are more.",
        "Nothing is sent yet: the batches wait for approval.",
    ]


def _about_refilling(account: PipedriveAccount) -> list[str]:
    return [
        f"Everything that loads made in {account} is taken out again, and a new load of everything is planned.",
        refilling.cost(account).in_words(),
        "What people changed there meanwhile stays, and is listed under the differences of its load.",
    ]


def _about_pins(project: Project) -> list[str]:
    return [
        "Records that you know by heart are in every test run, so that you can judge it.",
        "One source id a line; with its kind in front where the id alone would not be clear, such as companies:C-7.",
    ]


def _about_signing(run: Run) -> list[str]:
    said = [f"You sign off {run} into {run.account}, made with map {run.mapping.version}. Your name and the time are kept."]
    last = signing.newest(run.project)
    if last is not None and last.verdict == last.Verdict.SIGNED and last.run_id == run.pk and (found := since(last)).changes:
        said.append(f"{found} since the last signature:")
        said += [f"{each.name}: {each.before} → {each.after}" for each in found.changes[:CHANGES_NAMED]]
        said += [_example(each) for each in examples(last, found)]
    return [*said, "Kept with it: the map, the exports in force, all answers given, the counts, and the known losses that you tick here."]


def _example(record: dict[str, Any]) -> str:
    changes = (f"{each['field']}: {each['before'] or 'nothing'} → {each['after'] or 'nothing'}" for each in record["changes"])
    return f"For example {record['object']} {record['source_id']}: {'; '.join(changes)}"


def _about_rejecting(run: Run) -> list[str]:
    count = run.remarks.count()
    return [f"You say no to {run}. Its {count} remarks and what you write here become work to do; production stays shut meanwhile."]


def _about_tick(what: str, account: PipedriveAccount) -> list[str]:
    return [f"{confirming.TICKS[what].title}: {account}.", "Your name and the time are kept with it."]


# --- doing -----------------------------------------------------------------------------------------------------------


def _test_run(account: PipedriveAccount, user: Any, form: Any) -> str:
    size = form.cleaned_data["size"]
    return STARTED if jobs.begin(jobs.desk_plan, f"plan-{account.pk}", account.pk, user.pk, size) else ALREADY


def _refill(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_refill, f"plan-{account.pk}", account.pk, user.pk) else ALREADY


def _pin(project: Project, user: Any, form: Any) -> str:
    return f"{pinning.pin(project, form.cleaned_data['ids'], user=user)} records are in every test run."


def _sign(run: Run, user: Any, form: Any) -> str:
    approval = signing.sign(run, user=user, on_behalf_of=form.cleaned_data["on_behalf_of"], ticked=form.ticked)
    return f"{str(run).capitalize()} is signed off ({approval.get_kind_display()})."


def _reject(run: Run, user: Any, form: Any) -> str:
    signing.reject(run, form.cleaned_data["remark"], user=user)
    return f"{str(run).capitalize()} is rejected; its remarks are work to do now."


def _tick(what: str, account: PipedriveAccount, user: Any, form: Any) -> str:
    confirming.confirm(account, what, user=user, ticked=form.ticked)
    return f"{confirming.TICKS[what].title}: kept with your name."


def _confirming(what: str, label: str, icon: str) -> DeskAction:
    form: Callable[..., forms.Form] = partial(ConfirmForm, what=what)
    return DeskAction(what, label, icon, "confirm", "account", partial(_about_tick, what), partial(_tick, what), form)


ON_RUN = ("sign", "reject")
ON_PRODUCTION = (confirming.QUIET, confirming.SWITCHED_ON, confirming.OWNERS, confirming.LATER, confirming.CUTOVER)
ACTIONS.update(
    {
        action.name: action
        for action in (
            DeskAction("test-run", "Plan test run", "science", "load", "account", _about_test_run, _test_run, SampleForm),
            DeskAction("refill", "Wipe and refill", "restart_alt", "load", "account", _about_refilling, _refill, destructive=True),
            DeskAction("pin", "Pin records", "keep", "remark", "project", _about_pins, _pin, PinForm),
            DeskAction("sign", "Sign off", "signature", "sign", "run", _about_signing, _sign, SignForm),
            DeskAction("reject", "Reject", "thumb_down", "sign", "run", _about_rejecting, _reject, RejectForm, destructive=True),
            _confirming(confirming.QUIET, "Confirm quiet", "notifications_off"),
            _confirming(confirming.SWITCHED_ON, "Confirm switched on again", "notifications_active"),
            _confirming(confirming.OWNERS, "Confirm owners", "how_to_reg"),
            _confirming(confirming.LATER, "Let waiting rows follow", "schedule"),
            _confirming(CONSENT, "Consent to unsubscribe", "draw"),
            _confirming(confirming.CUTOVER, "Declare system of record", "verified"),
        )
    }
)
