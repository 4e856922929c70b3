"""Mails: counts and links, never a customer's data. Whoever does not want them says so in their membership."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from migrations_app import hooks
from migrations_app.models import HypercareItem, Project, Run
from migrations_app.services import clock
from migrations_app.states import TEST, Role
from migrations_app.verbs import open_counts

WORTH_A_MAIL = timedelta(minutes=10)  # a pause that is over sooner is nobody's business
logger = logging.getLogger(__name__)


def tell(project: Project, roles: Sequence[str], subject: str, lines: Iterable[str], path: str = "") -> None:
    """One mail to each member in one of the roles, when the transaction is through. A mail that cannot be sent is logged, no more."""
    members = project.memberships.filter(role__in=roles, mails=True, user__is_active=True).exclude(user__email="")
    to = sorted(set(members.values_list("user__email", flat=True)))
    where = path or reverse("admin:crossdock_project", args=[project.pk])
    text = "\n\n".join(
        [
            *lines,
            f"{settings.SITE_URL}{where}",
            "You get this because you take part in the project. The project's page says how to stop it.",
        ]
    )
    transaction.on_commit(lambda: _send([EmailMessage(_one_line(f"{project}: {subject}"), text, to=[each]) for each in to]))


def run_finished(run: Run) -> None:
    if run.kind == TEST:
        tell(
            run.project,
            [Role.CUSTOMER_ADMIN],
            "please look at the test run",
            [f"{str(run).capitalize()} is ready to be looked at and signed off."],
        )
        return
    made = sum(phase.report.get("created", 0) for phase in run.phases.all())
    lines = [f"{str(run).capitalize()} into {run.account} is finished: {made:,} records were made, every count balances."]
    tell(run.project, list(Role), "a load is finished", lines)


def run_halted(run: Run) -> None:
    if run.resume_at is None:
        lines = [f"{str(run).capitalize()} into {run.account} stands still and does not go on by itself.", run.reason]
        tell(run.project, [Role.STAFF, Role.CONSULTANT], "a load needs you", lines)
    elif run.resume_at - clock.db_now() > WORTH_A_MAIL:
        lines = [f"{str(run).capitalize()} into {run.account} goes on by itself at {run.resume_at:%Y-%m-%d %H:%M} UTC.", run.reason]
        tell(run.project, [Role.STAFF, Role.CONSULTANT], "a load is paused", lines)


def item_answered(item: HypercareItem) -> None:
    path = reverse("admin:crossdock_item", args=[item.project_id, item.pk])
    lines = [f"What was reported on {item.reported_at:%Y-%m-%d} is answered: {item.get_cause_display()}; {item.get_fix_display()}."]
    tell(item.project, [Role.CUSTOMER_ADMIN], "an answer to what you reported", lines, path)


def digest(project: Project) -> bool:
    """What waits for the customer, once a day; False where nothing is due, and no mail goes out."""
    waiting = {name: count for name, count in open_counts(project).items() if count}
    if not waiting or project.closed_at is not None:
        return False
    total = sum(waiting.values())
    lines = [f"{total:,} decision{'s' if total > 1 else ''} wait for you.", *_listed(waiting)]
    tell(project, [Role.CUSTOMER_ADMIN], f"{total:,} decisions wait for you", lines)
    return True


def invite(user: Any) -> bool:
    """A mail with a link under which the person chooses a password; False without an address."""
    if not user.email:
        return False
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    path = reverse("password_reset_confirm", kwargs={"uidb64": uid, "token": token})
    lines = [
        f"{user.get_full_name() or user.username}, you take part in a move to Pipedrive.",
        "Choose a password here; the link works once:",
    ]
    text = "\n\n".join([*lines, f"{settings.SITE_URL}{path}", f"Your user name is {user.username}."])
    transaction.on_commit(lambda: _send([EmailMessage("Your way into Crossdock", text, to=[user.email])]))
    return True


def register_all() -> None:
    """Called once, when the app is ready."""
    hooks.listen("run_finished", run_finished)
    hooks.listen("run_halted", run_halted)


def _listed(waiting: Mapping[str, int]) -> list[str]:
    return [f"{count:,} {name.replace('_', ' ')}" for name, count in waiting.items()]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _send(mails: Sequence[EmailMessage]) -> None:
    if not mails:
        return
    try:
        get_connection().send_messages(list(mails))
    except (SMTPException, OSError) as error:
        logger.warning("%d mails could not be sent: %s", len(mails), type(error).__name__)
