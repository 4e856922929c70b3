"""Records of the account that may be what rows would make: what counts for each, and how people answer.

They are found by `matching`; a plan links what is sure, or answered so, instead of making it anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from migrations_app.models import Counterpart, Decision, PipedriveAccount, Project, RecordLink
from migrations_app.rules.keys import fit
from migrations_app.services import decisions, policies
from migrations_app.services.decisions import ON_ITS_WAY, TooLate

MAY_BE_THERE = "may be in Pipedrive already"
POLICY = GATE = "existing"
KIND = Decision.Kind.EXISTING
Answer, Strength = Counterpart.Answer, Counterpart.Strength
LINKING = (Answer.FILL, Answer.OVERWRITE, Answer.LEAVE)


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of one row whose record may be there: linked to `id`, or it `waits` for a person."""

    id: str = ""
    completing: str = ""
    waits: bool = False


class TakenAlready(Exception):
    """Two rows cannot be one record of Pipedrive; the text names them."""


def present(project: Project) -> QuerySet[Counterpart]:
    return Counterpart.objects.filter(project=project, present=True).select_related("account")


def unlinked(rows: QuerySet[Counterpart]) -> QuerySet[Counterpart]:
    """Without those whose rows are on their way or in Pipedrive already."""
    link = RecordLink.objects.filter(account=OuterRef("account"), entity=OuterRef("entity"), key=OuterRef("key"), state__in=ON_ITS_WAY)
    return rows.exclude(Exists(link))


def linked(project: Project) -> QuerySet[Counterpart]:
    """Those of the account that people are shown last (production, else staging) whose rows make no record of their own."""
    rows = Counterpart.objects.filter(project=project, present=True)
    role = PipedriveAccount.Role
    rows = rows.filter(account__role=role.PRODUCTION if rows.filter(account__role=role.PRODUCTION).exists() else role.STAGING)
    by_rule = Q(answer="", strength=Strength.SURE) if policies.value(project, POLICY) in LINKING else Q(pk__in=[])
    return rows.filter(Q(answer__in=LINKING) | by_rule)


def waiting(rows: QuerySet[Counterpart]) -> QuerySet[Counterpart]:
    """Those that only a person can tell: a production load does not begin before."""
    return unlinked(rows.filter(answer="", strength=Strength.DOUBTFUL))


def open_ones(project: Project) -> QuerySet[Counterpart]:
    """What people should look at: doubtful ones, and those that somebody made in Pipedrive since the first load."""
    return still_open(Counterpart.objects.filter(project=project).select_related("account"))


def still_open(rows: QuerySet[Counterpart]) -> QuerySet[Counterpart]:
    rows = rows.filter(present=True, answer="")
    return rows.filter(Q(pk__in=waiting(rows).values("pk")) | Q(strength=Strength.SURE, meanwhile=True))


def standing(account: PipedriveAccount) -> dict[str, Standing]:
    """{link key: what becomes of it} for the rows that would be made now. One query.

    Staging takes what nobody has answered provisionally: what is doubtful is made.
    """
    policy = policies.value(account.project, POLICY)
    found: dict[str, Standing] = {}
    taken: set[tuple[str, str]] = set()
    rows = unlinked(Counterpart.objects.filter(account=account, present=True)).order_by("pk")
    for entity, key, id, strength, answer in rows.values_list("entity", "key", "pipedrive_id", "strength", "answer"):
        how = answer or (policy if strength == Strength.SURE else "")
        if how in LINKING and (entity, id) not in taken:
            found[key] = Standing(id, how)
            taken.add((entity, id))
        elif how != Answer.CREATE and account.role == PipedriveAccount.Role.PRODUCTION:
            found[key] = Standing(waits=True)
    return found


# --- answering -------------------------------------------------------------------------------------------------------


def subject(row: Counterpart) -> str:
    """The source key of its Decision: ids of one account say nothing about another."""
    return fit(f"{row.account.role} {row.source_key}")


