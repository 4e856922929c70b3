"""Owners: whose records they become. An exact match needs no person; the others are chosen one by one or fall to one named user."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Q
from email_validator import EmailNotValidError, validate_email

from migrations_app.models import Decision, PipedriveAccount, Project
from migrations_app.rules.keys import fit
from migrations_app.services import decisions
from migrations_app.services.evidence import OwnerFacts
from migrations_app.services.references import fold
from reconciliation.models import ItemState, OwnerMatch
from reconciliation.models.owner import EVERYONE
from reconciliation.services import answers, mirroring
from reconciliation.services.answers import CannotAnswer, Outcome, chunks, digest, plain
from reconciliation.services.mirroring import GIVEN, note_who

OBJECT = "owners"
COPIED = ["text", "rows", "open_rows", "closed_rows", "by_object", "candidates", "email", "active"]
MIRRORED = ("answer", "answer_closed", "by_fallback", *GIVEN)


def refresh(project: Project, facts: Iterable[OwnerFacts]) -> None:
    """Make the queue what the newest audit saw; answers stay."""
    OwnerMatch.objects.filter(project=project, present=True).update(present=False)
    for part in chunks(_by_folded(facts).items()):
        seen = [_row(project, folded, owner) for folded, owner in part]
        mirroring.store(project, seen, _take_answers, key="folded", fields=(*COPIED, *MIRRORED, "reason", "confidence"))


def assign(project: Project, owners: Sequence[OwnerMatch], email: str, *, user: Any, closed: str = "") -> Outcome:
    """Give the records of `owners` to the user with this e-mail address; `closed` names another one for closed deals and done activities.

    Raises CannotAnswer and Forbidden.
    """
    answer = {"email": checked_email(email)} | ({"email_closed": checked_email(closed)} if closed else {})
    with transaction.atomic():
        decisions.decide(
            project,
            kind=Decision.Kind.OWNER,
            object=OBJECT,
            answers={owner.folded: answer for owner in owners},
            user=user,
        )
        for owner in owners:
            owner.answered_on = owner.evidence
        mirror(project, owners)
    return Outcome(len(owners))


def set_fallback(project: Project, email: str | None, *, user: Any) -> Outcome:
    """Let all owners without a user fall to one named user, or (None) block production until each has one.

    Replaces the earlier rule; owners that were answered one by one keep their answer.
    """
    rule: dict[str, Any] = {"email": checked_email(email)} if email is not None else {"block": True}
    with transaction.atomic():
        uncovered = OwnerMatch.objects.filter(project=project, present=True, state=ItemState.OPEN).count()
        if fallback(project) != rule:
            decisions.decide(project, kind=Decision.Kind.OWNER, object=OBJECT, answers={EVERYONE: rule}, user=user)
        mirror(project, list(_without_own_answer(project)))
    return Outcome(uncovered if email is not None else 0)


def fallback(project: Project) -> dict[str, Any] | None:
    """{"email": TEXT} or {"block": True}; None where nobody has said."""
    return decisions.active(project, Decision.Kind.OWNER, OBJECT, [EVERYONE]).get(EVERYONE)


def fallback_decision(project: Project) -> Decision | None:
    """The decision that the rule for all others rests on, with the person who gave it."""
    found = Decision.objects.filter(project=project, kind=Decision.Kind.OWNER, object=OBJECT, source_key=EVERYONE, undone_at__isnull=True)
    return found.select_related("by").order_by("-pk").first()


def assign_texts(project: Project, wishes: Iterable[str], *, user: Any) -> Outcome:
    """Answers as they are typed: `Ann Bell=successor@acme.example,closed=former@acme.example`. Raises CannotAnswer and Forbidden."""
    outcome = Outcome()
    for wish in wishes:
        text, equals, users = wish.rpartition("=") if ",closed=" not in wish else wish.partition(",closed=")[0].rpartition("=")
        closed = wish.partition(",closed=")[2]
        found = list(OwnerMatch.objects.filter(project=project, present=True, folded=fit(fold(text))))
        if not equals or not found:
            raise CannotAnswer(f"“{wish}”: write TEXT=EMAIL or TEXT=EMAIL,closed=EMAIL, with a text that stands under Owners.")
        outcome += assign(project, found, users, user=user, closed=closed)
    return outcome


def take_back(project: Project, owners: Sequence[OwnerMatch], *, user: Any) -> int:
    with transaction.atomic():
        undone = answers.take_back(project, Decision.Kind.OWNER, {OBJECT: [owner.folded for owner in owners]}, user=user)
        mirror(project, owners)
    return undone


def take_back_fallback(project: Project, *, user: Any) -> int:
    with transaction.atomic():
        undone = answers.take_back(project, Decision.Kind.OWNER, {OBJECT: [EVERYONE]}, user=user)
        mirror(project, list(_without_own_answer(project)))
    return undone


def known_emails(project: Project, owner: OwnerMatch | None = None) -> list[str]:
    """Addresses worth offering: the candidates of the source, then the active users of the project's accounts."""
    emails = list(owner.candidates) + ([owner.email] if owner.email else []) if owner else []
    for schema in PipedriveAccount.objects.filter(project=project).values_list("schema", flat=True):
        emails += sorted(active_emails(schema).values())
    return list(dict.fromkeys(emails))


