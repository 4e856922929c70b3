"""Accounts of Pipedrive: connected by staff, checked at once, reached through one client with the company's limits."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from connectors.errors import AccessDenied, HostRefused, OutcomeUnknown, RecordRefused
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.fields import Me
from connectors.pipedrive.http import Door
from connectors.pipedrive.limiter import Limiter, Limits, NoLimit
from migrations_app.models import BudgetDay, PipedriveAccount, Project, RecordLink, Run, SchemaChange, require
from migrations_app.rules.plans import PLANS
from migrations_app.rules.spec import CALL_LOG
from migrations_app.services import clock, statements
from migrations_app.services.stopping import WAITS_FOR_TOKEN
from migrations_app.states import LINK_IN_TARGET, LINK_OPEN, RUN_ACTIVE, RunState

NOT_ADMIN = "{user} is no admin of {company}: a load needs the token of an admin who sees every record."


class OtherCompany(Exception):
    """The new token belongs to another company than the records that this project has in Pipedrive already."""


class OtherUser(OtherCompany):
    """The new token belongs to another user of the company, who does not see what has to be looked for."""


def attach(project: Project, *, role: str, url: str, token: str, plan: str = "lite", seats: int = 1, user: Any) -> PipedriveAccount:
    """Connect the account of `role`, or give it another address, token or plan. Costs 2 tokens.

    Nothing is saved unless Pipedrive accepts the token: raises Forbidden, HostRefused, AccessDenied, OtherCompany and
    what else the client raises. A token that is not an admin's is saved; the gate *capacity* keeps it from loading.
    """
    require(user, "connect", project)
    account = PipedriveAccount.objects.filter(project=project, role=role).first() or PipedriveAccount(project=project, role=role)
    account.url, account.token, account.plan, account.seats = url.strip().rstrip("/"), token.strip(), plan, seats
    client = Pipedrive(_door(account, NoLimit()))
    me = _introduce(client, account.url)
    before, who = account.company, (account.user_id, account.user_name)
    _take(account, me)
    _refuse_other_company(account, before)
    _refuse_other_user(account, *who)
    with transaction.atomic():
        account.save()
        if before and before != account.company:
            _move_company(account, before)
    _go_on(account)
    note_spend(account, client.door.spent)
    return account


def recheck(account: PipedriveAccount, client: Pipedrive) -> None:
    """Ask again who the token belongs to (2 tokens). A refused token is written down as the reason why the account is paused."""
    try:
        _take(account, client.me())
    except AccessDenied as error:
        account.paused_reason, account.checked_at = str(error), clock.db_now()
    else:
        _go_on(account)
    account.save(
        update_fields=["user_id", "user_name", "user_email", "is_admin", "currency", "company_name", "paused_reason", "checked_at"]
    )


def pause_token(account: PipedriveAccount, reason: str) -> None:
    """Pipedrive does not take the token any more: no account that has it loads until it is replaced."""
    same = [each.pk for each in PipedriveAccount.objects.filter(company=account.company) if each.token == account.token]
    PipedriveAccount.objects.filter(pk__in=same).update(paused_reason=reason, checked_at=clock.db_now())


def _go_on(account: PipedriveAccount) -> None:
    """The account has a token that works: what waited for that is due."""
    waiting = Run.objects.filter(account=account, state__in=(RunState.PAUSED, RunState.ROLLING_BACK), reason__endswith=WAITS_FOR_TOKEN)
    waiting.filter(resume_at__isnull=True).update(resume_at=clock.db_now())


def gateway(url: str) -> str:
    """What stands before an address: one for all of Pipedrive's own, else the host itself."""
    parts = urlsplit(url)
    return "pipedrive.com" if (parts.hostname or "").endswith(".pipedrive.com") else parts.netloc


def concerns(account: PipedriveAccount) -> list[str]:
    """What keeps this token from loading, in sentences; empty where all is well."""
    if not account.token:
        return ["No API token is stored for this account."]
    if account.paused_reason:
        return [account.paused_reason]
    if not account.is_admin:
        return [NOT_ADMIN.format(user=account.user_name or "The token's user", company=account.company_name or account.url)]
    return []


def client_for(account: PipedriveAccount) -> Pipedrive:
    """A client that waits for the limits of the company and of the token. Raises HostRefused."""
    return Pipedrive(_door(account, _limits(account)))


def ask_again(account: PipedriveAccount) -> None:
    """A person lets a load go: if the server said that the day's tokens are spent, it is asked anew instead of being waited for."""
    _limits(account).ask_again()


