"""What the desk offers about mailing: flagging suppressed persons, and the marketing status, last and once."""

from dataclasses import replace
from typing import Any

from migrations_app import jobs
from migrations_app.admin.actions import ACTIONS, ALREADY, STARTED, DeskAction
from migrations_app.admin.forms import CompanyForm
from migrations_app.models import PipedriveAccount, Project, SuppressionPass
from migrations_app.services import rows
from migrations_app.services.mailing import consent, reading, suppressing


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


MARKETING = DeskAction("marketing", "Unsubscribe for good", "block", "load", "account", _about_marketing, _set_marketing)
ACTIONS.update(
    {
        action.name: action
        for action in (
            DeskAction("suppress", "Flag suppressed persons", "unsubscribe", "load", "account", _about_suppressing, _suppress),
            replace(MARKETING, form=CompanyForm, destructive=True),
        )
    }
)


def pages(project: Project) -> dict[str, str]:
    """Titles and names of the pages that only a project with mailings has."""
    return {"Mailings": "crossdock_mailings"} if reading.in_force(rows.tables_in_force(project)) else {}


def offered(project: Project, account: PipedriveAccount) -> list[str]:
    """The names of the actions that make sense for the account."""
    if not suppressing.concerns(project):
        return []
    return ["suppress", consent.CONSENT, "marketing"] if account.role == PipedriveAccount.Role.PRODUCTION else ["suppress"]
