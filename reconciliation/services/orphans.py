"""Deals without a company: seen by the audit, answered by people, taken back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from migrations_app.models import Decision, Project
from migrations_app.rules import suggest
from migrations_app.services import decisions
from migrations_app.services.evidence import OrphanFacts
from reconciliation.models import How, ItemState, OrphanedDeal
from reconciliation.services import answers, mirroring, parents
from reconciliation.services.answers import Outcome, Refusal, chunks, digest, plain
from reconciliation.services.mirroring import GIVEN, note_who

OBJECT = "deals"
CLOSED = ("won", "lost")
COPIED = (
    "kind company_text contact_key contact_label contact_company_key contact_company_label similar_key similar_label "
    "similarity status currency pipeline owner_text line label"
).split()
SUGGESTED = ["suggestion", "confidence", "reason"]
MIRRORED = ("how", "parent", "parent_label", *GIVEN)
LARGEST = Decimal(10) ** 24


@dataclass(frozen=True, slots=True)
class Pick:
    """One answer: `parent` as the Decision keeps it, for `how` = parent only."""

    how: str
    parent: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"how": str(self.how), "parent": dict(self.parent)} if self.parent else {"how": str(self.how)}


def refresh(project: Project, facts: Iterable[OrphanFacts]) -> None:
    """Make the queue what the newest audit saw: answers stay, what it no longer sees is no longer present."""
    OrphanedDeal.objects.filter(project=project, present=True).update(present=False)
    first = {deal.key: deal for deal in reversed(list(facts))}
    for part in chunks(reversed(first.values())):
        seen = [_row(project, deal) for deal in part]
        mirroring.store(project, seen, _take_answers, key="source_key", fields=(*COPIED, *SUGGESTED, *MIRRORED, "value"))


def answer(project: Project, deals: Sequence[OrphanedDeal], pick: Pick, *, user: Any) -> Outcome:
    """Give all of `deals` the same answer; those that it does not fit are refused with the reason."""
    return answer_each(project, [(deal, pick) for deal in deals], user=user)


def answer_each(project: Project, picks: Sequence[tuple[OrphanedDeal, Pick]], *, user: Any) -> Outcome:
    """Answer each deal by its own pick, in one transaction. Raises Forbidden."""
    refused = tuple(Refusal(deal.source_key, str(deal), why) for deal, pick in picks if (why := deal.why_not(pick.how)))
    fitting = {deal.source_key: (deal, pick) for deal, pick in picks if not deal.why_not(pick.how)}
    with transaction.atomic():
        decisions.decide(
            project,
            kind=Decision.Kind.ORPHAN,
            object=OBJECT,
            answers={key: pick.as_json() for key, (_, pick) in fitting.items()},
            suggestions={key: suggested(deal) for key, (deal, _) in fitting.items()},
            user=user,
        )
        deals = [deal for deal, _ in fitting.values()]
        for deal in deals:
            deal.answered_on = deal.evidence
        mirror(project, deals)
    return Outcome(len(fitting), refused)


def suggested(deal: OrphanedDeal) -> dict[str, Any] | None:
    if not deal.suggestion:
        return None
    return Pick(deal.suggestion, deal.suggested_parent).as_json() | {"confidence": deal.confidence}


def take_back(project: Project, deals: Sequence[OrphanedDeal], *, user: Any) -> int:
    """Undo the answers that count for `deals`; what was said before counts again. Raises Forbidden and TooLate."""
    with transaction.atomic():
        undone = answers.take_back(project, Decision.Kind.ORPHAN, {OBJECT: [deal.source_key for deal in deals]}, user=user)
        mirror(project, deals)
    return undone


def take_back_batch(deal: OrphanedDeal, *, user: Any) -> int:
    """Undo what was answered together with `deal`, in the same step."""
    project = deal.project
    together = OrphanedDeal.objects.filter(project=project, version=deal.version).exclude(version=0)
    return take_back(project, list(together), user=user)


def mirror(project: Project, deals: Sequence[OrphanedDeal]) -> None:
    """Write the answers that count beside the deals."""
    mirroring.mirror(project, deals, _take_answers, MIRRORED)


def _row(project: Project, deal: OrphanFacts) -> OrphanedDeal:
    copied = {name: getattr(deal, name) for name in COPIED}
    row = OrphanedDeal(project=project, source_key=deal.key, value=_amount(deal.value))
    for name, value in copied.items():
        setattr(row, name, plain(value) if isinstance(value, str) else value)
    suggestion = _suggestion(deal)
    row.suggestion, row.confidence, row.reason = suggestion.answer, suggestion.confidence, plain(suggestion.reason)
    row.evidence = _evidence(deal)
    return row


def evidences(facts: Iterable[OrphanFacts]) -> Iterator[tuple[str, str, bool]]:
    """(key, digest of what bears on the answer, whether one is asked for)."""
    return ((deal.key, _evidence(deal), True) for deal in facts)


def _evidence(deal: OrphanFacts) -> str:
    return digest(deal.kind, deal.company_text, deal.contact_key, deal.contact_company_key, deal.similar_key, deal.status)


def _suggestion(deal: OrphanFacts) -> suggest.Suggestion:
    return suggest.suggest(
        suggest.OrphanFacts(
            company_text=deal.company_text,
            has_contact=bool(deal.contact_key),
            contact_company=deal.contact_company_key,
            likely_company=deal.similar_key,
            likeness=deal.similarity,
            is_open=deal.status not in CLOSED,
        )
    )


def _take_answers(project: Project, rows: Sequence[OrphanedDeal]) -> None:
    found = answers.counting(project, Decision.Kind.ORPHAN, OBJECT, [row.source_key for row in rows])
    named = {source for each in found.values() if (source := each.answer.get("parent", {}).get("source"))}
    names = parents.labels(project, named)
    for row in rows:
        _take_answer(row, found.get(row.source_key), names)


def _take_answer(row: OrphanedDeal, decision: Decision | None, names: Mapping[str, str]) -> None:
    """An answer that no longer fits, or whose company left the export, leaves the deal open and says that it changed."""
    given = decision.answer if decision else {}
    row.how, row.parent = given.get("how", ""), given.get("parent", {})
    row.parent_label = parent_label(row.parent, names)
    note_who(row, decision)
    gone = "source" in row.parent and row.parent["source"] not in names
    fits = bool(row.how) and not row.why_not(row.how) and not gone
    row.state = ItemState.ANSWERED if fits else ItemState.OPEN
    row.changed = bool(row.how) and (gone or row.answered_on != row.evidence)


def parent_label(parent: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if "source" in parent:
        return plain(names.get(parent["source"], parent["source"]))
    if number := parent.get("pipedrive_id"):
        return parent.get("name") or f"organization {number} in Pipedrive"
    return plain(str(parent.get("name", "")))


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < LARGEST else None


def suggested_pick(deal: OrphanedDeal) -> Pick | None:
    return Pick(How(deal.suggestion), deal.suggested_parent) if deal.suggestion else None