def answer(project: Project, rows: Sequence[Counterpart], how: str, *, user: Any) -> int:
    """What the next plan does with these. Raises Forbidden, TooLate, and TakenAlready where two rows would be one record."""
    with transaction.atomic():
        _demand_unsent(rows, how)
        if how in LINKING:
            _demand_free(rows)
        for object, some in _by_object(rows).items():
            given = {subject(row): {"how": str(how), "pipedrive_id": row.pipedrive_id} for row in some}
            proposed = {subject(row): {"how": row.suggestion} for row in some if row.suggestion}
            decisions.decide(project, kind=KIND, object=object, answers=given, suggestions=proposed, user=user)
        mirror(project, rows)
    return len(rows)


def take_back(project: Project, rows: Sequence[Counterpart], *, user: Any) -> int:
    """What counted before counts again. Raises Forbidden and TooLate."""
    with transaction.atomic():
        _demand_unsent(rows)
        undone = 0
        for object, some in _by_object(rows).items():
            keys = [subject(row) for row in some]
            newest = {each.source_key: each for each in _said(project, object, keys)}
            undone += decisions.undo(newest.values(), user=user)
        mirror(project, rows)
    return undone


def mirror(project: Project, rows: Sequence[Counterpart]) -> None:
    """Write the answers that count beside the rows."""
    take_answers(project, rows)
    Counterpart.objects.bulk_update(rows, ["answer", "answered_by", "answered_at"], batch_size=200)


def take_answers(project: Project, rows: Sequence[Counterpart]) -> None:
    """An answer that was given for another record of the account counts no more. One query per object."""
    for object, some in _by_object(rows).items():
        said = {each.source_key: each for each in _said(project, object, [subject(row) for row in some])}
        for row in some:
            decision = said.get(subject(row))
            counts = decision if decision and decision.answer.get("pipedrive_id") == row.pipedrive_id else None
            row.answer = counts.answer["how"] if counts else ""
            row.answered_by_id, row.answered_at = (counts.by_id, counts.at) if counts else (None, None)


def _said(project: Project, object: str, keys: Sequence[str]) -> QuerySet[Decision]:
    rows = Decision.objects.filter(project=project, kind=KIND, object=object, undone_at__isnull=True, source_key__in=keys)
    return rows.order_by("pk")


def _demand_unsent(rows: Sequence[Counterpart], how: str = "") -> None:
    """An answer moves nothing that is in Pipedrive; agreeing with what was done there is no move."""
    links = RecordLink.objects.filter(account__in={row.account_id for row in rows}, key__in=[row.key for row in rows], state__in=ON_ITS_WAY)
    done = {(link.account_id, link.entity, link.key): (link.existing_id, link.completing) for link in links}
    for row in rows:
        if done.get((row.account_id, row.entity, row.key), (row.pipedrive_id, how)) != (row.pipedrive_id, how):
            raise TooLate(f"{row} is already on its way to Pipedrive; roll the record back first.")


def _demand_free(rows: Sequence[Counterpart]) -> None:
    mine = {row.pk for row in rows}
    ids = {(row.account_id, row.entity, row.pipedrive_id): row for row in rows}
    if len(ids) < len(rows):
        twice = next(row for row in rows if ids[row.account_id, row.entity, row.pipedrive_id].pk != row.pk)
        raise TakenAlready(f"Several rows would become {twice.there} ({twice.pipedrive_id}): answer them one by one, or merge them first.")
    others = Counterpart.objects.filter(pipedrive_id__in={row.pipedrive_id for row in rows}, present=True, answer__in=LINKING)
    for other in others.exclude(pk__in=mine):
        if row := ids.get((other.account_id, other.entity, other.pipedrive_id)):
            raise TakenAlready(f"{other} is linked to {row.there} ({row.pipedrive_id}) already; {row} cannot be it as well.")


def _by_object(rows: Sequence[Counterpart]) -> Mapping[str, list[Counterpart]]:
    found: dict[str, list[Counterpart]] = {}
    for row in rows:
        found.setdefault(row.object, []).append(row)
    return found
