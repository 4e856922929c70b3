"""Deals whose value is another one than their lines come to: seen by the audit, answered by people, taken back."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from migrations_app.models import Decision, Project
from migrations_app.services import decisions, line_values
from migrations_app.services.evidence import ValueFacts
from reconciliation.models import ItemState, Lines, ValueDifference
from reconciliation.services import answers, mirroring
from reconciliation.services.answers import CannotAnswer, Outcome, Refusal, chunks, digest, plain
from reconciliation.services.mirroring import GIVEN, note_who

KIND, OBJECT = Decision.Kind.VALUE, line_values.OBJECT
MIRRORED = ("how", *GIVEN)
SEEN = ["label", "status", "value", "total", "currency", "lines", "cause", "line", "standing", "reason"]
LARGEST = Decimal(10) ** 24


def refresh(project: Project, facts: Iterable[ValueFacts]) -> None:
    """Make the queue what the newest audit saw; answers stay."""
    ValueDifference.objects.filter(project=project, present=True).update(present=False)
    for part in chunks(each for each in facts if abs(Decimal(each.value)) < LARGEST and abs(Decimal(each.total)) < LARGEST):
        seen = [_row(project, each) for each in part]
        mirroring.store(project, seen, _take_answers, key="source_key", fields=(*SEEN, *MIRRORED))


def answer(project: Project, deals: Sequence[ValueDifference], how: str, *, user: Any) -> Outcome:
    """Give all of `deals` the same answer; those that it does not fit are refused with the reason. Raises Forbidden."""
    return answer_each(project, [(deal, how) for deal in deals], user=user)


def answer_each(project: Project, picks: Sequence[tuple[ValueDifference, str]], *, user: Any) -> Outcome:
    refused = tuple(Refusal(deal.source_key, str(deal), why) for deal, how in picks if (why := deal.why_not(how)))
    fitting = [(deal, how) for deal, how in picks if not deal.why_not(how)]
    with transaction.atomic():
        decisions.decide(
            project,
            kind=KIND,
            object=OBJECT,
            answers={deal.source_key: {"how": str(how)} for deal, how in fitting},
            suggestions={deal.source_key: {"how": deal.standing} for deal, _ in fitting},
            user=user,
        )
        for deal, _ in fitting:
            deal.answered_on = deal.evidence
        mirror(project, [deal for deal, _ in fitting])
    return Outcome(len(fitting), refused)


def take_back(project: Project, deals: Sequence[ValueDifference], *, user: Any) -> int:
    """Raises Forbidden and TooLate."""
    with transaction.atomic():
        undone = answers.take_back(project, KIND, {OBJECT: [deal.source_key for deal in deals]}, user=user)
        mirror(project, deals)
    return undone


def mirror(project: Project, deals: Sequence[ValueDifference]) -> None:
    mirroring.mirror(project, deals, _take_answers, MIRRORED)


def read_wish(text: str) -> dict[str, str]:
    """{cause, or "" for any: how} of `note` or `tax=lines_win,rounding=lines`. Raises CannotAnswer."""
    wish: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        cause, _, how = part.rpartition("=")
        if how not in Lines.values or (cause and cause not in ValueDifference.Cause.values):
            causes, hows = ", ".join(ValueDifference.Cause.values), ", ".join(Lines.values)
            raise CannotAnswer(f"“{part}” is no answer: write one of {hows}, or CAUSE=ANSWER with one of {causes}.")
        wish[cause] = how
    return wish


def decide(project: Project, text: str, *, accept: bool = False, user: Any) -> Outcome:
    """Answer what is open as `text` says, with `accept` the others as they stand; what it does not fit stays open.

    Raises CannotAnswer and Forbidden.
    """
    wish = read_wish(text)
    waiting = ValueDifference.objects.filter(project=project, present=True, state=ItemState.OPEN)
    said = [(deal, wish.get(deal.cause) or wish.get("", "")) for deal in waiting]
    meant = [(deal, how if how and not deal.why_not(how) else deal.standing if accept else "") for deal, how in said]
    return answer_each(project, [(deal, how) for deal, how in meant if how], user=user)


def evidences(facts: Iterable[ValueFacts]) -> Iterator[tuple[str, str, bool]]:
    """(key, digest of what bears on the answer, whether one is asked for)."""
    return ((each.key, _evidence(each), each.status == line_values.OPEN) for each in facts)


def _evidence(each: ValueFacts) -> str:
    return digest(each.value, each.total, each.status)


def _row(project: Project, each: ValueFacts) -> ValueDifference:
    return ValueDifference(
        project=project,
        source_key=each.key,
        label=plain(each.label),
        status=each.status,
        value=Decimal(each.value),
        total=Decimal(each.total),
        currency=each.currency,
        lines=each.lines,
        cause=each.cause,
        line=each.line,
        standing=line_values.default_for(each.status, each.value),
        evidence=_evidence(each),
    )


def _take_answers(project: Project, rows: Sequence[ValueDifference]) -> None:
    found = answers.counting(project, KIND, OBJECT, [row.source_key for row in rows])
    for row in rows:
        counts = found.get(row.source_key)
        row.how = str(counts.answer["how"]) if counts else ""
        asks = row.status == line_values.OPEN
        fits = bool(row.how) and not row.why_not(row.how)
        row.state = ItemState.ANSWERED if fits else ItemState.OPEN if asks else ItemState.MATCHED
        row.changed = bool(row.how) and row.answered_on != row.evidence
        note_who(row, counts)
