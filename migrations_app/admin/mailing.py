"""What the desk offers about mailing: flagging suppressed persons, and the marketing status, last and once."""

import shutil
from dataclasses import astuple, replace
from typing import Any

from django import forms
from unfold.widgets import UnfoldBooleanWidget

from connectors.errors import UnreadableFile
from connectors.sources import deal_links
from migrations_app import jobs
from migrations_app.admin.actions import ACTIONS, ALREADY, STARTED, DeskAction
from migrations_app.admin.forms import CompanyForm, keep_files
from migrations_app.models import PipedriveAccount, Project, SuppressionPass
from migrations_app.services import policies, rows
from migrations_app.services.mailing import consent, deal_campaigns, deal_writing, reading, suppressing
from migrations_app.services.wording import counted


def _about_suppressing(account: PipedriveAccount) -> list[str]:
    if not suppressing.concerns(account.project):
        return ["There is no suppression list yet: upload one first."]
    states = suppressing.wanted(account.project)
    newest = SuppressionPass.objects.filter(account=account).first()
    return [
        f"All persons of {account} are read (10 tokens for 500) and compared with {len(states):,} suppressed addresses.",
        "Who is found and not flagged as strictly gets the suppression fields (5 tokens each). Nobody is loosened.",
        *([f"The last comparison found {newest.suppressed:,} of {newest.persons:,} persons."] if newest else []),
    ]


def _suppress(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_suppress, f"suppress-{account.pk}", account.pk, user.pk) else ALREADY


def _about_marketing(account: PipedriveAccount) -> list[str]:
    open_ = [f"Still missing: {each.what}." for each in consent.missing(account)]
    return [*consent.lines(account), "It is read back afterwards: Pipedrive passes over a second change in silence.", *open_]


def _set_marketing(account: PipedriveAccount, user: Any, form: Any) -> str:
    return STARTED if jobs.begin(jobs.desk_marketing, f"suppress-{account.pk}", account.pk, user.pk) else ALREADY


class DealsForm(forms.Form):
    """The list, if there is one; it is read before anything is started."""

    links = forms.FileField(
        label="List of deals and campaigns",
        required=False,
        help_text="csv or xlsx with a column for the deal (its number or address in Pipedrive, its id in another project, or its title, "
        "best beside its organization) and one for the campaign",
    )
    only_look = forms.BooleanField(label="Only say what it would do", required=False, widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, target: PipedriveAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def clean_links(self) -> list[tuple[str, ...]]:
        given = self.cleaned_data["links"]
        if given is None:
            return []
        folder, path = keep_files([given])
        try:
            return [astuple(line) for line in deal_links.read(path)]
        except UnreadableFile as problem:
            raise forms.ValidationError(str(problem)) from problem
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _about_deals(account: PipedriveAccount) -> list[str]:
    chosen = policies.in_words(account.project, deal_campaigns.SETTING)
    return [
        f"Deals of {account} get campaigns: {chosen}. Nothing is taken off, and what people took off stays off.",
        "It costs 10 tokens for 500 deals and persons, and 5 for each deal that gains something.",
    ]


def _put_on_deals(account: PipedriveAccount, user: Any, form: DealsForm) -> str:
    name, listed = f"suppress-{account.pk}", [list(each) for each in form.cleaned_data["links"]]
    if form.cleaned_data["only_look"]:
        return STARTED if jobs.begin(jobs.desk_foresee_deal_campaigns, name, account.pk, user.pk, False, listed) else ALREADY
    return STARTED if jobs.begin(jobs.desk_deal_campaigns, name, account.pk, user.pk, listed) else ALREADY


def _about_taking_off(account: PipedriveAccount) -> list[str]:
    deals = deal_campaigns.standing(account)
    return [
        f"{counted(deals, 'deal')} of {account}: campaigns were put there. What still stands there of them is taken off again.",
        "What people put there or took off themselves stays as it is.",
        f"It costs at most {deal_writing.price(deals):,} tokens.",
    ]


def _foresee_taking_off(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_foresee_deal_campaigns, f"suppress-{account.pk}", account.pk, user.pk, True) else ALREADY


def _take_off(account: PipedriveAccount, user: Any, form: CompanyForm) -> str:
    return STARTED if jobs.begin(jobs.desk_take_off_deals, f"suppress-{account.pk}", account.pk, user.pk) else ALREADY


TAKE_OFF = DeskAction("deals-back", "Take campaigns back", "undo", "load", "account", _about_taking_off, _take_off)
MARKETING = DeskAction("marketing", "Unsubscribe for good", "block", "load", "account", _about_marketing, _set_marketing)
ACTIONS.update(
    {
        action.name: action
        for action in (
            DeskAction("suppress", "Flag suppressed persons", "unsubscribe", "load", "account", _about_suppressing, _suppress),
            replace(MARKETING, form=CompanyForm, destructive=True),
            DeskAction(
                "deal-campaigns", "Campaigns onto deals", "campaign", "load", "account", _about_deals, _put_on_deals, form=DealsForm
            ),
            replace(TAKE_OFF, name="foresee-deals-back", label="What would taking back do?", icon="preview", do=_foresee_taking_off),
            replace(TAKE_OFF, form=CompanyForm, destructive=True),
        )
    }
)


def pages(project: Project) -> dict[str, str]:
    """Titles and names of the pages that only a project with mailings has."""
    return {"Mailings": "crossdock_mailings"} if reading.in_force(rows.tables_in_force(project)) else {}


def on_deals_of(account: PipedriveAccount) -> list[str]:
    """The names of the actions about campaigns on deals that make sense for the account."""
    wanted = policies.value(account.project, deal_campaigns.SETTING) != deal_campaigns.NO
    back = ["foresee-deals-back", "deals-back"] if deal_campaigns.standing(account) else []
    return [*(["deal-campaigns"] if wanted else []), *back]


def offered(project: Project, account: PipedriveAccount) -> list[str]:
    """The names of the actions that make sense for the account."""
    names = on_deals_of(account)
    if not suppressing.concerns(project):
        return names
    last = [consent.CONSENT, "marketing"] if account.role == PipedriveAccount.Role.PRODUCTION else []
    return ["suppress", *last, *names]
