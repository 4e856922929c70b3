"""The gates that wait for people: owners, deals without a company, suppressed persons who have said yes since."""

from collections.abc import Iterator, Mapping

from django.urls import reverse
from django.utils.http import urlencode

from migrations_app import gates
from migrations_app.gates import Missing
from migrations_app.models import PipedriveAccount, Project, SuppressionPass
from migrations_app.models.access import SYSTEM_USER
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.spec import ACTIVITY
from migrations_app.services import confirming, counterparts, policies
from migrations_app.services.mailing import detail, suppressing
from reconciliation.models import ItemState, OrphanedDeal, OwnerMatch, SuppressionConflict
from reconciliation.services import owners

NAMED_AT_MOST = 5


def register() -> None:
    gates.register("owners", owners_settled, staging=False)
    gates.register("orphans", orphans_answered, staging=False)
    gates.register(counterparts.GATE, counterparts_told, staging=False)
    gates.register("suppression", suppression_settled, staging=False)
    confirming.register(confirming.Tick(confirming.OWNERS, "Who takes the records that have no user of their own", _who_takes_them))


def orphans_answered(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut while a deal without a company that the newest audit saw has no answer."""
    waiting = OrphanedDeal.objects.filter(project=account.project_id, present=True, state=ItemState.OPEN).count()
    if waiting:
        yield Missing("deals without a company and without an answer", waiting, queue_path(account.project, "orphaneddeal"))


def counterparts_told(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut while nobody has said whether a record of the account is the one that a row would make."""
    waiting = counterparts.waiting(counterparts.present(account.project).filter(account=account)).count()
    if waiting:
        path = f"{reverse('admin:migrations_app_counterpart_changelist')}?project={account.project_id}"
        yield Missing("rows whose record may live in Pipedrive already", waiting, path)


def owners_settled(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut while an owner of rows that load has no active user in the account, neither an own one nor by the rule for all others."""
    yield from _sends_without_user(account)
    texts = [owner for owner in OwnerMatch.objects.filter(project=account.project_id, present=True) if _loads(owner.by_object)]
    unowned = account.project.audit.derived.get("without_owner", 0) if account.project.audit else 0
    if not texts and not unowned:
        return
    users = owners.active_emails(account.schema)
    rule = (owners.fallback(account.project) or {}).get("email", "")
    if rule.casefold() in users:
        yield from _unnamed_rule(account)
        return
    path = queue_path(account.project, "ownermatch")
    others = f"{reverse('admin:reconciliation_ownermatch_rule')}?project={account.project_id}"  # one user for all others
    matched = queue_path(account.project, "ownermatch", answer="all")  # those have a user, so they are not open
    if not users:
        command = f"crossdock prepare {account.project.slug} --role {account.role}"
        yield Missing("the users of the account have not been read yet", 1, command)
    elif rule:
        yield Missing(f"the user who takes all other owners, {rule}, is no active user of {account}", 1, others)
    if unowned and not rule:
        yield Missing("records that name no owner: say who takes them, with all others that have no user", unowned, others)
    nobody = [owner.text for owner in texts if not (owner.email or owner.answer)]
    if nobody:
        yield Missing(f"owners without a user: {_some(nobody)}", len(nobody), path)
    chosen = [email for owner in texts if not owner.by_fallback for email in (owner.user_email, owner.answer_closed)]
    strangers = list(filter(None, chosen))
    unknown = list(dict.fromkeys(email for email in strangers if email.casefold() not in users)) if users else []
    if unknown:
        yield Missing(f"owners whose user is not active in {account}: {_some(unknown)}", len(unknown), matched)


def _sends_without_user(account: PipedriveAccount) -> Iterator[Missing]:
    """Activities of e-mail sends belong to a user whom the customer names: reports count what is done as theirs."""
    project = account.project
    if ACTIVITY not in detail.entities(project):
        return
    named, where = str(policies.value(project, detail.OWNER)), f"crossdock settings {project.slug} --set {detail.OWNER}=ADDRESS"
    if not named and not owners.fallback(project):
        yield Missing("no user is named who gets the activities of e-mail sends", 1, where)
    elif named and named.casefold() not in owners.active_emails(account.schema):
        yield Missing(f"the user who gets the activities of e-mail sends, {named}, is no active user of {account}", 1, where)


def _unnamed_rule(account: PipedriveAccount) -> Iterator[Missing]:
    """A rule that no person gave takes a person's word, on exactly this rule."""
    decision = owners.fallback_decision(account.project)
    if decision is None or decision.by is None or decision.by.username != SYSTEM_USER:
        return
    said = confirming.standing(account, confirming.OWNERS).order_by("-pk").values_list("items", flat=True).first()
    if said != _who_takes_them(account):
        what = f"no person has confirmed that {decision.answer['email']} takes all other owners"
        yield Missing(what, 1, f"crossdock confirm {account.project.slug} owners")


def _who_takes_them(account: PipedriveAccount) -> list[str]:
    rule = (owners.fallback(account.project) or {}).get("email", "")
    return [f"{rule} takes the records of all owners without a user" if rule else "every owner has a user of their own"]


def suppression_settled(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut until the persons of the account were compared with the suppression list in force, and the conflicts are answered."""
    if not suppressing.concerns(account.project):
        return
    newest = SuppressionPass.objects.filter(account=account).first()
    if newest is None or newest.tables != suppressing.tables(account.project):
        command = f"crossdock prepare {account.project.slug} --role {account.role}"
        yield Missing("comparison of the account's persons with the suppression list", 1, command)
    waiting = SuppressionConflict.objects.filter(account=account, present=True, state=ItemState.OPEN).count()
    if waiting:
        path = queue_path(account.project, "suppressionconflict")
        yield Missing("persons in Pipedrive whom the source suppresses and who have said yes since", waiting, path)


def queue_path(project: Project, model: str, **more: str) -> str:
    """The page of one queue of `project`, showing what is open."""
    query = urlencode({"project": str(project.pk), **more})
    return f"{reverse(f'admin:reconciliation_{model}_changelist')}?{query}"


def _loads(by_object: Mapping[str, int]) -> bool:
    return any(by_object.get(kind.object) for kind in KINDS.values() if kind.owner_needed)


def _some(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_AT_MOST])
    return f"{shown} and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else shown