def note_spend(account: PipedriveAccount, tokens: int) -> None:
    """Add to the company's tokens of the day (UTC, as the limiter counts)."""
    if not tokens:
        return
    day = clock.db_now().date()
    of_day = (tokens, account.company, connection.ops.adapt_datefield_value(day))
    if statements.change(statements.DAY_TOKENS, *of_day):
        return
    _, created = BudgetDay.objects.get_or_create(company=account.company, day=day, defaults={"tokens": tokens})
    if not created:
        statements.change(statements.DAY_TOKENS, *of_day)


# --- the client --------------------------------------------------------------------------------------------------------


def _door(account: PipedriveAccount, limiter: Limits) -> Door:
    return Door(account.url, account.token, limiter=limiter, extra_hosts=settings.PIPEDRIVE_EXTRA_HOSTS, timeout=settings.PIPEDRIVE_TIMEOUT)


def _limits(account: PipedriveAccount) -> Limits:
    if not getattr(settings, "PIPEDRIVE_LIMITS", True):
        return NoLimit()
    plan = PLANS[account.plan]
    whole_day = plan.tokens_per_day(account.seats)
    limiter = Limiter(
        Redis.from_url(str(settings.REDIS_URL)),
        account.company,
        hashlib.sha256(account.token.encode()).hexdigest()[:16],
        per_window=plan.requests,
        per_day=whole_day,
        reserve=whole_day - plan.tokens_per_day(account.seats, account.share),
        window=settings.PIPEDRIVE_WINDOW,
        probe_every=clock.NEXT_PROBE,
    )
    spent = BudgetDay.objects.filter(company=account.company, day=clock.db_now().date()).values_list("tokens", flat=True).first()
    if spent:
        limiter.restore(spent)
    return limiter


def _introduce(client: Pipedrive, url: str) -> Me:
    """Who the token belongs to; a host that answers otherwise than Pipedrive does is refused."""
    try:
        return client.me()
    except (OutcomeUnknown, RecordRefused, KeyError, TypeError, AttributeError) as error:
        said = str(error) if isinstance(error, OutcomeUnknown | RecordRefused) else "its answer cannot be read"
        raise HostRefused(f"{url} does not answer as Pipedrive does ({said}).") from None


# --- the company -------------------------------------------------------------------------------------------------------


def _take(account: PipedriveAccount, me: Me) -> None:
    account.company = _company_key(account.url, me.company_id)
    account.company_name, account.user_id, account.user_name, account.user_email = me.company_name, me.user_id, me.name, me.email
    account.is_admin, account.currency = me.is_admin, me.currency[:3]
    account.paused_reason, account.checked_at = "", clock.db_now()


def _company_key(url: str, company_id: int) -> str:
    """What quota and locks go by. Other servers than Pipedrive's own number their companies for themselves."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.endswith(".pipedrive.com"):
        return str(company_id)
    return f"{company_id}@{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _refuse_other_company(account: PipedriveAccount, before: str) -> None:
    if not before or before.split("@")[0] == account.company.split("@")[0]:
        return
    records = RecordLink.objects.filter(account=account, state__in=(*LINK_IN_TARGET, *LINK_OPEN)).count()
    if records:
        raise OtherCompany(
            f"This token belongs to {account.company_name}, but {records} records of this project stand in another company already. "
            "Use a token of that company, or start a new project."
        )


def _refuse_other_user(account: PipedriveAccount, before: int | None, name: str) -> None:
    """Pipedrive lists call logs to whoever made them alone (API.md 5.12): to all others one with a lost answer looks absent."""
    if before in (None, account.user_id):
        return
    if lost := RecordLink.objects.filter(account=account, entity=CALL_LOG, state__in=LINK_OPEN).count():
        raise OtherUser(
            f"{lost} call logs are on their way, and Pipedrive shows them to {name or 'who made them'} alone: this token belongs to "
            f"{account.user_name}. Use a token of the same user until they are found, then this one."
        )


def _move_company(account: PipedriveAccount, before: str) -> None:
    """The same company under another address goes on where it was; of another one nothing is known yet."""
    if before.split("@")[0] == account.company.split("@")[0]:
        Run.objects.filter(account=account, state__in=RUN_ACTIVE).update(company=account.company)
        return
    SchemaChange.objects.filter(account=account).delete()
    account.schema, account.schema_read_at = {}, None
    account.save(update_fields=["schema", "schema_read_at"])