def active_emails(schema: Mapping[str, Any]) -> dict[str, str]:
    """{folded address: address} of the active users that an account's schema names."""
    users = [each for each in schema.get("users", []) if each.get("active") and each.get("email")]
    return {each["email"].strip().casefold(): each["email"].strip() for each in users}


def checked_email(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as problem:
        raise CannotAnswer(f"“{text}” is no e-mail address: {problem}") from problem


def mirror(project: Project, owners: Sequence[OwnerMatch]) -> None:
    mirroring.mirror(project, owners, _take_answers, MIRRORED)


def _without_own_answer(project: Project) -> Any:
    return OwnerMatch.objects.filter(project=project, email="").filter(Q(by_fallback=True) | Q(answer=""))


def _by_folded(facts: Iterable[OwnerFacts]) -> dict[str, OwnerFacts]:
    """`Ann` and `ANN` are one owner: the first spelling stands for all, the rows of all are counted."""
    found: dict[str, OwnerFacts] = {}
    for owner in facts:
        key = fit(owner.folded)
        before = found.get(key, replace(owner, by_object={}, open_rows=0, closed_rows=0))
        found[key] = replace(
            before,
            by_object=dict(Counter(before.by_object) + Counter(owner.by_object)),
            open_rows=before.open_rows + owner.open_rows,
            closed_rows=before.closed_rows + owner.closed_rows,
        )
    return found


def evidences(facts: Iterable[OwnerFacts]) -> Iterator[tuple[str, str, bool]]:
    """(folded text, digest of what bears on the answer, whether one is asked for)."""
    return ((folded, _evidence(owner), not owner.email) for folded, owner in _by_folded(facts).items())


def _evidence(owner: OwnerFacts) -> str:
    return digest(owner.email, *sorted(owner.candidates))


def _row(project: Project, folded: str, owner: OwnerFacts) -> OwnerMatch:
    return OwnerMatch(
        project=project,
        folded=folded,
        text=plain(owner.text),
        rows=owner.rows,
        open_rows=owner.open_rows,
        closed_rows=owner.closed_rows,
        by_object=dict(owner.by_object),
        candidates=[plain(each) for each in owner.candidates],
        email=owner.email,
        active=owner.active,
        confidence=1.0 if owner.email else 0.0,
        reason=_reason(owner),
        evidence=_evidence(owner),
    )


def _reason(owner: OwnerFacts) -> str:
    if owner.email:
        return "Exactly one user of the source has this name or address." + ("" if owner.active else " That user is inactive there.")
    if owner.candidates:
        return f"{len(owner.candidates)} users of the source are called so."
    return "No user of the source is called so."


def _take_answers(project: Project, rows: Sequence[OwnerMatch]) -> None:
    found = answers.counting(project, Decision.Kind.OWNER, OBJECT, [*(row.folded for row in rows), EVERYONE])
    for row in rows:
        own = found.get(row.folded)
        shared = found.get(EVERYONE) if not row.email else None
        _take_answer(row, own, shared if shared and "email" in shared.answer else None)


def _take_answer(row: OwnerMatch, own: Decision | None, shared: Decision | None) -> None:
    counts = own or shared
    row.answer = counts.answer["email"] if counts else ""
    row.answer_closed = counts.answer.get("email_closed", "") if counts else ""
    row.by_fallback = counts is not None and own is None
    note_who(row, counts)
    row.state = ItemState.ANSWERED if counts else ItemState.MATCHED if row.email else ItemState.OPEN
    row.changed = own is not None and row.answered_on != row.evidence
